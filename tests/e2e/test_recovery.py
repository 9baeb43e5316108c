"""A run that is killed at any moment, and the next one that continues where it was.

The ledger is outside: replies that a killed run has printed are what it has acknowledged. Whatever was printed
must be there afterwards; of what was not, at most the one request that was under way. THEATER_ROUNDS says how
often a run is killed, THEATER_SEED which moments are chosen.
"""

import json
import os
import random
import signal
import time

import support

ROUNDS = int(os.environ.get("THEATER_ROUNDS", "12"))
SEED = int(os.environ.get("THEATER_SEED", "1"))
# For actors that get a snapshot every few calls.
SNAPSHOTS = {"keys": 'state = "explicit"\n', "text": "[log]\nsnapshot_events = 40\n"}
# What the guest's memory allows in one instance.
REQUESTS = 250


class Recovery(support.Case):
    def run_and_kill(self, *words, after):
        """Starts a run and kills it; `after` says when, and is given the process. Its JSON lines, whole ones."""
        process = self.start("run", *words, "--json")
        try:
            lines = after(process)
        finally:
            process.send_signal(signal.SIGKILL)
        # By the same streams as before: they may hold lines that were read from the pipe already.
        with process.stdout as out, process.stderr as err:
            lines += out.readlines()
            err = err.read()
        process.wait(timeout=support.TIMEOUT_S)
        self.assertNotIn(b"panicked", err)
        self.assertNotIn(b"CHECK", err)
        return [json.loads(line) for line in lines if line.endswith(b"\n")]

    @staticmethod
    def after_lines(count, dice):
        def wait(process):
            lines = []
            while len(lines) < count:
                line = process.stdout.readline()
                if not line:
                    break
                lines.append(line)
            time.sleep(dice.random() * 0.004)
            return lines
        return wait

    def replies(self, lines):
        return [int(line["reply"]) for line in lines if "reply" in line]

    def killed_counter(self):
        """A counter whose run was killed while it waited for its end; its id, and its manifest."""
        manifest = self.actor("counter", "counter.wat")
        # Without messages a run waits for the end of its actors, and this one has none.
        started = self.run_and_kill(manifest, after=self.after_lines(1, random.Random(SEED)))
        self.assertEqual(list(started[0]), ["started"])
        return started[0]["started"]["id"], manifest

    def test_without_a_manifest_it_only_goes_on(self):
        nothing = self.theater("run", exit=2)
        self.assertIn("missing argument MANIFEST: the home", nothing.err)
        self.assertFalse((self.folder / "home").exists())
        counter, _ = self.killed_counter()
        again = self.theater("run", "--request", "counter:x", "--request", "x", "--json", exit=0)
        self.assertEqual([line["recovered"]["id"] for line in again.every("recovered")], [counter], str(again))
        self.assertEqual(self.replies(again.lines()), [1, 2])
        self.assertIn("actors resumed: 1; actors ended: 0; messages delivered: 0", again.err)
        # It has ended with that run.
        self.assertIn("missing argument MANIFEST", self.theater("run", exit=2).err)

    def test_a_manifest_stands_for_the_actor_that_has_it(self):
        counter, manifest = self.killed_counter()
        again = self.theater("run", manifest, "--init", "41", "--request", "x", "--json", exit=0)
        self.assertEqual([line["recovered"]["id"] for line in again.every("recovered")], [counter], str(again))
        self.assertEqual((again.every("started"), self.replies(again.lines())), ([], [1]))

    def test_another_name_is_another_actor(self):
        counter, manifest = self.killed_counter()
        both = self.theater("run", f"other={manifest}", "--init", "41", "--request", "x", "--request", "counter:x",
                            "--json", exit=0)
        self.assertEqual([line["recovered"]["id"] for line in both.every("recovered")], [counter], str(both))
        self.assertEqual([line["started"]["actor"] for line in both.every("started")], ["other"])
        self.assertEqual(self.replies(both.lines()), [42, 1])

    def test_what_cannot_go_on_stays(self):
        counter, manifest = self.killed_counter()
        component = next(blob for blob in (self.folder / "home" / "blobs").glob("??/*")
                         if blob.read_bytes().startswith(b"\0asm"))
        away = self.folder / "away"
        component.rename(away)
        refused = self.theater("run", "--json", exit=1)
        self.assertIn(f"`counter` ({counter}) does not resume", refused.err)
        self.assertRegex(refused.err, r"component \S+: .*[0-9a-f]{64}")
        # No command begins another in its place.
        instead = self.theater("run", manifest, "--request", "x", "--json", exit=1)
        self.assertEqual((instead.every("started"), instead.every("reply")), ([], []), str(instead))
        self.assertIn("no request to `counter`: the actor did not start", instead.err)
        away.rename(component)
        again = self.theater("run", "--request", "counter:x", "--json", exit=0)
        self.assertEqual(again.every("recovered")[0]["recovered"]["id"], counter, str(again))

    def test_what_was_acknowledged_is_there(self):
        """Rounds of requests to one counter, each cut off; the next one continues with the same counter."""
        dice = random.Random(SEED)
        manifest = self.actor("counter", "counter.wat", **SNAPSHOTS)
        acknowledged = 0
        ids = set()
        recovered = 0
        cut_off = 0
        for round_ in range(ROUNDS):
            asked = [word for _ in range(REQUESTS) for word in ("--request", "x")]
            count = dice.randrange(1, 60)
            # A run that is faster than its kill leaves its actor as it is.
            lines = self.run_and_kill(manifest, *asked, "--keep", after=self.after_lines(count, dice))
            seen = self.replies(lines)
            went_on = [line["recovered"]["id"] for line in lines if "recovered" in line]
            began = [line["started"]["id"] for line in lines if "started" in line]
            if ids and seen:
                self.assertTrue(went_on and went_on[0] in ids, (round_, lines[:3]))
                recovered += 1
            ids.update(went_on + began)
            cut_off += 1
            if not seen:
                continue
            # In each run since, the request that was under way when it was killed may have been carried out.
            self.assertIn(seen[0], range(acknowledged + 1, acknowledged + 1 + cut_off), round_)
            cut_off = 1
            self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))
            acknowledged = seen[-1]
        self.assertGreater(recovered, ROUNDS // 2)
        self.assertEqual(len(ids), 1)
        last = self.theater("run", "--request", "counter:x", "--json", exit=0)
        self.assertIn(self.replies(last.lines())[0], range(acknowledged + 1, acknowledged + 2 + cut_off), str(last))
        # The record of all of it is one, and runs again over every snapshot.
        self.theater("verify", self.folder / "home", exit=0)
        self.theater("replay", "counter", exit=0)
        shown = self.theater("log", "show", "counter", "--json", exit=0).lines()
        snapshots = sum(1 for line in shown if line["event"]["type"] == "theater-runtime/snapshot")
        self.assertGreater(snapshots, acknowledged // 40)
        print(f"{ROUNDS} rounds, {acknowledged} acknowledged, {recovered} times gone on with", flush=True)

    def test_messages_between_actors_arrive_once(self):
        """Two that play a rally, cut off; whether each message arrived once is what `verify --messages` says."""
        dice = random.Random(SEED)
        self.actor("left", "rally.wat", **SNAPSHOTS)
        self.actor("right", "rally.wat", **SNAPSHOTS)
        both = ("left.toml", "right.toml", "--init", 'left:"{{actor.right}}"', "--init", 'right:"{{actor.left}}"')
        for _ in range(max(3, ROUNDS // 3)):
            self.run_and_kill(*both, "--send", "left:" + "o" * 200, after=self.after_lines(2, dice))
            verified = self.theater("verify", self.folder / "home", "--messages", "--json").lines()[0]
            self.assertNotEqual(verified["verdict"], "INVALID", verified)
        # Nothing ends this one before it is killed.
        self.run_and_kill(*both, after=self.after_lines(2, dice))
        self.theater("run", "--send", "left:oooo", "--json", exit=0)

    def events(self, actor):
        """The events of an actor, as `log show` has them; none before the home has the actor."""
        shown = self.theater("log", "show", actor, "--json")
        return shown.lines() if shown.exit == 0 else []

    def after_record(self, holds):
        """For run_and_kill(): waits for the record to have what is wanted."""
        def wait(_process):
            self.until(holds)
            return []
        return wait

    def test_what_does_not_resume_is_named(self):
        """An actor whose node is lost in its `init`: the next run says who ended, why, and what starts it again."""
        manifest = self.actor("loop", "loop_in_init.wat", "[limits]\ncall_cpu_ms = 3600000\n")
        self.run_and_kill(manifest, after=self.after_record(lambda: len(self.events("loop")) >= 3))
        again = self.theater("run", "--json", exit=1)
        ended = again.every("ended")[0]["ended"]
        self.assertEqual((ended["actor"], ended["how"]), ("loop", "failed"))
        self.assertEqual(ended["why"], "its first start was not over")
        self.assertIn(f"`loop` ({ended['id']}) does not resume: its first start was not over", again.err)
        self.assertIn(f"`theater run MANIFEST` starts another with the same manifest, which was in {self.folder}",
                      again.err)
        kinds = [next(iter(line["event"]["body"])) for line in self.events("loop")]
        self.assertEqual(kinds[-2:], ["failed", "terminated"])
        self.assertIn("missing argument MANIFEST", self.theater("run", exit=2).err)

    def test_a_tree_that_was_heard_of_resumes(self):
        """A supervisor with two children, killed as soon as a line of it was read."""
        child = '[[child]]\nname = "{0}"\nmanifest = "{0}.toml"\n'
        for name in ("a", "b"):
            self.actor(name, "counter.wat")
        boss = self.actor("boss", "runtime_calls.wat", child.format("a") + child.format("b"),
                          handlers=("message-server", "supervisor"))
        dice = random.Random(SEED)
        for _ in range(ROUNDS):
            process = self.start("run", boss, *["--request", "lheard"] * REQUESTS, "--keep")
            with process.stdout, process.stderr as err:
                while b"boss: " not in (line := err.readline()):
                    self.assertTrue(line, "it ended without a word")
                time.sleep(dice.random() * 0.01)
                process.send_signal(signal.SIGKILL)
            process.wait(timeout=support.TIMEOUT_S)
            again = self.theater("run", "--request", "boss:lagain", "--json", exit=0)
            self.assertEqual([line["recovered"]["actor"] for line in again.every("recovered")], ["boss"], str(again))
            self.assertIn("actors resumed: 3; actors ended: 0", again.err)

    def test_intervals_and_budgets_outlive_the_run(self):
        """An actor that starts an interval in `init` and sends a message at each tick; it may send 20 in all."""
        def count(kind):
            return sum(1 for line in self.events("beater") if kind in line["event"]["body"])

        manifest = self.actor("beater", "beater.wat", handlers=("message-server", "timing"), keys=SNAPSHOTS["keys"],
                              text=SNAPSHOTS["text"] + "[budget]\nmessages = 20\n")
        for round_ in range(4):
            before = count("call")
            self.run_and_kill(manifest, after=self.after_record(
                lambda wanted=min(20, 6 * (round_ + 1)), before=before:
                    count("sent") >= wanted and count("call") >= before + 4))
            self.assertLessEqual(count("sent"), 20)
        self.assertEqual(count("sent"), 20)
        # It ticks as ever, and may send nothing.
        before = count("refused")
        self.run_and_kill(manifest, after=self.after_record(lambda: count("refused") >= before + 5))
        self.theater("run", "--send", "beater:x", "--json", exit=0)
        self.assertEqual(count("sent"), 20)
        self.assertGreater(count("instance"), 5)


if __name__ == "__main__":
    support.main()
