"""The operator's secrets: what a node keeps of them, shows of them and lets others see."""

import base64
import json
import os
import pwd
import re
import signal
import subprocess
import unittest
import urllib.parse

import server_case
import support

VALUE = "sk-the-value-that-must-appear-nowhere"
PLACEHOLDER = r"theater-[A-Za-z0-9]{40}"
ASKS = ('[[handler]]\ntype = "http-client"\nsecrets = ["s"]\n'
        '[[handler]]\ntype = "environment"\nallowed_vars = ["*"]\n')
GRANTS = '[grant.http-client]\nsecrets = ["s"]\n[grant.environment]\nlist-all = true\n'


def forms(text):
    """A text as it is, escaped for URLs and JSON, in hexadecimal, and in Base64 wherever it stands in what is encoded."""
    plain = text.encode()
    hexadecimal = plain.hex().encode()
    # Without the characters at both ends, which the neighbours decide too.
    base64s = [base64.b64encode(b"x" * skipped + plain)[4:-4] for skipped in range(3)]
    escaped = [urllib.parse.quote(text, safe="").encode(), json.dumps(text)[1:-1].encode()]
    return [plain, *escaped, hexadecimal, hexadecimal.upper(), *base64s]


class Secrets(support.Case):
    def setUp(self):
        super().setUp()
        (self.folder / "key").write_text(VALUE + "\n")

    def policy(self, more="", source='file = "key"'):
        path = self.folder / "policy.toml"
        path.write_text(f'{GRANTS}[[secret]]\nname = "s"\n{source}\nhosts = ["a.example"]\nactors = ["agent"]\n'
                        f'variable = "S_KEY"\n{more}')
        return path

    def ask(self, *words, name="agent=", env=None, exit=0):
        manifest = self.actor("guest", "environment.wat", ASKS)
        return self.theater("run", f"{name}{manifest}", "--policy", self.policy(), *words, env=env, exit=exit)

    def leaks(self):
        """The files below the test's folder that have the value in some form, other than its source."""
        found = []
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != "key":
                contents = path.read_bytes()
                found += [path for form in forms(VALUE) if form in contents]
        return found

    def test_a_guest_reads_the_placeholder_and_no_file_has_the_value(self):
        run = self.ask("--request", "S_KEY", "--chain")
        self.assertRegex(run.out, rf"(?m)^{PLACEHOLDER}$")
        placeholder = re.search(PLACEHOLDER, run.out)[0]
        self.assertIn(f"secret:s={placeholder}", self.theater("log", "show", "agent", "--json", exit=0).out)
        self.assertNotIn(VALUE, run.out + run.err)
        export = self.theater("log", "export", "agent", "-o", "agent.export")
        self.assertEqual(export.exit, 0, str(export))
        self.assertEqual(self.leaks(), [])
        # Of another run it is the same, and of another home another.
        self.assertIn(placeholder, self.ask("--request", "S_KEY").out)
        other = self.ask("--request", "S_KEY", "--home", "other").out
        self.assertRegex(other, PLACEHOLDER)
        self.assertNotIn(placeholder, other)

    def test_the_name_in_a_manifest_counts_for_nothing(self):
        self.actor("agent", "environment.wat", ASKS)
        run = self.theater("run", "agent.toml", "--policy", self.policy(), "--request", "S_KEY", exit=0)
        self.assertEqual(run.out, "none\n")

    def test_the_variable_of_a_secret_is_hidden_from_all(self):
        env = {"S_SOURCE": VALUE, "S_KEY": VALUE, "OTHER": "seen"}
        words = ("--policy", self.policy(source='environment = "S_SOURCE"'))
        manifest = self.actor("guest", "environment.wat", ASKS)
        other = self.actor("other", "environment.wat", '[[handler]]\ntype = "environment"\nallowed_vars = ["*"]\n')
        requests = [word for name in ("agent", "other") for variable in ("S_SOURCE", "S_KEY", "OTHER")
                    for word in ("--request", f"{name}:{variable}")]
        run = self.theater("run", f"agent={manifest}", other, *words, *requests, "--chain", env=env, exit=0)
        answers = [line for line in run.out.splitlines() if re.fullmatch(rf"none|seen|{PLACEHOLDER}", line)]
        self.assertEqual([re.sub(PLACEHOLDER, "PLACEHOLDER", answer) for answer in answers],
                         ["none", "PLACEHOLDER", "seen", "none", "none", "seen"], str(run))
        self.assertNotIn(VALUE, run.out + run.err)
        self.assertEqual(self.leaks(), [])

    def test_a_kept_actor_has_its_secret_after_the_node(self):
        first = self.ask("--request", "S_KEY", "--keep").out
        again = self.ask("--request", "S_KEY").out
        self.assertRegex(first, PLACEHOLDER)
        self.assertEqual(first, again)

    def test_a_node_does_not_open_without_a_value(self):
        (self.folder / "key").write_text("short\n")
        failed = self.ask("--request", "S_KEY", exit=1)
        self.assertIn("secret `s` (file ", failed.err)
        self.assertIn("it has 5 bytes, and a secret has at least 16", failed.err)
        (self.folder / "key").unlink()
        self.assertIn("secret `s`", self.ask("--request", "S_KEY", exit=1).err)

    def test_a_grant_does_not_reach_its_file(self):
        refused = self.ask("--grant", f"filesystem:paths={self.folder};read", exit=2)
        self.assertIn("actors could reach", refused.err)

    def test_grants_and_validate_say_what_is_missing(self):
        manifest = self.actor("guest", "environment.wat", ASKS)
        shown = self.theater("grants", manifest, "--policy", self.policy(), exit=0).out
        self.assertIn("secret s\n  for      a.example:443; methods *; paths /\n"
                      "  header   Authorization: Bearer {}\n  needs    a start under the name `agent`\n"
                      "  variable S_KEY\n", shown)
        one = self.theater("grants", manifest, "--policy", self.policy(), "--json", exit=0).lines()[0]
        self.assertEqual(one["secrets"][0]["rule"]["variable"], "S_KEY")
        (self.folder / "key").unlink()
        self.assertIn("  missing  file ", self.theater("grants", manifest, "--policy", self.policy(), exit=0).out)
        warned = self.theater("validate", manifest, "--policy", self.policy(), exit=0)
        self.assertIn("secret `s`: file ", warned.err)
        lonely = self.folder / "lonely.toml"
        lonely.write_text(GRANTS)
        self.assertIn("secret `s`: the policy has no [[secret]] of this name",
                      self.theater("validate", manifest, "--policy", lonely, exit=0).err)


