"""A web server on a loopback address, in the process of a test."""

import functools
import http.server
import sys
import threading
from pathlib import Path


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A node that has enough closes the connection.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Site:
    """A web server in this process. `seen` has the path of each request, and `headers` its headers."""

    def __init__(self, pages):
        """`pages`: by path, a status, headers and a body; or the folder of a site.

        A page that is a function is called with the request's headers; what it returns is the page. A header that is
        None is left out.
        """
        seen = self.seen = []
        headers_seen = self.headers = []

        class Handler(Quiet):
            def do_GET(self):
                seen.append(self.path)
                headers_seen.append(self.headers)
                if isinstance(pages, Path):
                    super().do_GET()
                    return
                page = pages.get(self.path, (404, {}, b""))
                status, headers, body = page(self.headers) if callable(page) else page
                self.send_response(status)
                for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
                    if value is not None:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        self.server = Server(
            ("127.0.0.1", 0), functools.partial(Handler, directory=str(pages)) if isinstance(pages, Path) else Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self):
        if self.thread:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
            self.thread = None
