"""What the tests of documents share that show a server at work: a page's transcript is run and compared.

The commands run one after the other in one shell, in a folder of the test. Servers run in the background: `theater
server … &` begins one, and `kill … %1; wait` ends it. A page names TCP port 9000; the server of the test has a free one.
"""

import os
import re
import secrets
import shlex
import signal
import subprocess
import threading

import server_case
import support
import transcript

SIGNALS = {"kill -9 %1; wait": signal.SIGKILL, "kill %1; wait": signal.SIGTERM}
PAGE_ADDRESS = "127.0.0.1:9000"


class Shell:
    """A shell that runs one command after the other, and keeps its variables and jobs."""

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(["bash"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
                                        start_new_session=True)

    def run(self, command):
        """What the command prints on both its outputs."""
        # No command reads what is written for the shell.
        end = f"end {secrets.token_hex(8)}\n".encode()
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf %s\\\\n '{end.decode().strip()}'\n".encode())
        timer = threading.Timer(support.TIMEOUT_S, self.process.kill)
        timer.start()
        try:
            printed = b""
            while not printed.endswith(end):
                more = self.process.stdout.read(1 << 16)
                if not more:
                    raise AssertionError(f"the shell ended at `{command}`: {printed.decode(errors='replace')}")
                printed += more
        finally:
            timer.cancel()
        return printed[:-len(end)].decode()

    def end(self):
        """Ends the shell and what it runs in the background, which also holds its output open."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.communicate()


class PageCase(server_case.ServerCase):
    def setUp(self):
        support.Case.setUp(self)
        self.server = None
        self.address = PAGE_ADDRESS
        if not self.has_cpp():
            self.skipTest("no C++ for guests here; `theater doctor` says what is missing")
        programs = self.folder / "programs"
        programs.mkdir()
        (programs / "theater").symlink_to(support.theater)
        self.shell = Shell(self.folder, self.environment())
        self.addCleanup(self.shell.end)

    def environment(self, more=None):
        path = f"{self.folder}/programs:{os.environ['PATH']}"
        # The page's home is the folder .theater, which THEATER_HOME names by its whole path.
        return super().environment({"PATH": path, "THEATER_HOME": str(self.folder / ".theater"),
                                    # curl must not ask a proxy of this machine for the test's server.
                                    "no_proxy": "*", **(more or {})})

    def run_server(self, words):
        self.assertIsNone(self.server, "the page starts a second server")
        self.server = self.start("server", *(word.replace(PAGE_ADDRESS, "127.0.0.1:0") for word in words))
        self.addCleanup(self.forget, self.server)
        lines = [self.server.stdout.readline().decode() for _ in range(1 + words.count("--listen"))]
        if len(lines) > 1:
            self.address = lines[1].split()[-1].removeprefix("http://")
        return "".join(lines)

    def end_server_by(self, number):
        server, self.server = self.server, None
        server.send_signal(number)
        out, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, -number if number == signal.SIGKILL else 0, (out + err).decode())
        self.assertNotRegex(err.decode(), "panicked|CHECK")
        return out.decode()

    def run_command(self, command):
        begun = re.fullmatch(r"theater server\b(.*) &", command)
        if begun:
            printed = self.run_server(shlex.split(begun[1]))
        elif command in SIGNALS:
            printed = self.end_server_by(SIGNALS[command])
        else:
            # A terminal shows a line of HTTP as any other.
            printed = self.shell.run(command.replace(PAGE_ADDRESS, self.address)).replace("\r\n", "\n")
        return printed.replace(self.address, PAGE_ADDRESS)

    def run_page(self, page):
        """Runs the page's commands; fails unless each prints what the page says. Returns the commands."""
        steps = transcript.steps(page.read_text())
        for command, expected in steps:
            got = self.run_command(command)
            if command == "theater verify":
                # As the page says, the newest events may not be signed yet.
                self.until(lambda: "UNVERIFIABLE" not in self.run_command("theater verify"))
                got = self.run_command(command)
            wrong = transcript.difference(command, expected, got)
            self.assertIsNone(wrong, wrong)
        self.assertIsNone(self.server, "the page leaves a server")
        self.verify_and_replay(self.folder / ".theater")
        return [command for command, _ in steps]
