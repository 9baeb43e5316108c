"""`theater new`: what it makes is built, run, verified and replayed."""

import json
import shlex
import shutil
import signal
import subprocess
import urllib.error
import urllib.request

import language_case
import support

# Rust may have its standard library to compile, and npm packages to fetch.
support.TIMEOUT_S = 600
TEMPLATES = ("basic", "http-server", "message-server", "supervisor")


class New(language_case.EachLanguage, language_case.LanguageCase):
    def make_and_run(self, language, template):
        name = f"my-{template}"
        made = self.theater("new", name, "-t", template, "--language", language, "--json", exit=0).lines()[0]
        self.assertEqual((made["name"], made["can_build"]), (name, True), made)
        files = [str(path.relative_to(self.folder / name)) for path in (self.folder / name).rglob("*")
                 if path.is_file()]
        self.assertEqual(sorted(files), made["files"])
        self.build(name)
        home = self.folder / f"home-{language}-{template}"
        run = ["run", f"{name}/manifest.toml", "--home", home]
        if template == "basic":
            outcome = self.theater(*run, exit=0)
            self.assertIn(f"hello from {name}", outcome.err)
        elif template == "http-server":
            self.serve(run)
        else:
            outcome = self.theater(*run, "--send", "add 2", "--request", "get", "--send", "add 40",
                                   "--request", "get", exit=0)
            self.assertEqual(outcome.out, "2\n42\n", str(outcome))
            refused = self.theater(*run, "--request", "nonsense", exit=1)
            self.assertIn("unknown request: nonsense", refused.out + refused.err)
        if template == "supervisor":
            self.assertEqual(self.theater(*run, "--request", "failures", exit=0).out, "0\n")
        replayed = self.verify_and_replay(home)
        self.assertGreaterEqual(len(replayed), 2 if template == "supervisor" else 1)
        self.run_unit_tests(language, self.folder / name)

    def serve(self, run):
        """Runs a server on a free port, asks it, and ends it."""
        process = self.start(*run, "--grant", "http-framework:ports=0", "--init", '{"port": 0}')
        try:
            line = process.stderr.readline().decode()
            self.assertIn("listening on http://127.0.0.1:", line)
            address = line.strip().rpartition(" ")[2]

            def get(path):
                with urllib.request.urlopen(address + path, timeout=support.TIMEOUT_S) as response:
                    return response.read().decode()
            self.assertEqual((get("/"), get("/")), ("hello, visitor 1\n", "hello, visitor 2\n"))
            self.assertEqual(json.loads(get("/health")), {"status": "ok"})
            with self.assertRaises(urllib.error.HTTPError) as missing:
                get("/other")
            missing.exception.close()
            self.assertEqual(missing.exception.code, 404)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=support.TIMEOUT_S)
            self.assertEqual(process.returncode, 0, (out + err).decode())
        finally:
            process.kill()
            process.communicate()

    def run_unit_tests(self, language, folder):
        """Those that the template brings, as its author runs them."""
        words = {"rust": ["cargo", "test", "--quiet"], "js": ["npm", "test"]}.get(language)
        if words is None:
            return
        tested = subprocess.run(words, cwd=folder, env=self.environment(), capture_output=True, text=True,
                                timeout=support.TIMEOUT_S, check=False)
        self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)
        self.assertRegex(tested.stdout, r"# pass 1\b" if language == "js" else r"\b1 passed")

    def check(self, language):
        self.need(language)
        for template in TEMPLATES:
            with self.subTest(template=template):
                self.make_and_run(language, template)

    def test_the_commands_that_it_names_work(self):
        self.need("cpp")
        (self.folder / "with space").mkdir()
        made = self.theater("new", "with space/tally", "-t", "message-server", exit=0).out.splitlines()
        self.assertEqual(made[1], "next:")
        for line in made[2:]:
            words = shlex.split(line)
            self.assertEqual(words[0], "theater")
            outcome = self.theater(*words[1:], exit=0)
        self.assertEqual(outcome.out, "2\n")

    def test_it_needs_nothing_but_the_program(self):
        alone = self.folder / "alone"
        alone.mkdir()
        shutil.copy(support.theater, alone / "theater")
        made = subprocess.run([alone / "theater", "new", "tally", "--language", "rust"], cwd=alone, env={},
                              capture_output=True, timeout=support.TIMEOUT_S, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertTrue((alone / "tally" / "src" / "lib.rs").exists())
        # Where the program finds no SDK, the build says so.
        self.assertFalse((alone / "tally" / "theater-sdk").is_symlink())

    def test_without_the_tools_the_files_are_made_and_it_is_said(self):
        nothing = self.folder / "nothing"
        nothing.mkdir()
        for language, name in language_case.LANGUAGES.items():
            made = self.theater("new", f"a-{language}", "--language", language, env={"PATH": str(nothing)}, exit=0)
            if f"tools for {name} actors are missing" not in made.err:
                # Debian's Rust is looked for in its own place too.
                self.assertEqual(language, "rust", str(made))
            self.assertTrue((self.folder / f"a-{language}" / "manifest.toml").exists())

    def test_it_lists_its_templates(self):
        listed = self.theater("new", "--list", exit=0).out.splitlines()
        self.assertEqual([line.split()[0] for line in listed], list(TEMPLATES))
        templates = self.theater("new", "--list", "--json", exit=0).lines()[0]["templates"]
        self.assertEqual([entry["template"] for entry in templates], list(TEMPLATES))
        self.assertTrue(all(entry["what"] for entry in templates), templates)
        self.assertIn("leave NAME out", self.theater("new", "tally", "--list", exit=2).err)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_folder_may_be_made_elsewhere_and_be_a_repository(self):
        (self.folder / "actors").mkdir()
        made = self.theater("new", "tally", "-o", "actors", "--git", "--json", exit=0).lines()[0]
        folder = self.folder / "actors" / "tally"
        self.assertEqual((made["name"], made["folder"]), ("tally", "actors/tally"))
        self.assertTrue((folder / ".git").is_dir())
        self.assertNotIn(".git/HEAD", made["files"])
        untracked = subprocess.run(["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True,
                                   timeout=support.TIMEOUT_S, check=True).stdout
        self.assertIn("?? manifest.toml\n", untracked)
        # Without Git nothing is left.
        (self.folder / "nothing").mkdir()
        refused = self.theater("new", "other", "--git", env={"PATH": str(self.folder / "nothing")}, exit=1)
        self.assertIn("cannot run git", refused.err)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["actors", "nothing"])
        self.assertIn("there is no folder", self.theater("new", "tally", "-o", "missing", exit=1).err)

    def test_the_doctor_is_asked_about_one_language(self):
        (self.folder / "nothing").mkdir()
        for language, name in language_case.LANGUAGES.items():
            asked = self.theater("doctor", "--language", language, "--json")
            entries = json.loads(asked.out)["languages"]
            self.assertEqual([entry["language"] for entry in entries], [name])
            self.assertEqual(asked.exit, 0 if entries[0]["ready"] else 1)
        # The tools of C++ alone decide without a language, and those of JavaScript with it.
        nothing = {"PATH": str(self.folder / "nothing")}
        self.assertIn("JavaScript: tools are missing",
                      self.theater("doctor", "--language", "js", env=nothing, exit=1).out)

    def test_wrong_use(self):
        (self.folder / "full").mkdir()
        (self.folder / "full" / "x").write_text("mine")
        self.assertIn("is a folder that is not empty", self.theater("new", "full", exit=1).err)
        error = self.theater("new", "Bad_Name", "--json", exit=1).lines()[0]["error"]
        self.assertEqual(error["message"], "`Bad_Name` cannot be an actor's name")
        self.assertIn("did you mean `supervisor`", self.theater("new", "a", "-t", "supervisr", exit=2).err)
        self.assertIn("cpp, rust, js", self.theater("new", "a", "--language", "cobol", exit=2).err)
        self.assertIn("missing argument NAME", self.theater("new", exit=2).err)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["full"])


if __name__ == "__main__":
    support.main()
