"""`theater server` and the commands that talk to it: start, list, ask, pause, watch and end actors."""

import http.client
import json
import os
import pwd
import signal
import socket
import subprocess
import threading
import time

import support


class ServerCase(support.Case):
    """Has a server in the home, which ends with the test."""

    def setUp(self):
        super().setUp()
        self.server = self.start_server()

    def tearDown(self):
        if self.server is not None:
            self.end_server()
        super().tearDown()

    def start_server(self, *words):
        server = self.start("server", *words)
        self.addCleanup(self.forget, server)
        deadline = time.monotonic() + support.TIMEOUT_S
        while not self.is_ready():
            self.assertIsNone(server.poll(), "the server ended")
            self.assertLess(time.monotonic(), deadline, "the server does not answer")
        return server

    def is_ready(self):
        node = self.theater("node", "--json")
        return node.exit == 0 and node.lines()[0]["ready"]

    def forget(self, server):
        if server.poll() is None:
            server.kill()
        server.communicate()

    def end_server(self):
        server, self.server = self.server, None
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, 0, (out + err).decode())

    def started(self, name, guest, *words, **options):
        """Starts an actor, and returns its id."""
        manifest = self.actor(name, guest, **options)
        return self.theater("start", manifest, *words, exit=0).out.strip()

    def until(self, condition):
        deadline = time.monotonic() + support.TIMEOUT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline)

    def until_idle(self, name):
        """Waits until an actor that another command starts has returned from its `init`."""
        self.until(lambda: name in [actor["name"] for actor in self.theater("list", "--state", "Idle", "--json").lines()])

    def one(self, *words):
        """The one JSON object that a command prints."""
        [line] = self.theater(*words, "--json", exit=0).lines()
        return line


class Talking(ServerCase):
    def test_an_actor_is_started_asked_and_stopped(self):
        actor = self.started("counter", "counter.wat")
        self.assertRegex(actor, r"^[0-9a-f]{32}$")
        self.assertEqual(self.theater("request", "counter", "a", exit=0).out, "1\n")
        sent = self.one("send", "counter", "b")["sent"]
        self.assertEqual((sent["actor"], sent["recorded"]), (actor, True))
        self.assertRegex(sent["hash"], r"^[0-9a-f]{64}$")
        self.assertEqual(self.one("request", "counter", "c")["reply"], "3")
        self.assertIn("on record: ", self.theater("send", "counter", "d", exit=0).out)
        self.assertIn(f"counter ({actor[:12]}): stopped",
                      self.theater("stop", "counter", "--wait", exit=0).out)
        ended = self.theater("request", actor, "e", exit=1)
        self.assertRegex(ended.err, "theater: .*(ended|no actor)")

    def test_an_actor_is_named_by_id_beginning_name_and_path(self):
        first = self.started("counter", "counter.wat")
        for word in (first, first[:12], "counter"):
            self.assertEqual(self.one("inspect", word)["id"], first)
        second = self.started("counter", "counter.wat")
        refused = self.theater("send", "counter", "x", exit=1)
        self.assertIn("`counter` may be any of 2 actors", refused.err)
        self.assertIn(first, refused.err)
        self.assertIn(second, refused.err)
        self.assertIn("hint: name the actor by its id", refused.err)
        self.assertEqual(self.one("inspect", "counter")["id"], second)
        self.assertEqual(self.one("inspect", "counter@-1")["id"], first)
        self.theater("request", first, "x", exit=0)
        missing = self.theater("request", "nothing", "x", exit=1)
        self.assertIn("has no actor `nothing`", missing.err)
        self.assertIn("hint: `theater list`", missing.err)

    def test_bytes_pass_unchanged(self):
        self.started("echo", "echo.wat")
        data = bytes(range(256))
        (self.folder / "data").write_bytes(data)
        process = self.start("request", "echo", "@data")
        out, _ = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(out, data + b"\n")
        self.assertEqual(set(self.one("request", "echo", "@data")["reply"]), {"base64"})
        piped = subprocess.run([support.theater, "request", "echo", "-"], cwd=self.folder, input=data,
                               capture_output=True, env=self.environment(), timeout=support.TIMEOUT_S, check=True)
        self.assertEqual(piped.stdout, data + b"\n")

    def test_a_message_of_no_wait_is_not_on_record(self):
        self.started("counter", "counter.wat")
        self.theater("pause", "counter", exit=0)
        sent = self.one("send", "counter", "x", "--no-wait")["sent"]
        self.assertEqual((sent["recorded"], sent["hash"]), (False, None))
        self.until(lambda: self.one("inspect", "counter")["mailbox"] == 1)

    def test_pause_holds_messages_until_resume(self):
        actor = self.started("counter", "counter.wat")
        self.assertEqual(self.theater("pause", "counter", exit=0).out, f"counter ({actor[:12]}): Paused\n")
        late = self.theater("request", "counter", "x", "--deadline", "50ms", exit=1)
        self.assertRegex(late.err, "theater: .*")
        [listed] = self.theater("list", "--state", "Paused", "--json", exit=0).lines()
        self.assertEqual((listed["id"], listed["state"]), (actor, "Paused"))
        self.assertEqual(self.theater("resume", "counter", exit=0).out, f"counter ({actor[:12]}): Idle\n")
        self.assertRegex(self.theater("request", "counter", "y", exit=0).out, r"^[12]\n$")

    def test_restart_gives_an_actor_a_fresh_instance(self):
        actor = self.started("counter", "counter.wat")
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "1\n")
        self.assertEqual(self.theater("restart", "counter", exit=0).out, f"counter ({actor[:12]}): Idle\n")
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "1\n")
        self.assertEqual(self.one("restart", "counter", "--force")["restarts"], 2)
        self.theater("kill", "counter", "--wait", exit=0)
        self.assertRegex(self.theater("restart", actor, exit=1).err, "has ended|no living actor")

    def test_kill_ends_an_actor_at_once(self):
        actor = self.started("counter", "counter.wat")
        self.assertEqual(self.one("kill", "counter", "--wait"), {"ended": {"actor": actor, "how": "killed"}})


