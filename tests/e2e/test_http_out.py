"""Requests to the web by whole programs: the addresses that no byte goes to, an answer that would unpack to much more,
credentials that can be removed from a record, and the key of a request that a crash repeats."""

import base64
import gzip
import http.server
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading

import log_bodies
import server_case
import support
from local_site import Site
from test_secrets import forms

# Refused without a grant, as hosts of URLs.
ADDRESSES = ["0.0.0.0", "10.0.0.1", "100.64.0.1", "127.8.9.10", "168.63.129.16", "169.254.169.254", "172.16.0.1",
             "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[::]", "[::1]",
             "[::127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]",
             "[64:ff9b:1::7f00:1]", "[2001::1]", "[2002:7f00:1::1]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]",
             "[fec0::1]", "[ff02::1]"]
# No URLs at all.
NO_HOSTS = ["127.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "127.0.0.01", "[fe80::1%25eth0]",
            "[127.0.0.1]", "user@127.0.0.1", "user:word@127.0.0.1"]
# Calls with an address, and with a message to one.
CONNECT = re.compile(r"\b(connect|sendto|sendmsg|sendmmsg)\(.*?\{sa_family=(AF_INET6?), (.*?)\}")


def ask(url, *headers):
    """What tests/guests/fetcher.wat takes for a request to the URL."""
    return "\n".join(["GET", url, *headers])


def contacted(trace):
    """(call, address, port) of each call in a trace of strace that names an address of the internet."""
    for line in trace.splitlines():
        for call, family, fields in CONNECT.findall(line):
            port = int(re.search(r"port=htons\((\d+)\)", fields)[1])
            address = re.search(r'inet_addr\("([^"]+)"\)' if family == "AF_INET" else r'AF_INET6, "([^"]+)"', fields)[1]
            yield call, address, port


class HttpOut(log_bodies.LogBodies, support.Case):
    def setUp(self):
        super().setUp()
        self.sites = []

    def tearDown(self):
        # Whatever was recorded is verified and replayed without any of them.
        for site in self.sites:
            site.close()
        super().tearDown()

    def site(self, pages):
        self.sites.append(Site(pages))
        self.addCleanup(self.sites[-1].close)
        return self.sites[-1]

    def fetcher(self, text="", keys=""):
        return self.actor("fetcher", "fetcher.wat", text, ("message-server", "http-client"), keys)

    def words(self, *requests, granted=(), settings="", manifest=None):
        """Of a run with a grant for every host. The hosts of `granted` may have addresses that are not public."""
        words = ["run", manifest or self.fetcher(), "--grant", f"http-client:hosts=*;methods=GET{settings}"]
        words += [word for host in granted for word in ("--private-host", host)]
        return words + [word for request in requests for word in ("--request", request)] + ["--json"]

    def replies(self, *requests, **options):
        run = self.theater(*self.words(*requests, **options))
        return [line["reply"] for line in run.every("reply")]


