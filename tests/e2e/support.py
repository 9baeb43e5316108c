"""What the whole-program tests share: running the program in a folder of its own.

Each test file is a program:  test_x.py --theater BINARY [--part K/N] [unittest arguments]
"""

import argparse
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import kept_builds

ROOT = Path(__file__).resolve().parents[2]
GUESTS = ROOT / "tests" / "guests"
# Long enough for a build with sanitizers on a busy machine; what hangs fails by it.
TIMEOUT_S = 120
SKIPPED = 77
# What cargo and npm say when they cannot fetch packages.
OFFLINE = ("Could not resolve", "Couldn't resolve", "ENOTFOUND", "EAI_AGAIN", "failed to download", "failed to fetch")

theater = None  # Set by main().


class Outcome:
    def __init__(self, words, process):
        self.words = words
        self.exit = process.returncode
        self.out = process.stdout.decode("utf-8", "replace")
        self.err = process.stderr.decode("utf-8", "replace")

    def lines(self):
        """The lines of standard output, each as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    def every(self, kind):
        """The JSON lines that have this key."""
        return [line for line in self.lines() if kind in line]

    def __str__(self):
        return f"$ theater {' '.join(map(str, self.words))}\n{self.out}{self.err}[exit {self.exit}]"


class Case(unittest.TestCase):
    """Has a folder that is its working folder and goes away with it.

    Whatever a test ran and recorded is verified and replayed at its end, unless its class says that its tests
    do things to the record.
    """

    keeps_the_record = True

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="theater-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def tearDown(self):
        if self.keeps_the_record and (self.folder / "home" / "log").exists():
            self.verify_and_replay(self.folder / "home")

    def verify_and_replay(self, home):
        """Every actor's outcome by its id; fails unless the log is valid and each replays to its head."""
        verified = self.theater("verify", home, "--messages", "--json", exit=0).lines()[0]
        self.assertEqual(verified["verdict"], "VALID", verified)
        replayed = {}
        for actor in self.theater("log", "list", "--home", home, "--json", exit=0).lines()[0]["actors"]:
            outcome = self.theater("replay", actor["id"], "--home", home, "--json", exit=0).lines()[0]
            self.assertEqual((outcome["outcome"], outcome["complete"]), ("IDENTICAL", True), outcome)
            self.assertEqual(outcome["head"], actor["head"], outcome)
            replayed[actor["id"]] = outcome
        return replayed

    def environment(self, more=None):
        variables = {**os.environ, "THEATER_HOME": str(self.folder / "home"),
                     "THEATER_SDK": str(kept_builds.sdk()), "NO_COLOR": "1"}
        return {**variables, **(more or {})}

    def start(self, *words, env=None, **options):
        # Unbuffered: communicate() would not see what readline() has read ahead.
        return subprocess.Popen([theater, *map(str, words)], cwd=self.folder, stdin=subprocess.DEVNULL, bufsize=0,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment(env), **options)

    def theater(self, *words, env=None, exit=None):
        """Runs the program; fails unless it ends with `exit`, if that is given."""
        process = subprocess.run([theater, *map(str, words)], cwd=self.folder, stdin=subprocess.DEVNULL,
                                 capture_output=True, env=self.environment(env), timeout=TIMEOUT_S,
                                 check=False)
        outcome = Outcome(words, process)
        # No test may see the program die by a signal or a failed check.
        self.assertIn(outcome.exit, (0, 1, 2, 3), str(outcome))
        if exit is not None:
            self.assertEqual(outcome.exit, exit, str(outcome))
        return outcome

    def until(self, condition):
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "the condition did not come true")
            time.sleep(0.01)

    def until_begun(self, actor):
        """Waits until an actor's `init` is on record. A node that is killed then resumes the actor."""
        def has_begun():
            shown = self.theater("log", "show", actor, "--json")
            return shown.exit == 0 and any("returned" in line["event"]["body"] for line in shown.every("event"))
        self.until(has_begun)

    def actor(self, name, guest, text="", handlers=("message-server",), keys=""):
        """Writes NAME.toml for a guest of tests/guests; `keys` and `text` are more TOML, before and after tables."""
        entries = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in handlers)
        path = self.folder / f"{name}.toml"
        path.write_text(f'name = "{name}"\ncomponent = "{GUESTS / guest}"\n{keys}{entries}{text}')
        return path.name

    def roomy_echo(self):
        """A guest that echoes any number of messages of a MiB: its allocator begins again when little is left."""
        text = (GUESTS / "echo.wat").read_text()
        begin = "(local.set $at (i32.and"
        again = "(if (i32.gt_u (global.get $next) (i32.const 6291456)) (then (global.set $next (i32.const 4096))))"
        for old, new in (('(memory (export "memory") 16)', '(memory (export "memory") 128)'), (begin, again + begin)):
            assert text.count(old) == 1
            text = text.replace(old, new)
        path = self.folder / "roomy.wat"
        path.write_text(text)
        return path

    def give_to_commands(self, folder):
        """A node that is root runs the commands of a folder as its owner, and never as root."""
        if os.geteuid() != 0:
            return
        self.folder.chmod(0o711)  # Programs look files up by their whole paths too.
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, "nobody", pwd.getpwnam("nobody").pw_gid)

    def ready_languages(self):
        """Whether components can be built here, by language."""
        doctor = json.loads(self.theater("doctor", "--json").out)
        return {entry["language"]: entry["ready"] for entry in doctor["languages"]}

    def has_cpp(self):
        return self.ready_languages()["C++"]

    def build(self, folder):
        """Builds a component; skips the test if the packages that it needs cannot be fetched."""
        built = self.theater("build", folder)
        if built.exit != 0 and any(sign in built.err for sign in OFFLINE):
            self.skipTest(f"packages cannot be fetched here: {built.err}")
        self.assertEqual(built.exit, 0, str(built))

    def build_cpp(self, folder):
        """Puts the component of an actor in C++ in its place, for tests of other things than its build."""
        def make():
            if not self.has_cpp():
                self.skipTest("no C++ for guests here; `theater doctor` says what is missing")
            self.theater("build", folder, exit=0)
        kept_builds.build(self.folder / folder, make)


