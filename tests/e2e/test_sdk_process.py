"""Programs that an actor in Rust or in JavaScript starts: what test_process.py does, with its actor in these languages."""

import language_case
import process_case
import support

# Rust may have its standard library to compile, and npm packages to fetch.
support.TIMEOUT_S = 600


class SdkProcess(language_case.LanguageCase, process_case.ProcessCase):
    language = None

    def component(self):
        return self.make("runner", self.language, "../process/runner") / "build" / "runner.wasm"

    def check(self, language, state):
        self.language, self.state = language, state
        self.run_actor()
        self.talk()
        self.end_by_signals()
        self.lose()

    def test_rust(self):
        self.check("rust", "explicit")

    def test_javascript(self):
        self.check("js", "heap")


if __name__ == "__main__":
    support.main()