class Addresses(HttpOut):
    def traced(self, words):
        """The outcome of the program, and what it asked of the kernel's network."""
        if shutil.which("strace") is None:
            self.skipTest("strace is not here: `tools/setup --extra` fetches it")
        trace = self.folder / "trace"
        command = ["strace", "-f", "-qq", "-e", "trace=network", "-e", "signal=none", "-o", trace, support.theater, *words]
        process = subprocess.run([str(word) for word in command], cwd=self.folder, stdin=subprocess.DEVNULL,
                                 capture_output=True, env=self.environment(), timeout=support.TIMEOUT_S, check=False)
        if not trace.exists() or b"ptrace" in process.stderr.lower():
            self.skipTest(f"the kernel lets no process trace another: {process.stderr.decode()}")
        return support.Outcome(words, process), trace.read_text(errors="replace")

    def test_no_byte_goes_to_an_address_that_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as inside:
            port = inside.getsockname()[1]
            hosts = [f"{host}:{port}" for host in ["127.0.0.1", "localhost", socket.gethostname(), *ADDRESSES]]
            urls = [f"http://{host}/" for host in [*hosts, *NO_HOSTS]]
            leads = [*urls, "file:///etc/passwd", "ftp://127.0.0.1/", "//127.0.0.1/"]
            site = self.site({f"/{at}": (302, {"Location": url}, b"") for at, url in enumerate(leads)}
                             | {"/ok": (200, {}, b"hello")})
            own = [f"http://{site.address}/{at}" for at in range(len(leads))]
            # The first and the last show that the trace has what is sent.
            requests = [f"http://{site.address}/ok", *urls, *own, f"http://{site.address}/ok"]
            run, trace = self.traced(self.words(*map(ask, requests), granted=[site.address],
                                                settings=";max-redirects=5"))
            inside.settimeout(0)
            self.assertRaises(BlockingIOError, inside.accept)
        replies = [line["reply"] for line in run.every("reply")]
        self.assertEqual(len(replies), len(requests), str(run))
        for request, reply in zip(requests, replies):
            if request.endswith("/ok"):
                self.assertEqual(reply, "200 5\nhello")
            else:
                self.assertRegex(reply, "^error: (denied|invalid|redirect|lookup): ", request)
        self.assertEqual(len(site.seen), len(own) + 2)
        # A look-up may ask a name server, and glibc orders addresses by connecting datagram sockets to port 0, which
        # sends nothing.
        others = {(address, number) for _, address, number in contacted(trace)
                  if f"{address}:{number}" != site.address and number not in (0, 53)}
        self.assertEqual(others, set())
        own_calls = [call for call, address, number in contacted(trace) if f"{address}:{number}" == site.address]
        self.assertIn("connect", own_calls)
        print(f"requests: {len(requests)}; refused: {len(requests) - 2}; connections to the granted server: "
              f"{own_calls.count('connect')}; to others: {len(others)}", file=sys.stderr)


class Bombs(HttpOut):
    def peak_kib(self, site, path):
        """The reply to a request, and the most memory that the program had."""
        words = self.words(ask(f"http://{site.address}{path}", "Accept-Encoding", "gzip"), granted=[site.address])
        process = self.start(*words)
        out = process.stdout.read()
        process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(process.returncode, 0, out)
        [reply] = [line["reply"] for line in support.Outcome(words, subprocess.CompletedProcess(words, 0, out, b""))
                   .every("reply")]
        return reply, used.ru_maxrss

    def test_a_gibibyte_in_a_mebibyte_stays_a_mebibyte(self):
        # Members of one gzip stream, 16 MiB of zeros each.
        bomb = gzip.compress(bytes(1 << 24), mtime=0) * 64
        self.assertLess(len(bomb), 2 << 20)
        site = self.site({"/bomb": (200, {"Content-Encoding": "gzip"}, bomb), "/small": (200, {}, b"hello")})
        small, before = self.peak_kib(site, "/small")
        self.assertEqual(small, "200 5\nhello")
        reply, peak = self.peak_kib(site, "/bomb")
        reply = reply if isinstance(reply, str) else base64.b64decode(reply["base64"]).decode("latin-1")
        self.assertTrue(reply.startswith(f"200 {len(bomb)}\n"), reply[:40])
        self.assertLess(peak - before, 100 << 10)


