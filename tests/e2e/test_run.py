"""`theater run`: actors answer, talk to each other, and end in order."""

import os
import re
import signal

import support


class Replies(support.Case):
    def test_a_counter_counts(self):
        counter = self.actor("counter", "counter.wat")
        run = self.theater("run", counter, "--request", "a", "--send", "b", "--request", "c", exit=0)
        self.assertEqual(run.out, "1\n3\n")
        self.assertIn("info counter: counting", run.err)

    def test_a_folder_stands_for_the_manifest_in_it(self):
        (self.folder / "dir").mkdir()
        (self.folder / self.actor("x", "echo.wat")).rename(self.folder / "dir" / "manifest.toml")
        self.assertEqual(self.theater("run", "dir", "--request", "hello", exit=0).out, "hello\n")

    def test_a_request_may_be_answered_by_a_later_tick(self):
        late = self.actor("late", "late.wat", handlers=("message-server", "timing"))
        run = self.theater("run", late, "--grant", "timing", "--request", "a", exit=0)
        self.assertEqual(run.out, "late\n", str(run))

    def test_a_request_that_nothing_will_answer_ends_with_its_actor(self):
        starts = '(call $start (i32.const 16) (i32.const 4) (i64.const 300) (i32.const 128))'
        text = (support.GUESTS / "late.wat").read_text()
        self.assertEqual(text.count(starts), 1)
        (self.folder / "never.wat").write_text(text.replace(starts, ""))
        never = self.actor("never", self.folder / "never.wat", handlers=("message-server", "timing"))
        run = self.theater("run", never, "--grant", "timing", "--request", "a", exit=1)
        self.assertIn("ended before it answered", run.err)

    def test_bytes_pass_unchanged(self):
        echo = self.actor("echo", "echo.wat")
        data = bytes(range(256))
        (self.folder / "data").write_bytes(data)
        process = self.start("run", echo, "--request", "@data")
        out, _ = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(out, data + b"\n")
        run = self.theater("run", echo, "--request", "@data", "--request", "text", "--json", exit=0)
        replies = [line["reply"] for line in run.every("reply")]
        self.assertEqual(set(replies[0]), {"base64"})
        self.assertEqual(replies[1], "text")

    def test_an_initial_state_comes_from_manifest_and_command_line(self):
        (self.folder / "state.json").write_text("41")
        text = 'init_state = "state.json"\n'
        path = self.folder / self.actor("counter", "counter.wat", handlers=())
        path.write_text(path.read_text() + text + '[[handler]]\ntype = "message-server"\n')
        self.assertEqual(self.theater("run", path.name, "--request", "x", exit=0).out, "42\n")
        run = self.theater("run", path.name, "--init", "7", "--request", "x", exit=0)
        self.assertEqual(run.out, "8\n")
        (self.folder / "given").write_bytes(b"9\xff")
        run = self.theater("run", path.name, "--init", "@given", "--request", "x", exit=0)
        self.assertEqual(run.out, f"{9 * 10 + 0xff - ord('0') + 1}\n")
        run = self.theater("run", path.name, "--init", "9 lives", "--request", "x", exit=2)
        self.assertIn("--init @FILE", run.err)
        path.write_text(path.read_text().replace("state.json", "http://127.0.0.1:1/s.json"))
        run = self.theater("run", path.name, "--request", "x", exit=1)
        self.assertIn('init_state = "http://127.0.0.1:1/s.json": reading', run.err)
        self.assertIn("127.0.0.1, which is loopback", run.err)

    def test_runtime_functions_answer(self):
        actor = self.actor("rt", "runtime_calls.wat")
        run = self.theater("run", actor, "--json", *[word for ask in
                           ("id", "name", "version", "log it", "Loud", "metric", "event", "Empty", "done")
                           for word in ("--request", ask)], exit=0)
        replies = [line["reply"] for line in run.every("reply")]
        started = run.every("started")[0]["started"]
        self.assertEqual(replies[0], started["id"])
        self.assertEqual(replies[1], "rt")
        self.assertRegex(replies[2], r"^\d+\.\d+\.\d+$")
        self.assertEqual(replies[3:], ["ok", "Unknown log level 'loud': use debug, info, warn or error",
                                       "ok", "ok", "Event type is empty", "ok"])
        self.assertRegex(run.err, r"warn\w* rt: log it")
        ended = run.every("ended")[0]["ended"]
        self.assertEqual((ended["how"], ended["data"]), ("completed", "bye"))

    def test_a_guest_learns_its_callers(self):
        who = self.actor("who", "who.wat")
        run = self.theater("run", f"a={who}", f"b={who}", "--init", 'a:"{{actor.b}}"', "--request", "a:who",
                           "--request", "b:kept", "--request", "a:peer", "--send", "b:x", "--request", "b:kept",
                           "--json", exit=0)
        ids = {line["started"]["actor"]: line["started"]["id"] for line in run.every("started")}
        self.assertEqual([line["reply"] for line in run.every("reply")],
                         ["client", "runtime", f"actor {ids['a']}, client", "client"])

    def test_metrics_are_printed_at_the_end(self):
        actor = self.actor("rt", "runtime_calls.wat")
        words = ("run", actor, "--metrics", "--request", "metric", "--request", "id", "--request", "metric")
        run = self.theater(*words, "--json", exit=0)
        [metrics] = [line["metrics"] for line in run.every("metrics")]
        self.assertEqual((metrics["actor"], metrics["calls"], metrics["errors"]), ("rt", 4, 0))
        self.assertEqual((metrics["messages_in"], metrics["messages_out"], metrics["waiting"]), (3, 0, 0))
        self.assertLessEqual(metrics["call_ns"]["max"], metrics["call_ns"]["total"])
        self.assertGreater(metrics["call_ns"]["min"], 0)
        self.assertGreater(metrics["memory_bytes_max"], 0)
        self.assertEqual(metrics["custom"],
                         {"metric": {"count": 2, "last": 1.5, "sum": 3.0, "min": 1.5, "max": 1.5}})
        [node] = [line["node_metrics"] for line in run.every("node_metrics")]
        self.assertEqual((node["actors"], node["ended"], node["calls"]), (1, 1, 4))
        run = self.theater(*words, exit=0)
        self.assertRegex(run.out, r"(?m)^actor +calls +errors +failures .*$\n^rt +4 +0 +0 ")
        self.assertRegex(run.out, r"(?m)^rt metric +2 +1.5 +3 +1.5 +1.5$")

    def test_a_guest_cannot_forge_log_lines(self):
        actor = self.actor("rt", "runtime_calls.wat")
        run = self.theater("run", actor, "--request", "l\n2026 info root: \x1b[31mforged", exit=0)
        self.assertIn("l\\n2026 info root: \\x1b[31mforged", run.err)


