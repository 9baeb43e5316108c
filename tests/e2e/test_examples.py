"""The examples' transcripts and the README's quick start do what they say.

A transcript is a file transcript.txt of an example: lines `$ theater …`, each followed by what the
command prints on standard output, in which `…` stands for anything. Commands run in a copy of the tree's
top folder. A command may be killed: `$ timeout --signal=KILL SECONDS theater …`.
"""

import os
import re
import shlex
import shutil
import subprocess

import support

# Rust may have its standard library to compile, and npm packages to fetch.
support.TIMEOUT_S = 600
EXAMPLES = support.ROOT / "examples"


def steps(text):
    """(command, expected output) of each `$` line."""
    found = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append([line[2:].strip(), ""])
        elif found:
            found[-1][1] += line
    return found


class Examples(support.Case):
    def setUp(self):
        super().setUp()
        self.ready = self.ready_languages()
        shutil.copytree(EXAMPLES, self.folder / "examples",
                        ignore=shutil.ignore_patterns("build", "node_modules", "target", "theater-sdk"))

    def environment(self, more=None):
        return super().environment({**support.rust_environment(), **(more or {})})

    def need(self, language):
        if not self.ready[language]:
            self.skipTest(f"no {language} for WebAssembly here; `theater doctor` says how to get it")

    @staticmethod
    def language_of(folder):
        languages = {"Cargo.toml": "Rust", "package.json": "JavaScript"}
        return next((languages[name] for name in languages if (folder / name).exists()), "C++")

    def run_and_kill(self, words):
        """As soon as the actor has begun, since a slow machine needs more than the seconds of the transcript."""
        self.assertEqual((words[:2], words[3:5]), (["timeout", "--signal=KILL"], ["theater", "run"]))
        name, _, manifest = words[5].partition("=")
        self.assertTrue(manifest, words)
        process = self.start(*words[4:])
        self.until_begun(name)
        self.assertIsNone(process.poll(), "it ended by itself")
        process.kill()
        process.communicate()

    def test_transcripts_of_cpp(self):
        self.replay("C++", self.transcripts("C++")[::2])

    def test_transcripts_of_cpp_continued(self):
        self.replay("C++", self.transcripts("C++")[1::2])

    def test_transcripts_of_rust(self):
        self.replay("Rust", self.transcripts("Rust"))

    def test_transcripts_of_javascript(self):
        self.replay("JavaScript", self.transcripts("JavaScript"))

    def transcripts(self, language):
        paths = [path for path in sorted(EXAMPLES.glob("**/transcript.txt")) if "node_modules" not in path.parts]
        found = [path for path in paths if self.language_of(path.parent) == language]
        self.assertTrue(found, f"no example in {language} has a transcript")
        return found

    def replay(self, language, transcripts):
        """Where the language's tools are, every transcript must be replayed; without them or packages it is skipped."""
        self.need(language)
        for path in transcripts:
            example = path.relative_to(EXAMPLES).parts[0]
            with self.subTest(example=example):
                (self.build_cpp if language == "C++" else self.build)(f"examples/{example}")
                for command, expected in steps(path.read_text()):
                    words = shlex.split(command)
                    if words[0] == "timeout":
                        self.run_and_kill(words)
                        continue
                    self.assertEqual(words[0], "theater", path)
                    run = self.theater(*words[1:])
                    self.assertTrue(support.matches(expected, run.out),
                                    f"{path}: expected\n{expected}\nbut\n{run}")

    def test_the_quick_start_works(self):
        self.need("C++")
        readme = (support.ROOT / "README.md").read_text()
        block = re.search(r"<!-- quick-start -->\s*```sh\n(.*?)```\s*<!-- quick-start -->", readme, re.DOTALL)
        self.assertIsNotNone(block, "README.md has no block between <!-- quick-start --> marks")
        (self.folder / "build" / "release").mkdir(parents=True)
        os.symlink(support.theater, self.folder / "build" / "release" / "theater")
        process = subprocess.run(["bash", "-euo", "pipefail", "-c", block.group(1)], cwd=self.folder,
                                 capture_output=True, text=True, env=self.environment(),
                                 timeout=support.TIMEOUT_S, check=False)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)

    def test_builds_are_the_same_bytes_in_any_folder(self):
        self.need("C++")
        digests = set()
        for place in ("here", "elsewhere/below"):
            folder = self.folder / place
            shutil.copytree(EXAMPLES / "hello", folder, ignore=shutil.ignore_patterns("build"))
            self.theater("build", place, exit=0)
            inspected = self.theater("inspect", place, "--json", exit=0).lines()[0]
            digests.add(inspected["digest"])
            self.assertIn("package", inspected["wit"])
        self.assertEqual(len(digests), 1)


if __name__ == "__main__":
    support.main()
