"""Clients of a server that are killed in the middle of everything: the server keeps nothing of them.

THEATER_ROUNDS says how many clients are killed, THEATER_SEED which moments are chosen.
"""

import http.client
import os
import random
import signal
import socket
import subprocess
import time

import server_case
import support

ROUNDS = int(os.environ.get("THEATER_ROUNDS", "120"))
SEED = int(os.environ.get("THEATER_SEED", str(random.randrange(1 << 32))))
STREAMS_MAX = 256
REQUESTS_MAX = 256
BODIES_MAX = 5  # Of the largest size.


class KilledClients(server_case.ServerCase):
    def setUp(self):
        super().setUp()
        self.end_server()
        token = self.theater("token", "new", "--scope", "operate", "--name", "dying", exit=0).out.strip()
        self.address = self.start_listening_server()
        self.port = int(self.address.split(":")[-1])
        self.header = {"Authorization": f"Bearer {token}"}
        self.variables = {"THEATER_TOKEN": token}
        self.manifest = self.actor("echo", "echo.wat")
        self.paused = self.started("paused", "echo.wat")
        self.theater("pause", "paused", exit=0)
        self.lively = self.started("lively", "echo.wat")
        (self.folder / "large").write_bytes(os.urandom(8 << 20))
        (self.folder / "header").write_text(f"Authorization: Bearer {token}\n")

    def open_sockets(self):
        return server_case.open_sockets(self.server)

    def commands(self):
        """Each kind of client, and for about how long it lives if it is let."""
        curl = ["curl", "-s", "--noproxy", "*", "-H", "@header", "-o", "/dev/null"]
        theater = [support.theater]
        far = ["--server", self.address]
        upload = ["-F", f"manifest=@{self.manifest}", "-F", f"component=@{support.GUESTS / 'echo.wat'}"]
        url = f"{self.address}/v1/actors"
        return (
            [*theater, "start", self.manifest, "--wait", *far],
            [*theater, "start", self.manifest, *far],
            [*theater, "request", "paused", "x", *far],
            [*theater, "request", "lively", "@large", *far],
            [*theater, "events", "lively", "--follow", *far],
            [*theater, "logs", "--follow", *far],
            [*theater, "list", "--all", *far],
            [*curl, *upload, "-F", "state=@large", "--limit-rate", "20M", url],
            [*curl, "--data-binary", "@large", "--limit-rate", "20M", f"{url}/{self.lively}/send"],
            [*curl, "-N", "-H", "Accept: text/event-stream", f"{url}/{self.lively}/events"],
            [*curl, "--limit-rate", "1M", "--data-binary", "@large", f"{url}/{self.lively}/request"],
            [*curl, f"{url}/{self.paused}/end?timeout_ms=600000"])

    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=support.TIMEOUT_S)
        self.addCleanup(connection.close)
        return connection

    def ask(self, method, path, headers=None):
        connection = self.connect()
        connection.request(method, path, headers={**self.header, **(headers or {})})
        return connection, connection.getresponse()

    def test_the_server_keeps_nothing_of_clients_that_were_killed(self):
        self.theater("request", "lively", "x", exit=0)
        sockets = self.open_sockets()
        moments = random.Random(SEED)
        print(f"seed {SEED}", flush=True)
        alive = []
        for number in range(ROUNDS):
            words = self.commands()[number % len(self.commands())]
            process = subprocess.Popen(words, cwd=self.folder, env=self.environment(self.variables),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            # Some live while others are killed.
            alive.append((time.monotonic() + moments.choice((0.005, 0.02, 0.05, 0.2)) * moments.random() * 2, process))
            while len(alive) > 4:
                self.kill_first(alive)
        while alive:
            self.kill_first(alive)
        self.assertIsNone(self.server.poll())
        self.assertEqual(self.answer("GET", "/readyz")[0], 200)
        # Requests of clients that have gone still wait for the actor that is paused.
        self.theater("resume", "paused", exit=0)
        self.theater("kill", "paused", "--wait", exit=0)
        self.until(lambda: self.open_sockets() == sockets)
        self.all_room_is_there()
        self.assertEqual(self.theater("request", "lively", "still here", exit=0).out, "still here\n")

    def kill_first(self, alive):
        alive.sort(key=lambda entry: entry[0])
        due, process = alive.pop(0)
        time.sleep(max(0, due - time.monotonic()))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=support.TIMEOUT_S)

    def all_room_is_there(self):
        """The token may have as many streams, bodies and requests as if it had had none."""
        streams = []
        for _ in range(STREAMS_MAX):
            streams.append(self.ask("GET", f"/v1/actors/{self.lively}/events?from=100000",
                                    {"Accept": "text/event-stream"}))
            self.assertEqual(streams[-1][1].status, 200, len(streams))
        one_more, answer = self.ask("GET", f"/v1/actors/{self.lively}/events", {"Accept": "text/event-stream"})
        self.assertEqual(answer.status, 429)
        bodies = []
        for _ in range(BODIES_MAX):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=support.TIMEOUT_S)
            self.addCleanup(connection.close)
            connection.sendall(f"POST /v1/actors/{self.lively}/send HTTP/1.1\r\nHost: localhost\r\n"
                               f"Authorization: {self.header['Authorization']}\r\nContent-Length: {64 << 20}\r\n"
                               "Expect: 100-continue\r\n\r\n".encode())
            self.assertIn(b" 100 ", connection.recv(100), len(bodies))
            bodies.append(connection)
        waiting = []
        for _ in range(REQUESTS_MAX - 1):
            connection = self.connect()
            connection.request("GET", f"/v1/actors/{self.lively}/end?timeout_ms=600000", headers=self.header)
            waiting.append(connection)
        # With this one the token has all that it may have. None of those before was refused.
        _, answer = self.ask("GET", "/v1/node")
        self.assertEqual(answer.status, 200)
        for connection in waiting:
            connection.sock.setblocking(False)
            with self.assertRaises(BlockingIOError):
                connection.sock.recv(1)
        for connection in (*[entry[0] for entry in streams], one_more, *bodies, *waiting):
            connection.close()


if __name__ == "__main__":
    support.main()
