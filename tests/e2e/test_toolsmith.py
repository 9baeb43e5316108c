"""The example toolsmith against a stand-in for a model: its page, programs that attack, and what goes wrong.

Whatever a test ran is verified and replayed at its end.
"""

import json
import re
import shutil
import socket
from pathlib import Path

import http_example_case
import server_case
import stand_in_model
import stand_in_programmer
import support

KEY = "sk-real-key-that-no-guest-may-see-7f3a"
FOLDER = "examples/toolsmith"
# Where the node looks for them.
PROGRAMS = ("/usr/bin/prlimit", "/usr/bin/python3")
PRIMES = "What is the sum of the primes below 1000?"
LOG_SIZE_MAX = 1 << 20


def skip_without_programs(case):
    missing = [program for program in PROGRAMS if not Path(program).exists()]
    if missing:
        case.skipTest(f"{missing[0]} is not there")


class ToolsmithPage(http_example_case.ExamplePage):
    page_address = "127.0.0.1:8080"

    def setUp(self):
        skip_without_programs(self)
        super().setUp()

    def start_page_server(self, command):
        self.assertIn("tests/e2e/stand_in_programmer.py", command)
        model = stand_in_model.StandIn(plan=stand_in_programmer.plan)
        return model.address, f"the stand-in listens on {model.endpoint}\n", model.close

    def test_the_readme_does_what_it_says(self):
        self.run_readme("toolsmith")


class Toolsmith(server_case.ServerCase):
    """Has a server with the toolsmith, whose programs begin with a copy of prlimit that a test can take away."""

    def setUp(self):
        support.Case.setUp(self)
        self.server = None
        skip_without_programs(self)
        http_example_case.copy_example("toolsmith", self.folder)
        self.build_cpp(FOLDER)
        self.folder.chmod(0o711)  # Programs look files up by their whole paths.
        self.limits = self.folder.resolve() / "limits"
        shutil.copy(PROGRAMS[0], self.limits)
        self.model = stand_in_model.StandIn(plan=stand_in_programmer.plan)
        self.addCleanup(self.model.close)
        self.adapt()
        self.server = self.start_server("--policy", f"{FOLDER}/stand-in.toml")

    def adapt(self):
        """Names the copy of prlimit and the stand-in in the files of the example."""
        place = self.folder / FOLDER
        for path in (place / "manifest.toml", place / "stand-in.toml"):
            text = path.read_text().replace('"prlimit', f'"{self.limits}')
            path.write_text(text.replace("127.0.0.1:8080", self.model.address))
        initial = json.loads((place / "toolsmith.json").read_text())
        initial["command"][0] = str(self.limits)
        initial |= {"endpoint": self.model.endpoint, "seconds": 1}
        (place / "toolsmith.json").write_text(json.dumps(initial))

    def environment(self, more=None):
        return super().environment({"OPENAI_API_KEY": KEY, **(more or {})})

    def start_actors(self, *words):
        self.theater("start", f"{FOLDER}/manifest.toml", "--name", "toolsmith", *words, exit=0)

    def ask(self, question):
        return self.theater("request", "toolsmith", question, exit=0).out.removesuffix("\n")

    def ask_while_counting(self, question):
        """The answer to a question, while another actor is asked to count."""
        asked = self.start("request", "toolsmith", question)
        self.addCleanup(self.forget, asked)
        while asked.poll() is None:
            self.count += 1
            self.assertEqual(self.theater("request", "counter", "", exit=0).out, f"{self.count}\n")
        out, err = asked.communicate()
        self.assertEqual(asked.returncode, 0, err.decode())
        return out.decode().removesuffix("\n")

    def exit_codes(self):
        """Those that the actor heard, of the record; it has the start of each program too."""
        shown = self.theater("log", "show", "toolsmith", exit=0).out
        codes = [int(code) for code in re.findall(r"process-handlers/handle-exit .*\[\d+,(-?\d+)\]$", shown, re.MULTILINE)]
        starts = re.findall("process/os-spawn with .* it is about to be done", shown)
        self.assertEqual(len(starts), len(codes))
        return codes

    def test_attacks_end_as_failures_on_record(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.start_actors()
        self.started("counter", "counter.wat")
        self.count = 0
        failed = r"I could not do that\. "
        for question, answer in (
                ("Run a fork bomb.", r"Signal 15 ended the program, which has 1 s\."),
                ("Print endless output.", r"The program was killed: it printed more than 65536 bytes\. m\w*"),
                ("Take 10 GiB of memory.", r"The program ended with exit code 1\. MemoryError"),
                (f"Read {self.folder}/home/keys/node.ed25519.", r"The program ended with exit code 1\. \w+Error: .*"),
                ("Read /etc/shadow.", r"The program ended with exit code 1\. \w+Error: .*"),
                (f"Fetch http://127.0.0.1:{listener.getsockname()[1]}/.", r"The program ended with exit code 1\. .*Error.*"),
        ):
            with self.subTest(question=question):
                self.assertRegex(self.ask_while_counting(question), f"^{failed}{answer}$")
        listener.setblocking(False)
        with self.assertRaises(BlockingIOError):
            listener.accept()
        self.assertEqual(self.ask(PRIMES), "The answer is 76127.")
        self.assertEqual(self.exit_codes(), [143, 137, 1, 1, 1, 1, 1, 0])
        shown = self.theater("log", "show", "toolsmith", "--full", exit=0).out
        self.assertLess(len(shown), LOG_SIZE_MAX)
        self.assertNotIn(KEY, shown)
        # The replay at the end of the test would find no program to start, and no model to ask.
        self.limits.unlink()
        self.assertIn("sorry, no answer: Failed to spawn process: ", self.ask(PRIMES))
        self.model.close()

    def test_what_goes_wrong_is_an_answer(self):
        self.start_actors()
        for script, question, answer in (
                ([], "Hello", "Ask me for the sum of some primes."),
                ([], "Please never give up.",
                 "sorry, no answer: the model has written 3 programs and wants to run another one"),
                ([], "Write a long program.", "sorry, no answer: the model's program is longer than 65536 bytes"),
                (["fail"], "Hello", "sorry, no answer: the endpoint answered 500: the model has failed"),
                (["html"], "Hello", "sorry, no answer: the endpoint's answer is no JSON: "),
                (["garbage"], "Hello", "sorry, no answer: protocol: ")):
            with self.subTest(question=question, script=script):
                self.model.script = script
                answered = self.ask(question)
                self.assertTrue(answered.startswith(answer), answered)
        self.assertEqual(self.exit_codes(), [1, 1, 1])

    def test_no_other_command_is_granted(self):
        command = [str(self.limits), "--as=unlimited", "python3", "-I", "-"]
        self.start_actors("--init", json.dumps({"command": command}))
        refused = self.ask(PRIMES)
        self.assertIn("sorry, no answer: Permission denied: process:", refused)
        self.assertIn("--as=unlimited", refused)
        self.assertEqual(self.exit_codes(), [])


if __name__ == "__main__":
    support.main()
