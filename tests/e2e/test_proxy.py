"""A reverse proxy in front of a server: nginx, with the `location` that docs/guides/server.md shows.

In front of the owner's socket it makes no client the owner; in front of `--listen` each client has what its token
allows.
"""

import http.client
import json
import re
import socket
import subprocess

import server_case
import support

PAGE = support.ROOT / "docs" / "guides" / "server.md"
HOST = "agents.example"
# The path and the name that the page has.
PAGE_SOCKET = "/run/theater/api.sock"


def page_location(backend):
    """The page's nginx block, with another address behind it."""
    [block] = re.findall(r"(?ms)^```nginx\n(.*?)^```$", PAGE.read_text())
    shown = f"proxy_pass http://unix:{PAGE_SOCKET}:;"
    assert block.count(shown) == 1, block
    return block.replace(shown, f"proxy_pass {backend};")


class Proxy(server_case.ServerCase):
    def setUp(self):
        support.Case.setUp(self)
        self.server = None
        self.nginx = support.kept_program(self, "nginx/usr/sbin/nginx")
        self.token = self.theater("token", "new", "--scope", "operate", "--name", "near", exit=0).out.strip()

    def start_nginx(self, location):
        """Runs nginx with this `location`, and returns its port."""
        folder = self.folder / f"nginx-{len(list(self.folder.glob('nginx-*')))}"
        folder.mkdir()
        paths = "".join(f"    {kind}_temp_path {folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        for _ in range(20):
            # nginx takes no port 0. Another process may take the free one first; nginx then ends.
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            (folder / "nginx.conf").write_text(
                # One process, as the user of the test, so that even the owner's socket lets it in.
                f"daemon off;\nmaster_process off;\nerror_log stderr;\npid {folder}/pid;\n"
                f"events {{}}\nhttp {{\n    access_log off;\n{paths}"
                f"    server {{\n        listen 127.0.0.1:{port};\n{location}\n    }}\n}}\n")
            nginx = subprocess.Popen([self.nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if self.listens(nginx, port):
                self.addCleanup(self.end_nginx, nginx)
                return port
            said = self.end_nginx(nginx)
        self.fail(f"nginx does not start: {said}")

    def listens(self, nginx, port):
        listens = False

        def is_settled():
            nonlocal listens
            with socket.socket() as client:
                listens = client.connect_ex(("127.0.0.1", port)) == 0
            return listens or nginx.poll() is not None

        self.until(is_settled)
        # Another process may listen there, while nginx still tries.
        return listens and nginx.poll() is None and self.is_nginx(port)

    def is_nginx(self, port):
        answer = self.ask(port, "/healthz")
        answer.read()
        return answer.status == 200 and (answer.getheader("Server") or "").startswith("nginx")

    @staticmethod
    def end_nginx(nginx):
        """What it has said."""
        if nginx.poll() is None:
            nginx.terminate()
        return nginx.communicate(timeout=support.TIMEOUT_S)[1].decode()

    def ask(self, port, path, token=None, method="GET", body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=support.TIMEOUT_S)
        self.addCleanup(connection.close)
        fields = {"Host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body, fields)
        return connection.getresponse()

    def status(self, port, *words, **more):
        answer = self.ask(port, *words, **more)
        answer.read()
        return answer.status

    def refusals(self):
        """Who was refused for a token, as the node's chain names them."""
        notes = (line["event"]["description"] for line in self.theater("events", "--json", exit=0).lines())
        return {found[1] for note in notes if (found := re.search(r"of (\S+ \S+) \(reason: token\)", note))}

    def test_nobody_is_the_owner_behind_a_proxy(self):
        self.server = self.start_server()
        backend = f"http://unix:{self.folder}/home/theater.sock:"
        # The page's settings, and nginx's own ones.
        for location in (page_location(backend), f"location / {{ proxy_pass {backend}; }}"):
            port = self.start_nginx(location)
            for method, path in (("GET", "/v1/node"), ("GET", "/openapi.json"), ("POST", "/v1/shutdown")):
                answer = self.ask(port, path, method=method)
                self.assertEqual((answer.status, json.loads(answer.read())["code"]), (401, "unauthenticated"), path)
            # With a token a client has what the token allows, and no more.
            node = json.loads(self.ask(port, "/v1/node", self.token).read())
            self.assertEqual(node["you"], {"name": "token near", "scope": "operate"})
            self.assertEqual(self.status(port, "/v1/shutdown", self.token, method="POST"), 403)

    def test_the_page_puts_nginx_in_front_of_a_socket(self):
        path = self.folder / "api.sock"
        self.server = self.start_server("--listen", f"unix:{path}", "--host", HOST)
        self.assertEqual(path.stat().st_mode & 0o777, 0o666)
        self.assertEqual([self.server.stdout.readline().decode() for _ in range(2)][1], f"listening on unix:{path}\n")
        port = self.start_nginx(page_location(f"http://unix:{path}:"))
        self.assertEqual(self.status(port, "/v1/node"), 401)
        self.assertEqual(self.status(port, "/healthz"), 200)
        self.assertEqual(self.status(port, "/healthz", Host="evil.example"), 403)
        actor = self.started("counter", "counter.wat")
        events = self.ask(port, f"/v1/actors/{actor}/events?type=handle-send", self.token, Accept="text/event-stream")
        self.assertEqual((events.status, events.getheader("Content-Type")), (200, "text/event-stream"))
        # The stream is open; each event comes before the actor ends.
        for _ in range(3):
            sent = self.ask(port, f"/v1/actors/{actor}/send", self.token, method="POST", body=b"x")
            self.assertEqual(sent.status, 200)
            self.assertEqual(self.streamed(events)["hash"], json.loads(sent.read())["hash"])
        self.assertEqual(self.status(port, f"/v1/actors/{actor}/stop?wait=true", self.token, method="POST"), 200)
        # A body as large as that of a component.
        large = self.ask(port, f"/v1/actors/{actor}/send", self.token, method="POST", body=bytes(8 << 20))
        self.assertEqual(large.status, 404, large.read())
        self.end_server()
        self.assertFalse(path.exists())

    @staticmethod
    def streamed(answer):
        """The next event of a stream."""
        for line in answer:
            if line.startswith(b"data:"):
                return json.loads(line[5:])
        raise AssertionError("the stream has ended")

    def test_a_socket_of_no_proxy_needs_a_token_too(self):
        path = self.folder / "api.sock"
        self.server = self.start_server("--listen", f"unix:{path}")
        refused = self.theater("node", "--server", f"unix:{path}", exit=1)
        self.assertIn("no token", refused.err)
        with_token = self.theater("node", "--server", f"unix:{path}", "--json", env={"THEATER_TOKEN": self.token}, exit=0)
        self.assertEqual(with_token.lines()[0]["you"]["scope"], "operate")

    def test_a_socket_is_replaced_after_a_crash_only(self):
        path = self.folder / "api.sock"
        self.server = self.start_server("--listen", f"unix:{path}")
        other = {"THEATER_HOME": str(self.folder / "other")}
        refused = self.theater("server", "--listen", f"unix:{path}", env=other, exit=1)
        self.assertIn("another process listens there", refused.err)
        self.server.kill()
        self.server.wait()
        self.assertTrue(path.exists())
        self.server = self.start_server("--listen", f"unix:{path}")
        self.end_server()
        path.write_text("precious")
        refused = self.theater("server", "--listen", f"unix:{path}", exit=1)
        self.assertIn("no socket", refused.err)
        self.assertEqual(path.read_text(), "precious")

    def test_only_a_trusted_proxy_says_who_asks(self):
        for trusted, client in (((), "address 127.0.0.1"), (("--trusted-proxy", "127.0.0.1"), "address 198.51.100.7")):
            self.server = self.start_server("--listen", "127.0.0.1:0", "--host", HOST, *trusted)
            address = [self.server.stdout.readline().decode() for _ in range(2)][1].split()[-1]
            # A proxy of a proxy: what the first one says of its client stands before the second one's word.
            port = self.start_nginx(page_location(address))
            before = self.refusals()
            self.assertEqual(self.status(port, "/v1/node", X_Forwarded_For="198.51.100.7"), 401)
            self.until(lambda: client in self.refusals() - before)
            self.end_server()
        self.assertNotIn("address 198.51.100.7", before)


if __name__ == "__main__":
    support.main()