def rust_environment():
    """Debian's Rust compiles its standard library first, unless it is kept between runs."""
    kept = Path(os.environ.get("THEATER_CACHE_DIR", Path.home() / ".cache" / "theater"))
    return {"CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(kept / "rust-guests"))}


def kept_program(case, path):
    """A program that `tools/setup --extra` keeps in the cache for tests. Without it the test is skipped."""
    caches = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    program = Path(os.environ.get("THEATER_CACHE_DIR", caches / "theater")) / path
    if not program.exists():
        case.skipTest(f"{program} is not there: `tools/setup --extra` fetches it")
    return program


def matches(pattern, text):
    """Whether `text` is `pattern`, in which `…` stands for anything."""
    parts = [re.escape(part) for part in pattern.split("…")]
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


class PartLoader(unittest.TestLoader):
    """Takes every n-th test of each class, from the one of its number on, so that n processes share a long file."""

    def __init__(self, part):
        super().__init__()
        number, self.parts = map(int, part.split("/"))
        self.skipped = number - 1

    def getTestCaseNames(self, case):
        return super().getTestCaseNames(case)[self.skipped::self.parts]


def main(options=None):
    """Runs the tests of the calling file; with --part 2/3, the second of three parts of them."""
    global theater
    parser = argparse.ArgumentParser(parents=[options] if options else [], add_help=False)
    parser.add_argument("--theater", required=True)
    parser.add_argument("--part", default="1/1")
    known, rest = parser.parse_known_args()
    theater = os.path.abspath(known.theater)
    result = unittest.main(argv=[sys.argv[0], *rest], testLoader=PartLoader(known.part), exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    whole = {test.id() for test, _ in result.skipped if isinstance(test, unittest.TestCase)
             and not hasattr(test, "test_case")}
    if whole and len(whole) == result.testsRun:
        sys.exit(SKIPPED)
    note_skipped(result.skipped)
    sys.exit(0)


def note_skipped(skipped):
    """Adds a line for each test or part of one that was skipped to the file that THEATER_SKIPPED names.

    The runner of the tests counts them; of a file that was skipped as a whole it hears by the exit status.
    """
    path = os.environ.get("THEATER_SKIPPED")
    if not path or not skipped:
        return
    program = Path(sys.argv[0]).stem
    lines = [f"{program} {test.id().split('.', 1)[-1]}: {' '.join(reason.split())}\n" for test, reason in skipped]
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(lines))


def main_or_record(recorder):
    """As main(); with --record, runs the one test that `recorder` makes, which writes the golden files that are missing."""
    global theater
    if "--record" not in sys.argv:
        return main()
    parser = argparse.ArgumentParser()
    parser.add_argument("--theater", required=True)
    parser.add_argument("--record", action="store_true")
    theater = os.path.abspath(parser.parse_args().theater)
    sys.exit(not unittest.TextTestRunner().run(recorder()).wasSuccessful())
