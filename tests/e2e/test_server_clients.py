"""Who may ask a server for what, how much one client may take, and what is recorded of it."""

import http.client
import itertools
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import threading
import time

import server_case
import support


class Tokens(server_case.ServerCase):
    def test_a_token_reaches_what_its_scope_allows(self):
        self.end_server()
        token = self.theater("token", "new", "--scope", "read", exit=0).out.strip()
        address = self.start_listening_server()
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
        address = self.start_listening_server()
        began = time.monotonic()
        client = {"env": {"THEATER_TOKEN": token}}

        def notes():
            return [line["event"]["description"] for line in self.theater("events", "--json", exit=0).lines()
                    if line["event"]["description"].startswith("The ")]

        self.until(lambda: len(notes()) == 3)
        for _ in range(20):
            self.theater("node", "--server", address, **client, exit=0)
            self.assertIn("needs read", self.theater("events", "--server", address, **client, exit=1).err)
        self.theater("token", "revoke", "idle", exit=0)
        self.until(lambda: any("revoked" in note for note in notes()))
        self.end_server()
        seconds = time.monotonic() - began
        self.server = self.start_server()
        said = notes()
        self.assertRegex(said[1], r"^The token `ci` \([0-9a-f]{12}\) was made: scope observe, for all actors\.$")
        self.assertRegex("\n".join(said), r"The token `ci` \([0-9a-f]{12}\) was used for the first time\.")
        refused = re.findall(r"(?m)^The node refused (a|\d+) requests? of token ci \(reason: scope\), last "
                             r"`node_events`\.$", "\n".join(said))
        # The first at once; the others together at the close, and every minute until then.
        self.assertEqual((refused[0], sum(map(int, refused[1:]))), ("a", 19), said)
        self.assertLessEqual(len(refused), 2 + seconds // 60, said)
        # The chain's beginning; 2 made, 1 used, 1 revoked; the second server adds none.
        self.assertEqual(len(said) - len(refused), 5, said)
        shown = self.theater("log", "show", "node", exit=0).out
        self.assertIn('data {"client":"token ci","reason":"scope",', shown)
        self.assertNotIn(token[8:24], shown)

    def test_a_flood_of_wrong_tokens_fills_neither_log(self):
        self.end_server()
        address = self.start_listening_server()
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


def upload(component):
    """The body and the headers of a start."""
    manifest = 'name = "copy"\ncomponent = "x"\n[[handler]]\ntype = "message-server"\n'
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n{text}\r\n'
                    for name, text in (("manifest", manifest), ("component", component)))
    return (parts + "--b--\r\n").encode(), {"Content-Type": "multipart/form-data; boundary=b"}


def limited(files, *words):
    """The command of a server that may have so many files open."""
    return ["sh", "-c", f'ulimit -n {files}; exec "$@"', "-", support.theater, "server", *words]


class Bounds(server_case.ServerCase):
    """One client takes all that it may have; another one is served as before."""

    def setUp(self):
        super().setUp()
        self.end_server()
        self.tokens = {name: self.theater("token", "new", "--scope", "operate", "--name", name, exit=0).out.strip()
                       for name in ("greedy", "other")}
        self.address = self.start_listening_server()

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

    @staticmethod
    def first_answer(connection):
        """The bytes of the first answer to a request, 100 among them; an answer with a body comes whole."""
        data = b""
        while (head := data.partition(b"\r\n\r\n"))[1] == b"" or len(head[2]) < int(
                (re.findall(rb"(?i)\r\nContent-Length: *(\d+)", head[0]) or [0])[0]):
            more = connection.sock.recv(1 << 16)
            if not more:
                break
            data += more
        return data

    def start_until_refused(self):
        connection = self.connect()
        for number in range(1000):
            # Starts that are slower than their bound would never reach it, and wrong ones are quick.
            is_good = number < 60
            # Each is another component.
            component = (support.GUESTS / "counter.wat").read_text() + f"\n;; {number}\n"
            body, headers = upload(component) if is_good else (b"x", {})
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
            first = self.first_answer(connection)
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
        connection = self.connect()

        def is_refused():
            answer = self.ask("greedy", "GET", "/v1/node", connection=connection)
            if answer.status == 429:
                self.assert_bound(answer, "too_many_requests")
            else:
                answer.read()
            return answer.status == 429

        # Whether all that wait are heard is not seen from here.
        self.until(is_refused)
        loaded = max(loaded, self.seconds_of_stops(5))
        # What the greedy client has here lasts for minutes.
        self.assertLess(loaded, max(50 * idle, 30))
        for connection in held + waiting:
            connection.close()

    def test_a_server_names_a_limit_of_open_files_that_is_too_low(self):
        self.end_server()
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


