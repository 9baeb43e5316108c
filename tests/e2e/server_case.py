"""What the tests of `theater server` share: a server in the home of the test."""

import signal

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

        def answers():
            self.assertIsNone(server.poll(), "the server ended")
            return self.is_ready()

        self.until(answers)
        return server

    def start_listening_server(self):
        """As start_server(), on TCP too; returns its address."""
        self.server = self.start_server("--listen", "127.0.0.1:0")
        lines = [self.server.stdout.readline().decode() for _ in range(2)]
        return lines[1].split()[-1]

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

    def until_idle(self, name):
        """Waits until an actor that another command starts has returned from its `init`."""
        self.until(lambda: name in [actor["name"] for actor in self.theater("list", "--state", "Idle", "--json").lines()])

    def one(self, *words):
        """The one JSON object that a command prints."""
        [line] = self.theater(*words, "--json", exit=0).lines()
        return line
