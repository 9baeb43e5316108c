"""The curl lines of docs/reference/api.md do what the page says."""

import re

import page_case
import support
import transcript

PAGE = support.ROOT / "docs" / "reference" / "api.md"


class ApiPage(page_case.PageCase):
    def test_every_curl_line_does_what_it_says(self):
        text = PAGE.read_text()
        shown = re.findall(r"(?m)^.*\bcurl -.*$", text)
        run = [line for command, _ in transcript.steps(text) for line in command.splitlines() if "curl -" in line]
        self.assertEqual(len(shown), len(run), "a line with curl is in no transcript")
        self.assertGreater(len(run), 0)
        self.run_page(PAGE)


if __name__ == "__main__":
    support.main()
