"""Completion in shells: Tab writes words as they are, and no shell runs what a name contains."""

import os
import pty
import select
import shutil
import signal
import subprocess
import time
import unittest

import server_case
import support

AGAIN_S = 5
HOSTILE = "$(touch pwned) `touch pwned`;'\"&"


class Candidates(server_case.ServerCase):
    def complete(self, *words):
        kind, *found = self.theater("complete", "--", *words, exit=0).out.splitlines()
        return kind, found

    def find_actors(self, words, kind, found):
        # A server that is slow to answer gives no words.
        self.until(lambda: self.complete(*words)[1] == found)
        self.assertEqual(self.complete(*words)[0], kind)

    def test_commands_options_and_values(self):
        self.assertEqual(self.complete("res"), ("words", ["restart", "resume"]))
        kind, found = self.complete("")
        self.assertIn("server", found)
        self.assertNotIn("complete", found)
        self.assertEqual(self.complete("token", "n"), ("words", ["new"]))
        self.assertEqual(self.complete("logs", "--fo"), ("words", ["--follow"]))
        self.assertEqual(self.complete("list", "--state", "P"), ("words", ["Paused", "Processing"]))
        self.assertEqual(self.complete("start", "x"), ("files", []))
        self.assertEqual(self.complete("nonsense", "x"), ("words", []))

    def test_actors_by_their_paths_and_ids(self):
        actor = self.started("counter", "counter.wat")
        self.find_actors(["state", "c"], "words", ["counter"])
        self.find_actors(["request", actor[:6]], "words", [actor])
        self.find_actors(["events", "--json", "cou"], "words", ["counter"])
        self.find_actors(["inspect", "cou"], "files", ["counter"])
        self.assertEqual(self.complete("request", "counter", "c"), ("words", []))

    def test_other_words_are_wrong_use(self):
        self.theater("complete", exit=2)
        self.assertIn("bash, zsh, fish", self.theater("completion", "csh", exit=2).err)


class Terminal:
    """A shell in a terminal of its own."""

    def __init__(self, words, folder, environment):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, environment)
        self.seen = ""

    def until(self, text, again=""):
        """Waits for a text; types `again` every few seconds until it comes."""
        deadline = time.monotonic() + support.TIMEOUT_S
        while text not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"no `{text}` in {self.seen!r}")
            if select.select([self.descriptor], [], [], min(left, AGAIN_S))[0]:
                self.seen += os.read(self.descriptor, 4096).decode(errors="replace")
            else:
                self.type(again)
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.descriptor)


class Shells(server_case.ServerCase):
    def setUp(self):
        super().setUp()
        programs = self.folder / "programs"
        programs.mkdir()
        (programs / "theater").symlink_to(support.theater)
        self.shell_environment = self.environment() | {
            "PATH": f"{programs}:{os.environ['PATH']}", "TERM": "dumb", "HOME": str(self.folder), "INPUTRC": "/dev/null"}
        (self.folder / "hostile.toml").write_text((self.folder / self.actor("x", "counter.wat")).read_text().replace(
            'name = "x"', f"name = '''{HOSTILE}'''"))
        self.theater("start", "hostile.toml", exit=0)

    def ask_by_tab(self, words, begin):
        terminal = Terminal(words, self.folder, self.shell_environment)
        try:
            # What is printed differs from what is typed, so that an echo is no answer.
            terminal.type(begin + "; echo rea''dy\n")
            terminal.until("ready")
            terminal.type("theater request --json \t")
            # A server that is slow to answer gives no words.
            terminal.until("touch", again="\t")
            terminal.type("  x > answer 2>&1; echo do''ne\n")
            terminal.until("done")
        finally:
            terminal.close()
        self.assertFalse((self.folder / "pwned").exists())
        self.assertNotIn("error", (self.folder / "answer").read_text())
        self.assertIn("reply", (self.folder / "answer").read_text())

    def test_bash_takes_names_as_data(self):
        self.ask_by_tab(["bash", "--norc", "--noprofile", "-i"], "source <(theater completion bash)")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_takes_names_as_data(self):
        self.ask_by_tab(["zsh", "-f", "-i"],
                        "autoload -Uz compinit; compinit -u -D; source <(theater completion zsh)")

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_takes_names_as_data(self):
        def answer(line):
            script = f"theater completion fish | source; complete -C '{line}'"
            return subprocess.run(["fish", "-c", script], cwd=self.folder, env=self.shell_environment,
                                  timeout=support.TIMEOUT_S, capture_output=True, text=True, check=True).stdout
        self.assertEqual(answer("theater resu").splitlines(), ["resume"])
        self.until(lambda: "touch pwned" in answer("theater request "))
        self.assertFalse((self.folder / "pwned").exists())


if __name__ == "__main__":
    support.main()
