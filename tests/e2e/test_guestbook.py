"""The example guestbook: its page, its API and its live entries, and a screenshot where a Chromium is.

With THEATER_SCREENSHOT=FILE the screenshot goes to that file: the README's is made by
`THEATER_SCREENSHOT=examples/guestbook/guestbook.png`.
"""

import http.client
import json
import os
import shutil
import struct
import subprocess
import threading
import zlib

import http_example_case
import http_server_example
import support
import web_socket

JSON = {"Content-Type": "application/json"}
SIZE = (720, 560)
PNG_BYTES_MAX = 100_000
SIGNERS = 8
SIGNED_MIN = 100
ENTRIES = [("Ada", "Every act of this page is on record."),
           ("Grace", "<b>Not bold</b>, and not lost: a crash keeps it.")]


def png_size(png):
    """The width and height of a PNG, and how many different rows of pixels it has."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n"), png[:16]
    width, height = struct.unpack(">II", png[16:24])
    at, data = 8, b""
    while at < len(png):
        [size] = struct.unpack(">I", png[at:at + 4])
        if png[at + 4:at + 8] == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += 12 + size
    rows = zlib.decompress(data)
    stride = len(rows) // height
    return width, height, len({rows[at:at + stride] for at in range(0, len(rows), stride)})


class GuestbookPage(http_server_example.ServerPage):
    def test_the_readme_does_what_it_says(self):
        self.run_readme("guestbook")


class Guestbook(http_server_example.ServedExample):
    example = "guestbook"

    def setUp(self):
        super().setUp()
        http_example_case.copy_example("guestbook", self.folder)
        self.build_cpp("examples/guestbook")
        self.serve_first()

    def tearDown(self):
        # The record is then verified and replayed without a socket.
        if self.run.poll() is None:
            self.end()
        super().tearDown()

    def sign(self, name, text):
        return self.http("POST", "/api/entries", json.dumps({"name": name, "text": text}), JSON)

    def texts(self):
        return [entry["text"] for entry in self.json("/api/entries")]

    def test_entries_are_added_and_listed(self):
        status, headers, text = self.sign("Ada", "First!")
        entry = json.loads(text)
        self.assertEqual((status, headers["Content-Type"], entry["number"]), (201, "application/json", 1))
        for number in range(2, 53):
            self.assertEqual(self.sign("Ada", f"entry {number}")[0], 201)
        self.assertEqual(self.texts(), [f"entry {number}" for number in range(52, 2, -1)])
        self.assertEqual([entry["number"] for entry in self.json("/api/entries?limit=2")], [52, 51])
        self.assertEqual(self.json("/api/entries/1"), entry)
        for path, status in (("/api/entries/53", 404), ("/api/entries/0", 404), ("/api/entries/x", 404),
                             ("/api/entries?limit=51", 400), ("/api/entries?limit=x", 400), ("/other", 404)):
            self.assertEqual(self.http("GET", path)[0], status, path)

    def test_bad_entries_are_refused(self):
        for body, headers, status in (
                ('{"name":"a","text":"b"}', {}, 415), ('{"name":"a","text":"b"}', {"Content-Type": "text/plain"}, 415),
                ("[", JSON, 400), ('{"name":7,"text":"b"}', JSON, 400), ('{"text":"b"}', JSON, 400),
                ('{"name":"a"}', JSON, 400), (json.dumps({"name": "a" * 121, "text": "b"}), JSON, 400),
                (json.dumps({"name": "a", "text": "b" * 2001}), JSON, 400), ("x" * 9000, JSON, 413)):
            answer = self.http("POST", "/api/entries", body, headers)
            self.assertEqual(answer[0], status, body[:40])
        self.assertEqual(self.json("/api/entries"), [])

    def test_the_page_shows_text_as_text(self):
        self.sign("<i>Eve</i>", "</p><script>alert('1')</script>&amp;")
        status, headers, page = self.http("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("script-src 'self'", headers["Content-Security-Policy"])
        self.assertIn("<b>&lt;i&gt;Eve&lt;/i&gt;</b><p>&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)", page)
        self.assertEqual(page.count("<script"), 1)
        for path, kind in (("/guestbook.css", "text/css"), ("/guestbook.js", "text/javascript")):
            self.assertEqual(self.http("GET", path)[1]["Content-Type"], kind)

    def test_listeners_get_each_entry(self):
        pages = [web_socket.WebSocket(self.address, "/live") for _ in range(2)]
        for page in pages:
            self.addCleanup(page.close)
        self.sign("Ada", "live")
        for page in pages:
            entry = json.loads(page.receive())
            self.assertEqual((entry["name"], entry["text"]), ("Ada", "live"))
        pages[0].close()
        pages[1].send("nothing is asked of me")
        self.sign("Ada", "again")
        self.assertEqual(json.loads(pages[1].receive())["text"], "again")

    def test_a_crash_keeps_the_entries_and_the_port(self):
        page = web_socket.WebSocket(self.address, "/live")
        self.addCleanup(page.close)
        for number in range(20):
            self.assertEqual(self.sign("Ada", str(number))[0], 201)
        self.kill()
        self.serve()
        self.assertEqual(self.texts(), [str(number) for number in range(19, -1, -1)])
        with self.assertRaises(ConnectionError):
            while True:
                page.receive()
        # A page connects again.
        page = web_socket.WebSocket(self.address, "/live")
        self.addCleanup(page.close)
        self.sign("Ada", "after")
        self.assertEqual(json.loads(page.receive())["text"], "after")

    def signer(self, name, ends, acknowledged):
        """Signs until it is ended or the server has gone; (number, text) of each entry that has an answer."""
        connection = http.client.HTTPConnection(self.address, timeout=support.TIMEOUT_S)
        try:
            while not ends.is_set():
                text = f"{name} {len(acknowledged)}"
                connection.request("POST", "/api/entries", json.dumps({"name": name, "text": text}), JSON)
                answer = connection.getresponse()
                entry = json.loads(answer.read())
                if answer.status != 201:
                    return
                acknowledged.append((entry["number"], text))
        except (OSError, http.client.HTTPException):
            pass  # The server has been killed.
        finally:
            connection.close()

    def test_a_kill_under_load_loses_no_answer(self):
        for round in range(2):
            ends = threading.Event()
            acknowledged = [[] for _ in range(SIGNERS)]
            signers = [threading.Thread(target=self.signer, args=(f"signer {round} {at}", ends, texts))
                       for at, texts in enumerate(acknowledged)]
            for signer in signers:
                signer.start()
            try:
                self.until(lambda: sum(map(len, acknowledged)) >= SIGNED_MIN)
                self.kill()
            finally:
                ends.set()
                for signer in signers:
                    signer.join()
            self.serve()
            kept = [entry for texts in acknowledged for entry in texts]
            self.assertGreaterEqual(len(kept), SIGNED_MIN)
            self.assertEqual(len({number for number, _ in kept}), len(kept))
            for number, text in kept:
                self.assertEqual(self.json(f"/api/entries/{number}")["text"], text)
            # The page is live again.
            self.assertEqual(self.sign("Ada", f"after round {round}")[0], 201)

    def test_a_browser_shows_it(self):
        browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if browser is None:
            self.skipTest("no Chromium here; tools/setup --extra installs one")
        for name, text in ENTRIES:
            self.assertEqual(self.sign(name, text)[0], 201)
        picture = self.folder / "guestbook.png"
        words = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--hide-scrollbars", f"--user-data-dir={self.folder / 'profile'}",
                 f"--window-size={SIZE[0]},{SIZE[1]}", f"--screenshot={picture}", f"http://{self.address}/"]
        shown = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=support.TIMEOUT_S,
                               check=False)
        self.assertTrue(picture.exists(), shown.stdout + shown.stderr)
        png = picture.read_bytes()
        width, height, rows = png_size(png)
        self.assertEqual((width, height), SIZE)
        self.assertGreater(rows, 50, "the page is empty")
        if place := os.environ.get("THEATER_SCREENSHOT"):
            (support.ROOT / place).write_bytes(png)

    def test_the_screenshot_of_the_readme(self):
        png = (http_example_case.EXAMPLES / "guestbook" / "guestbook.png").read_bytes()
        width, height, rows = png_size(png)
        self.assertEqual((width, height), SIZE)
        self.assertGreater(rows, 50)
        self.assertLess(len(png), PNG_BYTES_MAX)


if __name__ == "__main__":
    support.main()
