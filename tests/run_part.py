"""Runs a part of a test program in one process:

    run_part.py PROGRAM PART PARTS [--name NAME] [--seconds-max N] [--alone FILE,FILE]

The tests of the program, in their order, are divided into PARTS of equal size; this runs the one of number PART
(from 1). A process of its own for each test would load the program and check it for leaks as often as there are
tests. A test that ends the process counts as failed, and the tests behind it run in another process. Each test of the
files that --alone names has a process of its own: a child that it forks has none of the threads of former tests.

Prints only what failed, with its output. If THEATER_RESULTS names a file, this adds a line for each test: `passed`,
`failed` or `skipped`, NAME and the name of the test.
"""

import argparse
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BEGINS = re.compile(r"\[ RUN      \] (\S+)\n")
ENDS = re.compile(r"\[ +(OK|FAILED|SKIPPED) +\] ([^\s,]+)(,.*)? \(\d+ ms\)\n")
OUTCOMES = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}


def listed(program):
    """The names of all tests that are not disabled, in the program's order, each with the name of its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tests.json"
        subprocess.run([program, "--gtest_list_tests", f"--gtest_output=json:{path}"], stdout=subprocess.DEVNULL,
                       check=True)
        suites = json.loads(path.read_text())["testsuites"]
    tests = [(f"{suite['name']}.{test['name']}", Path(test["file"]).name)
             for suite in suites for test in suite["testsuite"]]
    return {name: file for name, file in tests if "DISABLED_" not in name}


def part_of(names, part, parts):
    return names[len(names) * (part - 1) // parts:len(names) * part // parts]


class Process:
    """One run of the program. `outcomes` has the tests that ended, `failures` the output of those that failed."""

    def __init__(self, program, names, seconds_max):
        self.outcomes = {}
        self.failures = []
        self.running = None
        self.output = []
        self.seconds_max = seconds_max
        self.overdue = False
        self.child = subprocess.Popen([program, "--gtest_filter=" + ":".join(names)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.read()
        self.conclude(self.child.wait())

    def read(self):
        """Reads the output until the program has ended. A child that it left may hold the pipe for longer."""
        pipe = self.child.stdout.fileno()
        os.set_blocking(pipe, False)
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            rest = b""
            self.began = time.monotonic()
            while True:
                ended = self.child.poll() is not None
                ready = selector.select(0 if ended else 0.5)
                piece = os.read(pipe, 1 << 16) if ready else None
                if piece:
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        self.take(line.decode(errors="replace") + "\n")
                elif piece == b"" or ended:
                    break
                elif time.monotonic() - self.began > self.seconds_max and not self.overdue:
                    self.overdue = True
                    self.child.kill()
            if rest:
                self.take(rest.decode(errors="replace") + "\n")

    def take(self, line):
        begins = BEGINS.search(line)
        ends = ENDS.search(line)
        if begins:
            self.running = begins[1]
            self.output = []
            self.began = time.monotonic()
        elif ends and ends[2] == self.running:
            self.output.append(line)
            self.end(OUTCOMES[ends[1]])
        else:
            self.output.append(line)

    def end(self, outcome):
        self.outcomes[self.running] = outcome
        if outcome == "failed":
            self.failures.append((self.running, "".join(self.output)))
        self.running = None
        self.output = []

    def conclude(self, status):
        """A test that the program did not come back from is to blame; else what came after the tests."""
        if status < 0:
            how = f"ended by {signal.Signals(-status).name}"
        else:
            how = f"ended with status {status}"
        if self.overdue:
            how = f"was ended after {self.seconds_max:g} s"
        if self.running:
            self.output.append(f"the program {how}\n")
            self.end("failed")
        elif status not in (0, 1) or status == 1 and not self.failures:
            self.failures.append(("after the tests", "".join(self.output) + f"the program {how}\n"))


def run(program, names, alone, seconds_max):
    """The outcome of each test by name, and (name, output) of what failed."""
    outcomes = {}
    failures = []
    while len(outcomes) < len(names):
        left = [name for name in names if name not in outcomes]
        shared = [name for name in left if name not in alone]
        process = Process(program, shared or left[:1], seconds_max)
        outcomes.update(process.outcomes)
        failures += process.failures
        if not process.outcomes:
            failures = failures or [("no test", f"{program} ran none of {left}\n")]
            break
    return outcomes, failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("part", type=int)
    parser.add_argument("parts", type=int)
    parser.add_argument("--name", default="")
    parser.add_argument("--seconds-max", type=float, default=900)
    parser.add_argument("--alone", type=lambda text: set(text.split(",")), default=set())
    arguments = parser.parse_args()

    files = listed(arguments.program)
    names = part_of(list(files), arguments.part, arguments.parts)
    if not names:
        sys.exit(f"{arguments.program} has no tests for part {arguments.part} of {arguments.parts}")
    alone = {name for name in names if files[name] in arguments.alone}
    outcomes, failures = run(arguments.program, names, alone, arguments.seconds_max)
    lines = [f"{outcome} {arguments.name} {name}\n" for name, outcome in outcomes.items()]
    for name, output in failures:
        print(f"FAILED {name}\n{output}", flush=True)
        if name not in outcomes:
            lines.append(f"failed {arguments.name} {name}\n")
    print(f"{len(outcomes)} of {len(names)} tests ran")
    if os.environ.get("THEATER_RESULTS"):
        with open(os.environ["THEATER_RESULTS"], "a", encoding="utf-8") as file:
            file.write("".join(lines))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