class Credentials(HttpOut):
    keeps_the_record = False  # Bodies are removed from it.

    def recorded(self):
        """Runs a request with credentials, which come from the client and go to the server."""
        bearer, cookie, session = words = [secrets.token_hex(40) for _ in range(3)]
        site = self.site({"/": (200, {"Set-Cookie": f"session={session}"}, b"hello")})
        # So that the message which brings them can be removed too.
        manifest = self.fetcher('[log]\ndetach = "all"\n')
        [reply] = self.replies(ask(f"http://{site.address}/", "Authorization", f"Bearer {bearer}", "Cookie", cookie),
                               manifest=manifest, granted=[site.address])
        self.assertEqual(reply, "200 5\nhello")
        self.assertEqual([site.headers[0]["Authorization"], site.headers[0]["Cookie"]], [f"Bearer {bearer}", cookie])
        return [word.encode() for word in words]

    def test_they_can_be_removed_from_a_record(self):
        words = self.recorded()
        self.assertEqual(self.verdicts("fetcher"), ["VALID"] * 4)
        # The client's message, the request, and the answer.
        self.assertEqual(len([place for place in self.found(*words) if place.startswith("body at ")]), 3)
        self.assertEqual(self.remove(*words), 3)
        self.assertEqual(self.verdicts("fetcher"), ["UNVERIFIABLE"] * 4)
        self.assertEqual(self.found(*words), [])
        # The rest is as it was.
        shown = self.theater("log", "show", "fetcher", exit=0).out
        self.assertIn("http-client/send-http", shown)

    def test_an_export_says_which_it_has(self):
        words = self.recorded()
        said = self.theater("log", "export", "fetcher", "-o", "a.export", exit=0)
        self.assertIn("authorization in 1 payload, cookie in 1 payload, set-cookie in 1 payload", said.err)
        path = self.folder / "a.export"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        [said] = self.theater("log", "export", "fetcher", "-o", "a.export", "--json", exit=0).lines()
        self.assertEqual(said["credential_headers"], {"authorization": 1, "cookie": 1, "set-cookie": 1})
        # The same without payloads.
        said = self.theater("log", "export", "fetcher", "-o", "b.export", "--without-bodies", "--json", exit=0)
        [said], err = said.lines(), said.err
        self.assertEqual((said["credential_headers"], said["bodies_removed"]), ({}, said["bodies"]))
        self.assertEqual(err, "")
        path = self.folder / "b.export"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        for word in words:
            self.assertNotIn(word, path.read_bytes())
        self.assertEqual(self.theater("verify", path, "--json", exit=3).lines()[0]["verdict"], "UNVERIFIABLE")
        run = subprocess.run([sys.executable, support.ROOT / "tools" / "verify_export.py", path], capture_output=True,
                             check=False, timeout=support.TIMEOUT_S)
        self.assertEqual((run.returncode, run.stdout.split(b"\n")[0]), (3, b"UNVERIFIABLE"), run.stderr)
        self.theater("log", "show", "b.export", exit=0)


class Echoes(HttpOut):
    """Servers that send a secret back, in each part of an answer."""

    # It has other bytes where it is escaped for URLs or JSON.
    value = 'sk-the-"value"/that+no%guest=sees'

    def pages(self):
        def page(make):
            return lambda headers: make(headers["Authorization"].removeprefix("Bearer "))

        return {
            "/body": page(lambda value: (200, {}, f"I got {value}, thanks".encode())),
            "/header": page(lambda value: (200, {"X-Echo": value}, b"")),
            "/location": page(lambda value: (302, {"Location": f"/{value}"}, b"")),
            "/file": page(lambda value: (302, {"Location": f"file:///{value}"}, b"")),
            "/user": page(lambda value: (302, {"Location": f"http://{value}@a.example/"}, b"")),
            "/name": page(lambda value: (200, {value: "a"}, b"")),
            # Nothing of a trailer is handed on.
            "/trailer": page(lambda value: (200, {"Content-Length": None, "Transfer-Encoding": "chunked"},
                                            f"5\r\nhello\r\n0\r\nX-Echo: {value}\r\n\r\n".encode())),
            "/gzip": page(lambda value: (200, {"Content-Encoding": "gzip"}, gzip.compress(value.encode()))),
            "/packed": page(lambda value: (302, {"Content-Encoding": "gzip", "Location": "/clean"}, b"")),
            "/clean": (200, {}, b"hello"),
        }

    def test_a_guest_and_the_record_get_none_of_it(self):
        site = self.site(self.pages())
        (self.folder / "key").write_text(self.value)
        (self.folder / "policy.toml").write_text(f"""
private-hosts = ["{site.address}"]

[grant.http-client]
hosts = ["{site.address}"]
methods = ["GET"]
secrets = ["s"]

[[secret]]
name = "s"
file = "{self.folder}/key"
hosts = ["{site.address}"]
methods = ["GET"]
actors = ["fetcher"]
""")
        manifest = self.actor("guest", "fetcher.wat", '[[handler]]\ntype = "http-client"\nsecrets = ["s"]\n')
        words = ["run", f"fetcher={manifest}", "--policy", "policy.toml", "--json"]
        first = self.theater(*words, "--chain", "--request", ask(f"http://{site.address}/clean"), exit=0)
        placeholder = re.search(r"secret:s=([^\"\\]+)", first.out)[1]
        asks = [word for path in self.pages() for word in (
            "--request", ask(f"http://{site.address}{path}", "Authorization", f"Bearer {placeholder}"))]
        run = self.theater(*words, "--metrics", *asks, exit=0)
        got = dict(zip(self.pages(), (line["reply"] for line in run.every("reply"))))
        for path in ("/body", "/header", "/location", "/file", "/user"):
            self.assertRegex(got[path], "^error: reveals-secret: .*the effect took place$", path)
        for path in ("/gzip", "/packed"):
            self.assertRegex(got[path], "^error: denied: the answer to a request with a secret is compressed", path)
        self.assertRegex(got["/name"], "^error: protocol: ")
        self.assertEqual((got["/trailer"], got["/clean"]), ("200 5\nhello", "200 5\nhello"))
        self.assertEqual({headers["Authorization"] for headers in site.headers[1:]}, {f"Bearer {self.value}"})
        # Five are counted, and a line tells of the first, the second and the fourth.
        [metrics] = run.every("metrics")
        self.assertEqual(metrics["metrics"]["secret_echoes"], 5)
        self.assertEqual(len(re.findall("has the value of a secret", run.err)), 3, run.err)
        # Neither what it printed nor what it wrote has the value.
        [started] = run.every("started")
        self.theater("log", "export", started["started"]["id"], "-o", "fetcher.export", exit=0)
        (self.folder / "printed").write_text(run.out + run.err)
        (self.folder / "key").unlink()
        self.assertEqual(self.found(*forms(self.value)), [])
        self.assertNotEqual(self.found(placeholder.encode()), [])


