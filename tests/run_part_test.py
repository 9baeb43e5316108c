"""run_part.py with a program whose tests end in every way: run_part_test.py SAMPLE"""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import run_part

SAMPLE = sys.argv.pop(1)


def run(part, parts, seconds_max=60):
    """The exit status, the output and the lines of THEATER_RESULTS."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        child = subprocess.run(
            [sys.executable, run_part.__file__, SAMPLE, str(part), str(parts), "--name", "x",
             "--seconds-max", str(seconds_max)],
            stdout=subprocess.PIPE, text=True, check=False, env=dict(os.environ, THEATER_RESULTS=str(results)))
        return child.returncode, child.stdout, results.read_text().splitlines()


class RunPart(unittest.TestCase):
    def test_parts_have_every_enabled_test_once(self):
        names = list(run_part.listed(SAMPLE))
        self.assertEqual(len(names), 10)
        self.assertIn("Some/Number.IsOdd/1", names)
        self.assertNotIn("Ending.DISABLED_NeverRuns", names)
        for parts in (1, 3, 10, 12):
            divided = [name for part in range(1, parts + 1) for name in run_part.part_of(names, part, parts)]
            self.assertEqual(divided, names)

    def test_every_end_is_counted_and_only_failures_are_shown(self):
        began = time.monotonic()
        status, output, results = run(1, 1, seconds_max=2)
        self.assertLess(time.monotonic() - began, 20, "it waited for the child that a test left")
        self.assertEqual(status, 1)
        self.assertEqual(set(results), {
            "passed x Ending.Passes", "failed x Ending.Fails", "skipped x Ending.IsSkipped", "failed x Ending.Aborts",
            "failed x Ending.Exits", "passed x Ending.LeavesAChild", "passed x Some/Number.IsOdd/0",
            "failed x Some/Number.IsOdd/1", "failed x Lasting.Hangs", "passed x Lasting.LeaksAtTheEnd",
            "failed x after the tests"})
        for shown in ("FAILED Ending.Fails", "the reason", "last words", "the program ended by SIGABRT",
                      "the program ended with status 0", "the program was ended after 2", "status 23", "10 of 10 tests ran"):
            self.assertIn(shown, output)
        for hidden in ("Ending.Passes", "no network", "Number.IsOdd/0"):
            self.assertNotIn(hidden, output)

    def test_tests_of_files_that_stand_alone_share_no_process(self):
        files = run_part.listed(SAMPLE)
        self.assertEqual(set(files.values()), {"run_part_sample.cc"})
        names = ["Ending.Passes", "Some/Number.IsOdd/0", "Ending.IsSkipped"]
        for alone, processes in (([], 1), (names[1:2], 2), (names, 3)):
            began = []
            ordinary, run_part.Process = run_part.Process, lambda *words: began.append(words) or ordinary(*words)
            try:
                outcomes, failures = run_part.run(SAMPLE, names, set(alone), 60)
            finally:
                run_part.Process = ordinary
            self.assertEqual((set(outcomes), failures, len(began)), (set(names), [], processes))

    def test_a_part_whose_tests_pass_passes(self):
        status, output, results = run(1, 10)
        self.assertEqual((status, output, results), (0, "1 of 1 tests ran\n", ["passed x Ending.Passes"]))

    def test_a_part_without_tests_fails(self):
        child = subprocess.run([sys.executable, run_part.__file__, SAMPLE, "1", "12"], stderr=subprocess.PIPE, text=True,
                               check=False)
        self.assertEqual(child.returncode, 1)
        self.assertIn("has no tests for part 1 of 12", child.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