class Conversations(support.Case):
    def rally(self, *words, exit):
        rally = self.actor("rally", "rally.wat")
        return self.theater("run", f"a={rally}", f"b={rally}", "--init", 'a:"{{actor.b}}"', "--init",
                            'b:"{{actor.a}}"', *words, exit=exit)

    def test_two_actors_rally_until_it_is_over(self):
        run = self.rally("--send", "a:" + "x" * 41, "--json", "--chain", exit=0)
        self.assertIn("info b: rally over", run.err)
        received = {"a": 0, "b": 0}
        for line in run.every("event"):
            event = line["event"]
            if event["type"].endswith("handle-send") and "call" in event["body"]:
                received[event["actor"]] += 1
        self.assertEqual(received, {"a": 21, "b": 21})
        checked = self.theater("verify", "--between", "a", "b", "--json", exit=0).lines()[0]["messages"]
        self.assertEqual((checked["verdict"], checked["messages"], checked["in_flight"]), ("VALID", 41, 0))

    def test_what_one_sent_is_cited_by_what_the_other_was_called_with(self):
        run = self.rally("--send", "a:xx", "--json", "--chain", exit=0)
        events = [line["event"] for line in run.every("event")]
        hashes = {event["hash"] for event in events if "sent" in event["body"]}
        cited = [event["body"]["call"]["from"]["actor"]["sent"] for event in events
                 if "call" in event["body"] and "actor" in event["body"]["call"]["from"]]
        self.assertEqual(len(cited), 2)
        self.assertEqual(len(hashes), 2)

    def test_a_request_passes_through_another_actor(self):
        run = self.rally("--request", "a:x", exit=0)
        self.assertEqual(run.out, "end\n")

    def test_requests_in_a_circle_are_refused(self):
        run = self.rally("--request", "a:xxx", "--request", "b:", exit=1)
        self.assertIn("would never be answered", run.err)
        self.assertEqual(run.out, "end\n")

    def test_a_message_to_nobody_is_the_senders_error(self):
        lost = self.actor("lost", "rally.wat")
        run = self.theater("run", lost, "--init", f'"{"0" * 32}"', "--request", "xx", exit=1)
        self.assertIn("Actor not found: " + "0" * 32, run.err)
        run = self.theater("run", lost, "--init", '"nobody"', "--request", "xx", exit=1)
        self.assertIn("Failed to parse actor ID: ", run.err)


