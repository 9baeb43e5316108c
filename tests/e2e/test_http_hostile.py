"""Clients and guests that mean harm, through an actor's server: what they take, and what others still get."""

import secrets
import socket
import ssl
import statistics
import threading
import time

import log_bodies
import support
from http_framework_case import HttpFrameworkCase, TlsCase, frame

HANDSHAKES = 300
STOPS = 7
# A lone stop takes milliseconds here, whatever the machine; what a flood may add.
RATIO_MAX = 20
FLOOR_S = 0.01


class Removal(log_bodies.LogBodies, HttpFrameworkCase):
    keeps_the_record = False  # Bodies are removed from it.

    def test_credentials_of_requests_and_answers_can_be_removed(self):
        cookie, bearer, session, spoken = words = [secrets.token_hex(40).encode() for _ in range(4)]
        port = self.web()
        client = self.client(port)
        asked = client.get("/items/a", f"Cookie: {cookie.decode()}\r\nAuthorization: Bearer {bearer.decode()}\r\n")
        self.assertIn(cookie, asked[2], "the answer has it too")
        echoed = client.send(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 80\r\n\r\n" + session).answer()
        self.assertEqual(echoed[2], session)
        self.assertEqual(self.socket_of(port).send(frame(1, spoken)).message(), (1, spoken))
        self.end_server()
        said = self.theater("log", "export", "web", "-o", "web.export", exit=0)
        self.assertIn("authorization in ", said.err)
        self.assertIn("cookie in ", said.err)
        self.assertEqual((self.folder / "web.export").stat().st_mode & 0o777, 0o600)
        self.theater("log", "export", "web", "-o", "bare.export", "--without-bodies", exit=0)
        self.assertFalse([word for word in words if word in (self.folder / "bare.export").read_bytes()])
        (self.folder / "web.export").unlink()
        self.assertEqual(self.verdicts("web"), ["VALID"] * 4)
        # Each is in what came, and in what was sent.
        for word in words:
            self.assertGreaterEqual(len([place for place in self.found(word) if place.startswith("body at ")]), 1)
        self.assertGreaterEqual(self.remove(*words), len(words))
        self.assertEqual(self.verdicts("web"), ["UNVERIFIABLE"] * 4)
        self.assertEqual(self.found(*words), [])
        # The rest is as it was.
        self.assertIn("handle-request", self.theater("log", "show", "web", exit=0).out)


class Flood(TlsCase):
    """Handshakes that do not end, and bytes that are none, on a port with TLS."""

    def hello(self):
        """The first flight of a real client."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read()

    def flood(self, port, ends):
        """Opens connections until `ends` is set: with half a hello, with a whole one, and with garbage."""
        hello = self.hello()
        flights = [hello[:len(hello) // 2], hello, b"\x16\x03\x01\xff\xff" + bytes(300), secrets.token_bytes(512), b""]
        open_ones = []
        at = 0
        while not ends.is_set():
            try:
                one = socket.create_connection(("127.0.0.1", port), timeout=5)
                one.sendall(flights[at % len(flights)])
                open_ones.append(one)
            except OSError:
                pass  # At the bound of connections, or closed in the middle.
            if len(open_ones) > HANDSHAKES:
                open_ones.pop(0).close()
            at += 1
            self.opened = max(self.opened, at)
            ends.wait(0.002)
        for one in open_ones:
            one.close()

    def stop_times(self):
        """How long a stop of an actor takes by the owner's socket, each of some actors."""
        manifest = self.actor("counter", "counter.wat")
        ids = [self.theater("start", manifest, exit=0).out.strip() for _ in range(STOPS)]
        times = []
        for actor in ids:
            begin = time.monotonic()
            self.assertEqual(self.answer("POST", f"/v1/actors/{actor}/stop?wait=true")[0], 200)
            times.append(time.monotonic() - begin)
        return times

    def test_others_are_served_and_the_owner_is_in_command(self):
        port = self.web()
        alone = statistics.median(self.stop_times())
        self.opened = 0
        ends = threading.Event()
        flooding = threading.Thread(target=self.flood, args=(port, ends))
        flooding.start()
        try:
            self.until(lambda: self.opened > HANDSHAKES)
            for _ in range(20):
                client = self.client(port, self.context())
                self.assertEqual(client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()[2], b"hello")
                client.socket.close()
            flooded = statistics.median(self.stop_times())
        finally:
            ends.set()
            flooding.join()
        self.assertLess(flooded, RATIO_MAX * max(alone, FLOOR_S))
        print(f"connections of the flood: {self.opened}; a stop takes {alone * 1000:.1f} ms alone, "
              f"{flooded * 1000:.1f} ms meanwhile: {flooded / alone:.2f} times")


class OwnPorts(HttpFrameworkCase):
    grant = "http-framework:ports=*"

    def start_server(self, *words):
        return super().start_server("--listen", "127.0.0.1:0", *words)

    def test_no_grant_gives_an_actor_a_port_of_the_node(self):
        lines = [self.server.stdout.readline().decode() for _ in range(2)]
        own = int(lines[1].rpartition(":")[2])
        manifest = self.web_manifest("thief")
        refused = self.theater("start", manifest, "--init", f'{{"port": {own}}}', exit=1)
        self.assertIn(f"denied: port {own} is the node's own, and no grant gives it to an actor", refused.err)
        # Any other port is granted, and the node still has its own.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.theater("start", self.web_manifest("honest"), "--init", f'{{"port": {port}}}', exit=0)
        self.assertEqual(self.client(port).get("/")[2], b"hello")
        status = self.client(own).get("/healthz")[0]
        self.assertEqual(status, 200)


class Limits(HttpFrameworkCase):
    grant = "http-framework:max-connections=3"

    def test_one_connection_more_is_refused(self):
        port = self.web()
        open_ones = [self.client(port) for _ in range(3)]
        for one in open_ones:
            self.assertEqual(one.get("/")[0], 200)
        status, headers, _ = self.client(port).answer()
        self.assertEqual((status, headers["retry-after"], headers["connection"]), (503, ["1"], ["close"]))
        open_ones.pop().socket.close()

        def is_served():
            client = self.client(port)
            with client.socket:
                return client.get("/")[0] == 200
        self.until(is_served)
        self.assertEqual(open_ones[0].get("/count")[0], 200)

    def test_a_head_that_does_not_end_is_408(self):
        port = self.web()
        slow = self.client(port).send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        silent = self.client(port)
        begin = time.monotonic()
        slow.send("X-A: ")
        status, headers, _ = slow.answer()
        self.assertEqual((status, headers["connection"]), (408, ["close"]))
        self.assertIsNone(slow.answer())
        self.assertGreater(time.monotonic() - begin, 5)
        self.assertEqual(silent.get("/count")[2], b"1", "the actor has heard of no request before")

    def test_a_fast_client_of_a_web_socket_waits(self):
        count = 3000  # A thousand at once, and as many in each second.
        port = self.web(text='[log]\ndurability = "memory"\n')
        client = self.socket_of(port)
        begin = time.monotonic()
        sender = threading.Thread(
            target=lambda: client.send(b"".join(frame(1, b"%d" % number) for number in range(count))))
        sender.start()
        for number in range(count):
            self.assertEqual(client.message(), (1, b"%d" % number))
        sender.join()
        self.assertGreater(time.monotonic() - begin, 1)
        self.assertEqual(self.client(port).get("/")[0], 200)


if __name__ == "__main__":
    support.main()