class SiegeCase(server_case.ServerCase):
    """A server with few files, and attacks on it that are repeated without end."""

    FILES = 1024
    WORDS = ()
    STOPS = 9
    # A component whose compilation takes a while.
    FUNCTIONS = 1500

    def setUp(self):
        super().setUp()
        self.end_server()
        self.token = self.theater("token", "new", "--scope", "operate", "--name", "greedy", exit=0).out.strip()
        self.greedy = {"Authorization": f"Bearer {self.token}"}
        self.over = threading.Event()
        self.threads = []
        self.addCleanup(self.end_siege)
        self.server = subprocess.Popen(limited(self.FILES, "--listen", "127.0.0.1:0", *self.WORDS), cwd=self.folder,
                                       bufsize=0, env=self.environment(), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.forget, self.server)
        self.until(self.is_ready)
        self.port = int([self.server.stdout.readline() for _ in range(2)][-1].split(b":")[-1])

    def end_siege(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.threads = []

    def besiege(self, attack, *arguments):
        def repeat():
            while not self.over.is_set():
                try:
                    attack(*arguments)
                except (OSError, http.client.HTTPException):
                    # Refused, or cut off: it tries again.
                    self.over.wait(0.01)
        self.threads.append(threading.Thread(target=repeat))
        self.threads[-1].start()

    def asked_by_greedy(self, path, body, headers=None):
        """The status and the body that the holder of the token gets."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=support.TIMEOUT_S)
        try:
            connection.request("POST", path, body, {**(headers or {}), **self.greedy})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def fill_connections(self, host, held, refused):
        """Opens a connection from one more address of this machine, and keeps it if it is served."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=2, source_address=(host, 0))
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if connection.recv(100).startswith(b"HTTP/1.1 200 "):
                held.append(connection)
                return
        except OSError:
            pass
        refused.append(host)
        connection.close()
        self.over.wait(0.01)

    def start_another(self, number, answers):
        """Uploads and has compiled what no one has seen before."""
        text = (support.GUESTS / "counter.wat").read_text()
        more = "".join(f"(func (param i64) (result i64) (i64.mul (local.get 0) (i64.const {next(number)})))"
                       for _ in range(self.FUNCTIONS))
        body, headers = upload(text[:text.rindex(")")] + f"(core module {more}))\n")
        answers.append(self.asked_by_greedy("/v1/actors", body, headers))

    def write_log(self, actor, written):
        status, _, body = self.answer("POST", f"/v1/actors/{actor}/request", os.urandom(1 << 20))
        written.append(status)
        if status != 200:
            print(status, body, flush=True)

    def seconds_of_a_stop(self):
        """Of a client on the owner's socket; the median."""
        seconds = []
        for _ in range(self.STOPS):
            body, headers = upload((support.GUESTS / "counter.wat").read_text())
            status, _, started = self.answer("POST", "/v1/actors", body, headers)
            self.assertEqual(status, 201, started)
            began = time.monotonic()
            status, _, stopped = self.answer("POST", f"/v1/actors/{json.loads(started)['id']}/stop?wait=true")
            seconds.append(time.monotonic() - began)
            self.assertEqual(status, 200, stopped)
        return sorted(seconds)[self.STOPS // 2]

    def open_files(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def segments(self):
        return len(list((self.folder / "home" / "log" / "segments").glob("*.segment")))


class Siege(SiegeCase):
    """The holder of one token takes connections, compilers and the disk, all at once and without end."""

    CONNECTIONS = (SiegeCase.FILES - 256) // 2

    def test_a_siege_by_one_client_slows_no_stop_of_another(self):
        echo = self.started("echo", self.roomy_echo())
        idle = self.seconds_of_a_stop()
        sockets = server_case.open_sockets(self.server)
        before = self.segments()
        held, refused, answers, written = [], [], [], []
        self.addCleanup(lambda: [connection.close() for connection in held])
        for number in range(2, 6):
            self.besiege(self.fill_connections, f"127.0.0.{number}", held, refused)
        self.besiege(self.start_another, itertools.count(1), answers)
        # All connections for clients are taken, and more are asked for without end.
        kept_for_the_owner = 16
        self.until(lambda: len(held) >= self.CONNECTIONS - kept_for_the_owner - 8 and refused and answers)
        self.besiege(self.write_log, echo, written)
        loaded = self.seconds_of_a_stop()
        self.until(lambda: self.segments() > before)
        loaded = max(loaded, self.seconds_of_a_stop())
        self.assertLessEqual(self.open_files(), self.FILES)
        self.end_siege()
        print(f"stop: {idle * 1e3:.1f} ms idle, {loaded * 1e3:.1f} ms besieged; {len(held)} connections held, "
              f"{len(refused)} refused, {len(answers)} starts, {len(written)} messages of 1 MiB", flush=True)
        self.assertEqual(set(written), {200})
        # It shares processors with the compilers, and waits for the disk with the writer.
        self.assertLess(loaded, max(0.2, 20 * idle))
        # A connection beyond the bound gets 503 without a body.
        self.assertTrue(all(status in (201, 429) or (status, body) == (503, b"") for status, body in answers), answers[-1])
        self.assertIn(201, [status for status, _ in answers])
        # What the siege has taken comes back.
        for connection in held:
            connection.close()
        # A connection that was idle at first may have been closed meanwhile.
        self.until(lambda: server_case.open_sockets(self.server) <= sockets)
        self.assertEqual(self.answer("GET", "/readyz")[0], 200)


class FileSiege(SiegeCase):
    """The holder of one token takes files: its actors by the folders that they keep open, it by its connections."""

    FILES = 448
    WORDS = ("--grant", "filesystem:new-dir;read")
    # What guests leave to clients, and these to the owner and the log.
    OF_GUESTS = FILES - FILES // 4
    OF_CLIENTS = FILES - FILES // 8
    CONNECTIONS = (FILES - 256) // 2

    def started_by_greedy(self, name, guest, handlers):
        folder = '[[handler]]\ntype = "filesystem"\nnew_dir = true\nkeep_dir = false\n'
        manifest = self.actor(name, guest, folder, handlers=handlers)
        return self.theater("start", manifest, "--server", f"http://127.0.0.1:{self.port}",
                            env={"THEATER_TOKEN": self.token}, exit=0).out.strip()

    def echo_with_a_folder(self):
        """A guest has its folder open if it imports the handler."""
        files = '(import "theater:simple/filesystem" (instance (export "path-exists" ' \
                '(func (param "path" string) (result (result bool (error string)))))))'
        path = self.folder / "files.wat"
        path.write_text((support.GUESTS / "echo.wat").read_text().replace("(component", f"(component {files}", 1))
        return path

    def hire(self, boss, hired, refused):
        """An actor spawns one more child that has a folder."""
        child = (f'name = "kept"\ncomponent = "sha256:{self.echo}"\n[log]\ndurability = "memory"\n'
                 '[[handler]]\ntype = "filesystem"\nnew_dir = true\nkeep_dir = false\n')
        status, said = self.asked_by_greedy(f"/v1/actors/{boss}/request", f"s{child}")
        if status == 200:
            (hired if re.fullmatch(b"[0-9a-f]{32}", said) else refused).append(said.decode())
        if refused or status != 200:
            self.over.wait(0.01)

    def test_the_owner_and_the_log_have_files_when_others_have_taken_theirs(self):
        echo = self.started("echo", self.roomy_echo())
        boss = self.started_by_greedy("boss", "foreman.wat", ("supervisor", "message-server"))
        self.echo = self.one("inspect", self.started_by_greedy("plain", self.echo_with_a_folder(), ()))["component"]
        idle = self.seconds_of_a_stop()
        files, segments = self.open_files(), self.segments()
        hired, refused_children, held, refused, written = [], [], [], [], []
        self.addCleanup(lambda: [connection.close() for connection in held])
        self.besiege(self.hire, boss, hired, refused_children)
        self.until(lambda: refused_children)
        self.assertIn("the node has no file left for it: it may have 448 open", refused_children[0])
        of_guests = self.open_files()
        self.assertGreaterEqual(of_guests, self.OF_GUESTS - 8)
        for number in range(2, 6):
            self.besiege(self.fill_connections, f"127.0.0.{number}", held, refused)
        # It is the files that end it: it holds fewer connections than the server would take.
        self.until(lambda: refused and self.open_files() >= self.OF_CLIENTS - 8)
        self.besiege(self.write_log, echo, written)
        loaded = self.seconds_of_a_stop()
        self.until(lambda: self.segments() > segments)
        loaded = max(loaded, self.seconds_of_a_stop())
        self.assertGreaterEqual(self.open_files(), self.OF_CLIENTS - 8)
        self.assertLess(len(held), self.CONNECTIONS - 16)
        self.end_siege()
        print(f"stop: {idle * 1e3:.1f} ms idle, {loaded * 1e3:.1f} ms besieged; of {self.FILES} files {of_guests} open "
              f"for {len(hired)} children, then {len(held)} connections, {len(refused)} refused", flush=True)
        self.assertEqual(set(written), {200})
        self.assertLess(loaded, max(0.2, 20 * idle))
        # What the siege has taken comes back.
        for connection in held:
            connection.close()
        self.theater("kill", boss, "--wait", exit=0)
        self.until(lambda: self.open_files() < files + 16)
        self.assertEqual(self.answer("GET", "/readyz")[0], 200)


class Refusing(server_case.ServerCase):
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


class Callers(server_case.ServerCase):
    def test_an_actor_learns_which_client_calls(self):
        self.end_server()
        secret = self.theater("token", "new", "--scope", "operate", "--name", "ci", exit=0).out.strip()
        address = self.start_listening_server()
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


if __name__ == "__main__":
    support.main()
