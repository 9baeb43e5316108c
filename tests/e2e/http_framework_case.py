"""What the tests of servers that actors run share: the guest, clients with raw sockets, and WebSockets."""

import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
from pathlib import Path

import server_case
import support

GUEST = support.ROOT / "tests" / "guests" / "http_server"
UPGRADE = ("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n")
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")


def frame(opcode, payload=b"", last=True, masked=True):
    """A frame of a client."""
    head = bytes([(0x80 if last else 0) | opcode])
    mask = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([mask | len(payload)])
    elif len(payload) < 65536:
        head += bytes([mask | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", len(payload))
    return head + (bytes(4) if masked else b"") + payload


class Client:
    """A connection that sends bytes as they are."""

    def __init__(self, case, port, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=support.TIMEOUT_S)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        case.addCleanup(self.socket.close)
        self.rest = b""

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.rest += data
        return bool(data)

    def take(self, size):
        while len(self.rest) < size and self.more():
            pass
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def answer(self, has_body=True):
        """Status, headers by their small names, and body of the next answer; None at the end."""
        while b"\r\n\r\n" not in self.rest:
            if not self.more():
                return None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            headers.setdefault(name.lower(), []).append(value)
        size = int(headers.get("content-length", ["0"])[0])
        body = self.take(size) if has_body else b""
        return int(lines[0].split()[1]), headers, body

    def get(self, path, more=""):
        return self.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}\r\n").answer()

    def message(self):
        """The opcode and the payload of the next message, whose frames may be many; None at the end."""
        opcode, payload = None, b""
        while (frame := self.frame()) is not None:
            is_last, code, data = frame
            opcode = code if opcode is None else opcode
            payload += data
            if is_last:
                return opcode, payload
        return None

    def frame(self):
        head = self.take(2)
        if len(head) < 2:
            return None
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        return bool(head[0] & 0x80), head[0] & 0x0F, self.take(size)


class HttpFrameworkCase(server_case.ServerCase):
    built = {}
    grant = "http-framework"
    key_pair = ""

    @classmethod
    def tearDownClass(cls):
        for folder in cls.built.values():
            shutil.rmtree(folder, ignore_errors=True)
        cls.built.clear()

    def component(self):
        """The guest, built once for each key pair."""
        if self.key_pair not in self.built:
            folder = Path(tempfile.mkdtemp(prefix="theater-e2e-http-"))
            self.built[self.key_pair] = folder
            guest = folder / "guest"
            shutil.copytree(GUEST, guest)
            shutil.copytree(support.ROOT / "wit" / "simple", guest / "wit" / "deps" / "simple")
            source = guest / "http_server.cpp"
            source.write_text(f'#define THEATER_TEST_KEY_PAIR "{self.key_pair}"\n' + source.read_text())
            (guest / "manifest.toml").write_text(
                'name = "web"\ncomponent = "build/web.wasm"\n[[handler]]\ntype = "message-server"\n'
                '[[handler]]\ntype = "http-framework"\n')
            self.build_cpp(guest)
        return self.built[self.key_pair] / "guest" / "build" / "web.wasm"

    def start_server(self, *words):
        return super().start_server("--grant", self.grant, *words)

    def web(self, name="web", text="", keys=""):
        """Starts the actor, and returns its port."""
        self.theater("start", self.web_manifest(name, text, keys), exit=0)
        return self.port_of(name)

    def web_manifest(self, name="web", text="", keys=""):
        manifest = self.folder / f"{name}.toml"
        manifest.write_text(f'name = "{name}"\ncomponent = "{self.component()}"\n{keys}'
                            '[[handler]]\ntype = "message-server"\n[[handler]]\ntype = "http-framework"\n' + text)
        return manifest.name

    def port_of(self, name):
        return int(self.theater("request", name, "port", exit=0).out)

    def client(self, port, tls=None):
        return Client(self, port, tls)

    def socket_of(self, port):
        """A client with an open WebSocket."""
        client = self.client(port).send(UPGRADE.format(more=""))
        self.assertEqual(client.answer(has_body=False)[0], 101)
        return client

    def takes_connections(self, port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True


class TlsCase(HttpFrameworkCase):
    """The server has a key pair, for which its own certificate is the authority."""

    key_pair = "shop"

    def make_keys(self, name):
        subprocess.run(["openssl", "req", "-x509", *KEY, "-keyout", self.folder / "shop.key", "-out",
                        self.folder / "shop.pem", "-days", "1", "-subj", f"/CN={name}", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True)

    def start_server(self, *words):
        if not (self.folder / "shop.pem").exists():
            self.make_keys("first")
        (self.folder / "policy.toml").write_text(
            '[[tls]]\nname = "shop"\ncertificate = "shop.pem"\nkey = "shop.key"\n[grant.http-framework]\n')
        return server_case.ServerCase.start_server(self, "--policy", "policy.toml", *words)

    def context(self):
        context = ssl.create_default_context(cafile=str(self.folder / "shop.pem"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        return context
