"""The commands that talk to a server: what they show, wait for and upload, and what they say without one."""

import csv
import io
import json
import os
import signal
import socket
import threading

import server_case
import support


class Looking(server_case.ServerCase):
    def test_list_shows_every_actor_in_a_table(self):
        self.assertEqual(self.theater("list", exit=0).out.split(),
                         ["ID", "NAME", "STATE", "FOR", "AGE", "MAILBOX", "CPU", "FUNCTION"])
        first = self.started("one", "counter.wat")
        second = self.started("two", "counter.wat")
        listed = self.theater("ps", exit=0).out
        for actor, name in ((first, "one"), (second, "two")):
            self.assertRegex(listed, rf"(?m)^{actor[:12]}  {name} +Idle +\d+[smhd] +\d+[smhd] +0 +\S+ \S+  init$")
        [line] = self.theater("list", "--name", "two", "--parent", "none", "--json", exit=0).lines()
        self.assertEqual(line["id"], second)
        self.assertEqual(self.theater("list", "--parent", "two", "--json", exit=0).out, "")
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

    def positions(self, *words):
        return [line["event"]["seq"] for line in self.theater("events", *words, "--json", exit=0).lines()]

    def test_events_are_chosen_by_time_text_and_order(self):
        self.started("echo", "echo.wat")
        for text in ("first", "Second", "third"):
            self.theater("request", "echo", text, exit=0)
        events = [line["event"] for line in self.theater("events", "echo", "--json", exit=0).lines()]
        count = len(events)
        times = [event["time"] for event in events]
        self.assertEqual(self.positions("echo", "--from", "1h"), list(range(count)))
        self.assertEqual(self.positions("echo", "--to", "1h"), [])
        self.assertEqual(self.positions("echo", "--from", times[4]),
                         [at for at in range(count) if times[at] >= times[4]])
        self.assertEqual(self.positions("echo", "--to", times[4]), [at for at in range(count) if times[at] <= times[4]])
        self.assertEqual(self.positions("echo", "--from", "2", "--to", "4"), [2, 3, 4])
        self.assertEqual(self.positions("echo", "--from", "1000000000", "--to", "2100-01-01", "--limit", "2"), [0, 1])
        found = [events[at] for at in self.positions("echo", "--search", "second")]
        self.assertEqual([event["type"].rsplit("/")[-1] for event in found], ["handle-request", "returned"])
        self.assertEqual(self.positions("echo", "--search", "no such text"), [])
        self.assertEqual(self.positions("echo", "--reverse", "--limit", "3"), [count - 1, count - 2, count - 3])
        by_size = [events[at] for at in self.positions("echo", "--sort", "size")]
        sizes = [len(event["bytes"]) for event in by_size]
        self.assertEqual(sizes, sorted(sizes))
        by_type = [events[at]["type"] for at in self.positions("echo", "-s", "type", "-r")]
        self.assertEqual(by_type, sorted(by_type, reverse=True))
        self.assertEqual(self.positions("echo", "--sort", "time"), list(range(count)))
        for wrong in (("--from", "soon"), ("--to", "2026-02-30"), ("--sort", "colour"), ("--format", "x"),
                      ("--follow", "--reverse"), ("--follow", "--to", "3")):
            self.theater("events", "echo", *wrong, exit=2)

    def test_events_have_the_forms_of_other_programs(self):
        self.started("echo", "echo.wat")
        text = "with, \"quotes\" " + "x" * 200
        self.theater("request", "echo", text, exit=0)
        event, = self.theater("events", "echo", "--type", "handle-request", "--json", exit=0).lines()
        event = event["event"]
        detailed = self.theater("events", "echo", "-t", "handle-request", "-d", exit=0).out
        head = detailed.split("\n\n")[0].splitlines()
        size = len(event["bytes"]) // 2 + sum(one["length"] for one in event.get("detached") or [])
        self.assertEqual(head, [f"EVENT 0x{event['hash']}", f"0x{event['parent']}", event["type"], event["time"],
                                event["description"], str(size)])
        self.assertIn("x" * 200, detailed)
        first = self.theater("events", "echo", "--limit", "1", "--format", "detailed", exit=0).out.splitlines()
        self.assertEqual(first[1], "0x0000000000000000")
        rows = list(csv.reader(io.StringIO(self.theater("events", "echo", "--format", "csv", exit=0).out)))
        self.assertEqual(rows[0], ["position", "time", "type", "hash", "parent", "size", "description"])
        self.assertIn([str(event["seq"]), event["time"], event["type"], event["hash"], event["parent"], str(size),
                       event["description"]], rows)
        compact = self.theater("events", "echo", "-t", "handle-request", "-f", "compact", exit=0).out
        self.assertRegex(compact, rf"^ *{event['seq']}  handle-request \[.*…\n$")
        self.assertEqual(self.theater("events", "echo", "--format", "json", exit=0).out,
                         self.theater("events", "echo", "--json", exit=0).out)

    def test_events_show_payloads_raw_and_in_full(self):
        self.started("echo", "echo.wat")
        text = "begin " + "x" * 200 + " end"
        self.theater("request", "echo", text, exit=0)
        words = ("events", "echo", "--type", "handle-request")
        self.assertNotIn(" end", self.theater(*words, exit=0).out)
        self.assertIn(" end", self.theater(*words, "--full", exit=0).out)
        raw = self.theater(*words, "--raw", "--full", exit=0).out
        self.assertIn(text.encode().hex(), raw)
        self.assertNotIn("begin", raw)
        self.assertNotIn(text.encode().hex(), self.theater(*words, "--raw", exit=0).out)
        # The same as from the disk.
        shown = self.theater("log", "show", "echo", "--raw", "--full", exit=0).out
        self.assertIn(raw.split()[-1], shown)
        stream = self.start(*words, "--raw", "--json", "--follow", "--limit", "1")
        line = json.loads(stream.stdout.readline())
        stream.communicate(timeout=support.TIMEOUT_S)
        self.assertIn("hex", line["event"]["payloads"][0]["raw"])
        # Another stream has values again.
        stream = self.start(*words, "--json", "--follow", "--limit", "1")
        line = json.loads(stream.stdout.readline())
        stream.communicate(timeout=support.TIMEOUT_S)
        self.assertIn("value", line["event"]["payloads"][0])

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

    def test_logs_show_the_lines_of_the_server_and_its_actors(self):
        self.started("rt", "runtime_calls.wat")
        self.started("other", "runtime_calls.wat")
        follower = self.start("logs", "rt", "--follow", "--json")
        self.theater("request", "rt", "lone", exit=0)
        self.theater("request", "other", "lelse\x1b[2J", exit=0)
        self.theater("request", "rt", "ltwo", exit=0)
        lines = [json.loads(follower.stdout.readline())["message"] for _ in range(2)]
        self.assertEqual([line[-3:] for line in lines], ["one", "two"])
        self.theater("kill", "rt", exit=0)
        follower.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(follower.returncode, 0)
        all_lines = self.theater("logs", exit=0).out
        self.assertRegex(all_lines, r"(?m)^20\S+Z warning rt: l?two$")
        self.assertRegex(all_lines, r"(?m)^20\S+Z warning other: l?else\\x1b\[2J$")
        last = self.theater("logs", "other", "--last", "1", exit=0).out
        self.assertEqual(len(last.splitlines()), 1)
        self.assertIn("other: ", last)

    def test_the_tree_shows_children_below_their_parents(self):
        actor = self.started("counter", "counter.wat")
        self.assertRegex(self.theater("tree", exit=0).out, rf"^counter  {actor[:12]}  Idle  \d+[smhd]\n$")
        [line] = self.theater("tree", "counter", "--json", exit=0).lines()
        self.assertEqual((line["id"], line["depth"]), (actor, 0))

    def test_the_node_describes_itself(self):
        node = self.one("node")
        self.assertIn("version", node)
        shown = self.theater("node", exit=0).out
        self.assertRegex(shown, r"(?m)^version +theater \S+$")
        self.assertRegex(shown, r"(?m)^uptime +\d+[smh]$")
        self.until(lambda: self.one("node")["uptime_ms"] > node["uptime_ms"])

    def test_an_actor_is_as_old_as_its_start_also_at_the_next_server(self):
        self.started("counter", "counter.wat")
        self.theater("request", "counter", "x", exit=0)
        before = self.one("inspect", "counter")
        self.assertLessEqual(before["started"], before["since"])
        self.assertEqual((before["function"], before["last_function"]),
                         (None, "theater:simple/message-server-client/handle-request"))
        first, = self.theater("events", "counter", "--limit", "1", "--json", exit=0).lines()
        self.assertEqual(before["started"][:19], first["event"]["time"][:19])
        self.end_server()
        self.server = self.start_server()
        after = self.one("inspect", "counter")
        self.assertEqual((after["started"], after["last_function"]), (before["started"], None))
        self.theater("restart", "counter", exit=0)
        self.assertEqual(self.one("inspect", "counter")["started"], before["started"])


