"""The example scraper: its page, and the requests that never leave."""

import re
import socket

import http_example_case
import support
from local_site import Site

SITE = support.ROOT / "examples" / "scraper" / "site"


class ScraperPage(http_example_case.ExamplePage):
    page_address = "127.0.0.1:8000"

    def start_page_server(self, command):
        self.assertIn("--directory examples/scraper/site", command)
        site = Site(SITE)
        return site.address, "", site.close

    def test_the_readme_does_what_it_says(self):
        self.run_readme("scraper")


class Scraper(http_example_case.BuiltExample):
    example = "scraper"

    def setUp(self):
        self.sites = []
        super().setUp()

    def tearDown(self):
        # The record is verified and replayed without any of them.
        for site in self.sites:
            site.close()
        super().tearDown()

    def site(self, pages=SITE):
        self.sites.append(Site(pages))
        self.addCleanup(self.sites[-1].close)
        return self.sites[-1]

    def report(self, *addresses, hosts=(), private=(), settings="", exit=0):
        grant = f"http-client:hosts={','.join(hosts)};methods=GET{settings}"
        words = [word for host in private for word in ("--private-host", host)]
        words += [word for address in addresses for word in ("--request", f"report {address}")]
        return self.theater("run", "examples/scraper/manifest.toml", "--grant", grant, *words, "--json", exit=exit)

    def lines(self, run):
        [reply] = self.replies(run)
        return [line.strip() for line in reply.splitlines()]

    def test_a_redirection_to_a_host_that_is_not_granted_is_not_followed(self):
        other = self.site({"/": (200, {}, b"<title>secret</title>")})
        site = self.site({"/": (302, {"Location": f"http://{other.address}/"}, b"")})
        lines = self.lines(self.report(f"http://{site.address}/", hosts=[site.address],
                                       private=[site.address, other.address]))
        self.assertEqual(lines[0], f"http://{site.address}/")
        self.assertIn(other.address, lines[1])
        self.assertNotIn("secret", lines[1])
        self.assertEqual((site.seen, other.seen), (["/"], []))
        # With the grant, the same redirection leads there.
        lines = self.lines(self.report(f"http://{site.address}/", hosts=[site.address, other.address],
                                       private=[site.address, other.address]))
        self.assertEqual((lines[1], other.seen), ("200 secret, 0 links", ["/"]))

    def test_a_private_address_needs_the_operator(self):
        site = self.site()
        lines = self.lines(self.report(f"http://{site.address}/", hosts=["*"]))
        self.assertRegex(lines[1], "^denied: ")
        self.assertEqual(site.seen, [])

    def test_a_redirection_to_a_private_address_is_not_followed(self):
        inside = self.site()
        site = self.site({"/": (301, {"Location": f"http://{inside.address}/"}, b"")})
        lines = self.lines(self.report(f"http://{site.address}/", hosts=["*"], private=[site.address]))
        self.assertRegex(lines[1], "^denied: ")
        self.assertEqual((site.seen, inside.seen), (["/"], []))

    def test_a_loop_ends_at_the_bound(self):
        site = self.site({"/": (302, {"Location": "/"}, b"")})
        lines = self.lines(self.report(f"http://{site.address}/", hosts=[site.address], private=[site.address]))
        self.assertRegex(lines[1], "^redirect: ")
        # The manifest's max_redirects, and the request itself.
        self.assertEqual(site.seen, ["/"] * 4)

    def test_a_page_that_is_too_large_is_refused(self):
        site = self.site({"/": (200, {}, b"x" * (1 << 20)), "/more": (200, {}, b"x" * ((1 << 20) + 1))})
        lines = self.lines(self.report(f"http://{site.address}/", hosts=[site.address], private=[site.address]))
        self.assertEqual(lines[1], "200 (no title), 0 links")
        lines = self.lines(self.report(f"http://{site.address}/more", hosts=[site.address], private=[site.address]))
        self.assertRegex(lines[1], "^too-large: ")

    def test_a_server_that_is_not_there(self):
        # A bound socket that does not listen keeps the port from others.
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            lines = self.lines(self.report(f"http://{address}/", hosts=[address], private=[address]))
        self.assertRegex(lines[1], "^refused: ")

    def test_the_operator_must_grant_it(self):
        refused = self.theater("run", "examples/scraper/manifest.toml", "--request", "report http://h/", exit=1)
        self.assertIn("http-client", refused.err)
        self.assertIn("--grant", refused.err)

    def test_every_request_is_on_record_whole(self):
        site = self.site()
        self.report(f"http://{site.address}/nails.html", hosts=[site.address], private=[site.address], settings="")
        shown = self.theater("log", "show", "scraper", "--json", exit=0).out
        self.assertIn("http-client/send-http", shown)
        site.close()
        exported = self.theater("log", "export", "scraper", "-o", "scraper.export", exit=0)
        self.assertEqual(exported.exit, 0)
        self.theater("verify", "scraper.export", exit=0)
        self.theater("replay", "scraper.export", exit=0)

    def test_a_crash_during_a_request_leaves_its_key_and_no_outcome(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            policy = ("--grant", f"http-client:hosts={address};methods=GET;idempotency-header=Idempotency-Key",
                      "--private-host", address)
            process = self.start("run", "examples/scraper/manifest.toml", "--request", f"report http://{address}/", *policy)
            try:
                silent.settimeout(60)
                client, _ = silent.accept()
                with client:
                    asked = b""
                    while b"\r\n\r\n" not in asked:
                        asked += client.recv(4096)
                    [sent] = re.findall(rb"(?i)\r\nidempotency-key: ([0-9a-f]{64})\r\n", asked)
                    process.kill()
            finally:
                process.kill()
                process.communicate()
        # It resumes, and the run ends with the answer to what is no order.
        self.theater("run", *policy, "--request", "scraper:nothing", exit=1)
        events = [line for line in self.theater("log", "show", "scraper", "--full", exit=0).out.splitlines()]
        [at] = [i for i, line in enumerate(events) if "http-client/send-http" in line]
        self.assertIn("idempotency", events[at + 1])
        self.assertIn(sent.decode(), events[at + 1])
        [outcome] = [line for line in events if "theater-runtime/outcome" in line]
        self.assertRegex(outcome, "unknown|cannot tell")
        self.assertTrue(any("theater-runtime/failed" in line for line in events), events)


if __name__ == "__main__":
    support.main()
