"""Servers that actors run: clients with raw sockets, WebSockets, kill -9, and a replay without a socket."""

import socket
import ssl
import struct

import server_case
import support
from http_framework_case import UPGRADE, HttpFrameworkCase, TlsCase, frame


class Requests(HttpFrameworkCase):
    def test_an_actor_answers(self):
        port = self.web()
        client = self.client(port)
        status, headers, body = client.get("/")
        self.assertEqual((status, body, headers["x-twice"]), (200, b"hello", ["1", "2"]))
        self.assertEqual(client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc").answer()[2],
                         b"abc")
        chunked = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        self.assertEqual(client.send(chunked).answer()[2], b"abc")
        head = client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").answer(has_body=False)
        self.assertEqual((head[0], head[1]["content-length"]), (200, ["5"]))
        self.assertEqual(client.send("OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()[1]["allow"],
                         ["GET, HEAD, OPTIONS"])
        self.assertEqual(client.get("/nowhere")[0], 404)
        self.assertEqual(client.send("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").answer()[0], 405)
        self.assertEqual(client.get("/", "Host-Is: kept\r\n")[0], 200)

    def test_the_host_says_who_asks(self):
        port = self.web()
        lies = "".join(f"{name}: lie\r\n" for name in (
            "X-Theater-Peer", "x_theater_peer", "X-Route-Param-name", "Forwarded", "X-Forwarded-For", "x-real-ip",
            "X-Request-Id"))
        status, _, body = self.client(port).get("/items/a%2Fb%20c?q=%20", lies + "X-Own: \xe9\r\n")
        lines = body.decode().splitlines()
        self.assertEqual(status, 200)
        self.assertIn("X-Route-Param-name: a/b c", lines)
        self.assertIn("X-Own: é", lines)
        self.assertTrue(any(line.startswith("X-Theater-Peer: 127.0.0.1:") for line in lines), lines)
        self.assertNotIn("lie", body.decode())

    def test_what_has_two_readings_never_reaches_the_actor(self):
        port = self.web()
        host = "Host: 127.0.0.1\r\n"
        body = "0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + host + "\r\n"
        cases = {
            "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + body: 400,
            "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab": 400,
            "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 2, 2\r\n\r\nab": 400,
            "POST /echo HTTP/1.1\r\n" + host + "Content-Length: +2\r\n\r\nab": 400,
            "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n" + body: 400,
            "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n\r\n" + body: 400,
            "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n-1\r\n": 400,
            "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2;a\nab\r\n0\r\n\r\n": 400,
            "POST /echo HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + body: 400,
            "GET / HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n": 400,
            "GET / HTTP/1.1\r\n\r\n": 400,
            "GET / HTTP/1.1\r\nHost: rebound.example\r\n\r\n": 421,
            "GET http://127.0.0.1/ HTTP/1.1\r\nHost: localhost\r\n\r\n": 400,
            "GET / HTTP/1.1\n" + host + "\n": 400,
            "GET / HTTP/1.1\r\n" + host + " folded: 1\r\n\r\n": 400,
            "GET / HTTP/1.1\r\n" + host + "X: a\x00b\r\n\r\n": 400,
            "GET /%00 HTTP/1.1\r\n" + host + "\r\n": 400,
            "GET /items/../count HTTP/1.1\r\n" + host + "\r\n": 400,
            "GET /items/%2e%2e HTTP/1.1\r\n" + host + "\r\n": 400,
            "GET //count HTTP/1.1\r\n" + host + "\r\n": 400,
            "GET /items/%0d%0aX-A:b HTTP/1.1\r\n" + host + "\r\n": 400,
            "GET /items/%ff HTTP/1.1\r\n" + host + "\r\n": 400,
            "TRACE / HTTP/1.1\r\n" + host + "\r\n": 501,
            "CONNECT a:1 HTTP/1.1\r\n" + host + "\r\n": 501,
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": 505,
            "GET / HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n": 501,
            "GET /" + "a" * 9000 + " HTTP/1.1\r\n" + host + "\r\n": 414,
            "GET / HTTP/1.1\r\n" + host + "X: " + "a" * 40000 + "\r\n\r\n": 431,
            "GET / HTTP/1.1\r\n" + host + "X: a\r\n" * 200 + "\r\n": 431,
            "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 999999999999\r\n\r\n": 413,
        }
        for request, status in cases.items():
            with self.subTest(request[:60]):
                self.assertEqual(self.client(port).send(request).answer()[0], status)
        self.assertEqual(self.client(port).get("/count")[2], b"1", "the actor has heard of this request alone")

    def test_bad_answers_of_the_guest_stay_in_the_node(self):
        port = self.web()
        client = self.client(port)
        for path in ("/bad", "/double"):
            status, headers, body = client.get(path)
            self.assertEqual((status, headers.get("x-injected")), (500, None))
            self.assertNotIn(b"Injected", body)
        self.assertEqual(client.get("/")[2], b"hello")
        shown = self.theater("log", "show", "web", exit=0).out
        self.assertIn("bad-answer", shown)

    def test_slow_clients_hold_up_no_one(self):
        port = self.web()
        slow = [self.client(port).send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX") for _ in range(200)]
        self.assertEqual(self.client(port).get("/")[0], 200)
        self.assertEqual(self.theater("request", "web", "port", exit=0).out.strip(), str(port))
        for client in slow:
            client.send(": y\r\n\r\n")
        self.assertEqual({client.answer()[0] for client in slow}, {200})

    def test_without_a_grant_there_is_no_server(self):
        self.end_server()
        self.server = server_case.ServerCase.start_server(self)
        manifest = self.folder / "web.toml"
        manifest.write_text(f'name = "web"\ncomponent = "{self.component()}"\n[[handler]]\ntype = "message-server"\n'
                            '[[handler]]\ntype = "http-framework"\n')
        refused = self.theater("start", manifest.name, exit=1)
        self.assertIn("--grant http-framework", refused.err)


class WebSockets(HttpFrameworkCase):
    def test_messages_come_back(self):
        port = self.web()
        client = self.socket_of(port)
        for text in (b"one", "zwei é".encode(), b"x" * 100_000):
            client.send(frame(1, text))
            self.assertEqual(client.message(), (1, text))
        client.send(frame(1, b"in ", last=False) + frame(9, b"ping") + frame(0, b"parts"))
        self.assertEqual(client.message(), (10, b"ping"))
        self.assertEqual(client.message(), (1, b"in parts"))
        client.send(frame(8, struct.pack(">H", 1000)))
        self.assertEqual(client.message()[0], 8)
        self.until(lambda: self.client(port).get("/gone")[2] == b".")

    def test_bad_frames_end_the_connection_alone(self):
        port = self.web()
        cases = {
            "unmasked": (frame(1, b"x", masked=False), 1002),
            "reserved opcode": (frame(3, b"x"), 1002),
            "reserved bit": (bytes([0xC1]) + frame(1, b"x")[1:], 1002),
            "not UTF-8": (frame(1, b"\xff"), 1007),
            "long control frame": (frame(9, b"x" * 126), 1002),
            "continuation of nothing": (frame(0, b"x"), 1002),
            "too large": (frame(2, b"x" * (1 << 20) + b"x"), 1009),
            "close code of no meaning": (frame(8, struct.pack(">H", 1005)), 1002),
        }
        for name, (data, code) in cases.items():
            with self.subTest(name):
                client = self.socket_of(port).send(data)
                opcode, payload = client.message()
                self.assertEqual((opcode, struct.unpack(">H", payload[:2])[0]), (8, code))
        self.assertEqual(self.client(port).get("/")[0], 200)

    def test_pages_of_other_origins_are_refused(self):
        port = self.web()
        for origin, status in ((f"http://127.0.0.1", 101), ("https://evil.example", 403), ("null", 403)):
            client = self.client(port).send(UPGRADE.format(more=f"Origin: {origin}\r\n"))
            self.assertEqual(client.answer(has_body=False)[0], status, origin)
        offers = "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat, x\r\n"
        _, headers, _ = self.client(port).send(UPGRADE.format(more=offers)).answer(has_body=False)
        self.assertEqual((headers.get("sec-websocket-extensions"), headers["sec-websocket-protocol"]), (None, ["chat"]))
        self.assertEqual(self.client(port).get("/ws")[0], 426)


class Lives(HttpFrameworkCase):
    def test_a_killed_node_brings_the_server_back_on_its_port(self):
        port = self.web()
        client = self.client(port)
        for _ in range(20):
            self.assertEqual(client.get("/")[0], 200)
        self.socket_of(port).send(frame(1, b"hello")).message()
        sockets = self.socket_of(port)
        sockets.send(frame(1, b"once")).message()
        self.server.kill()
        self.server.wait()
        self.server = self.start_server()
        self.assertEqual(self.port_of("web"), port)
        # One that the client closed, and one that the crash did.
        self.until(lambda: self.client(port).get("/gone")[2] == b"..")
        self.assertGreaterEqual(int(self.client(port).get("/count")[2]), 20)

    def test_every_answer_of_a_killed_node_is_on_record(self):
        port = self.web()
        client = self.client(port)
        for _ in range(50):
            last = int(client.get("/count")[2])
        client.send("GET /count HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 10)
        self.server.kill()
        self.server.wait()
        while (answer := client.answer()) is not None:
            last = int(answer[2])
        self.server = self.start_server()
        self.assertGreater(int(self.client(port).get("/count")[2]), last)

    def test_a_server_that_closes_keeps_its_actors(self):
        port = self.web()
        self.assertEqual(self.client(port).get("/count")[2], b"1")
        self.end_server()
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        self.server = self.start_server()
        self.assertEqual(self.client(port).get("/count")[2], b"2")

    def test_a_port_that_is_taken_is_tried_again(self):
        port = self.web()
        self.end_server()
        other = socket.create_server(("127.0.0.1", port))
        self.server = self.start_server()
        self.assertEqual(self.port_of("web"), port)
        other.close()
        self.until(self.answers_at(port))

    def answers_at(self, port):
        def answers():
            try:
                return self.client(port).get("/")[0] == 200
            except OSError:
                return False
        return answers

    def test_the_end_of_an_actor_is_the_end_of_its_port(self):
        port = self.web()
        self.assertEqual(self.client(port).get("/")[0], 200)
        self.theater("stop", "web", exit=0)
        self.until(lambda: not self.takes_connections(port))


class Tls(TlsCase):
    def test_a_guest_names_a_key_pair_of_the_operator(self):
        port = self.web()
        client = self.client(port, self.context())
        self.assertEqual(client.socket.selected_alpn_protocol(), "http/1.1")
        status, _, body = client.send("GET /items/x HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()
        self.assertEqual(status, 200)
        self.assertIn("X-Theater-Tls: TLSv1.3 ", body.decode())
        self.assertIn(" localhost", body.decode())

    def test_renewed_keys_are_used_without_a_restart(self):
        port = self.web()
        first = self.client(port, self.context())
        self.make_keys("second")

        def uses_new():
            try:
                self.client(port, self.context())
                return True
            except ssl.SSLError:
                return False
        self.until(uses_new)
        self.assertEqual(first.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()[0], 200)
        # Keys that cannot be used change nothing.
        (self.folder / "shop.key").write_text("broken")
        self.assertEqual(self.client(port, self.context()).send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()[0], 200)


if __name__ == "__main__":
    support.main()
