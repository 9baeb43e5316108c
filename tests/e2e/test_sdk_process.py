"""Programs that an actor in Rust or in JavaScript starts: what test_process.py does, with its actor in these languages."""

import support
import test_process
import test_sdk

# Rust may have its standard library to compile, and npm packages to fetch.
support.TIMEOUT_S = 600


class SdkProcess(test_process.ProcessCase):
    language = None
    make = test_sdk.Sdk.make
    build_with_packages = test_sdk.Sdk.build_with_packages

    @classmethod
    def setUpClass(cls):
        test_sdk.Sdk.setUpClass.__func__(cls)

    def environment(self, more=None):
        return super().environment({**support.rust_environment(), **(more or {})})

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