class Lasting(ServerCase):
    def test_actors_outlive_their_server(self):
        actor = self.started("counter", "counter.wat", "--name", "front", "--restart", "permanent")
        self.assertEqual(self.theater("request", "front", "a", exit=0).out, "1\n")
        self.end_server()
        self.server = self.start_server()
        self.assertEqual(self.theater("request", "front", "b", exit=0).out, "2\n")
        self.server.kill()
        self.server.wait()
        self.server = self.start_server()
        self.assertEqual(self.theater("request", "front", "c", exit=0).out, "3\n")
        listed = self.one("list")
        self.assertEqual((listed["id"], listed["name"], listed["restart"], listed["state"]),
                         (actor, "front", "permanent", "Idle"))
        self.end_server()
        self.assertTrue(self.theater("verify", exit=0).out.startswith("VALID"))
        self.theater("replay", actor, exit=0)

    def test_a_key_has_a_message_done_once_also_by_the_next_server(self):
        manifest = self.actor("counter", "counter.wat")
        start = ("start", manifest, "--key", "s")
        actor = self.theater(*start, exit=0).out
        send = ("send", "counter", "x", "--key", "k")
        hash_ = self.theater(*send, exit=0).out
        request = ("request", "counter", "x", "--key", "k")
        reply = self.theater(*request, exit=0).out
        for _ in range(2):
            self.assertEqual(self.theater(*start, exit=0).out, actor)
            self.assertEqual(self.theater(*send, exit=0).out, hash_)
            self.assertEqual(self.theater(*request, exit=0).out, reply)
            other = self.theater("request", "counter", "y", "--key", "k")
            self.assertEqual(other.exit, 1)
            self.assertIn("used for another request", other.err)
            self.server.kill()
            self.server.wait()
            self.server = self.start_server()
        self.assertEqual(len(self.theater("list", "--json", exit=0).lines()), 1)
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, f"{int(reply) + 1}\n")
        self.end_server()
        self.assertTrue(self.theater("verify", exit=0).out.startswith("VALID"))
        self.theater("replay", actor.strip(), exit=0)

    def test_a_request_with_a_key_outlives_the_server_that_had_it(self):
        self.started("counter", "counter.wat")
        self.theater("pause", "counter", exit=0)
        waiting = self.start("request", "counter", "x", "--key", "k")
        self.until(lambda: self.one("inspect", "counter")["mailbox"] == 1)
        self.server.kill()
        self.server.wait()
        self.server = self.start_server()
        self.theater("resume", "counter", exit=0)
        out, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual((waiting.returncode, out), (0, b"1\n"), err)
        self.assertEqual(self.theater("request", "counter", "x", "--key", "k", exit=0).out, "1\n")

    def test_a_close_answers_whoever_waits(self):
        self.started("counter", "counter.wat")
        self.theater("pause", "counter", exit=0)
        waiting = self.start("request", "counter", "x")
        self.until(lambda: self.one("inspect", "counter")["mailbox"] == 1)
        self.end_server()
        _, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(waiting.returncode, 1)
        self.assertIn("the node is closing", err.decode())
        self.server = self.start_server()
        self.assertEqual(self.one("inspect", "counter")["state"], "Paused")

    def test_a_second_signal_waits_for_no_call(self):
        self.started("spinner", "misbehave.wat")
        waiting = self.start("request", "spinner", "l")
        self.until(lambda: self.one("inspect", "spinner")["state"] == "Processing")
        self.server.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        self.assertIsNone(self.server.poll(), "it waits for the call")
        self.end_server()
        _, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertIn("the node is closing", err.decode())
        self.server = self.start_server()
        self.assertIn("crash", self.theater("events", "spinner", exit=0).out)

    def test_a_name_is_taken_once(self):
        self.started("counter", "counter.wat", "--name", "front")
        manifest = self.actor("other", "counter.wat")
        refused = self.theater("start", manifest, "--name", "front", exit=1)
        self.assertIn("front", refused.err)
        self.theater("stop", "front", "--wait", exit=0)
        self.theater("start", manifest, "--name", "front", exit=0)

    def test_a_second_server_names_the_holder(self):
        refused = self.theater("server", exit=1)
        self.assertIn("theater server", refused.err)

    def test_a_token_reaches_what_its_scope_allows(self):
        self.end_server()
        token = self.theater("token", "new", "--scope", "read", exit=0).out.strip()
        self.server = self.start("server", "--listen", "127.0.0.1:0")
        self.addCleanup(self.forget, self.server)
        lines = [self.server.stdout.readline().decode() for _ in range(2)]
        address = lines[1].split()[-1]
        seen = self.theater("list", "--server", address, env={"THEATER_TOKEN": token})
        self.assertEqual(seen.exit, 0, seen.err)
        manifest = self.actor("counter", "counter.wat")
        refused = self.theater("start", manifest, "--server", address, env={"THEATER_TOKEN": token})
        self.assertEqual(refused.exit, 1)
        self.assertIn("needs operate", refused.err)

    def test_tokens_and_refused_requests_are_on_record(self):
        self.end_server()
        token = self.theater("token", "new", "--scope", "observe", "--name", "ci", exit=0).out.strip()
        self.theater("token", "new", "--scope", "read", "--name", "idle", exit=0)
        self.server = self.start_server("--listen", "127.0.0.1:0")
        address = [self.server.stdout.readline().decode() for _ in range(2)][1].split()[-1]
        client = {"env": {"THEATER_TOKEN": token}}

        def notes():
            return [line["event"]["description"] for line in self.theater("events", "--json", exit=0).lines()
                    if line["event"]["description"].startswith("The ")]

        self.until(lambda: len(notes()) == 3)
        for _ in range(20):
            self.theater("node", "--server", address, **client, exit=0)
            self.assertIn("needs read", self.theater("events", "--server", address, **client, exit=1).err)
        self.theater("token", "revoke", "idle", exit=0)
        self.until(lambda: "revoked" in notes()[-1])
        self.end_server()
        self.server = self.start_server()
        said = notes()
        self.assertRegex(said[1], r"^The token `ci` \([0-9a-f]{12}\) was made: scope observe, for all actors\.$")
        self.assertRegex("\n".join(said), r"The token `ci` \([0-9a-f]{12}\) was used for the first time\.")
        self.assertIn("The node refused a request of token ci (reason: scope), last `node_events`.", said)
        self.assertIn("The node refused 19 requests of token ci (reason: scope), last `node_events`.", said)
        # The chain's beginning; 2 made, 1 used, 1 revoked, 2 refused; the second server adds none.
        self.assertEqual(len(said), 7, said)
        shown = self.theater("log", "show", "node", exit=0).out
        self.assertIn('data {"client":"token ci","reason":"scope",', shown)
        self.assertNotIn(token[8:24], shown)

    def test_a_flood_of_wrong_tokens_fills_neither_log(self):
        self.end_server()
        self.server = self.start_server("--listen", "127.0.0.1:0")
        address = [self.server.stdout.readline().decode() for _ in range(2)][1].split()[-1]
        began = time.monotonic()
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        for number in range(1000):
            connection.request("GET", "/v1/node", headers={"Authorization": f"Bearer theater_{number:064x}"})
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, 401)
        connection.close()
        self.assertEqual(self.one("node")["refused"], {"authentication": 1000, "permission": 0})
        server, self.server = self.server, None
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=support.TIMEOUT_S)
        seconds = time.monotonic() - began
        lines = [line for line in err.decode().splitlines() if "requests refused" in line]
        self.assertLessEqual(len(lines), seconds + 1, err)
        self.assertGreaterEqual(len(lines), 1)
        self.assertIn("of address 127.0.0.1 (reason: token)", lines[0])
        noted = [line["event"]["description"] for line in self.theater("log", "show", "node", "--json", exit=0).lines()
                 if "refused" in line["event"]["description"]]
        self.assertEqual(len(noted), 2 if seconds < 60 else len(noted))
        self.assertEqual(noted[0], "The node refused a request of address 127.0.0.1 (reason: token), last `node`.")


