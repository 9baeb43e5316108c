"""Programs that an actor starts: what is on record, a replay that starts none, and a node that is killed meanwhile."""

import shutil
import subprocess

import process_case
import support


class Process(process_case.ProcessCase):
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


class Git(process_case.ProcessCase):
    """What an actor that works with git does: it asks for the status of a folder, and tells an answer by its exit code."""

    programs = ("git",)
    commands = ("git status *",)

    def setUp(self):
        if shutil.which("git") is None:
            self.skipTest("git is not there")
        super().setUp()
        self.repository = self.given / "repository"
        subprocess.run(["git", "init", "--quiet", self.repository], check=True)
        (self.repository / "new file").write_text("text\n")
        self.give_to_commands(self.given)
        self.run_actor()

    def git(self, folder, *words):
        """What git printed on each of its outputs, and how it ended."""
        number = self.ask(f"in {folder} git {' '.join(words)}")
        self.until_heard(f"exit {number} ")
        heard = self.ask("heard").splitlines()
        parts = {kind: "\n".join(line.removeprefix(f"{kind} {number} ") for line in heard
                                 if line.startswith(f"{kind} {number} ")) for kind in ("out", "err", "exit")}
        return parts["out"], parts["err"], int(parts["exit"])

    def test_the_status_of_a_repository(self):
        self.assertEqual(self.git(self.repository, "status", "--porcelain"), ('?? "new file"', "", 0))

    def test_outside_of_a_repository_it_ends_with_128(self):
        out, err, exit_code = self.git(self.given, "status")
        self.assertEqual((out, exit_code), ("", 128))
        self.assertIn("fatal: not a git repository", err)

    def test_another_command_is_not_granted(self):
        refused = self.theater("request", "runner", f"in {self.repository} git push", exit=1).err
        self.assertIn("Permission denied: process:programs=git;commands=git push;", refused)


if __name__ == "__main__":
    support.main()