class Endings(support.Case):
    def test_ctrl_c_ends_in_order(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = self.start("run", self.actor("echo", "echo.wat"), "--json", "--chain")
                self.assertIn(b'"started"', process.stdout.readline())
                process.send_signal(number)
                out, err = process.communicate(timeout=support.TIMEOUT_S)
                self.assertEqual(process.returncode, 0, err)
                self.assertIn(b'{"terminated":{"how":"stopped"}}', out)

    def wait_until_it_spins(self, process):
        """Until the process has used half a second of CPU, which only an endless loop does here."""
        ticks = os.sysconf("SC_CLK_TCK") // 2

        def spins():
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
                fields = file.read().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12]) >= ticks

        self.until(spins)

    def until_taken(self, process):
        """Until the process has taken the signals that were sent: two that wait are one."""
        def is_taken():
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                waiting = re.findall(r"(?m)^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$", file.read())
            return not any(int(signals, 16) for signals in waiting)

        self.until(is_taken)

    def test_a_second_ctrl_c_ends_a_guest_that_does_not_stop(self):
        loop = self.actor("loop", "misbehave.wat", "[limits]\ncall_cpu_ms = 3600000\n")
        process = self.start("run", loop, "--json", "--request", "loop")
        self.assertIn(b'"started"', process.stdout.readline())
        self.wait_until_it_spins(process)
        process.send_signal(signal.SIGINT)
        self.until_taken(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(b'"how":"killed"', out)

    def test_a_request_that_nobody_answers_is_an_error(self):
        actor = self.actor("silent", "misbehave.wat")
        run = self.theater("run", actor, "--request", "n", "--request", "hello", exit=1)
        self.assertEqual(run.out, "hello\n")
        self.assertIn("ended before it answered", run.err)

    def test_a_closed_pipe_is_quiet(self):
        process = self.start("run", self.actor("echo", "echo.wat"), "--request", "x" * 100_000,
                             "--chain", "--log-level", "off")
        process.stdout.close()
        _, err = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(err, b"")
        self.assertEqual(process.returncode, 0)

    def test_a_full_disk_is_not(self):
        with open("/dev/full", "wb") as full:
            process = support.subprocess.run([support.theater, "help"], stdout=full, check=False,
                                             stderr=support.subprocess.PIPE, env=self.environment())
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"theater: cannot write to standard output: ", process.stderr)


class Grants(support.Case):
    ENVIRONMENT = '[[handler]]\ntype = "environment"\nallowed_vars = ["E2E_VALUE"]\n'

    def test_a_refused_manifest_prints_the_grant_that_works(self):
        actor = self.actor("env", "environment.wat", self.ENVIRONMENT)
        env = {"E2E_VALUE": "granted", "E2E_OTHER": "secret"}
        refused = self.theater("run", actor, "--request", "E2E_VALUE", env=env, exit=1)
        grant = re.search(r"--grant (\S+)", refused.err).group(1)
        self.assertEqual(refused.out, "")
        run = self.theater("run", actor, "--grant", grant, "--request", "E2E_VALUE", "--request",
                           "E2E_OTHER", "--json", "--chain", env=env, exit=0)
        self.assertEqual([line["reply"] for line in run.every("reply")], ["granted", "none"])
        bodies = [line["event"]["body"] for line in run.every("event")]
        refusals = [body["refused"] for body in bodies if "refused" in body]
        self.assertEqual([refusal["why"]["permission"] for refusal in refusals],
                         ["environment:vars=E2E_OTHER (the policy lacks it: add --grant environment:vars=E2E_OTHER; the "
                          'manifest asks for less: write allowed_vars = ["E2E_OTHER", "E2E_VALUE"] in its handler '
                          "`environment`)"])
        self.assertNotIn("secret", run.out)

    def test_a_policy_file_grants_too(self):
        actor = self.actor("env", "environment.wat", self.ENVIRONMENT)
        (self.folder / "policy.toml").write_text('[grant.environment]\nvars = ["E2E_VALUE"]\n')
        run = self.theater("run", actor, "--policy", "policy.toml", "--request", "E2E_VALUE",
                           env={"E2E_VALUE": "granted"}, exit=0)
        self.assertEqual(run.out, "granted\n")


if __name__ == "__main__":
    support.main()
