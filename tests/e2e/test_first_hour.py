"""The page docs/guides/first-hour.md does what it says."""

import page_case
import support

PAGE = support.ROOT / "docs" / "guides" / "first-hour.md"


class FirstHour(page_case.PageCase):
    def test_the_page_does_what_it_says(self):
        self.assertTrue(self.run_page(PAGE))


if __name__ == "__main__":
    support.main()