class Bounds(ServerCase):
    """One client takes all that it may have; another one is served as before."""

    def setUp(self):
        super().setUp()
        self.end_server()
        self.tokens = {name: self.theater("token", "new", "--scope", "operate", "--name", name, exit=0).out.strip()
                       for name in ("greedy", "other")}
        self.server = self.start_server("--listen", "127.0.0.1:0")
        self.address = [self.server.stdout.readline().decode() for _ in range(2)][1].split()[-1]

    def connect(self):
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=support.TIMEOUT_S)
        self.addCleanup(connection.close)
        return connection

    def ask(self, client, method, path, body=None, headers=None, connection=None):
        connection = connection or self.connect()
        connection.request(method, path, body, {"Authorization": f"Bearer {self.tokens[client]}", **(headers or {})})
        return connection.getresponse()

    def assert_bound(self, answer, code):
        self.assertEqual(answer.status, 429)
        self.assertGreaterEqual(int(answer.getheader("Retry-After")), 1)
        self.assertEqual(json.loads(answer.read())["code"], code)

    def upload(self, number):
        """A start, each of another component."""
        component = (support.GUESTS / "counter.wat").read_text() + f"\n;; {number}\n"
        manifest = 'name = "copy"\ncomponent = "x"\n[[handler]]\ntype = "message-server"\n'
        parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n{text}\r\n'
                        for name, text in (("manifest", manifest), ("component", component)))
        return (parts + "--b--\r\n").encode(), {"Content-Type": "multipart/form-data; boundary=b"}

    def start_until_refused(self):
        connection = self.connect()
        for number in range(1000):
            # Starts that are slower than their bound would never reach it, and wrong ones are quick.
            is_good = number < 60
            body, headers = self.upload(number) if is_good else (b"x", {})
            answer = self.ask("greedy", "POST", "/v1/actors", body, headers, connection)
            if answer.status == 429:
                return answer, number
            self.assertEqual(answer.status, 201 if is_good else 415, answer.read())
            answer.read()
        self.fail("no bound on starts")

    def seconds_of_stops(self, count):
        connection = self.connect()
        slowest = 0
        for _ in range(count):
            actor = self.started("counter", "counter.wat")
            began = time.monotonic()
            answer = self.ask("other", "POST", f"/v1/actors/{actor}/stop?wait=true", connection=connection)
            answer.read()
            slowest = max(slowest, time.monotonic() - began)
            self.assertEqual(answer.status, 200)
        return slowest

    def test_a_client_at_its_bounds_leaves_others_unharmed(self):
        actor = self.started("counter", "counter.wat")
        idle = self.seconds_of_stops(5)
        refused = []
        starting = threading.Thread(target=lambda: refused.append(self.start_until_refused()))
        starting.start()
        held = []
        while True:
            answer = self.ask("greedy", "GET", f"/v1/actors/{actor}/events?from=1000",
                              headers={"Accept": "text/event-stream"})
            if answer.status != 200:
                break
            held.append(answer)
        self.assert_bound(answer, "too_many_streams")
        self.assertEqual(len(held), 256)
        loaded = self.seconds_of_stops(5)
        # Before the bodies below, which would refuse the starts for their bodies.
        starting.join()
        answer, started = refused[0]
        self.assert_bound(answer, "too_many_starts")
        self.assertGreaterEqual(started, 120)
        part = bytes(1 << 20)
        while len(held) < 300:
            connection = self.connect()
            connection.putrequest("POST", f"/v1/actors/{actor}/send")
            connection.putheader("Authorization", f"Bearer {self.tokens['greedy']}")
            connection.putheader("Content-Length", str(64 << 20))
            connection.putheader("Expect", "100-continue")
            connection.endheaders()
            first = connection.sock.recv(1 << 16)
            if b" 100 " not in first:
                break
            connection.send(part)
            held.append(connection)
        self.assertLessEqual(len(held), 256 + 5)
        self.assertIn(b"HTTP/1.1 429 ", first)
        self.assertIn(b"too_many_body_bytes", first)
        loaded = max(loaded, self.seconds_of_stops(5))
        waiting = []
        for _ in range(256):
            connection = self.connect()
            connection.request("GET", f"/v1/actors/{actor}/end?timeout_ms=600000",
                               headers={"Authorization": f"Bearer {self.tokens['greedy']}"})
            waiting.append(connection)
        # Whether all of these are heard is not seen from here.
        self.until(lambda: self.ask("greedy", "GET", "/v1/node").status == 429)
        self.assert_bound(self.ask("greedy", "GET", "/v1/node"), "too_many_requests")
        loaded = max(loaded, self.seconds_of_stops(5))
        self.assertLess(loaded, max(50 * idle, 5))
        for connection in held + waiting:
            connection.close()

    def test_a_server_names_a_limit_of_open_files_that_is_too_low(self):
        self.end_server()
        def limited(files):
            return ["sh", "-c", f'ulimit -n {files}; exec "$@"', "-", support.theater, "server"]
        low = subprocess.run(limited(300), cwd=self.folder, env=self.environment(), capture_output=True,
                             timeout=support.TIMEOUT_S, check=False)
        self.assertEqual(low.returncode, 1)
        self.assertIn(b"may have 300 files open, and a server needs 384", low.stderr)
        self.server = subprocess.Popen(limited(1024), cwd=self.folder, env=self.environment(),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.forget, self.server)
        self.until(self.is_ready)
        self.server.send_signal(signal.SIGTERM)
        server, self.server = self.server, None
        _, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertIn(b"takes 384 connections at a time, and not 4096", err)


