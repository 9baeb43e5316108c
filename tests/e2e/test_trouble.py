"""What a crash, a full disk and a forger do to a record, and what is left of it."""

import json
import os
import re
import resource
import signal
import shutil
import subprocess
import sys

import support

FORGE = support.ROOT / "tools" / "forge_log.py"


class Trouble(support.Case):
    keeps_the_record = False

    def home(self):
        return self.folder / "home"

    def actors(self):
        listed = self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]
        return {actor["name"]: actor for actor in listed}

    def test_what_was_answered_survives_kill_9(self):
        counter = self.actor("counter", "counter.wat")
        words = [word for _ in range(3) for word in ("--send", "b", "--request", "c")]
        for _ in range(5):
            # Every answer is a line that is written at once; the process is killed after the last.
            process = self.start("run", counter, *words, "--request", "loop", "--json")
            answers = []
            while len(answers) < 3:
                line = json.loads(process.stdout.readline())
                if "started" in line:
                    identity = line["started"]["id"]
                if "reply" in line:
                    answers.append(line["reply"])
            process.kill()
            process.communicate()
            shown = self.theater("log", "show", identity, "--json", exit=0)
            results = [line["event"]["body"]["returned"] for line in shown.every("event")
                       if "returned" in line["event"]["body"]]
            self.assertGreaterEqual(len(results), 1 + 6)
            self.assertIn(self.theater("verify").exit, (0, 3))
            self.assertIn("IDENTICAL", self.theater("replay", identity, exit=0).out)
        self.theater("run", counter, "--request", "c", exit=0)
        self.verify_and_replay(self.home())

    def test_a_disk_without_room_ends_the_run(self):
        echo = self.actor("echo", "echo.wat")
        # Each has memory for some of them. What is the same twice would take its room once.
        names = [f"echo-{number}" for number in range(10)]
        words = []
        for name in names:
            for number in range(3):
                (self.folder / f"large-{name}-{number}").write_bytes(os.urandom(200_000))
                words += ["--request", f"{name}:@large-{name}-{number}"]

        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5 << 20, 5 << 20))

        process = self.start("run", *(f"{name}={echo}" for name in names), *words, "--json",
                             preexec_fn=little_room, restore_signals=False)
        out, err = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(b"0000000000.bodies", err)
        replies = sum(b'"reply"' in line for line in out.splitlines())
        self.assertGreater(replies, 0)
        self.assertLess(replies, 30)
        self.assertIn(self.theater("verify").exit, (0, 3))
        returned = 0
        for name, actor in self.actors().items():
            shown = self.theater("log", "show", actor["id"], "--json", exit=0)
            returned += sum("returned" in line["event"]["body"] for line in shown.every("event")) - 1
            self.assertIn("IDENTICAL", self.theater("replay", name, exit=0).out)
        self.assertGreaterEqual(returned, replies, "what was answered is on disk")

    def test_a_forged_result_is_valid_but_replays_otherwise(self):
        rally = self.actor("rally", "rally.wat")
        self.theater("run", f"a={rally}", f"b={rally}", "--init", 'a:"{{actor.b}}"', "--init",
                     'b:"{{actor.a}}"', "--request", "a:", exit=0)
        self.theater("run", f"c={rally}", f"d={rally}", "--init", 'c:"{{actor.d}}"', "--init",
                     'd:"{{actor.c}}"', "--request", "c:x", exit=0)
        kept = self.folder / "kept"
        kept.write_text(self.theater("log", "head", exit=0).out)
        asker = self.actors()["c"]
        shown = self.theater("log", "show", asker["id"], "--json", exit=0)
        [answered] = [line["event"]["seq"] for line in shown.every("event")
                      if "answered" in line["event"]["body"]]
        honest = self.folder / "honest"
        shutil.copytree(self.home(), honest)

        self.forge(asker["id"], answered, "end", "END")
        self.theater("verify", exit=0)
        self.theater("verify", "--checkpoint", kept, exit=1)
        run = self.theater("replay", asker["id"], "--json", exit=1).lines()[0]
        self.assertEqual(run["outcome"], "DIVERGED")
        self.assertEqual(run["divergence"]["seq"], answered + 1)
        self.assertEqual(run["divergence"]["field"], "result")
        # The actor that was asked says something else.
        other = self.actors()["d"]["id"]
        run = self.theater("verify", "--between", "c", other, "--json", exit=1).lines()[0]
        [difference] = run["messages"]["differences"]
        self.assertEqual(difference["fault"], "ALTERED")
        self.assertEqual((difference["given"]["actor"], difference["given"]["event"]), (other, "returned"))
        self.assertEqual((difference["taken"]["name"], difference["taken"]["seq"]), ("c", answered))
        run = self.theater("verify", "--messages", exit=1)
        self.assertRegex(run.out, re.compile("^VALID: .*^MESSAGES INVALID: .*^  ALTERED: ", re.MULTILINE | re.DOTALL))
        self.theater("verify", "--between", "a", "b", exit=0)
        # Every other actor in the log did what its chain records.
        self.theater("replay", self.actors()["a"]["id"], exit=0)

        shutil.rmtree(self.home())
        shutil.copytree(honest, self.home())
        self.forge(asker["id"], answered, "end", "END", "--without-key")
        run = self.theater("verify", exit=1)
        self.assertRegex(run.out, re.compile("^INVALID: checkpoint: .*rewritten", re.MULTILINE))

    def forge(self, actor, seq, old, new, *words):
        subprocess.run([sys.executable, FORGE, self.home(), actor, str(seq), old, new, *words], check=True,
                       capture_output=True, timeout=support.TIMEOUT_S)


if __name__ == "__main__":
    support.main()
