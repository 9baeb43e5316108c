"""What the tests of the handler `process` share: an actor that runs scripts in one folder, and what it does with them."""

import json
import os
import shutil
import signal
from pathlib import Path

import server_case
import support

SOURCE = support.GUESTS / "process" / "runner.cpp"
LOST = -1


class ProcessCase(server_case.ServerCase):
    """Has a server and an actor that runs scripts, in C++; test_sdk_process.py has it in other languages."""

    state = "explicit"
    programs = ("sh",)
    commands = ()

    def setUp(self):
        super().setUp()
        self.given.mkdir()
        self.give_to_commands(self.given)
        self.runs = 0

    @property
    def given(self):
        return self.folder.resolve() / "given"

    def tearDown(self):
        super().tearDown()
        # The replay at the end of a test has started nothing.
        if self.runs > 0:
            self.assertEqual((self.given / "runs").read_text(), "run\n" * self.runs)

    def grant(self):
        commands = f"commands={','.join(self.commands)};" if self.commands else ""
        return f"process:programs={','.join(self.programs)};{commands}paths={self.given}"

    def start_server(self, *words):
        return super().start_server("--grant", self.grant(), *words)

    def component(self):
        folder = self.folder / "runner"
        if not folder.exists():
            folder.mkdir()
            shutil.copy(SOURCE, folder / "runner.cpp")
            (folder / "manifest.toml").write_text('name = "runner"\ncomponent = "build/runner.wasm"\n')
            self.build_cpp("runner")
        return folder / "build" / "runner.wasm"

    def manifest(self, folder, *lines):
        """The manifest of the actor; `lines` are further ones of its handler."""
        path = self.folder / "runner.toml"
        commands = f"allowed_commands = {json.dumps(self.commands)}\n" if self.commands else ""
        path.write_text(f'name = "runner"\ncomponent = "{self.component()}"\nstate = "{self.state}"\n'
                        '[[handler]]\ntype = "message-server"\n[[handler]]\ntype = "process"\n'
                        f'allowed_programs = {json.dumps(self.programs)}\n{commands}allowed_paths = ["{folder}"]\n'
                        + "\n".join(lines))
        return path.name

    def run_actor(self, *lines):
        self.theater("start", self.manifest(self.given, *lines), exit=0)

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
        level = "(namespaces )?seccomp( landlock-[0-9]+)?( cgroup(-[a-z]+)*)?"
        self.assertRegex(shown, f"The program runs behind {level}\\.")

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
        # In a namespace a process has another number than outside.
        word = f"1000.{os.getpid()}"
        number = self.spawn_counted(f"echo on; exec sleep {word}")
        self.until_heard(f"out {number} ")
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(timeout=support.TIMEOUT_S)

        def is_gone():
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    if word.encode() in entry.read_bytes().split(b"\0"):
                        return False
                except OSError:
                    pass  # It has ended meanwhile.
            return True
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
