#!/usr/bin/env python3
"""A web server for tests, which answers as odd ones do.

    odd_server.py FOLDER

Makes an authority and certificates in FOLDER (ca.pem is the authority's), and prints three ports as one line of
JSON: {"http", "https", "stranger"}. The last one's certificate is for another host. Ends with its standard input.
"""

import json
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    for name, hosts in (("server", "DNS:localhost,IP:127.0.0.1"), ("stranger", "DNS:stranger.example")):
        (folder / f"{name}.ext").write_text(f"subjectAltName={hosts}\n")
        openssl(folder, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
                "-extfile", f"{name}.ext", "-out", f"{name}.pem")


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


def serve(folder=None, name=None):
    server = Server(("127.0.0.1", 0), Handler)
    if name:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    folder = Path(sys.argv[1])
    make_certificates(folder)
    print(json.dumps({"http": serve(), "https": serve(folder, "server"), "stranger": serve(folder, "stranger")}),
          flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
