"""The OpenAPI document of a server tells the truth: schemathesis makes requests from it, and judges every answer.

No answer may be an error of the server, or have a status, a content type or a form that the document does not name.
"""

import hashlib
import json
import os
import subprocess
import urllib.request

import server_case
import support

PACKAGES = support.ROOT / "tools" / "schemathesis.txt"
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance", "unsupported_method", "missing_required_header", "ignored_auth",
          "positive_data_acceptance", "negative_data_rejection")
EXAMPLES = 25  # Of random requests for each operation.
# A right request may find its idempotency key used by another one, which is 422.
SETTINGS = """
[checks]
positive_data_acceptance.expected-statuses = ["2XX", 401, 403, 404, 409, 422, 429]
"""


class OpenApi(server_case.ServerCase):
    def setUp(self):
        support.Case.setUp(self)
        self.server = None
        digest = hashlib.sha256(PACKAGES.read_bytes()).hexdigest()[:12]
        self.python = support.kept_program(self, f"schemathesis-{digest}/bin/python")

    def schemathesis(self, address, token, actors):
        (self.folder / "schemathesis.toml").write_text(SETTINGS)
        run = subprocess.run(
            [self.python, "-m", "schemathesis.cli", "--no-color", "--config-file", "schemathesis.toml",
             "run", "openapi.json", "--url", address, "--header", f"Authorization: Bearer {token}",
             "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES),
             "--generation-deterministic", "--no-shrink", "--suppress-health-check", "all",
             "--continue-on-failure", "--warnings", "off", "--request-timeout", str(support.TIMEOUT_S)],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**self.environment(), "PYTHONPATH": os.path.dirname(__file__), "PYTHONHASHSEED": "0",
                 # Requests for the server of the test must not go to a proxy of this machine.
                 "no_proxy": "*",
                 "SCHEMATHESIS_HOOKS": "openapi_hooks", "THEATER_ACTORS": ",".join(actors),
                 "THEATER_COMPONENT": str(support.GUESTS / "echo.wat")},
            timeout=4 * support.TIMEOUT_S, check=False)
        return run.returncode, run.stdout.decode()

    def document(self, address, token):
        """The document that the server gives; schemathesis gets it as a file, or it would leave out the document's route."""
        question = urllib.request.Request(f"{address}/openapi.json", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(question) as answer:
            text = answer.read()
        (self.folder / "openapi.json").write_bytes(text)
        return json.loads(text)

    def test_every_answer_is_in_the_document(self):
        # The right of an admin would let the tool close the server.
        token = self.theater("token", "new", "--scope", "operate", exit=0).out.strip()
        address = self.start_listening_server()
        # A start with a key waits until the server has read the keys on record: before that, requests with keys get 503.
        actors = [self.started("echo", "echo.wat", "--key", str(number)) for number in range(3)]
        document = self.document(address, token)
        code, said = self.schemathesis(address, token, actors)
        self.assertEqual(code, 0, said)
        self.assertRegex(said, rf"Tested: {sum(map(len, document['paths'].values()))}\n")
        # Some requests did what they ask for: the living actor has answered, another has ended, and others have begun.
        self.assertIn("handle-request", self.theater("events", actors[0], exit=0).out)
        self.assertEqual(self.one("inspect", actors[2])["ended"], True)
        self.assertIn("started", [actor["name"] for actor in self.theater("list", "--all", "--json", exit=0).lines()])


if __name__ == "__main__":
    support.main()