class Refusing(ServerCase):
    def said_to(self, text):
        """The status, the headers and the problem that the server answers with to these bytes."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(support.TIMEOUT_S)
            client.connect(str(self.folder / "home" / "theater.sock"))
            client.sendall(text.encode())
            answer = b""
            while more := client.recv(1 << 16):
                answer += more
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), json.loads(body)

    def test_what_is_no_request_gets_a_problem_too(self):
        cases = ((400, "invalid_argument", "nonsense\r\n\r\n"),
                 (400, "invalid_argument", "GET / HTTP/1.1\r\n\r\n"),
                 (413, "too_large", "GET /v1/node HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"),
                 (414, "too_large", f"GET /{'a' * 20000} HTTP/1.1\r\nHost: a\r\n\r\n"),
                 (431, "too_large", f"GET / HTTP/1.1\r\nHost: a\r\nX: {'a' * 20000}\r\n\r\n"),
                 (417, "unsupported_protocol", "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"),
                 (501, "unsupported_protocol", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
                 (505, "unsupported_protocol", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"))
        for status, code, text in cases:
            got, head, problem = self.said_to(text)
            self.assertEqual((got, problem["code"], problem["status"]), (status, code, status), text[:60])
            self.assertIn("Content-Type: application/problem+json\r\n", head)
            self.assertIn(f"X-Request-Id: {problem['request_id']}", head)
            self.assertIn("Content-Security-Policy: ", head)
            self.assertNotIn("aaaa", problem["detail"])


class Callers(ServerCase):
    def test_an_actor_learns_which_client_calls(self):
        self.end_server()
        secret = self.theater("token", "new", "--scope", "operate", "--name", "ci", exit=0).out.strip()
        self.server = self.start("server", "--listen", "127.0.0.1:0")
        self.addCleanup(self.forget, self.server)
        address = [self.server.stdout.readline().decode() for _ in range(2)][1].split()[-1]
        actor = self.started("who", "who.wat")
        front = self.started("front", "who.wat", "--init", f'"{actor}"')
        owner = "client user " + pwd.getpwuid(os.geteuid()).pw_name

        def ask(name, question, by_token):
            words, env = (("--server", address), {"THEATER_TOKEN": secret}) if by_token else ((), None)
            return self.theater("request", name, question, *words, env=env, exit=0).out.strip()

        self.assertEqual(ask("who", "kept", by_token=False), "runtime")
        self.assertEqual(ask("who", "who", by_token=False), owner)
        self.assertEqual(ask("who", "who", by_token=True), "client token ci")
        self.assertEqual(ask("front", "peer", by_token=True), f"actor {front}, client token ci")
        self.theater("send", "who", "x", "--server", address, env={"THEATER_TOKEN": secret}, exit=0)
        self.assertEqual(ask("who", "kept", by_token=False), "client token ci")
        self.server.kill()
        self.server.wait()
        self.server = self.start_server()
        self.assertEqual(ask("who", "kept", by_token=False), "client token ci")
        self.assertEqual(ask("front", "peer", by_token=False), f"actor {front}, {owner}")
        calls = [line["event"]["body"]["call"] for line in
                 self.theater("events", "who", "--type", "handle-send", "--json", exit=0).lines()]
        self.assertEqual([call["from"]["named-client"]["name"] for call in calls], ["token ci"])


class Looking(ServerCase):
    def test_list_shows_every_actor_in_a_table(self):
        self.assertEqual(self.theater("list", exit=0).out.split(),
                         ["ID", "NAME", "STATE", "AGE", "MAILBOX", "CPU", "FUNCTION"])
        first = self.started("one", "counter.wat")
        second = self.started("two", "counter.wat")
        listed = self.theater("ps", exit=0).out
        for actor, name in ((first, "one"), (second, "two")):
            self.assertRegex(listed, rf"(?m)^{actor[:12]}  {name} +Idle +\d+[smhd] +0 +\S+ \S+$")
        lines = self.theater("list", "--all", "--json", exit=0).lines()
        self.assertEqual(sorted(line["id"] for line in lines), sorted((first, second)))
        self.assertEqual(self.theater("list", "--state", "Failed", "--json", exit=0).out, "")

    def test_what_a_guest_says_cannot_leave_its_line(self):
        self.started("echo", "echo.wat")
        self.theater("request", "echo", "a\x1b[2Jb\nc", exit=0)
        events = self.theater("events", "echo", exit=0).out
        self.assertNotIn("\x1b", events)
        self.assertEqual(len(events.splitlines()), len(self.theater("events", "echo", "--json", exit=0).lines()))

    def test_state_gives_the_bytes_that_an_actor_keeps(self):
        self.started("counter", "counter.wat", "--init", "41", keys='state = "explicit"\n')
        self.theater("request", "counter", "x", exit=0)
        state = self.theater("state", "counter", exit=0).out
        self.assertEqual(state, "42")
        self.assertEqual(self.one("state", "counter")["state"], "42")
        (self.folder / "kept").write_text(state)
        self.theater("stop", "counter", "--wait", exit=0)
        copy = self.theater("start", "counter.toml", "--state", "kept", exit=0).out.strip()
        self.assertEqual(self.theater("request", copy, "x", exit=0).out, "43\n")

    def test_events_show_what_is_on_record(self):
        actor = self.started("counter", "counter.wat")
        self.theater("request", "counter", "x", exit=0)
        events = [line["event"] for line in self.theater("events", "counter", "--json", exit=0).lines()]
        self.assertEqual([event["seq"] for event in events], list(range(len(events))))
        self.assertEqual((events[0]["type"], events[1]["type"]), ("theater-runtime/genesis", "theater-runtime/control"))
        calls = self.theater("events", "counter", "--type", "handle-request", "--json", exit=0).lines()
        self.assertEqual(len(calls), 1)
        self.assertTrue(calls[0]["event"]["type"].endswith("/handle-request"))
        limited = self.theater("events", "counter", "--from", "1", "--limit", "2", "--json", exit=0).lines()
        self.assertEqual([line["event"]["seq"] for line in limited], [1, 2])
        text = self.theater("events", actor, exit=0).out.splitlines()
        self.assertEqual(len(text), len(events))
        self.assertIn(events[0]["hash"][:12], text[0])

    def test_events_without_an_actor_are_those_of_the_node(self):
        events = [line["event"] for line in self.theater("events", "--json", exit=0).lines()]
        self.assertEqual(events[0]["type"], "theater-runtime/genesis")
        self.assertEqual(len(self.theater("events", "--limit", "1", exit=0).out.splitlines()), 1)

    def test_events_follow_an_actor_to_its_end(self):
        self.started("counter", "counter.wat")
        follower = self.start("events", "counter", "--follow", "--json")
        first = json.loads(follower.stdout.readline())
        self.assertEqual(first["event"]["type"], "theater-runtime/genesis")
        self.theater("request", "counter", "x", exit=0)
        self.theater("stop", "counter", exit=0)
        out, err = follower.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(follower.returncode, 0, err)
        types = [json.loads(line)["event"]["type"] for line in out.splitlines()]
        self.assertEqual(types[-1], "theater-runtime/terminated")
        self.assertTrue(any(name.endswith("/handle-request") for name in types), types)

    def test_the_tree_shows_children_below_their_parents(self):
        actor = self.started("counter", "counter.wat")
        self.assertRegex(self.theater("tree", exit=0).out, rf"^counter  {actor[:12]}  Idle  \d+s\n$")
        [line] = self.theater("tree", "counter", "--json", exit=0).lines()
        self.assertEqual((line["id"], line["depth"]), (actor, 0))

    def test_the_node_describes_itself(self):
        node = self.one("node")
        self.assertIn("version", node)
        self.assertRegex(self.theater("node", exit=0).out, r"(?m)^version +theater \S+$")


class Waiting(ServerCase):
    def test_wait_prints_what_an_actor_leaves(self):
        self.actor("rt", "runtime_calls.wat")
        waiting = self.start("start", "rt.toml", "--wait")
        self.until_idle("rt")
        self.theater("request", "rt", "done", exit=0)
        out, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual((waiting.returncode, out), (0, b"bye\n"), err)

    def test_ctrl_c_stops_the_actor(self):
        self.actor("counter", "counter.wat")
        waiting = self.start("start", "counter.toml", "--wait", "--json")
        started = json.loads(waiting.stdout.readline())["started"]
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(waiting.returncode, 0, err)
        self.assertEqual(json.loads(out), {"ended": {"actor": started["id"], "how": "stopped"}})

    def test_an_actor_that_is_killed_is_a_failure(self):
        self.actor("counter", "counter.wat")
        waiting = self.start("start", "counter.toml", "--wait")
        self.until_idle("counter")
        self.theater("kill", "counter", exit=0)
        _, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(waiting.returncode, 1)
        self.assertIn(b"`counter` was killed", err)

    def test_follow_prints_events_until_the_end(self):
        self.actor("counter", "counter.wat")
        following = self.start("start", "counter.toml", "--follow", "--json")
        self.until_idle("counter")
        self.theater("stop", "counter", exit=0)
        out, err = following.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(following.returncode, 0, err)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertIn("started", lines[0])
        self.assertEqual(lines[-1]["ended"]["how"], "stopped")
        self.assertEqual([line["event"]["seq"] for line in lines[1:-1]], list(range(len(lines) - 2)))


class Starting(ServerCase):
    def test_initial_states_come_from_manifest_and_command_line(self):
        (self.folder / "state.json").write_text("41")
        self.started("counter", "counter.wat", keys='init_state = "state.json"\n')
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "42\n")
        self.theater("stop", "counter", "--wait", exit=0)
        self.theater("start", "counter.toml", "--initial-state", "7", exit=0)
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "8\n")
        wrong = self.theater("start", "counter.toml", "--init", "9 lives", exit=2)
        self.assertIn("--init is no JSON", wrong.err)

    def test_grants_come_from_the_command_line(self):
        self.actor("env", "environment.wat", '[[handler]]\ntype = "environment"\nallowed_vars = ["HOME"]\n')
        refused = self.theater("start", "env.toml", exit=1)
        self.assertIn("environment", refused.err)
        self.theater("start", "env.toml", "--grant", "environment:vars=HOME", exit=0)
        self.assertIn("--grant nonsense", self.theater("start", "env.toml", "--grant", "nonsense", exit=2).err)

    def test_what_is_missing_or_wrong_is_named(self):
        self.assertIn("no file gone.toml", self.theater("start", "gone.toml", exit=1).err)
        manifest = self.folder / self.actor("counter", "counter.wat")
        manifest.write_text(manifest.read_text().replace("counter.wat", "gone.wat"))
        self.assertIn("gone.wat", self.theater("start", "counter.toml", exit=1).err)
        manifest.write_text("nam = 7\n")
        self.assertIn("nam", self.theater("start", "counter.toml", exit=1).err)

    def test_run_in_the_home_of_a_server_offers_start(self):
        manifest = self.actor("counter", "counter.wat")
        refused = self.theater("run", manifest, exit=1)
        self.assertIn("is in use by", refused.err)
        self.assertIn("hint: a server holds this home: `theater start MANIFEST`", refused.err)


class Without(support.Case):
    """No server."""

    def test_every_command_says_how_to_start_one(self):
        self.actor("counter", "counter.wat")
        for words in (("node",), ("list",), ("tree",), ("state", "a"), ("events", "a"), ("send", "a", "b"),
                      ("request", "a", "b"), ("pause", "a"), ("resume", "a"), ("stop", "a"), ("kill", "a"),
                      ("start", "counter.toml")):
            run = self.theater(*words, exit=1)
            self.assertEqual(run.err, f"theater: no server answers in the home {self.folder}/home\n"
                                      "hint: `theater server` starts one\n", str(run))
            [line] = self.theater(*words, "--json", exit=1).lines()
            self.assertEqual(line["error"]["code"], "unavailable")

    def test_a_named_server_is_named_in_the_error(self):
        for words, env in ((("--server", "unix:gone.sock"), {}), ((), {"THEATER_SERVER": "unix:gone.sock"}),
                           (("--address", "unix:gone.sock"), {}), ((), {"THEATER_SERVER_ADDRESS": "unix:gone.sock"})):
            run = self.theater("list", *words, env=env, exit=1)
            self.assertIn("no server answers at unix:gone.sock", run.err)

    def test_what_is_no_server_is_refused(self):
        run = self.theater("list", "--server", "ftp://x", exit=1)
        self.assertIn("hint: a server is unix:PATH, http://HOST:PORT or https://HOST:PORT", run.err)
        run = self.theater("list", "--home", "h" * 120, exit=1)
        self.assertIn("a Unix socket has at most 107", run.err)

    def test_no_token_goes_over_plain_http_to_another_machine(self):
        run = self.theater("list", "--server", "http://192.0.2.1:9", env={"THEATER_TOKEN": "secret"}, exit=1)
        self.assertIn("was not sent", run.err)
        self.assertNotIn("secret", run.err)

    def test_a_planted_socket_of_another_user_gets_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be another user")
        home = self.folder / "home"
        home.mkdir(mode=0o777)
        home.chmod(0o777)
        self.folder.chmod(0o711)
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        got = []
        # The kernel tells a client who called listen().
        os.setresuid(65534, 65534, 0)
        try:
            listening.bind(str(home / "theater.sock"))
            listening.listen()
        finally:
            os.setresuid(0, 0, 0)
        listening.settimeout(support.TIMEOUT_S)

        def take():
            connection, _ = listening.accept()
            got.append(connection.recv(1))
            connection.close()
        thread = threading.Thread(target=take)
        thread.start()
        run = self.theater("list", exit=1)
        thread.join()
        self.assertIn("nothing was sent", run.err)
        self.assertEqual(got, [b""])


if __name__ == "__main__":
    support.main()
