"""`theater token`: the tokens of a home.

    test_token.py --theater BINARY --faulty-files BINARY
"""

import hashlib
import re
import subprocess

import node_cases
import support

TOKEN = re.compile(r"theater_[0-9a-f]{64}")


class Case(support.Case):
    @property
    def file(self):
        return self.folder / "home" / "tokens.json"

    def listed(self):
        return self.theater("token", "list", "--json", exit=0).lines()[0]["tokens"]


class Tokens(Case):
    def test_a_token_appears_once(self):
        made = self.theater("token", "new", "--scope", "read", "--name", "ci", "--expires", "30d", exit=0)
        self.assertRegex(made.out, rf"^{TOKEN.pattern}\n$")
        self.assertEqual(made.err, "")
        token = made.out.strip()
        self.assertNotIn(token[len("theater_"):], self.file.read_text())
        self.assertIn(hashlib.sha256(token.encode()).hexdigest(), self.file.read_text())
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.folder / "home").stat().st_mode & 0o777, 0o700)
        entry, = self.listed()
        self.assertEqual((entry["name"], entry["scope"], entry["actor"], entry["expired"]),
                         ("ci", "read", None, False))
        self.assertEqual(entry["id"], hashlib.sha256(token.encode()).hexdigest()[:12])
        listed = self.theater("token", "list", exit=0).out
        self.assertRegex(listed, rf"\n{entry['id']}  ci    read     all +20")
        self.assertNotIn(token[len("theater_"):], listed)

    def test_json_has_the_token_and_its_facts(self):
        actor = "00112233445566778899aabbccddeeff"
        made = self.theater("token", "new", "--scope", "operate", "--actor", actor, "--json", exit=0).lines()[0]
        self.assertRegex(made["token"], TOKEN)
        self.assertEqual((made["name"], made["scope"], made["actor"], made["expires"]), (None, "operate", actor, None))
        del made["token"]
        self.assertEqual(self.listed(), [made])

    def test_revoking_by_name_and_by_id(self):
        self.theater("token", "new", "--scope", "admin", "--name", "a", exit=0)
        other = self.theater("token", "new", "--scope", "observe", "--json", exit=0).lines()[0]
        self.assertRegex(self.theater("token", "revoke", "a", exit=0).out, r"^revoked [0-9a-f]{12} a\n$")
        self.assertEqual([entry["id"] for entry in self.listed()], [other["id"]])
        revoked = self.theater("token", "revoke", other["id"], "--json", exit=0).lines()[0]["revoked"]
        self.assertEqual(revoked["id"], other["id"])
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.theater("token", "list", exit=0).out, "")
        gone = self.theater("token", "revoke", "a", exit=1)
        self.assertIn("no token `a`", gone.err)

    def test_wrong_use(self):
        self.assertIn("--scope", self.theater("token", "new", exit=2).err)
        self.theater("token", "new", "--scope", "root", exit=2)
        for words, why in ((("--actor", "foreman"), "--actor"), (("--expires", "2020-01-01"), "in the past"),
                           (("--expires", "soon"), "--expires"), (("--name", "a b"), "name"),
                           (("--name", "\u202ex"), "name")):
            refused = self.theater("token", "new", "--scope", "read", *words, exit=1)
            self.assertIn(why, refused.err)
        self.assertFalse(self.file.exists())

    def test_a_file_that_others_may_use_is_refused(self):
        self.theater("token", "new", "--scope", "read", exit=0)
        before = self.file.read_bytes()
        self.file.chmod(0o644)
        for words in (("list",), ("new", "--scope", "read"), ("revoke", "x")):
            refused = self.theater("token", *words, exit=1)
            self.assertIn("may be used by others (its mode is 0644)", refused.err)
            self.assertIn("chmod 600", refused.err)
        self.assertEqual(self.file.read_bytes(), before)

    def test_tokens_change_while_a_node_holds_the_home(self):
        node = self.start("run", self.actor("echo", "echo.wat"), "--json")
        try:
            self.assertIn(b"started", node.stdout.readline())
            self.theater("token", "new", "--scope", "read", "--name", "ci", exit=0)
            self.theater("token", "revoke", "ci", exit=0)
        finally:
            node.terminate()
            node.communicate()

    def test_many_at_once_all_count(self):
        running = [self.start("token", "new", "--scope", "read", "--name", f"n{number}") for number in range(8)]
        for process in running:
            process.communicate()
            self.assertEqual(process.returncode, 0)
        self.assertEqual({entry["name"] for entry in self.listed()}, {f"n{number}" for number in range(8)})


class Faults(Case):
    """Something goes wrong at each file call of `token`: the tokens are those before the change, or those after it."""

    def changes(self, how):
        """Revokes a token with a fault at each call in turn; returns the numbers of tokens that were left."""
        home = self.folder / "home"
        self.theater("token", "new", "--scope", "read", "--name", "old", exit=0)
        seen, calls = set(), []
        for number in range(1, 100):
            self.theater("token", "new", "--scope", "read", "--name", "gone", exit=0)
            report = self.folder / f"report{number}"
            faulty = subprocess.run(
                [node_cases.faulty_files, home, report, str(number), how, support.theater, "token", "revoke", "gone"],
                cwd=self.folder, env=self.environment(), capture_output=True, timeout=support.TIMEOUT_S, check=False)
            if faulty.returncode == node_cases.UNABLE:
                self.skipTest("this kernel lets no process answer the system calls of another")
            calls = report.read_text().splitlines()
            names = {entry["name"] for entry in self.listed()}
            self.assertIn(names, ({"old", "gone"}, {"old"}), calls)
            if faulty.returncode == 0:
                self.assertEqual(names, {"old"}, calls)
            seen.add(len(names))
            if "gone" in names:
                self.theater("token", "revoke", "gone", exit=0)
            self.assertEqual([path.name for path in home.iterdir() if ".tmp-" in path.name], [], calls)
            if not any(line.endswith((" killed", " failed")) for line in calls):
                break
        self.assertTrue(any(line.startswith("rename") for line in calls), calls)
        return seen

    def test_a_kill_leaves_the_old_tokens_or_the_new_ones(self):
        self.assertEqual(self.changes("kill"), {1, 2}, "it was killed before the rename and after it")

    def test_a_full_disk_leaves_the_old_tokens_or_the_new_ones(self):
        self.assertEqual(self.changes("enospc"), {1, 2})


if __name__ == "__main__":
    node_cases.main()
