"""An actor that serves HTTP by every function of the SDK, in C++, Rust and JavaScript, with the same answers in all."""

import http.client
import json

import language_case
import server_case
import support
import web_socket

# Rust may have its standard library to compile, and npm packages to fetch.
support.TIMEOUT_S = 600
PROBLEM = "application/problem+json"


class SdkHttp(language_case.EachLanguage, language_case.LanguageCase, server_case.ServerCase):
    def ask(self, text):
        return self.theater("request", "porter", text, exit=0).out.rstrip("\n")

    def tell(self, text):
        self.theater("send", "porter", text, exit=0)

    def http(self, method, path, body=None):
        """The status, the type and the text of an answer."""
        connection = http.client.HTTPConnection(self.address, timeout=support.TIMEOUT_S)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            self.headers = answer.headers
            return answer.status, answer.headers.get("Content-Type"), answer.read().decode()
        finally:
            connection.close()

    def routes(self):
        plain = "text/plain; charset=utf-8"
        self.assertEqual(self.http("GET", "/"), (200, plain, "hello\n"))
        self.assertEqual(self.http("POST", "/items", r'{"name":"n\u00e4il"}'),
                         (201, "application/json", '{"count":1,"name":"n\u00e4il"}'))
        for body in ('{"name":1}', "[", None):
            self.assertEqual(self.http("POST", "/items", body)[:2], (400, PROBLEM), body)
        self.assertEqual(self.http("GET", "/items/0?q=two+w%C3%B6rds"),
                         (200, "application/json", '{"id":0,"name":"n\u00e4il","q":"two w\u00f6rds"}'))
        for path in ("/items/1", "/items/x", "/items/-1", "/items/99999999999999999999"):
            self.assertEqual(self.http("GET", path)[:2], (404, PROBLEM), path)
        self.assertEqual(self.http("PUT", "/items/0/a%20b")[2], "renamed")
        self.assertEqual(json.loads(self.http("GET", "/items/0")[2])["name"], "a b")
        self.assertEqual(self.http("GET", "/files/a/b%3f/c?d")[2], "a/b?/c")
        self.assertEqual(self.http("GET", "/moved")[0], 303)
        self.assertEqual(self.headers["Location"], "/items/0")
        # An error leaves the state.
        self.assertEqual(self.http("GET", "/fail")[0], 500)
        self.assertEqual(self.http("GET", "/items/1")[0], 404)
        self.assertEqual(self.http("DELETE", "/items/0")[0], 204)
        self.assertEqual(self.http("DELETE", "/items/0")[0], 404)
        self.assertEqual(self.http("PATCH", "/items", "gone")[1:], ("text/html; charset=utf-8", "gone"))
        self.assertEqual(self.http("GET", "/other")[0], 404)
        self.assertEqual(self.http("PUT", "/moved")[0], 405)
        self.assertIn("GET", self.headers["Allow"])
        self.assertEqual(self.http("HEAD", "/")[::2], (200, ""))
        # Middleware.
        self.assertEqual(self.http("GET", "/seen")[2], "marked")
        self.assertEqual(self.http("GET", "/files/private")[0], 403)
        self.assertEqual(self.http("GET", "/files/private/x")[0], 403)
        self.assertEqual(self.http("GET", "/files/privately")[0], 200)

    def web_sockets(self):
        with self.assertRaises(web_socket.Refused) as refused:
            web_socket.WebSocket(self.address, "/live", "none")
        self.assertEqual(refused.exception.args, (403,))
        first = web_socket.WebSocket(self.address, "/live", "chat")
        second = web_socket.WebSocket(self.address, "/live")
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        first.send("hello")
        self.assertEqual([first.receive() for _ in range(3)], [b"binary", "you said hello", "no more"])
        self.http("POST", "/items", '{"name":"nail"}')
        self.assertEqual([one.receive() for one in (first, second)], ["new: nail"] * 2)
        first.send("bye")
        self.assertEqual(first.receive()[0], web_socket.CLOSE)
        first.close()
        second.close()
        self.until(lambda: self.ask("heard").count("left") == 2)
        echo = web_socket.WebSocket(self.address, "/echo")
        self.addCleanup(echo.close)
        echo.send(b"\x00\xff")
        self.assertEqual(echo.receive(), b"\x00\xff")
        echo.close()

    def answers(self):
        connection = http.client.HTTPConnection(self.address, timeout=support.TIMEOUT_S)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
        self.tell("event one\ntwo")
        event = b"event: news\ndata: one\ndata: two\n\n"
        self.assertEqual(answer.read(len(event)), event)
        self.tell("finish")
        self.assertEqual(answer.read(), b"")
        connection.request("GET", "/events")
        answer = connection.getresponse()
        self.tell("event x")
        self.tell("abort")
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
        connection.close()
        # A client that does not read, and then does.
        connection.request("GET", "/events")
        answer = connection.getresponse()
        self.tell("fill")
        self.until(lambda: "full" in self.ask("heard").splitlines())
        self.read_until(answer, lambda: "room" in self.ask("heard").splitlines())
        connection.close()
        self.until(lambda: self.gone())

    def read_until(self, answer, condition):
        while not condition():
            self.assertTrue(answer.read1(1 << 20))

    def gone(self):
        """Whether the actor has heard of a client that went; a write makes the node look."""
        self.theater("send", "porter", "event x")
        return any(line.startswith("gone ") for line in self.ask("heard").splitlines())

    def check(self, language):
        folder = self.make("porter", language, "http_server")
        state = "heap" if language == "js" else "explicit"
        manifest = (language_case.SOURCES / "http_server.toml").read_text().replace("@STATE@", state)
        (folder / "manifest.toml").write_text(manifest)
        self.theater("start", "porter/manifest.toml", "--grant", "http-framework", exit=0)
        self.address = f"127.0.0.1:{self.ask('port')}"
        self.assertEqual(self.ask("functions"), "127.0.0.1 stopped 2 1 websockets / 127.0.0.1 running 1 0 websockets / gone")
        self.routes()
        self.web_sockets()
        self.answers()
        heard = self.ask("heard").splitlines()
        self.assertEqual(heard[:3], ["passed /seen", "joined /live chat", "joined /live -"])
        self.assertEqual(heard[3:5], ["left", "left"])
        self.assertNotIn("two answers", heard)
        self.assertEqual(self.ask("serve"), "127.0.0.1 running 11 2 websockets")
        self.assertEqual(self.ask("stop"), "gone")
        with self.assertRaises(ConnectionRefusedError):
            self.http("GET", "/")


if __name__ == "__main__":
    support.main()
