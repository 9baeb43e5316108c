"""What the tests of the examples that serve HTTP share: their READMEs' transcripts, and a copy that runs.

A README runs its actor in the background, `theater run … &`, on port 8080. The actor of the test has a free port, which
its log says, and which it keeps after a crash.
"""

import http.client
import json
import re
import signal
import socket

import http_example_case
import page_case
import support

PAGE_ADDRESS = "127.0.0.1:8080"
JOB_ENDED = re.compile(r"^bash: line \d+: +\d+ (Killed|Terminated) .*\n", re.MULTILINE)
FREE_PORT = ("--init", '{"port": 0}', "--grant", "http-framework:ports=0")


def address_in(log):
    """HOST:PORT of the first line of a log that has one; None without."""
    found = re.search(r"http://(127\.0\.0\.1:\d+)", log)
    return found and found[1]


def is_listening(address):
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=support.TIMEOUT_S).close()
    except ConnectionRefusedError:
        return False
    return True


class ServerPage(page_case.PageCase):
    """Runs the README of an example."""

    def setUp(self):
        super().setUp()
        self.address = None

    def environment(self, more=None):
        return super().environment({**support.rust_environment(), **(more or {})})

    def begin(self, command):
        """Runs `theater run … 2>LOG &`, and waits until the actor listens."""
        log = self.folder / re.search(r"2>(\S+)", command)[1]
        if self.address is None:
            command = re.sub(r"(\S*manifest\.toml)", rf"\1 {FREE_PORT[0]} '{FREE_PORT[1]}'", command)
        printed = self.shell.run(command.replace("ports=8080", "ports=0"))
        if self.address is None:
            # The shell makes the file in the background, too.
            self.until(lambda: log.exists() and address_in(log.read_text()))
            self.address = address_in(log.read_text())
        self.until(lambda: is_listening(self.address))
        return printed

    def run_command(self, command):
        if command.startswith("theater run ") and command.endswith("&"):
            return self.begin(command)
        address = self.address or PAGE_ADDRESS
        printed = self.shell.run(command.replace(PAGE_ADDRESS, address)).replace(address, PAGE_ADDRESS)
        # A shell without a terminal names a job that was killed, and when it does is its own affair.
        return JOB_ENDED.sub("", printed)

    def run_readme(self, example):
        http_example_case.copy_example(example, self.folder)
        commands = self.run_page(http_example_case.EXAMPLES / example / "README.md")
        last = len(commands) - 1 - commands[::-1].index("kill %1; wait")
        for word in ("verify", "replay"):
            [at] = [i for i, command in enumerate(commands) if command.startswith(f"theater {word}")]
            self.assertGreater(at, last, "the server ends before the record is proved")


class ServedExample(support.Case):
    """Has a built copy of an example, whose actor runs and is ended."""

    example = None
    words = ()

    def serve(self, *words):
        """Starts the actor, or resumes it without a manifest."""
        self.run = self.start("run", *words, *self.words, *FREE_PORT[2:])
        self.addCleanup(self.forget, self.run)
        if words:
            line = self.run.stderr.readline().decode()
            self.address = address_in(line)
            self.assertTrue(self.address, line + (self.run.poll() and self.run.stderr.read().decode() or ""))
        self.until(lambda: is_listening(self.address))

    def serve_first(self):
        self.serve(f"examples/{self.example}/manifest.toml", *FREE_PORT[:2])

    def forget(self, process):
        process.kill()
        process.communicate()

    def kill(self):
        self.run.kill()
        self.run.communicate()

    def end(self):
        self.run.send_signal(signal.SIGTERM)
        out, err = self.run.communicate(timeout=support.TIMEOUT_S)
        self.assertNotIn("error", err.decode(), (out + err).decode())

    def http(self, method, path, body=None, headers=None):
        """The status, the headers and the text of an answer."""
        connection = http.client.HTTPConnection(self.address, timeout=support.TIMEOUT_S)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def json(self, path):
        return json.loads(self.http("GET", path)[2])
