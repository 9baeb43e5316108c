#!/usr/bin/env python3
"""A web server for tests, which answers as odd ones do.

    odd_server.py FOLDER

Makes an authority and certificates in FOLDER (ca.pem is the authority's, other.pem that of another authority),
and prints its ports as one line: name port, name port, and so on.

    http      plain
    https     a good certificate for localhost and 127.0.0.1
    stranger  a certificate for another host
    expired   a certificate that was valid until yesterday
    early     a certificate that is valid from tomorrow
    selfmade  a certificate that it has signed itself
    unknown   a certificate of the other authority
    old       a good certificate, and TLS 1.1 only
    silent    takes connections and says nothing, not even in TLS

Ends with its standard input.
"""

import datetime
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
LOCAL = "DNS:localhost,IP:127.0.0.1"


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder, name):
    openssl(folder, "req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
            "-subj", f"/CN=test authority {name}", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign")


def make_certificate(folder, name, hosts=LOCAL, authority="ca", shift_days=0):
    """A certificate for two days around now, or so many days later."""
    (folder / f"{name}.ext").write_text(f"subjectAltName={hosts}\n")
    openssl(folder, "req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=shift_days)
    times = [(now + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ") for days in (-1, 1)]
    (folder / f"{name}.db").write_text("")
    (folder / f"{name}.cnf").write_text(
        f"[ca]\ndefault_ca=one\n[one]\ndatabase={name}.db\nrand_serial=yes\nnew_certs_dir=.\n"
        "default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n")
    openssl(folder, "ca", "-batch", "-notext", "-config", f"{name}.cnf", "-cert", f"{authority}.pem",
            "-keyfile", f"{authority}.key", "-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext",
            "-startdate", times[0], "-enddate", times[1])


def make_certificates(folder):
    make_authority(folder, "ca")
    make_authority(folder, "other")
    make_certificate(folder, "https")
    make_certificate(folder, "stranger", "DNS:stranger.example")
    make_certificate(folder, "expired", shift_days=-3)
    make_certificate(folder, "early", shift_days=3)
    make_certificate(folder, "unknown", authority="other")
    make_certificate(folder, "old")
    openssl(folder, "req", "-x509", *KEY, "-keyout", "selfmade.key", "-out", "selfmade.pem", "-days", "2",
            "-subj", "/CN=localhost", "-addext", f"subjectAltName={LOCAL}")


def head(*lines, status="200 OK"):
    return ("\r\n".join([f"HTTP/1.1 {status}", *lines]) + "\r\n\r\n").encode()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.request.recv(65536)
            if not part:
                return
            data += part
        target = data.split(b" ")[1].decode()
        url = urlsplit(target)
        ask = {key: values[0] for key, values in parse_qs(url.query).items()}
        try:
            getattr(self, "on_" + url.path[1:].replace("-", "_"))(ask)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass

    def say(self, data):
        self.request.sendall(data)

    def on_ok(self, ask):
        self.say(head("Content-Length: 5") + b"hello")

    def on_empty(self, ask):
        self.say(head("Content-Length: 0"))

    def on_chunked(self, ask):
        self.say(head("Transfer-Encoding: chunked") + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")

    def on_large(self, ask):
        self.say(head(f"Content-Length: {ask['n']}") + b"x" * int(ask["n"]))

    def on_endless(self, ask):
        self.say(head("Transfer-Encoding: chunked"))
        while True:
            self.say(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    def on_silent(self, ask):
        time.sleep(30)

    def on_drip(self, ask):
        self.say(head("Content-Length: 100000"))
        while True:
            self.say(b"x")
            time.sleep(0.02)

    def on_truncated(self, ask):
        self.say(head("Content-Length: 100") + b"hello")

    def on_truncated_chunks(self, ask):
        self.say(head("Transfer-Encoding: chunked") + b"3\r\nhel\r\n")

    def on_no_length(self, ask):
        self.say(head("Connection: close") + b"hello")

    def on_encoded(self, ask):
        self.say(head("Content-Encoding: gzip", "Content-Length: 5") + b"hello")

    def on_garbage(self, ask):
        self.say(b"I am no web server\r\n\r\n")

    def on_two_lengths(self, ask):
        self.say(head("Content-Length: 5", "Content-Length: 6") + b"hello!")

    def on_long_head(self, ask):
        self.say(head(*[f"X-{i}: {'x' * 1000}" for i in range(200)], "Content-Length: 0"))

    def on_status(self, ask):
        self.say(head("Content-Length: 0", status=f"{ask['code']} Word"))

    def on_to(self, ask):
        self.say(head(f"Location: {ask['url']}", "Content-Length: 0", status="302 Found"))

    def on_loop(self, ask):
        self.say(head("Location: /loop", "Content-Length: 0", status="307 Again"))

    def on_session(self, ask):
        says = b"resumed" if self.request.session_reused else b"new"
        self.say(head(f"Content-Length: {len(says)}") + says)

    def on_nowhere(self, ask):
        self.say(head("Content-Length: 0", status="301 Moved"))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    context = None

    def finish_request(self, request, client_address):
        # In the thread of the connection, so that a client that is slow to shake hands holds up nobody.
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        try:
            request.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def handle_error(self, request, client_address):
        pass


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(65536):
            pass


def serve(folder=None, name=None, handler=Handler):
    server = Server(("127.0.0.1", 0), handler)
    if name:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        if name == "old":
            server.context.set_ciphers("DEFAULT@SECLEVEL=0")
            server.context.minimum_version = ssl.TLSVersion.TLSv1
            server.context.maximum_version = ssl.TLSVersion.TLSv1_1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    # Old versions of TLS are deprecated, which is what they are here for.
    warnings.simplefilter("ignore", DeprecationWarning)
    folder = Path(sys.argv[1])
    make_certificates(folder)
    ports = {"http": serve(), "silent": serve(handler=Silent)}
    for name in ("https", "stranger", "expired", "early", "selfmade", "unknown", "old"):
        ports[name] = serve(folder, name)
    print(*(f"{name} {port}" for name, port in ports.items()), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
