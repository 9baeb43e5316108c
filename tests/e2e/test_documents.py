"""What the documents say of the program, against the program."""

import re
import urllib.parse
from pathlib import Path

import support

DOCS = support.ROOT / "docs"
# A word of this length in an error is no accident.
PART_MIN = 8


class Documents(support.Case):
    def test_each_error_of_the_troubleshooting_page_is_one_of_the_program(self):
        program = Path(support.theater).read_bytes()
        rows = re.findall(r"^\| (`.*?) \|", (DOCS / "troubleshooting.md").read_text(), re.MULTILINE)
        self.assertGreater(len(rows), 25)
        for row in rows:
            parts = [part.strip() for text in re.findall(r"`([^`]*)`", row) for part in text.split("…")]
            parts = [part for part in parts if len(part) >= PART_MIN]
            self.assertTrue(parts, row)
            for part in parts:
                self.assertIn(part.encode(), program, row)

    def test_the_table_of_contents_has_every_document(self):
        """And no link of it leads nowhere."""
        linked = set()
        for link in re.findall(r"\]\(([^)#]+)", (DOCS / "README.md").read_text()):
            path = (DOCS / urllib.parse.unquote(link)).resolve()
            self.assertTrue(path.exists(), link)
            linked.add(path)
        for page in DOCS.rglob("*.md"):
            if page.parent.name != "decisions" and page != DOCS / "README.md":
                self.assertIn(page.resolve(), linked, page)


if __name__ == "__main__":
    support.main()