class SecretProcess(server_case.ServerCase):
    """A server whose secret was in its environment."""

    def start_server(self, *words):
        (self.folder / "policy.toml").write_text(
            f'{GRANTS}[[secret]]\nname = "s"\nenvironment = "S_KEY"\nhosts = ["a.example"]\nactors = ["agent"]\n')
        os.environ["S_KEY"] = VALUE
        try:
            return super().start_server("--policy", "policy.toml", *words)
        finally:
            del os.environ["S_KEY"]

    def test_has_no_secret_in_its_environment(self):
        with open(f"/proc/{self.server.pid}/environ", "rb") as file:
            variables = file.read()
        self.assertIn(b"THEATER_HOME=", variables)
        self.assertNotIn(VALUE.encode(), variables)

    def test_leaves_no_core_dump(self):
        with open(f"/proc/{self.server.pid}/limits", encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?m)^Max core file size +0 +0 ")
        # A node that dies so early may leave a log without a checkpoint.
        self.keeps_the_record = False
        server, self.server = self.server, None
        server.send_signal(signal.SIGABRT)
        server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, -signal.SIGABRT)
        self.assertEqual(list(self.folder.glob("core*")), [])

    def test_gives_the_secret_by_the_name_of_a_start(self):
        manifest = self.actor("guest", "environment.wat", ASKS)
        self.theater("start", manifest, "--name", "agent", exit=0)
        self.theater("start", manifest, "--name", "stranger", exit=0)
        self.assertRegex(self.theater("request", "agent", "S_KEY", exit=0).out, rf"^{PLACEHOLDER}\n$")
        self.assertEqual(self.theater("request", "stranger", "S_KEY", exit=0).out, "none\n")


@unittest.skipIf(os.geteuid() != 0, "only root can start a node as another user")
class HiddenProcess(support.Case):
    """A node that is not root, as another process of its user sees it."""

    keeps_the_record = False  # The record belongs to another user.

    def as_other_user(self, words, **options):
        user = pwd.getpwnam("nobody")
        return subprocess.Popen([str(word) for word in words], cwd=self.folder, user=user.pw_uid, group=user.pw_gid,
                                extra_groups=[], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def test_cannot_be_read_or_attached_to(self):
        home = self.folder / "home"
        (self.folder / "policy.toml").write_text(
            f'[[secret]]\nname = "s"\nenvironment = "S_KEY"\nhosts = ["a.example"]\nactors = ["agent"]\n')
        self.give_to_commands(self.folder)
        for policy, is_hidden in ((["--policy", "policy.toml"], True), ([], False)):
            node = self.as_other_user([support.theater, "server", *policy], env=self.environment({"S_KEY": VALUE}))
            try:
                if not node.stdout.readline():
                    self.skipTest(f"the program does not start as another user: {node.communicate()[1].decode()}")
                for name in ("environ", "mem", "fd", "maps"):
                    look = self.as_other_user(["/bin/ls" if name == "fd" else "/bin/cat", f"/proc/{node.pid}/{name}"])
                    out, err = look.communicate(timeout=support.TIMEOUT_S)
                    if is_hidden:
                        self.assertIn(b"Permission denied", err, name)
                    elif name == "environ":
                        self.assertIn(VALUE.encode(), out)
                    self.assertTrue(is_hidden or name == "mem" or look.returncode == 0, (name, err))
                    if is_hidden:
                        self.assertNotIn(VALUE.encode(), out)
            finally:
                node.kill()
                node.communicate()
        self.assertTrue(home.exists())


if __name__ == "__main__":
    support.main()
