"""What clients upload and send cannot show: files and stores of the server, and tokens of others."""

import http.server
import itertools
import threading

import server_case
import support

CANARY = "the-canary-sings-4711"
SCOPES = ("observe", "read", "operate", "admin")
LISTED = ("supervisor", "message-server")


class Inner:
    """A server that only this machine reaches. It remembers what was asked of it."""

    def __init__(self, content):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self.http.server_address[1]}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class Case(server_case.ServerCase):
    def setUp(self):
        super().setUp()
        self.end_server()
        self.tokens = {scope: self.theater("token", "new", "--scope", scope, "--name", scope, exit=0).out.strip()
                       for scope in SCOPES}

    def end_and_hear(self):
        """What the server has written on both its outputs."""
        server, self.server = self.server, None
        server.terminate()
        out, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, 0, (out + err).decode())
        return (out + err).decode()


class Canary(Case):
    """A file that only the server's user may read is named in every way."""

    def setUp(self):
        super().setUp()
        self.canary = self.folder / "secret" / "canary"
        self.canary.parent.mkdir(mode=0o700)
        # It is a good manifest, a good state and a good component, but for its first line.
        self.canary.write_text(f'"{CANARY}"\n')
        self.canary.chmod(0o600)
        self.theater("store", "put", "vault", self.canary, "--label", "canary", exit=0)
        self.inner = Inner(self.canary.read_bytes())
        self.addCleanup(self.inner.close)
        # Nothing but the rule for uploads keeps the server from the inner one.
        (self.folder / "policy.toml").write_text(f'private-hosts = ["{self.inner.host}"]\n')
        self.server = self.start_server("--policy", "policy.toml", "--log-level", "debug")

    def references(self):
        up = "/".join([".."] * 30)
        return {"absolute": str(self.canary), "relative": "secret/canary", "upwards": f"{up}{self.canary}",
                "by /proc": f"/proc/self/root{self.canary}", "scheme": f"file://{self.canary}",
                "store": "store://vault/canary", "http": f"http://{self.inner.host}/canary"}

    def manifest(self, place, reference):
        entries = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in LISTED)
        component, init, more = "uploaded.wasm", "", ""
        if place == "component":
            component = reference
        elif place == "init_state":
            init = f'init_state = "{reference}"\n'
        elif place == "child":
            more = f'[[child]]\nname = "kid"\nmanifest = "{reference}"\n'
        else:
            more = f'[[child]]\nname = "kid"\nmanifest = "{self.folder}/kid.toml"\ninit_state = "{reference}"\n'
        return f'name = "{place}"\ncomponent = "{component}"\n{init}{entries}{more}'

    def upload(self, path, manifest, with_component, token):
        parts = {"manifest": manifest, "folder": str(self.folder)}
        if with_component:
            parts["component"] = (support.GUESTS / "foreman.wat").read_text()
        body = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
                       for name, text in parts.items()) + "--b--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.answer("POST", path, body.encode(), headers)

    def everything_on_record(self):
        """The events and lines that the API shows."""
        shown = [self.answer("GET", path)[2] for path in ("/v1/node/events?limit=1000", "/v1/node/logs?limit=1000")]
        for actor in self.theater("list", "--all", "--json", exit=0).lines():
            for what in ("/events?limit=1000", "/logs?limit=1000", "/manifest", "/state", ""):
                shown.append(self.answer("GET", f"/v1/actors/{actor['id']}{what}")[2])
        return b"\n".join(shown).decode("utf-8", "replace")

    def test_no_upload_shows_what_only_the_server_may_read(self):
        self.actor("kid", "foreman.wat", handlers=LISTED)
        answers = []
        places = ("component", "init_state", "child", "init_state of a child")
        clients = [*self.tokens.values(), None]
        cases = itertools.product(self.references().items(), places, ("/v1/actors", "/v1/check"), clients)
        for (kind, reference), place, path, token in cases:
            with_component = place != "component" and path == "/v1/actors"
            status, headers, body = self.upload(path, self.manifest(place, reference), with_component, token)
            text = body.decode()
            answers.append(f"{kind}, {place}, {path}: {status} {headers} {text}")
            self.assertLess(status, 500, answers[-1])
            # A start may be taken: children are read with the rights of their parent, and fail.
            if place in ("component", "init_state") and path == "/v1/actors":
                self.assertGreaterEqual(status, 400, answers[-1])
        answers.append(self.everything_on_record())
        self.assertEqual(self.inner.asked, [])
        answers.append(self.end_and_hear())
        for answer in answers:
            self.assertNotIn(CANARY, answer)
        for path in (self.folder / "home" / "log").rglob("*"):
            if path.is_file():
                self.assertNotIn(CANARY.encode(), path.read_bytes(), path)

        # The command reads as its own user and uploads, and so the record does have what a test would find.
        self.server = self.start_server()
        self.started("open", "echo.wat", keys=f'init_state = "{self.canary}"\nstate = "explicit"\n')
        self.assertIn(CANARY, self.everything_on_record())


class Secrets(Case):
    def test_no_line_of_the_server_has_a_token(self):
        self.server = self.start_server("--listen", "127.0.0.1:0", "--log-level", "debug")
        self.started("echo", "echo.wat")
        unknown = f"theater_{'1234567890abcdef' * 4}"
        values = [f"Bearer {text}" for text in (*self.tokens.values(), unknown, unknown[:40], unknown + "00")]
        values += [f"Basic {unknown}", unknown, f"bearer  {unknown}", f"Bearer {unknown}\t{unknown}"]
        requests = (("GET", "/v1/node"), ("POST", "/v1/actors"), ("GET", "/v1/actors/nonsense"), ("GET", "/v1/none"),
                    ("DELETE", "/v1/node"), ("POST", "/v1/check"), ("GET", "/v1/node/events"))
        for value in values:
            for method, path in requests:
                status, headers, body = self.answer(method, path, headers={"Authorization": value})
                self.assertLess(status, 500)
                self.assertNotIn(value.split()[-1], f"{headers} {body.decode()}")
            # What is no request is named too, and none of its bytes are.
            connection = self.socket_connection()
            connection.connect()
            connection.sock.sendall(f"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: {value}\r\nbroken\r\n\r\n".encode())
            answer = b""
            while more := connection.sock.recv(1 << 16):
                answer += more
            self.assertIn(b" 400 ", answer)
            self.assertNotIn(value.split()[-1].encode(), answer)
        for token in self.tokens.values():
            self.theater("list", env={"THEATER_TOKEN": token}, exit=0)
        said = self.end_and_hear()
        # The lines are there, with the requests that these tokens made.
        self.assertIn("/v1/actors/nonsense", said)
        self.assertNotIn("Bearer", said)
        self.assertNotIn("Authorization:", said)
        for secret in (*self.tokens.values(), unknown):
            # Nor a part that a search would be shorter by.
            for begin in range(8, len(secret) - 16, 8):
                self.assertNotIn(secret[begin:begin + 16], said)


if __name__ == "__main__":
    support.main()
