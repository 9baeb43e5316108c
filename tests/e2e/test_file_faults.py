"""Each call of a whole run on a file of its home fails once, and nothing is lost by it.

One run makes a home. The other resumes in a home whose node was killed. The run may continue without the call, or it
ends with an error that names the file. Either way the next run opens the home, all that was acknowledged is there,
and the log is VALID. A test has every tenth call fail, and with THEATER_SOAK in the environment every call.
"""

import collections
import os
import re
import shutil

import node_cases
from node_cases import RUN, looks, requests

STEP = 1 if "THEATER_SOAK" in os.environ else int(os.environ.get("THEATER_STEP", "10"))
KEPT = 3
FAULTS = ("eio", "enospc")
# What the system says of them, and what SQLite makes of that.
TEXTS = ("Input/output error", "No space left on device", "disk I/O error", "database or disk is full",
         "unable to open database file", "attempt to write a readonly database", "locking protocol")
# The calls that every run makes, on folders and files of the log, the blobs and the stores.
KINDS = {"open", "write", "sync", "rename", "unlink", "truncate", "lock", "mkdir"}


class FileFaults(node_cases.Case):
    # Every run's home is verified at once.
    keeps_the_record = False

    def chain_of(self, actor):
        return [line["event"] for line in self.theater("log", "show", actor, "--json", exit=0).every("event")]

    def assert_named(self, ran):
        """Fails unless a run that ended with an error says which file it was about, and what the system said."""
        kind, path = re.fullmatch(r"(\S+) HOME(.*) failed", ran.struck).groups()
        # The error names the other file, in place of the one that is in its way.
        if kind == "unlink":
            path = path.rsplit("/", 1)[0]
        # SQLite's files next to the database are its own affair.
        path = re.sub(r"/index\.db-\w+$", "/index.db", path)
        self.assertIn(str(self.home) + path, ran.err, str(ran))
        self.assertTrue(any(text in ran.err for text in TEXTS), str(ran))

    def assert_nothing_lost(self, ran):
        kept = self.kept(ran.lines)
        last = kept[-1] if kept else 0
        look = [*looks("front", "kept", 1, last), "front:state", "front:keep", "back:state"]
        after = self.theater(*RUN, *requests(*look))
        lines = after.lines()
        said = f"{ran}\n\nafterwards:\n{after}"
        again = {line["recovered"]["id"] for line in after.every("recovered")}
        self.assertEqual(len(again) + len(after.every("started")), 2, said)
        self.assertEqual(self.absent(lines, "front"), 0, said)
        [(at_front, _, _)] = self.replies(lines, "front", "state")
        [(at_back, _, wrong)] = self.replies(lines, "back", "state")
        # If one could not resume, the other may have ended without it.
        if len(again) != 1:
            self.assertEqual(after.exit, 0, said)
            self.assertEqual((self.kept(lines), at_back, wrong), ([at_front + 1], at_front + 1, 0), said)
        fronts = {line[kind]["id"] for line in ran.lines for kind in ("started", "recovered")
                  if kind in line and line[kind]["actor"] == "front"}
        if fronts & again:
            self.assertGreaterEqual(at_front, last, said)
        verified = self.theater("verify", "--messages", "--json").lines()[0]
        self.assertEqual(verified["verdict"], "VALID", f"{verified}\n{said}")
        for front in fronts:
            answered = sum("returned" in event["body"] for event in self.chain_of(front))
            self.assertGreaterEqual(answered, len(kept), said)

    def try_all(self, prepare):
        kinds, ends = collections.Counter(), collections.Counter()
        words = [*RUN, *requests("back:state", *["front:keep"] * KEPT)]
        total = None
        number = 0
        while total is None or number <= total:
            prepare()
            how = FAULTS[number // STEP % 2]
            ran = self.with_fault(number, how, *words)
            if number == 0:
                self.assertEqual(ran.exit, 0, str(ran))
                total = len(ran.calls)
                self.assertLessEqual(KINDS, {call.split()[0] for call in ran.calls})
                number = 1
                continue
            number += STEP
            if ran.struck is None:
                continue
            kinds[ran.struck.split()[0]] += 1
            ends[ran.exit] += 1
            with self.subTest(call=ran.struck, how=how):
                if ran.exit != 0:
                    self.assert_named(ran)
                self.assert_nothing_lost(ran)
        print(f"{total} calls, {sum(kinds.values())} failed: {dict(kinds)}; exits: {dict(ends)}", flush=True)
        self.assertGreaterEqual(sum(kinds.values()), 0.95 * total / STEP - 2)

    def run_that_is_killed_in_the_middle(self):
        """It has kept some numbers and not all, so it has not begun to end its actors."""
        words = [*RUN, *requests(*["front:keep"] * KEPT)]
        calls = len(self.with_fault(0, "kill", *words).calls)
        for number in range(calls - 45, 0, -10):
            shutil.rmtree(self.home)
            killed = self.with_fault(number, "kill", *words)
            if 0 < len(self.kept(killed.lines)) < KEPT:
                return
        self.fail(f"no run was killed in the middle: {killed}")

    def test_a_run_that_makes_its_home(self):
        self.try_all(lambda: shutil.rmtree(self.home, ignore_errors=True))

    def test_a_run_that_resumes_after_a_kill(self):
        self.run_that_is_killed_in_the_middle()
        left = self.folder / "left"
        self.home.rename(left)

        def prepare():
            shutil.rmtree(self.home, ignore_errors=True)
            shutil.copytree(left, self.home)

        self.try_all(prepare)


if __name__ == "__main__":
    node_cases.main()
