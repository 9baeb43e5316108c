"""References to what servers and stores have: manifests, components and initial states by http and store://."""

import contextlib
import hashlib
import http.server
import json
import signal
import socket
import threading

import support

STATE = b'{"count": 41}'


class Server:
    """Serves what is in `pages`, by path: bytes, or a function that is given the handler. Remembers who asked."""

    def __init__(self):
        self.pages = {}
        self.asked = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                page = server.pages.get(self.path.split("?")[0])
                if callable(page):
                    with contextlib.suppress(OSError):
                        return page(self)
                    return None
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Length", str(len(page or b"")))
                self.end_headers()
                # Who has seen enough goes away.
                with contextlib.suppress(OSError):
                    self.wfile.write(page or b"")
                return None

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()
        self.host = f"127.0.0.1:{self.http.server_address[1]}"

    def url(self, path):
        return f"http://{self.host}{path}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def redirect(to):
    def page(handler):
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return page


def pinned(url, content):
    return f"{url}#sha256={hashlib.sha256(content).hexdigest()}"


class References(support.Case):
    def setUp(self):
        super().setUp()
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.pages["/x/counter.wat"] = (support.GUESTS / "counter.wat").read_bytes()
        self.server.pages["/x/foreman.wat"] = (support.GUESTS / "foreman.wat").read_bytes()
        self.allow = ("--private-host", self.server.host)

    def serve(self, path, component="counter.wat", keys="", name="far", handlers=("message-server",)):
        """Serves a manifest, and gives its address."""
        entries = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in handlers)
        self.server.pages[path] = f'name = "{name}"\ncomponent = "{component}"\n{keys}{entries}'.encode()
        return self.server.url(path)

    def run_far(self, url, *words, exit=0):
        return self.theater("run", url, *words, "--request", "", exit=exit)

    def test_an_actor_is_run_from_an_address(self):
        url = self.serve("/x/far.toml")
        self.assertEqual(self.run_far(url, *self.allow).out, "1\n")
        # The manifest once, though the command line is looked at twice, and what it names next to it.
        self.assertEqual(self.server.asked, ["/x/far.toml", "/x/counter.wat"])
        outcome = self.run_far(f"other={url}", *self.allow)
        self.assertEqual(outcome.out, "1\n")
        self.assertIn(f"reading {url}", outcome.err)
        policy = self.folder / "policy.toml"
        policy.write_text(f'private-hosts = ["{self.server.host}"]\n')
        self.assertEqual(self.run_far(url, "--policy", policy).out, "1\n")

    def test_private_addresses_are_refused_unless_the_operator_allows_them(self):
        url = self.serve("/x/far.toml")
        port = self.server.http.server_address[1]
        for address in (url, f"http://localhost:{port}/x/far.toml", f"http://[::ffff:127.0.0.1]:{port}/x/far.toml"):
            refused = self.run_far(address, exit=1)
            self.assertIn("which is loopback", refused.err)
            self.assertIn("--private-host", refused.err)
        self.assertEqual(self.server.asked, [])
        # Each hop is looked at: another port is another host.
        other = Server()
        self.addCleanup(other.close)
        self.server.pages["/to"] = redirect(other.url("/x"))
        self.assertIn("which is loopback", self.run_far(self.server.url("/to"), *self.allow, exit=1).err)
        self.assertEqual(other.asked, [])
        self.assertIn("which is link-local", self.run_far("http://169.254.169.254/latest", *self.allow, exit=1).err)
        # So it is with what a manifest names.
        manifest = self.folder / "here.toml"
        manifest.write_text(f'name = "here"\ncomponent = "{other.url("/a.wasm")}"\n')
        self.assertIn("which is loopback", self.theater("run", manifest, *self.allow, exit=1).err)
        wrong = self.theater("run", url, "--private-host", "a b", exit=2)
        self.assertIn("is not a host", wrong.err)

    def test_nothing_that_came_from_an_address_names_a_file(self):
        secret = self.folder / "secret"
        secret.write_text('{"a": "secret"}')
        for keys in (f'init_state = "{secret}"\n', 'init_state = "file:///etc/passwd"\n'):
            url = self.serve("/x/far.toml", keys=keys)
            self.assertIn("init_state", self.run_far(url, *self.allow, exit=1).err)
        url = self.serve("/x/far.toml", keys=f'init_state = "../../../../..{secret}"\n')
        self.assertIn("status 404", self.run_far(url, *self.allow, exit=1).err)
        self.assertIn(str(secret), self.server.asked)
        url = self.serve("/x/far.toml", component=support.GUESTS / "counter.wat")
        self.assertIn("which names no files", self.run_far(url, *self.allow, exit=1).err)
        url = self.serve("/x/far.toml", handlers=("message-server", "supervisor"),
                         keys="").replace("far.toml", "boss.toml")
        self.server.pages["/x/boss.toml"] = self.server.pages["/x/far.toml"] + \
            f'[[child]]\nname = "a"\nmanifest = "{support.GUESTS / "a.toml"}"\n'.encode()
        self.assertIn("which names no files", self.run_far(url, *self.allow, exit=1).err)

    def test_a_pin_is_held_to(self):
        component = self.server.pages["/x/counter.wat"]
        self.server.pages["/x/state"] = STATE
        wrong = hashlib.sha256(b"other").hexdigest()
        good = self.serve("/x/far.toml", pinned("counter.wat", component),
                          f'init_state = "{pinned("state", STATE)}"\n')
        manifest = self.server.pages["/x/far.toml"]
        self.run_far(pinned(good, manifest), *self.allow)
        for url, content in ((f"{good}#sha256={wrong}", manifest),
                             (self.serve("/x/c.toml", f"counter.wat#sha256={wrong}"), component),
                             (self.serve("/x/s.toml", keys=f'init_state = "state#sha256={wrong}"\n'), STATE)):
            home = self.folder / "other-home"
            refused = self.run_far(url, *self.allow, "--home", home, exit=1)
            self.assertIn(wrong, refused.err)
            self.assertIn(hashlib.sha256(content).hexdigest(), refused.err)
            kept = [path.name for path in home.rglob("*")]
            self.assertNotIn(hashlib.sha256(content).hexdigest(), kept)
        self.assertIn("is no pin", self.run_far(good + "#x", *self.allow, exit=1).err)

    def test_what_is_pinned_and_known_needs_no_server(self):
        self.server.pages["/x/state"] = STATE
        digest = json.loads(self.theater("inspect", support.GUESTS / "counter.wat", "--json", exit=0).out)["digest"]
        url = self.serve("/x/far.toml", keys=f'component_digest = "{digest}"\n'
                                             f'init_state = "{pinned("state", STATE)}"\n')
        url = pinned(url, self.server.pages["/x/far.toml"])
        first = self.run_far(url, *self.allow)
        self.server.close()
        again = self.run_far(url)
        self.assertEqual(first.out, again.out)
        self.assertNotIn("reading http", again.err)
        self.assertIn("OK", self.theater("validate", url, exit=0).out)

    def test_an_actor_goes_on_when_its_server_is_gone(self):
        self.server.pages["/x/state"] = STATE
        url = self.serve("/x/far.toml", keys='init_state = "state"\n')
        expected = self.run_far(url, *self.allow, "--home", self.folder / "undisturbed").out
        process = self.start("run", url, *self.allow, "--json")
        started = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=support.TIMEOUT_S)
        self.server.close()
        asked = self.theater("run", "--request", "", "--json", exit=0)
        self.assertEqual([line["recovered"]["id"] for line in asked.every("recovered")], [started["started"]["id"]])
        self.assertEqual(asked.every("reply")[0]["reply"] + "\n", expected)

    def test_servers_that_are_up_to_something(self):
        pages = self.server.pages

        def endless(handler):
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            while True:
                handler.wfile.write(b"10000\r\n" + b"#" * 65536 + b"\r\n")

        def cut_off(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b'name = "far"\n')

        pages["/large"] = b"#" * (2 << 20)
        pages["/endless"] = endless
        pages["/cut-off"] = cut_off
        pages["/loop"] = redirect("/loop")
        pages["/file"] = redirect("file:///etc/passwd")
        for path, why in (("/large", "larger than"), ("/endless", "larger than"), ("/cut-off", "was cut off"),
                          ("/loop", "redirections"), ("/file", "neither with https://"), ("/gone", "status 404")):
            self.assertIn(why, self.run_far(self.server.url(path), *self.allow, exit=1).err, path)
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{nobody.getsockname()[1]}"
            self.assertIn("connecting failed", self.run_far(f"http://{host}/", "--private-host", host, exit=1).err)

    def test_a_guest_reads_what_it_is_granted(self):
        child = self.serve("/x/child.toml")
        grant = ("--grant", f"http-client:hosts={self.server.host};methods=GET")
        plain = self.actor("plain", "foreman.wat", handlers=("message-server", "supervisor"))
        client = self.actor("client", "foreman.wat", handlers=("message-server", "supervisor", "http-client"))
        needed = f"Permission denied: http-client:hosts={self.server.host};methods=GET is needed to read {child}"

        def spawn(manifest, *words, what=child):
            return self.theater("run", manifest, *words, "--request", f"s{what}", exit=0).out.strip()

        self.assertIn(needed, spawn(plain, *self.allow))
        self.assertIn("the policy lacks it: add --grant", spawn(plain, *self.allow))
        self.assertIn(needed, spawn(plain, *self.allow, *grant))
        self.assertNotIn("--grant", spawn(plain, *self.allow, *grant))
        self.assertIn(f'add a [[handler]] entry {{ type = "http-client", allowed_hosts = ["{self.server.host}"], '
                      'allowed_methods = ["GET"] }', spawn(plain, *self.allow, *grant))
        self.assertIn("loopback", spawn(client, *grant))
        self.assertIn(f"--private-host {self.server.host}", spawn(client, *grant))
        self.assertEqual(self.server.asked, [])
        self.assertRegex(spawn(client, *self.allow, *grant), "^[0-9a-f]{32}$")
        self.assertEqual(self.server.asked, ["/x/child.toml", "/x/counter.wat"])
        # Where redirections lead must be granted too.
        other = Server()
        self.addCleanup(other.close)
        self.server.pages["/to"] = redirect(other.url("/x"))
        denied = spawn(client, *self.allow, *grant, "--private-host", other.host, what=self.server.url("/to"))
        self.assertIn(f"http-client:hosts={other.host};methods=GET is needed", denied)
        self.assertEqual(other.asked, [])

    def test_declared_children_are_read_beside_their_manifest(self):
        listed = ("message-server", "supervisor")
        self.serve("/x/child.toml", name="child")
        url = self.serve("/x/boss.toml", "foreman.wat", name="boss", handlers=listed)
        self.server.pages["/x/boss.toml"] += b'[[child]]\nname = "a"\nmanifest = "child.toml"\n'
        self.assertEqual(self.theater("run", url, *self.allow, "--request", "n", exit=0).out, "1\n")
        # And one of a file by its address.
        here = self.actor("here", "foreman.wat", handlers=listed,
                          text=f'[[child]]\nname = "a"\nmanifest = "{self.server.url("/x/child.toml")}"\n')
        self.assertEqual(self.theater("run", here, *self.allow, "--request", "n", exit=0).out, "1\n")
        self.assertIn("loopback", self.theater("run", here, "--request", "n", exit=1).err)
        valid = self.theater("validate", here, *self.allow, exit=0).out
        self.assertIn("child `a`", valid)
        self.assertIn("child `a`", self.theater("validate", url, *self.allow, exit=0).out)
        self.assertIn("loopback", self.theater("validate", url, exit=1).err)
        self.assertIn("message-server", self.theater("grants", url, *self.allow, exit=0).out)

    def test_manifests_are_run_from_stores(self):
        self.theater("store", "put", "notes", support.GUESTS / "counter.wat", "--label", "a/counter", exit=0)
        (self.folder / "far.toml").write_text(
            'name = "far"\ncomponent = "counter"\n[[handler]]\ntype = "message-server"\n')
        (self.folder / "file.toml").write_text(
            f'name = "far"\ncomponent = "{support.GUESTS / "counter.wat"}"\n')
        for label in ("far", "file"):
            self.theater("store", "put", "notes", f"{label}.toml", "--label", f"a/{label}", exit=0)
        self.assertEqual(self.run_far("store://notes/a/far").out, "1\n")
        self.assertIn("OK", self.theater("validate", "store://notes/a/far", exit=0).out)
        self.assertIn("which names no files", self.run_far("store://notes/a/file", exit=1).err)
        self.assertIn("Label not found", self.run_far("store://notes/a/gone", exit=1).err)
        boss = self.actor("boss", "foreman.wat", handlers=("message-server", "supervisor"),
                          text='[[child]]\nname = "a"\nmanifest = "store://notes/a/far"\n')
        self.assertEqual(self.theater("run", boss, "--request", "n", exit=0).out, "1\n")


if __name__ == "__main__":
    support.main()
