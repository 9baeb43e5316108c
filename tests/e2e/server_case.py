"""What the tests of `theater server` share: a server in the home of the test."""

import signal
import time

import support


class ServerCase(support.Case):
    """Has a server in the home, which ends with the test."""

    def setUp(self):
        super().setUp()
        self.server = self.start_server()

    def tearDown(self):
        if self.server is not None:
            self.end_server()
        super().tearDown()

    def start_server(self, *words):
        server = self.start("server", *words)
        self.addCleanup(self.forget, server)
        deadline = time.monotonic() + support.TIMEOUT_S
        while not self.is_ready():
            self.assertIsNone(server.poll(), "the server ended")
            self.assertLess(time.monotonic(), deadline, "the server does not answer")
        return server

    def is_ready(self):
        node = self.theater("node", "--json")
        return node.exit == 0 and node.lines()[0]["ready"]

    def forget(self, server):
        if server.poll() is None:
            server.kill()
        server.communicate()

    def end_server(self):
        server, self.server = self.server, None
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, 0, (out + err).decode())

    def started(self, name, guest, *words, **options):
        """Starts an actor, and returns its id."""
        manifest = self.actor(name, guest, **options)
        return self.theater("start", manifest, *words, exit=0).out.strip()

    def until(self, condition):
        deadline = time.monotonic() + support.TIMEOUT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline)

    def until_idle(self, name):
        """Waits until an actor that another command starts has returned from its `init`."""
        self.until(lambda: name in [actor["name"] for actor in self.theater("list", "--state", "Idle", "--json").lines()])

    def one(self, *words):
        """The one JSON object that a command prints."""
        [line] = self.theater(*words, "--json", exit=0).lines()
        return line