class AtMostOnce(server_case.ServerCase):
    """A node that is killed while an `async` actor waits for an answer, and clients that repeat their requests."""

    keeps_the_record = False  # What a killed node had not written is not there.

    def setUp(self):
        self.keys = []
        self.victim = None  # Killed by the first request that comes, when nothing of its call is on disk yet.
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                test.keys.append(self.headers["Idempotency-Key"])
                victim, test.victim = test.victim, None
                if victim is not None:
                    victim.kill()
                    victim.wait()
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(self.web.server_close)
        threading.Thread(target=self.web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.addCleanup(self.web.shutdown)
        self.address = f"127.0.0.1:{self.web.server_address[1]}"
        super().setUp()

    def start_server(self, *words):
        (self.folder / "policy.toml").write_text(f"""
private-hosts = ["{self.address}"]

[grant.http-client]
hosts = ["{self.address}"]
methods = ["GET"]
idempotency-header = "Idempotency-Key"
""")
        return super().start_server("--policy", "policy.toml", *words)

    def words(self, actor, key):
        return ["request", actor, ask(f"http://{self.address}/"), "--key", key]

    def cut_off(self, actor, key):
        """Asks, and kills the node when the request has left. Then another node runs."""
        self.victim = self.server
        process = self.start(*self.words(actor, key))
        self.server.wait(timeout=support.TIMEOUT_S)
        process.kill()
        process.communicate()
        self.forget(self.server)
        self.server = self.start_server()

    def test_an_async_actor_repeats_a_request_with_the_same_key(self):
        # The node writes some 10 ms after the request. If that is before the kill, nothing is repeated: the record has
        # the intent and no outcome, and the client hears that. So this may take another actor.
        for attempt in range(20):
            del self.keys[:]
            actor = f"fetcher-{attempt}"
            self.started(actor, "fetcher.wat", text='[log]\ndurability = "async"\n',
                         handlers=("message-server", "http-client"))
            self.until_begun(actor)
            self.cut_off(actor, "one")
            again = self.theater(*self.words(actor, "one"))
            if len(self.keys) == 2:
                break
            self.assertNotEqual(again.exit, 0, str(again))
        else:
            self.skipTest("the machine is slow: the node wrote the request each time before it was killed")
        self.assertEqual(again.out, "200 2\nok\n", str(again))
        first, second = self.keys
        self.assertRegex(first, "^[0-9a-f]{64}$")
        self.assertEqual(first, second)
        # The client's repetition of what was answered asks nothing, and another call has another key.
        self.theater(*self.words(actor, "one"), exit=0)
        self.assertEqual(len(self.keys), 2)
        self.theater(*self.words(actor, "other"), exit=0)
        self.assertEqual(len(self.keys), 3)
        self.assertNotEqual(self.keys[2], first)


if __name__ == "__main__":
    support.main()
