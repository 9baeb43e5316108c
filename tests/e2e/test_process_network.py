"""Programs of an actor in a network of their own: what they reach through the node's proxy, what they do not, and
what is on record."""

import local_site
import process_case
import support

PROBE = '''
import os
import socket
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def tunnel(host, port):
    """The code with which the proxy answers a request of SOCKS5."""
    proxy = urlsplit(os.environ["ALL_PROXY"])
    with socket.create_connection((proxy.hostname, proxy.port), 20) as connection:
        connection.sendall(b"\\x05\\x01\\x00\\x05\\x01\\x00\\x03" + bytes([len(host)]) + host.encode() +
                           port.to_bytes(2, "big"))
        answer = b""
        while len(answer) < 12:
            more = connection.recv(100)
            if not more:
                break
            answer += more
        return answer[3] if len(answer) > 3 else -1


what, target = sys.argv[1:]
if what == "get":
    try:
        print("200", urllib.request.urlopen(target, timeout=20).read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())
elif what == "socks":
    host, port = target.split(":")
    print("code", tunnel(host, int(port)))
else:
    host, port = target.split(":")
    try:
        socket.create_connection((host, int(port)), 20)
        print("connected")
    except OSError as error:
        print("no way", error)
'''


class ProcessNetwork(process_case.ProcessCase):
    def setUp(self):
        self.site = local_site.Site({"/page": (200, {}, b"the page")})
        self.addCleanup(self.site.close)
        super().setUp()
        (self.given / "probe.py").write_text(PROBE)

    def tearDown(self):
        before = len(self.site.seen)
        super().tearDown()
        # The replay at the end of a test has asked no host.
        self.assertEqual(len(self.site.seen), before)

    def grant(self):
        return super().grant() + ";network;methods=GET,CONNECT"

    def start_server(self, *words):
        return super().start_server("--private-host", self.site.address, *words)

    def probe(self, what, target):
        """What a program says that tries to reach the target."""
        started = self.theater("request", "runner", f"spawn python3 probe.py {what} {target}")
        if started.exit != 0 and "network" in started.err:
            self.skipTest(started.err.strip())
        number = started.out.strip()
        self.until_heard(f"exit {number} ")
        heard = self.ask("heard")
        self.assertIn(f"exit {number} 0\n", heard)
        return "".join(line.removeprefix(f"out {number} ") + "\n" for line in heard.split("\n")
                       if line.startswith(f"out {number} "))

    def test_a_program_reaches_what_is_granted_and_nothing_else(self):
        self.end_server()
        api = self.start_listening_server().removeprefix("http://").rstrip("/")
        self.theater("validate", self.manifest(self.given, "network = true"), "--grant", self.grant(), exit=0)
        self.run_actor("network = true")
        self.assertEqual(self.probe("get", f"http://{self.site.address}/page"), "200 the page\n")
        self.assertEqual(self.probe("socks", self.site.address), "code 0\n")
        # The node's own API, and the metadata of a cloud.
        for target in (api, "169.254.169.254:80", "localhost:80"):
            said = self.probe("get", f"http://{target}/")
            self.assertTrue(said.startswith("403 "), said)
            self.assertIn("only public addresses may be reached", said)
            self.assertEqual(self.probe("socks", target), "code 2\n")
        # Nothing is reached without the proxy.
        for target in (self.site.address, api, "169.254.169.254:80"):
            self.assertTrue(self.probe("direct", target).startswith("no way "))
        shown = self.theater("log", "show", "runner", exit=0).out
        address, port = self.site.address.split(":")
        self.assertIn(f'{{"number":1,"method":"GET","host":"{address}","port":{port},"refused":null}}', shown)
        self.assertIn("Noted: connection-ended with ", shown)
        self.assertIn('"host":"169.254.169.254","port":80,"refused":"its host has', shown)

    def test_the_network_of_the_machine_needs_a_grant_of_its_own(self):
        refused = self.theater("start", self.manifest(self.given, 'network = "host"'), exit=1)
        self.assertIn("network=host", refused.err)


if __name__ == "__main__":
    support.main()
