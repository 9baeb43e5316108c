"""`theater update`: new code for a living actor, under load, refused, and over a crash of the server."""

import http.client
import json
import subprocess
import sys
import threading
import time

import server_case
import support

ADD = "(local.set $n (i64.add (local.get $n) (i64.const 1)))"
ANSWER = "(i32.store (i32.const 80) (i32.const 1))"
CLIENT = '(export "theater:simple/message-server-client" (instance $client))'
FIRST_IMPORT = '(import "theater:simple/runtime"'
TIMING = '(import "theater:simple/timing" (instance $timing (export "now" (func (result u64)))))'
BOUNDARY = "part-of-a-test"


class Update(server_case.ServerCase):
    def guest(self, name, old, new):
        """Writes another counter: one text of counter.wat is replaced."""
        text = (support.GUESTS / "counter.wat").read_text()
        self.assertEqual(text.count(old), 1)
        (self.folder / name).write_text(text.replace(old, new))
        return name

    def by(self, step):
        """A counter with that step."""
        return self.guest(f"by{step}.wat", ADD, ADD.replace("i64.const 1", f"i64.const {step}"))

    def counter(self, *words, **options):
        return self.started("counter", "counter.wat", *words, keys='state = "explicit"\n', **options)

    def ask(self):
        return self.theater("request", "counter", "x", exit=0).out.strip()

    def expect_sound(self, actor):
        """The record of the actor verifies, also by the other verifier, and replays to the same hashes."""
        self.end_server()
        self.theater("verify", exit=0)
        self.theater("replay", actor, exit=0)
        self.theater("log", "export", actor, "-o", "a.export", exit=0)
        self.theater("replay", "a.export", exit=0)
        for tool, what in (("verify_log.py", "home"), ("verify_export.py", "a.export")):
            run = subprocess.run([sys.executable, support.ROOT / "tools" / tool, what], cwd=self.folder,
                                 capture_output=True, text=True, timeout=support.TIMEOUT_S, check=False)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_the_new_code_continues_from_the_state(self):
        actor = self.counter()
        self.assertEqual(self.ask(), "1")
        updated = self.theater("update", "counter", self.by(10), exit=0)
        self.assertEqual(updated.out, f"counter ({actor[:12]}): updated, Idle\n")
        self.assertEqual(self.ask(), "11")
        back = self.one("update", "counter", str(support.GUESTS / "counter.wat"))
        self.assertEqual((back["id"], back["warnings"]), (actor, []))
        self.assertEqual(self.ask(), "12")
        events = [line["event"] for line in self.theater("events", "counter", "--json", exit=0).lines()]
        kinds = [event["type"] for event in events]
        at = [seq for seq, event in enumerate(events) if "updated" in event["description"]]
        self.assertEqual(len(at), 2)
        for seq in at:
            self.assertEqual(kinds[seq + 1], "runtime-setup")
        self.expect_sound(actor)

    def test_a_manifest_brings_its_component(self):
        actor = self.counter()
        self.ask()
        by = self.folder / self.by(5)
        (self.folder / "next.toml").write_text(
            f'name = "counter"\nversion = "2.0.0"\ncomponent = "{by}"\nstate = "explicit"\n'
            '[[handler]]\ntype = "message-server"\n')
        self.theater("update", "counter", "next.toml", exit=0)
        self.assertEqual(self.ask(), "6")
        self.server.kill()
        self.server.communicate()
        self.server = self.start_server()
        self.assertEqual(self.ask(), "11")
        self.expect_sound(actor)

    def test_what_does_not_fit_changes_nothing(self):
        actor = self.counter()
        self.ask()
        before = self.one("inspect", "counter")["head"]
        (self.folder / "limits.toml").write_text(
            f'name = "counter"\ncomponent = "{support.GUESTS / "counter.wat"}"\nstate = "explicit"\n'
            '[limits]\nmailbox_messages = 3\n[[handler]]\ntype = "message-server"\n')
        (self.folder / "none.wasm").write_bytes(b"no component")
        for code, said in ((self.guest("mute.wat", CLIENT, ""), "lacks the export"),
                           (self.guest("asks.wat", FIRST_IMPORT, TIMING + FIRST_IMPORT), "timing"),
                           ("limits.toml", "it changes `[limits]`"), ("none.wasm", "component")):
            refused = self.theater("update", "counter", code, exit=1)
            self.assertIn(said, refused.err)
        self.theater("update", "counter", "no-such-file.wasm", exit=1)
        self.theater("update", "nobody", self.by(2), exit=1)
        self.assertEqual(self.one("inspect", "counter")["head"], before)
        self.assertEqual(self.ask(), "2")
        self.expect_sound(actor)

    def test_code_that_traps_is_restarted_and_another_update_goes_back(self):
        actor = self.counter("--restart", "permanent")
        self.ask()
        self.theater("update", "counter", self.guest("trap.wat", ANSWER, "unreachable"), exit=0)
        self.theater("request", "counter", "x", exit=1)
        self.until_idle("counter")
        self.theater("update", "counter", str(support.GUESTS / "counter.wat"), exit=0)
        self.assertTrue(self.ask().isdigit())
        self.expect_sound(actor)

    def test_code_that_traps_before_its_first_call_is_on_record_as_the_failure_of_the_new_code(self):
        first = '(data (i32.const 16) "counting")'
        boom = self.guest("boom.wat", first, "(func $boom unreachable) (start $boom) " + first)
        actor = self.counter()
        self.ask()
        self.assertIn("the instance of the new code was lost", self.theater("update", "counter", boom, exit=1).err)
        # Nothing restarts it.
        self.until(lambda: self.one("inspect", actor)["ended"])
        self.theater("update", actor, self.by(2), exit=1)
        self.expect_sound(actor)

    def test_under_load_and_over_a_crash_no_message_is_lost_and_none_comes_twice(self):
        """10,000 requests, six updates with a kill of the server between, and a counter that is right."""
        actor = self.counter()
        threads_each_life, each = 4, 1250
        answers = []

        def read():
            connection = self.socket_connection()
            for _ in range(each):
                connection.request("POST", f"/v1/actors/{actor}/request", b"x")
                answer = connection.getresponse()
                answers.append((answer.status, answer.read()))

        for life in range(2):
            threads = [threading.Thread(target=read) for _ in range(threads_each_life)]
            for thread in threads:
                thread.start()
            before = len(answers)
            for count, step in enumerate((100, 10, 1000), 1):
                wanted = before + count * each
                self.until(lambda: len(answers) >= wanted)
                self.theater("update", "counter", self.by(step), exit=0)
            for thread in threads:
                thread.join()
            if life == 0:
                self.server.kill()
                self.server.communicate()
                self.server = self.start_server()
        self.assertEqual({status for status, _ in answers}, {200})
        self.assertEqual(len(answers), 2 * threads_each_life * each)
        # Each step is at least 1, so a call that was lost or made twice would give a number again.
        self.assertEqual(len({number for _, number in answers}), len(answers))
        events = [line["event"] for line in self.theater("events", "counter", "--json", exit=0).lines()]
        calls = sum("handle-request" in event["type"] for event in events)
        self.assertEqual(calls, len(answers))
        updates = [event for event in events if "updated" in event["description"]]
        self.assertEqual(len(updates), 6)
        self.expect_sound(actor)

    def test_a_server_that_is_killed_has_the_old_code_or_the_new(self):
        actor = self.counter()
        steps, count = (1, 10), 0
        now = 0
        for attempt in range(12):
            other = self.by(10) if now == 0 else str(support.GUESTS / "counter.wat")
            command = self.start("update", "counter", other)
            time.sleep(0.004 * attempt)
            self.server.kill()
            self.server.communicate()
            command.communicate(timeout=support.TIMEOUT_S)
            self.server = self.start_server()
            before, count = count, int(self.ask())
            self.assertIn(count - before, steps, f"attempt {attempt}")
            now = steps.index(count - before)
            # A client that heard of the update has the new code.
            if command.returncode == 0:
                self.assertEqual(count - before, 10 if other.startswith("by") else 1)
        self.expect_sound(actor)


