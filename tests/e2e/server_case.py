"""What the tests of `theater server` share: a server in the home of the test."""

import http.client
import os
import signal
import socket
from pathlib import Path

import support


class SocketConnection(http.client.HTTPConnection):
    """A connection to the server at a path."""

    def __init__(self, path):
        super().__init__("theater", timeout=support.TIMEOUT_S)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def open_sockets(server):
    """How many sockets a process has."""
    folder = Path(f"/proc/{server.pid}/fd")
    count = 0
    for file in folder.iterdir():
        try:
            count += os.readlink(file).startswith("socket:")
        except FileNotFoundError:
            pass  # Closed meanwhile.
    return count


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

    def socket_connection(self):
        """A connection to the owner's socket, which ends with the test."""
        connection = SocketConnection(self.folder / "home" / "theater.sock")
        self.addCleanup(connection.close)
        return connection

    def answer(self, method, path, body=None, headers=None):
        """The status, the headers and the body that the owner gets."""
        connection = self.socket_connection()
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

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