class Waiting(server_case.ServerCase):
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


class Starting(server_case.ServerCase):
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
                      ("request", "a", "b"), ("pause", "a"), ("resume", "a"), ("restart", "a"), ("stop", "a"),
                      ("kill", "a"), ("logs",), ("logs", "a"), ("start", "counter.toml"),
                      ("events", "a", "--from", "1h"), ("list", "--parent", "a")):
            run = self.theater(*words, exit=1)
            self.assertEqual(run.err, f"theater: no server answers in the home {self.folder}/home\n"
                                      "hint: `theater server` starts one\n", str(run))
            [line] = self.theater(*words, "--json", exit=1).lines()
            self.assertEqual(line["error"]["code"], "unavailable")

    def test_inspect_says_that_only_a_server_knows_actors(self):
        for word in ("counter", "foreman/kid", "abcd1234"):
            run = self.theater("inspect", word, exit=1)
            self.assertEqual(run.err, f"theater: `{word}` is no file here, and can only be an actor: no server answers in "
                                      f"the home {self.folder}/home\nhint: `theater server` starts one\n")
            [line] = self.theater("inspect", word, "--json", exit=1).lines()
            self.assertEqual(line["error"]["code"], "unavailable")
        # What is named as a file is one.
        self.assertIn("gone.wasm", self.theater("inspect", "gone.wasm", exit=1).err)
        self.assertNotIn("server", self.theater("inspect", "gone.wasm", exit=1).err)

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
