"""The example llm-agent against a stand-in for a model: its page, what goes wrong with endpoints, and its key.

Whatever a test ran is verified and replayed at its end, when the stand-ins are gone.
"""

import json
import os
import re
import signal
import subprocess
import threading

import http_example_case
import stand_in_model
import support

QUESTION = "How many hammers are left? Reserve 2 and note it."
ANSWER = "There are 12 hammers. Done: 2 reserved, 10 left. I have noted it."
KEY = "sk-real-key-that-no-guest-may-see-7f3a"
MANIFEST = "llm-agent=examples/llm-agent/agent/manifest.toml"


class LlmAgentPage(http_example_case.ExamplePage):
    page_address = "127.0.0.1:8080"

    def start_page_server(self, command):
        self.assertIn("tests/e2e/stand_in_model.py", command)
        model = stand_in_model.StandIn()
        return model.address, f"the stand-in listens on {model.endpoint}\n", model.close

    def test_the_readme_does_what_it_says(self):
        self.run_readme("llm-agent")


class LlmAgent(http_example_case.BuiltExample):
    example = "llm-agent"

    def setUp(self):
        self.models = []
        super().setUp()

    def tearDown(self):
        for model in self.models:
            model.close()
        super().tearDown()
        if self.keeps_the_record and (self.folder / "home").exists():
            self.assert_no_key_in_the_home()

    def model(self, *script, certificate=None):
        self.models.append(stand_in_model.StandIn(script=script, certificate=certificate))
        self.addCleanup(self.models[-1].close)
        return self.models[-1]

    def policy(self, model, *others, settings="", secret=""):
        """Writes the operator's policy for an endpoint; `others` are further hosts that the agent may reach."""
        hosts = json.dumps([model.address, *(other.address for other in others)])
        (self.folder / "policy.toml").write_text(f"""
private-hosts = {hosts}

[grant.http-client]
hosts = {hosts}
methods = ["POST"]
secrets = ["openai"]
{settings}

[grant.environment]
vars = ["OPENAI_API_KEY"]

[[secret]]
name = "openai"
environment = "OPENAI_API_KEY"
hosts = ["{model.address}"]
methods = ["POST"]
paths = ["/v1/chat/completions"]
actors = ["llm-agent"]
{secret}
""")
        return "policy.toml"

    def run_words(self, model, *questions, policy=None, init=None):
        state = {"endpoint": model.endpoint, "model": "stand-in", "retry_ms": 1, **(init or {})}
        words = [word for question in questions for word in ("--request", question)]
        return ["run", MANIFEST, "--policy", policy or self.policy(model), "--init", f"llm-agent:{json.dumps(state)}",
                *words, "--json"]

    def environment(self, more=None):
        return super().environment({"OPENAI_API_KEY": KEY, **(more or {})})

    def ask(self, model, *questions, exit=0, **options):
        run = self.theater(*self.run_words(model, *questions, **options), exit=exit)
        self.assertNotIn(KEY, run.out + run.err)
        return run

    def answer(self, model, question=QUESTION, **options):
        [reply] = self.replies(self.ask(model, question, **options))
        return reply

    def assert_no_key_in_the_home(self):
        for path in (self.folder / "home").rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)

    def until_gone(self, model):
        """Until no request is under way: the node has closed the connections of those that it gave up."""
        self.until(lambda: model.under_way() == 0)

    # The agent and its model.

    def test_it_answers_with_the_help_of_its_tools(self):
        model = self.model()
        self.assertEqual(self.answer(model), ANSWER)
        self.assertEqual([one["behaviour"] for one in model.seen], ["answer"] * 3)
        self.assertEqual(set(model.keys("Authorization")), {f"Bearer {KEY}"})
        for one in model.seen:
            asked = json.loads(one["body"])
            self.assertEqual([tool["function"]["name"] for tool in asked["tools"]], ["count", "reserve", "note"])
            self.assertEqual((one["method"], one["path"], asked["stream"]), ("POST", stand_in_model.COMPLETIONS, True))
        roles = [message["role"] for message in json.loads(model.seen[-1]["body"])["messages"]]
        self.assertEqual(roles, ["system", "user", "assistant", "tool", "tool", "assistant", "tool"])

    def test_tokens_arrive_as_they_are_made(self):
        model = self.model("answer", "answer", "slow")
        process = self.start(*self.run_words(model, QUESTION, init={"show_tokens": True}))
        try:
            # Pieces with the role and two words; the next ones are not made yet. The node looks for the key in an
            # answer, and may hold back as many bytes as the key has: the second word brings the first.
            model.go(3)
            line = b""
            while b"> There" not in line:
                line = process.stderr.readline()
                self.assertTrue(line, "the run ended before a word of the answer was shown")
            self.assertEqual(model.under_way(), 1)
            model.go(1000)
            out, err = process.communicate(timeout=support.TIMEOUT_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.assertEqual(process.returncode, 0, (out + err).decode())
        self.assertIn(ANSWER, out.decode())
        self.assertIn("it.", err.decode())

    def test_questions_do_not_wait_for_each_other(self):
        model = self.model("stall")
        process = self.start(*self.run_words(model, "Hello", "How many hammers are left?"))
        try:
            # The first question has no answer. The second one has two turns, and its answer is on record.
            self.until(lambda: "There are 12 hammers." in self.theater("log", "show", "llm-agent", "--full").out)
            self.until(lambda: model.under_way() == 1)
            self.assertEqual(len(model.seen), 3)
            # The end of the agent ends its stream, and the connection with it.
            process.send_signal(signal.SIGINT)
            self.until_gone(model)
        finally:
            out, err = process.communicate(timeout=support.TIMEOUT_S)
        self.assertIn("There are 12 hammers.", out.decode(), err.decode())

    # Endpoints that fail.

    def test_it_tries_again_where_that_may_help(self):
        model = self.model("fail", "busy", "answer", "cut", "answer", "end", "answer")
        self.assertEqual(self.answer(model), ANSWER)
        self.assertEqual(len(model.seen), 7)
        bodies = [one["body"] for one in model.seen]
        self.assertEqual((len(set(bodies[:3])), len(set(bodies[3:5])), len(set(bodies[5:]))), (1, 1, 1))

    def test_it_gives_up_after_three_attempts(self):
        model = self.model("fail", "fail", "fail")
        self.assertEqual(self.answer(model),
                         "sorry, no answer: the endpoint answered 500: the model has failed (attempt 3)")
        self.assertEqual(len(model.seen), 3)

    def test_it_does_not_wait_for_ever(self):
        model = self.model("timeout", "answer")
        self.assertEqual(self.answer(model, "Hello", policy=self.policy(model, settings='timeout = "300ms"')),
                         "Ask me how many hammers are left.")
        self.assertEqual(len(model.seen), 2)
        self.until_gone(model)

    def test_what_is_no_model_is_an_answer(self):
        for behaviour, expected in (
                ("forbid", "the endpoint answered 401: the key is not valid"),
                ("html", "the endpoint does not stream its answers"),
                ("nonsense", "the endpoint sent a chunk that is no JSON"),
                ("garbage", "protocol: "),
                ("endless", "the model's answer is longer than 131072 bytes")):
            with self.subTest(behaviour=behaviour):
                model = self.model(behaviour)
                self.assertIn(f"sorry, no answer: {expected}", self.answer(model, "Hello"))
                self.assertEqual(len(model.seen), 1)
                self.until_gone(model)

    def test_no_endpoint_at_all(self):
        model = self.model()
        model.close()
        self.assertRegex(self.answer(model, "Hello"), r"^sorry, no answer: refused: .* \(attempt 3\)$")

    # Redirections.

    def test_a_redirection_on_the_same_host_is_followed(self):
        model = self.model("redirect", "answer")
        self.assertEqual(self.answer(model, "Hello"), "Ask me how many hammers are left.")
        self.assertEqual(model.keys("Authorization"), [f"Bearer {KEY}"] * 2)
        self.assertEqual(model.seen[0]["body"], model.seen[1]["body"])

    def test_a_loop_ends(self):
        model = self.model("loop")
        reply = self.answer(model, "Hello", policy=self.policy(model, settings="max-redirects = 3"))
        self.assertIn("sorry, no answer: redirect: ", reply)
        self.assertEqual(len(model.seen), 4)

    def test_another_host_must_be_granted_and_never_gets_the_key(self):
        other = self.model()
        model = self.model("away")
        model.other = other.origin
        reply = self.answer(model, "Hello")
        self.assertRegex(reply, "^sorry, no answer: denied: ")
        self.assertEqual(other.seen, [])
        model.script = ["away"]
        reply = self.answer(model, "Hello", policy=self.policy(model, other))
        self.assertEqual(reply, "Ask me how many hammers are left.")
        self.assertEqual(other.keys("Authorization"), [None])
        self.assertNotIn(KEY, json.dumps(other.seen))

    # The key.

    def test_an_endpoint_that_echoes_the_key_gets_it_into_no_record(self):
        model = self.model("echo")
        run = self.ask(model, "Hello")
        self.assertNotIn(KEY, run.out + run.err)
        self.assertEqual(model.keys("Authorization"), [f"Bearer {KEY}"])
        self.assertIn("reveals-secret", "".join(self.replies(run)))

    def test_an_agent_of_another_name_has_no_key(self):
        model = self.model()
        words = self.run_words(model, "Hello")
        words[1] = words[1].replace("llm-agent=", "other=")
        words[words.index("--init") + 1] = words[words.index("--init") + 1].replace("llm-agent:", "other:")
        run = self.theater(*words)
        self.assertNotIn(KEY, run.out + run.err)
        self.assertNotIn(KEY, json.dumps(model.seen))

    def test_https_with_an_authority_of_the_operator(self):
        stand_in_model.make_authority(self.folder)
        certificate = stand_in_model.make_certificate(self.folder)
        model = self.model(certificate=certificate)
        trusted = self.policy(model, secret=f'ca = "{self.folder}/authority.pem"')
        self.assertEqual(self.answer(model, policy=trusted), ANSWER)
        self.assertEqual(set(model.keys("Authorization")), {f"Bearer {KEY}"})
        # The system's authorities do not know it, and no request leaves.
        seen = len(model.seen)
        self.assertRegex(self.answer(model, "Hello", policy=self.policy(model)), "^sorry, no answer: tls: ")
        self.assertEqual(len(model.seen), seen)
        self.until(lambda: model.refused_handshakes > 0)

    def test_https_never_becomes_http(self):
        stand_in_model.make_authority(self.folder)
        model = self.model("downgrade", certificate=stand_in_model.make_certificate(self.folder))
        trusted = self.policy(model, secret=f'ca = "{self.folder}/authority.pem"')
        self.assertRegex(self.answer(model, "Hello", policy=trusted), "^sorry, no answer: denied: .*http://")
        self.assertEqual(len(model.seen), 1)

    # Grants and budgets.

    def test_the_operator_must_grant_it(self):
        refused = self.theater("run", MANIFEST, "--request", "Hello", exit=1)
        self.assertIn("OPENAI_API_KEY", refused.err)
        self.assertIn("http-client", refused.err)

    def test_the_budget_ends_it(self):
        model = self.model()
        budget = int(re.search(r'"theater:http-stream/client" = (\d+)',
                               (self.folder / "examples/llm-agent/agent/manifest.toml").read_text())[1])
        # Less, so that one question comes to its end.
        manifest = self.folder / "examples/llm-agent/agent/manifest.toml"
        manifest.write_text(manifest.read_text().replace(f'client" = {budget}', 'client" = 2'))
        self.assertRegex(self.answer(model), "^sorry, no answer: budget-spent: ")
        self.assertEqual(len(model.seen), 2)

    # Crashes.

    def test_a_crash_cuts_a_stream_off(self):
        model = self.model("stall")
        process = self.start(*self.run_words(model, "Hello"))
        try:
            self.until(lambda: model.under_way() == 1)
            self.until(lambda: "handle-stream" in self.theater("log", "show", "llm-agent", "--json").out)
        finally:
            process.kill()
            process.communicate()
        self.until_gone(model)
        again = self.ask(model, f"llm-agent:{QUESTION}", policy=self.policy(model))
        self.assertEqual(self.replies(again), [ANSWER], str(again))
        self.assertTrue(again.every("recovered"), str(again))
        self.assertIn("interrupted", again.err)
        # The question that the crash cut off was not paid for again.
        self.assertEqual(len(model.seen), 4)


class StandInProgram(support.Case):
    """The stand-in as a program, as the example's page starts it."""

    keeps_the_record = False

    def test_it_says_where_it_listens_and_what_it_knows(self):
        program = support.ROOT / "tests" / "e2e" / "stand_in_model.py"
        process = subprocess.Popen([program, "--listen", "127.0.0.1:0", "--script", "forbid"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        timer = threading.Timer(support.TIMEOUT_S, process.kill)
        timer.start()
        try:
            self.assertRegex(process.stdout.readline().decode(),
                             r"^the stand-in listens on http://127\.0\.0\.1:\d+/v1$")
        finally:
            process.terminate()
            process.communicate()
            timer.cancel()
        wrong = subprocess.run([program, "--script", "answer,nap"], capture_output=True, text=True, check=False)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("no such behaviour: nap", wrong.stderr)

    def test_a_known_key_is_answered_as_before(self):
        with stand_in_model.StandIn() as model:
            def answer(key, question):
                return model.answer(key, [{"role": "user", "content": question}])
            self.assertEqual(answer("a", "How many saws?"), answer("a", "Hello"))
            self.assertNotEqual(answer("b", "Hello"), answer("a", "Hello"))
            self.assertEqual(answer(None, "Hello"), answer(None, "Hello"))
            self.assertEqual(model.executed, ["a", "b", None, None])


if __name__ == "__main__":
    support.main()