class Grants(server_case.ServerCase):
    def setUp(self):
        super().setUp()
        self.end_server()
        self.address = self.start_listening_server()

    def post(self, token, actor, parts):
        """The status of an update by a token's holder."""
        body = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"
            for name, content in parts) + f"--{BOUNDARY}--\r\n".encode()
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=support.TIMEOUT_S)
        self.addCleanup(connection.close)
        connection.request("POST", f"/v1/actors/{actor}/update", body,
                           {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
                            "Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def test_grants_are_given_to_a_component_and_not_to_the_next(self):
        grant = "environment:vars=HOME"
        manifest = self.actor("granted", "counter.wat", handlers=("message-server", "environment"),
                              keys='state = "explicit"\n')
        text = (self.folder / manifest).read_text().replace(
            'type = "environment"\n', 'type = "environment"\nallowed_vars = ["HOME"]\n')
        (self.folder / manifest).write_text(text)
        actor = self.theater("start", manifest, "--grant", grant, exit=0).out.strip()
        token = self.theater("token", "new", "--scope", "operate", exit=0).out.strip()
        component = (support.GUESTS / "counter.wat").read_bytes()
        status, _ = self.post(token, actor, [("component", component)])
        self.assertEqual(status, 403)
        status, _ = self.post(token, actor, [("component", component), ("grant", grant.encode())])
        self.assertEqual(status, 403)
        reader = self.theater("token", "new", "--scope", "read", exit=0).out.strip()
        status, _ = self.post(reader, actor, [("component", component)])
        self.assertEqual(status, 403)
        own = self.theater("token", "new", "--scope", "admin", "--actor", actor, exit=0).out.strip()
        status, _ = self.post(own, actor, [("component", component)])
        self.assertEqual(status, 403)
        self.assertEqual(self.one("inspect", actor)["restarts"], 0)
        self.theater("update", actor, str(support.GUESTS / "counter.wat"), exit=1)
        self.theater("update", actor, str(support.GUESTS / "counter.wat"), "--grant", grant, exit=0)
        status, problem = self.post(token, actor, [])
        self.assertEqual(status, 400, problem)
        status, problem = self.post(token, actor, [("name", b"x"), ("component", component)])
        self.assertEqual(status, 400, problem)


if __name__ == "__main__":
    support.main()
