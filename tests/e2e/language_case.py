"""What the tests of actors in several languages share: folders of `theater new` with sources of tests/guests/sdk, built."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import support

SOURCES = support.GUESTS / "sdk"
LANGUAGES = {"cpp": "C++", "rust": "Rust", "js": "JavaScript"}
PLACES = {"cpp": "actor.cpp", "rust": "src/lib.rs", "js": "actor.ts"}


class LanguageCase(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = Path(tempfile.mkdtemp(prefix="theater-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)

    def environment(self, more=None):
        return super().environment({**support.rust_environment(), **(more or {})})

    def need(self, language):
        if not self.ready_languages()[LANGUAGES[language]]:
            self.skipTest(f"no {LANGUAGES[language]} for WebAssembly here; `theater doctor` says how to get it")

    def make(self, name, language, source):
        """A folder with an actor of a source file, built."""
        self.need(language)
        self.theater("new", name, "--language", language, exit=0)
        folder = self.folder / name
        place = folder / PLACES[language]
        place.write_text((SOURCES / source).with_suffix(place.suffix).read_text())
        if language == "js":
            (folder / "actor.js").unlink()
            package = json.loads((folder / "package.json").read_text())
            (folder / "package.json").write_text(json.dumps({**package, "main": "./actor.ts"}))
        self.build_with_packages(folder, name)
        return folder

    def build_with_packages(self, folder, name):
        """Builds an actor; only the first in JavaScript fetches the packages."""
        packages = self.shared / "node_modules"
        if (folder / "package.json").exists() and packages.exists():
            shutil.copytree(packages, folder / "node_modules", symlinks=True, copy_function=os.link)
        self.build(name)
        if (folder / "node_modules").exists() and not packages.exists():
            shutil.copytree(folder / "node_modules", packages, symlinks=True, copy_function=os.link)


class EachLanguage:
    """A test for each language, of a class that has check(language)."""

    def test_cpp(self):
        self.check("cpp")

    def test_rust(self):
        self.check("rust")

    def test_javascript(self):
        self.check("js")
