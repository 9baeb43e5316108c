"""Programs that an actor starts: what is on record, a replay that starts none, and a node that is killed meanwhile."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import server_case
import support

SOURCE = support.GUESTS / "process" / "runner.cpp"
LOST = -1


class ProcessCase(server_case.ServerCase):
    """Has a server and an actor that runs scripts, in C++; test_sdk_process.py has it in other languages."""

    state = "explicit"
    built = None

    @classmethod
    def tearDownClass(cls):
        if cls.built is not None:
            shutil.rmtree(cls.built, ignore_errors=True)

    def setUp(self):
        super().setUp()
        self.given = self.folder.resolve() / "given"
        self.given.mkdir()
        self.give_to_commands(self.given)
        self.runs = 0

    def tearDown(self):
        super().tearDown()
        # The replay at the end of a test has started nothing.
        if self.runs > 0:
            self.assertEqual((self.given / "runs").read_text(), "run\n" * self.runs)

    def grant(self):
        return f"process:programs=sh;paths={self.folder.resolve() / 'given'}"

    def start_server(self, *words):
        return super().start_server("--grant", self.grant(), *words)

    def component(self):
        """The guest, built once."""
        if ProcessCase.built is None:
            if not self.has_cpp():
                self.skipTest("no C++ for guests here; `theater doctor` says what is missing")
            ProcessCase.built = Path(tempfile.mkdtemp(prefix="theater-e2e-process-"))
            shutil.copy(SOURCE, self.built / "runner.cpp")
            (self.built / "manifest.toml").write_text('name = "runner"\ncomponent = "build/runner.wasm"\n')
            self.theater("build", self.built, exit=0)
        return self.built / "build" / "runner.wasm"

    def manifest(self, folder):
        path = self.folder / "runner.toml"
        path.write_text(f'name = "runner"\ncomponent = "{self.component()}"\nstate = "{self.state}"\n'
                        '[[handler]]\ntype = "message-server"\n[[handler]]\ntype = "process"\n'
                        f'allowed_programs = ["sh"]\nallowed_paths = ["{folder}"]\n')
        return path.name

    def run_actor(self):
        self.theater("start", self.manifest(self.given), exit=0)

    def ask(self, text, exit=0):
        return self.theater("request", "runner", text, exit=exit).out.removesuffix("\n")

    def until_heard(self, text):
        self.until(lambda: text in self.ask("heard"))

    def events(self):
        return [line["event"] for line in self.theater("log", "show", "runner", "--json", exit=0).every("event")]

    def spawn_counted(self, script):
        self.runs += 1
        return self.ask(f"spawn echo run >> runs; {script}")

    def talk(self):
        number = self.spawn_counted("cat; echo problem >&2; exit 3")
        self.assertEqual(self.ask(f"status {number}"), "running")
        self.assertEqual(self.ask(f"write {number} hello"), "5")
        self.assertEqual(self.ask(f"close {number}"), "done")
        self.until_heard(f"exit {number} 3\n")
        heard = self.ask("heard")
        for line in (f"out {number} hello", f"err {number} problem\n"):
            self.assertIn(line, heard)
        self.assertTrue(heard.endswith(f"exit {number} 3\n"), heard)
        self.assertEqual(self.ask(f"status {number}"), "3")
        self.assertIn(f"Process {number} not found or has no stdin",
                      self.theater("request", "runner", f"write {number} x").err)
        self.assertEqual(self.ask("spawn true") != number, True)
        shown = self.theater("log", "show", "runner", exit=0).out
        self.assertIn("The program runs behind seccomp landlock-", shown)

    def end_by_signals(self):
        number = self.ask("spawn sleep 1000")
        self.assertEqual(self.ask(f"signal {number} {int(signal.SIGTERM)}"), "done")
        self.until_heard(f"exit {number} {128 + signal.SIGTERM}\n")
        number = self.ask("spawn trap '' TERM; sleep 1000 & sleep 1000")
        self.assertEqual(self.ask(f"kill {number}"), "done")
        self.until_heard(f"exit {number} {128 + signal.SIGKILL}\n")
        number = self.ask("brief sleep 1000")
        self.until_heard(f"exit {number} {128 + signal.SIGTERM}\n")

    def lose(self):
        number = self.spawn_counted("echo $$; exec sleep 1000")
        self.until_heard(f"out {number} ")
        program = int(self.ask("heard").split(f"out {number} ")[1].split()[0])
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(timeout=support.TIMEOUT_S)

        def is_gone():
            try:
                os.kill(program, 0)
            except ProcessLookupError:
                return True
            return Path(f"/proc/{program}/stat").read_text().split(") ")[1][0] == "Z"
        self.until(is_gone)
        self.server = self.start_server()
        self.until_heard(f"exit {number} {LOST}\n")
        self.assertEqual(self.ask("heard").count(f"exit {number} "), 1)
        self.assertEqual(self.ask(f"status {number}"), str(LOST))
        # An orderly end of the node loses it too, and is told once.
        other = self.ask("spawn exec sleep 1000")
        self.end_server()
        self.server = self.start_server()
        self.until_heard(f"exit {other} {LOST}\n")
        self.assertEqual(self.ask("heard").count(f"exit {other} "), 1)


class Process(ProcessCase):
    def test_a_program_is_on_record_and_talked_to(self):
        self.run_actor()
        self.talk()

    def test_signals_kills_and_times(self):
        self.run_actor()
        self.end_by_signals()

    def test_a_lost_process_is_told_and_not_started_again(self):
        self.run_actor()
        self.lose()

    def test_what_is_not_granted_does_not_start(self):
        other = self.folder.resolve() / "other"
        other.mkdir()
        refused = self.theater("start", self.manifest(other), exit=1)
        self.assertIn(f"process:programs=sh;paths={other}", refused.err)


if __name__ == "__main__":
    support.main()
