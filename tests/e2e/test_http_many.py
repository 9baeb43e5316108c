"""Thousands of clients of one actor at once, of which most say nothing: nothing dies, others are served.

THEATER_CLIENTS=10000 is the long form, which `make soak` runs.
"""

import os
import resource
import time

import support
from http_framework_case import UPGRADE, HttpFrameworkCase, frame

CLIENTS = int(os.environ.get("THEATER_CLIENTS", "1000"))
# Of the node's memory, for each idle WebSocket.
KIB_MAX = 20
# Opened before the memory is measured, so that what is made once is there.
FIRST = 100
# Descriptors that the test itself needs.
SPARE = 500


class Many(HttpFrameworkCase):
    grant = f"http-framework:max-connections={2 * CLIENTS}"

    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # A node leaves a quarter of its descriptors to others than the clients of actors.
        wanted = CLIENTS * 3 // 2 + SPARE
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest(f"the hard limit of open files is {hard}, and {CLIENTS} clients need {wanted}: `ulimit -Hn`")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        super().setUp()

    def resident_kib(self):
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as status:
            [line] = [line for line in status if line.startswith("VmRSS:")]
        return int(line.split()[1])

    def sockets(self, port, count):
        return [self.socket_of(port) for _ in range(count)]

    def test_connections(self):
        port = self.web()
        clients = [self.client(port) for _ in range(CLIENTS)]
        slow = clients[::10]
        for client in slow:
            client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX")
        begin = time.monotonic()
        self.assertEqual(self.client(port).get("/")[2], b"hello")
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(self.theater("request", "web", "port", exit=0).out.strip(), str(port))
        for client in slow:
            client.send(": y\r\n\r\n")
        self.assertEqual({client.answer()[0] for client in slow}, {200})
        # All at once, then all answers.
        for client in clients:
            client.send("GET /count HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        statuses = [client.answer()[0] for client in clients]
        # More than fit into the mailbox are told to come again.
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertGreater(statuses.count(200), 0)
        self.assertEqual(self.client(port).get("/")[0], 200)

    def test_idle_web_sockets(self):
        port = self.web(text='[log]\ndurability = "memory"\n')
        sockets = self.sockets(port, FIRST)
        before = self.resident_kib()
        sockets += self.sockets(port, CLIENTS)
        each = (self.resident_kib() - before) / CLIENTS
        print(f"{CLIENTS} idle WebSockets take {each:.1f} KiB each")
        self.assertLessEqual(each, KIB_MAX)
        self.assertEqual(self.client(port).get("/")[2], b"hello")
        for at in range(0, len(sockets), max(1, len(sockets) // 100)):
            text = b"%d" % at
            self.assertEqual(sockets[at].send(frame(1, text)).message(), (1, text))
        self.theater("stop", "web", exit=0)
        # Each hears of the end.
        for client in sockets[::50]:
            self.assertEqual(client.message()[0], 8)


if __name__ == "__main__":
    support.main()
