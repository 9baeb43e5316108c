"""The example webhook: its page, and its unit tests as an author runs them."""

import subprocess

import http_server_example
import support

# Rust may have its standard library to compile.
support.TIMEOUT_S = 600


class Webhook(http_server_example.ServerPage):
    def setUp(self):
        super().setUp()
        if not self.ready_languages()["Rust"]:
            self.skipTest("no Rust for WebAssembly here; `theater doctor` says how to get it")

    def test_the_readme_does_what_it_says(self):
        self.run_readme("webhook")
        tested = subprocess.run(["cargo", "test", "--quiet", "--locked"], cwd=self.folder / "examples" / "webhook",
                                env=self.environment(), capture_output=True, text=True, timeout=support.TIMEOUT_S,
                                check=False)
        self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)
        self.assertRegex(tested.stdout, r"\b8 passed")


if __name__ == "__main__":
    support.main()
