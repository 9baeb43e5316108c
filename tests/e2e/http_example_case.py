"""What the tests of the examples that talk to web servers share: built copies of them, and their READMEs' transcripts."""

import re
import shutil

import page_case
import support

EXAMPLES = support.ROOT / "examples"
SERVER_GONE = "kill %1; wait"


def copy_example(name, folder):
    shutil.copytree(EXAMPLES / name, folder / "examples" / name, ignore=shutil.ignore_patterns("build"))


class BuiltExample(support.Case):
    """Has a built copy of the example in its folder."""

    example = None

    def setUp(self):
        super().setUp()
        copy_example(self.example, self.folder)
        self.build_cpp(f"examples/{self.example}")

    def replies(self, run):
        return [line["reply"] for line in run.every("reply")]


class ExamplePage(page_case.PageCase):
    """Runs a README whose first command starts a server in the background.

    The server is in the test's process and has a free port. The page names `page_address`, and its first command is
    not run; `kill %1; wait` ends the server. A class has start_page_server(command), which starts what the command
    would start, and returns its address, what it prints, and a function that ends it.
    """

    page_address = None

    def setUp(self):
        super().setUp()
        self.end_page_server = None
        self.served_at = None

    def run_command(self, command):
        if command.startswith("python3 ") and command.endswith("&"):
            self.served_at, printed, self.end_page_server = self.start_page_server(command)
            self.addCleanup(self.end_page_server)
            for path in (self.folder / "examples").rglob("*.toml"):
                path.write_text(path.read_text().replace(self.page_address, self.served_at))
            return printed.replace(self.served_at, self.page_address)
        if command == SERVER_GONE:
            self.end_page_server()
            return ""
        printed = self.shell.run(command.replace(self.page_address, self.served_at))
        return printed.replace(self.served_at, self.page_address)

    def run_readme(self, example):
        """Runs the page; fails unless it ends its server before it verifies and replays."""
        copy_example(example, self.folder)
        commands = self.run_page(EXAMPLES / example / "README.md")
        gone = commands.index(SERVER_GONE)
        for word in ("run", "verify", "replay"):
            [at] = [i for i, command in enumerate(commands) if re.match(rf"theater {word}\b", command)]
            self.assertEqual(at < gone, word == "run", "\n".join(commands))
        return commands
