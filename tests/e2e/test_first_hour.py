"""The page docs/guides/first-hour.md does what it says.

Its commands run one after the other, by the same shell words, in a folder of the test. Servers run in the
background: `theater server &` begins one, and `kill … %1; wait` ends it.
"""

import os
import re
import signal
import subprocess

import server_case
import support
import transcript

PAGE = support.ROOT / "docs" / "guides" / "first-hour.md"
SIGNALS = {"kill -9 %1; wait": signal.SIGKILL, "kill %1; wait": signal.SIGTERM}


class FirstHour(server_case.ServerCase):
    def setUp(self):
        support.Case.setUp(self)
        self.server = None
        if not self.has_cpp():
            self.skipTest("no C++ for guests here; `theater doctor` says what is missing")
        programs = self.folder / "programs"
        programs.mkdir()
        (programs / "theater").symlink_to(support.theater)

    def environment(self, more=None):
        path = f"{self.folder}/programs:{os.environ['PATH']}"
        # The page's home is the folder .theater, which THEATER_HOME names by its whole path.
        return super().environment({"PATH": path, "THEATER_HOME": str(self.folder / ".theater"), **(more or {})})

    def run_server(self):
        self.assertIsNone(self.server, "the page starts a second server")
        self.server = self.start("server")
        self.addCleanup(self.forget, self.server)
        return self.server.stdout.readline().decode()

    def end_server_by(self, number):
        server, self.server = self.server, None
        server.send_signal(number)
        out, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, -number if number == signal.SIGKILL else 0, (out + err).decode())
        self.assertNotRegex(err.decode(), "panicked|CHECK")
        return out.decode()

    def run_command(self, command):
        run = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=support.TIMEOUT_S, check=False)
        return run.stdout.decode()

    def test_the_page_does_what_it_says(self):
        steps = transcript.steps(PAGE.read_text())
        self.assertTrue(steps)
        for command, expected in steps:
            if command == "theater server &":
                got = self.run_server()
            elif command in SIGNALS:
                got = self.end_server_by(SIGNALS[command])
            else:
                self.assertNotRegex(command, re.compile("&|%"), "only servers are in the background")
                got = self.run_command(command)
            if command == "theater verify":
                # As the page says, the newest events may not be signed yet.
                self.until(lambda: "UNVERIFIABLE" not in self.run_command("theater verify"))
                got = self.run_command(command)
            wrong = transcript.difference(command, expected, got)
            self.assertIsNone(wrong, wrong)
        self.assertIsNone(self.server, "the page leaves a server")
        self.verify_and_replay(self.folder / ".theater")


if __name__ == "__main__":
    support.main()
