"""A run that keeps its actors at its end, and the next one that resumes them."""

import json
import signal
import time

import support


class Kept(support.Case):
    def ids(self, run, kind):
        return [line[kind]["id"] for line in run.every(kind)]

    def events(self, actor):
        shown = self.theater("log", "show", actor, "--json", exit=0).lines()
        return [line["event"]["type"] for line in shown]

    def finish(self, process, exit):
        out, err = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(process.returncode, exit, err)
        self.assertNotIn(b"CHECK", err)
        return [json.loads(line) for line in out.splitlines()], err.decode()

    def test_the_next_run_resumes_the_actor(self):
        counter = self.actor("counter", "counter.wat")
        first = self.theater("run", counter, "--request", "x", "--request", "x", "--keep", "--json", exit=0)
        kept = self.ids(first, "kept")
        self.assertEqual(kept, self.ids(first, "started"), str(first))
        self.assertIn("actors kept for the next run in this home: 1", first.err)
        self.verify_and_replay(self.folder / "home")
        for number in (3, 4):
            again = self.theater("run", "--request", "counter:x", "--keep", "--json", exit=0)
            self.assertEqual((self.ids(again, "recovered"), self.ids(again, "kept")), (kept, kept), str(again))
            self.assertEqual([line["reply"] for line in again.every("reply")], [str(number)], str(again))
        types = self.events(kept[0])
        for other in ("failed", "terminated", "control"):
            self.assertNotIn(f"theater-runtime/{other}", types)
        # Without --keep it ends with its run.
        self.theater("run", "--request", "counter:x", exit=0)
        self.assertEqual(self.events(kept[0])[-1], "theater-runtime/terminated")
        self.assertIn("missing argument MANIFEST", self.theater("run", exit=2).err)

    def test_ctrl_c_keeps_too(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = self.start("run", self.actor("counter", "counter.wat"), "--keep", "--json")
                began = json.loads(process.stdout.readline())
                process.send_signal(number)
                lines, _ = self.finish(process, 0)
                self.assertEqual([line["kept"]["actor"] for line in lines if "kept" in line], ["counter"], lines)
                again = self.theater("run", "--request", "counter:x", "--json", exit=0)
                self.assertEqual(self.ids(again, "recovered"), [began["started"]["id"]], str(again))

    def test_a_second_ctrl_c_waits_for_no_call(self):
        loop = self.actor("loop", "misbehave.wat", "[limits]\ncall_cpu_ms = 3600000\ncall_wall_ms = 3600000\n")
        process = self.start("run", loop, "--keep", "--json", "--request", "loop")
        began = json.loads(process.stdout.readline())["started"]["id"]
        while b"handle-request" not in json.dumps(self.events(began)).encode():
            time.sleep(0.01)
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        kept = json.loads(process.stdout.readline())
        self.assertEqual(kept["kept"]["id"], began)
        process.send_signal(signal.SIGINT)
        _, err = self.finish(process, 1)
        self.assertIn("the node is closing", err)
        self.assertLess(time.monotonic() - before, support.TIMEOUT_S)
        self.verify_and_replay(self.folder / "home")
        again = self.theater("run", "--keep", "--json", "--request", "loop:hello", exit=0)
        self.assertEqual(self.ids(again, "recovered"), [began], str(again))
        types = self.events(began)
        self.assertEqual(types.count("theater-runtime/failed"), 1, types)
        self.assertNotIn("theater-runtime/terminated", types)

    def test_a_memory_actor_ends(self):
        counter = self.actor("counter", "counter.wat", text='[log]\ndurability = "memory"\n')
        run = self.theater("run", counter, "--request", "x", "--keep", "--json", exit=0)
        self.assertEqual(self.ids(run, "kept"), [])
        self.assertIn("actors kept for the next run in this home: 0", run.err)
        self.assertIn("missing argument MANIFEST", self.theater("run", exit=2).err)


if __name__ == "__main__":
    support.main()
