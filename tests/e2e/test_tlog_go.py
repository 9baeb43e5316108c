"""Another implementation of transparency logs, Go's golang.org/x/mod/sumdb, accepts key, checkpoints, tiles and
proofs: tests/tlog_go/main.go is run on a log that `theater` wrote.

Skipped, saying so, without Go or without the module, which is fetched in the pinned version.
"""

import json
import os
import shutil
import subprocess
import unittest

import support

SOURCES = support.ROOT / "tests" / "tlog_go"
FETCH_S = 60


def run_go(*words, **options):
    # Not another Go than is here, and no flags from outside.
    variables = {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    return subprocess.run(["go", *words], cwd=SOURCES, env=variables, capture_output=True, text=True, check=False,
                          **options)


class Go(support.Case):
    program = None

    def setUp(self):
        super().setUp()
        if shutil.which("go") is None:
            self.skipTest("Go is not installed: nothing checked against golang.org/x/mod/sumdb")
        try:
            fetched = run_go("mod", "download", timeout=FETCH_S)
            why = fetched.stderr.strip()
        except subprocess.TimeoutExpired:
            fetched, why = None, f"not in {FETCH_S} seconds"
        if fetched is None or fetched.returncode != 0:
            self.skipTest(f"golang.org/x/mod cannot be fetched ({why}): nothing checked against its sumdb")
        self.program = self.folder / "tlog_go"
        built = run_go("build", "-o", self.program, ".", timeout=support.TIMEOUT_S * 3)
        self.assertEqual(built.returncode, 0, built.stderr)

    def check(self, facts):
        return subprocess.run([self.program], input=json.dumps(facts), capture_output=True, text=True, check=False,
                              timeout=support.TIMEOUT_S)

    def facts(self):
        """Of a log of two runs, with full and partial tiles."""
        manifest = self.actor("counter", "counter.wat")
        sends = [word for _ in range(140) for word in ("--send", "inc")]
        self.theater("run", manifest, *sends, "--log-level", "off", exit=0)
        old = self.theater("log", "checkpoint", exit=0).out
        (self.folder / "old").write_text(old)
        self.theater("run", manifest, *sends, "--log-level", "off", exit=0)
        events = []
        for actor in self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]:
            shown = self.theater("log", "show", actor["id"], "--json", exit=0).lines()
            for seq in (0, 5, len(shown) // 2, len(shown) - 1):
                events.append({"Bytes": shown[seq]["event"]["bytes"],
                               "Proof": self.theater("log", "proof", actor["id"], seq, exit=0).out})
        return {"Log": str(self.folder / "home" / "log"), "Key": self.theater("log", "key", exit=0).out.strip(),
                "Old": old, "New": self.theater("log", "checkpoint", exit=0).out, "Events": events,
                "Consistency": self.theater("log", "checkpoint", "--since", "old", exit=0).out}

    def test_it_accepts_key_checkpoints_tiles_and_proofs(self):
        facts = self.facts()
        run = self.check(facts)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        size = json.loads(self.theater("log", "checkpoint", "--json").out)["size"]
        self.assertGreater(size, 512)
        self.assertTrue((self.folder / "home/log/tile/0/001").exists())
        lines = run.stdout.splitlines()
        self.assertEqual(lines[1:3], ["tiles", "8 inclusion proofs"])
        self.assertTrue(lines[0].endswith(f" and {size}") and lines[3].endswith(f" to {size}"), run.stdout)
        self.refuses_what_is_wrong(facts)

    def refuses_what_is_wrong(self, facts):
        """The program is one that can fail."""
        other = {"Key": facts["Key"].replace("theater-log", "theatre-log"), "Old": facts["New"],
                 "Consistency": facts["Consistency"].replace("old ", "old 1"),
                 "Events": [{**facts["Events"][0], "Bytes": facts["Events"][1]["Bytes"]}], "Log": str(self.folder)}
        for name, value in other.items():
            with self.subTest(wrong=name):
                run = self.check({**facts, name: value})
                self.assertEqual(run.returncode, 1, run.stdout)
                self.assertIn("FAILED", run.stdout)


if __name__ == "__main__":
    support.main()
