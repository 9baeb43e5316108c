"""The logs in tests/golden/logs/ verify and replay, for ever: what was recorded once stays readable.

Each is a home without its private key, and next to it expected.json says what it holds. They are never made again;
`--record` only makes those that are missing, of which some need the C++ examples to be built.
"""

import base64
import json
import random
import shlex
import shutil
import subprocess
import sys

import support

GOLDEN = support.ROOT / "tests" / "golden" / "logs"
PYTHON_VERIFIER = support.ROOT / "tools" / "verify_log.py"


class GoldenLogs(support.Case):
    keeps_the_record = False

    def test_each_is_what_it_was(self):
        folders = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
        self.assertTrue(folders)
        for folder in folders:
            with self.subTest(log=folder.name):
                expected = json.loads((folder / "expected.json").read_text())
                self.assertEqual(self.facts(folder), expected)

    def test_the_other_verifier_says_the_same(self):
        for folder in sorted(GOLDEN.iterdir()):
            with self.subTest(log=folder.name):
                run = subprocess.run([sys.executable, PYTHON_VERIFIER, "--json", folder], check=False,
                                     capture_output=True, text=True, timeout=support.TIMEOUT_S)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                report = json.loads(run.stdout)
                expected = json.loads((folder / "expected.json").read_text())
                self.assertEqual((report["events"], report["root"]), (expected["events"], expected["root"]))

    def test_version_1_is_refused_by_every_reader(self):
        """A log of the version that was never released is no log to judge: one byte makes one of a golden log."""
        for name, what in (("segment", "the segment"), ("bodies", "the body file")):
            home = self.folder / name
            shutil.copytree(GOLDEN / "bodies", home)
            actor = next(iter(json.loads((home / "expected.json").read_text())["actors"]))
            path = home / f"log/segments/0000000000.{name}"
            data = bytearray(path.read_bytes())
            data[8] = 1
            path.write_bytes(data)
            for words in (("verify", home), ("replay", actor, "--home", home),
                          ("log", "export", actor, "-o", self.folder / "out", "--home", home)):
                with self.subTest(file=name, command=words[0]):
                    refused = self.theater(*words, "--json", exit=1).lines()
                    self.assertEqual(len(refused), 1, refused)
                    error = refused[0]["error"]
                    self.assertIn(f"{what} has version 1, and this program knows version 2", error["message"])
                    self.assertIn("begin a new home", error["hint"])
            run = subprocess.run([sys.executable, PYTHON_VERIFIER, "--json", home], check=False,
                                 capture_output=True, text=True, timeout=support.TIMEOUT_S)
            self.assertEqual((run.returncode, run.stdout), (1, ""), run)
            self.assertIn(f"{what} has version 1, and this tool knows version 2; a log of version 1 was never",
                          run.stderr)

    def facts(self, folder):
        report = self.theater("verify", folder, "--json", exit=0).lines()[0]
        actors = {}
        for identity, replayed in self.verify_and_replay(folder).items():
            actors[identity] = {key: replayed[key] for key in ("name", "events", "calls", "head", "ended")}
        return {"events": report["events"], "groups": report["groups"], "bodies": report["bodies"],
                "root": report["root"], "actors": actors}


class Recorder(GoldenLogs):
    """Makes the logs that are missing."""

    def runTest(self):
        for name in ("agent", "failures", "bodies", "lives", "callers", "server", "conversation"):
            folder = GOLDEN / name
            if folder.exists():
                continue
            self.home = self.folder / "home"
            shutil.rmtree(self.home, ignore_errors=True)
            getattr(self, name)()
            for part in ("log", "blobs"):
                shutil.copytree(self.home / part, folder / part,
                                ignore=shutil.ignore_patterns("tmp", "lost+found"))
            (folder / "expected.json").write_text(json.dumps(self.facts(folder), indent=1) + "\n")

    def actor(self, name, guest, text="", handlers=("message-server",), keys=""):
        """The guest is next to its manifest, which is kept in the log and must not name this machine's folders."""
        path = super().actor(name, guest, text, handlers, keys)
        shutil.copy(support.GUESTS / guest, self.folder)
        manifest = (self.folder / path).read_text().replace(str(support.GUESTS / guest), guest)
        (self.folder / path).write_text(manifest)
        return path

    def agent(self):
        """Three actors, requests between them, in two runs."""
        shutil.copytree(support.ROOT / "examples", self.folder / "examples",
                        ignore=shutil.ignore_patterns("build", "node_modules", "target"))
        self.theater("build", "examples/agent", exit=0)
        for question in ("What is 6 * 7? Write it down.", "What is 1 / 0?"):
            self.theater("run", *(f"{part}=examples/agent/{part}/manifest.toml"
                                  for part in ("agent", "model", "tools")),
                         "--init", 'agent:{"model": "{{actor.model}}", "tools": "{{actor.tools}}"}',
                         "--request", f"agent:{question}", exit=0)

    def failures(self):
        """Every kind of trap, limits, a kill, errors, refusals, a shutdown with data."""
        limit = "[limits]\ncall_cpu_ms = 20\n"
        for ask in ("u", "r", "o", "s", "x"):
            self.theater("run", self.actor("trap-" + ask, "misbehave.wat"), "--request", ask, exit=1)
        self.theater("run", self.actor("spin", "misbehave.wat", limit), "--request", "loop", exit=1)
        self.theater("run", self.actor("spin-init", "loop_in_init.wat", limit), exit=1)
        self.theater("run", self.actor("grow", "misbehave.wat"), "--request", "g", "--request", "e", exit=1)
        self.theater("run", self.actor("refuse", "refuse.wat"), "--init", '"not today"', exit=1)
        asks = [word for ask in "invsLlmEed" for word in ("--request", ask)]
        self.theater("run", self.actor("calls", "runtime_calls.wat"), *asks, exit=0)
        rally = self.actor("rally", "rally.wat")
        self.theater("run", f"a={rally}", f"b={rally}", "--init", 'a:"{{actor.b}}"', "--init",
                     'b:"{{actor.a}}"', "--send", "a:" + "x" * 9, exit=0)

    def bodies(self):
        """Payloads detached from their events, in each form: long ones, all of them, and those of inputs only."""
        (self.folder / "long").write_bytes(bytes(range(256)) * 40)
        (self.folder / "random").write_bytes(random.Random(1).randbytes(5000))
        self.theater("run", self.actor("large", "echo.wat"), "--request", "@long", "--request", "@random",
                     "--request", "@long", "--request", "short", exit=0)
        self.theater("run", self.actor("all", "counter.wat", '[log]\ndetach = "all"\n'), "--send", "inc",
                     "--request", "get", exit=0)
        rally = self.actor("rally", "rally.wat", '[log]\ndetach = "all"\n')
        self.theater("run", f"a={rally}", f"b={rally}", "--init", 'a:"{{actor.b}}"', "--init",
                     'b:"{{actor.a}}"', "--send", "a:" + "x" * 70, exit=0)
        inputs = '[log]\ndetach = "all"\nbodies = "inputs"\n'
        self.theater("run", self.actor("inputs", "echo.wat", inputs), "--request", "@long", "--request",
                     "@random", exit=0)

    def lives(self):
        """Channels, children, restarts, budgets, effects, a crash, snapshots."""
        examples = ("channel-chat", "supervised", "budgeted", "file-agent")
        for name in examples:
            shutil.copytree(support.ROOT / "examples" / name, self.folder / "examples" / name,
                            ignore=shutil.ignore_patterns("build"))
            self.theater("build", f"examples/{name}", exit=0)
        for name in examples:
            transcript = (support.ROOT / "examples" / name / "transcript.txt").read_text()
            command = next(line for line in transcript.splitlines() if line.startswith("$ theater run "))
            self.theater(*shlex.split(command)[2:])
        snapshots = self.actor("snapshots", "counter.wat", "[log]\nsnapshot_events = 6\n",
                               keys='state = "explicit"\n')
        self.run_and_kill(snapshots)
        self.theater("run", *["--request", "snapshots:x"] * 9, exit=0)

    def callers(self):
        """Guests that ask for their callers: the runtime, a client, an actor."""
        who = self.actor("who", "who.wat")
        self.theater("run", f"a={who}", f"b={who}", "--init", 'a:"{{actor.b}}"', "--request", "b:kept", "--request",
                     "a:who", "--request", "a:peer", "--send", "b:x", "--request", "b:kept", exit=0)

    def server(self):
        """Two servers, of which the first is killed, and their clients: tokens, refused requests, keys, pauses, a
        message that its receiver never took, restarts, and a child that used its parent's budget.
        """
        tokens = {name: self.theater("token", "new", "--scope", scope, "--name", name, exit=0).out.strip()
                  for name, scope in (("ci", "operate"), ("watcher", "observe"))}
        process, address = self.serve()
        remote = ("--server", address)
        ci = {"THEATER_TOKEN": tokens["ci"]}
        supervisor = ("supervisor", "message-server")
        boss = self.actor("boss", "foreman.wat", "[budget]\ndescendants = 9\n", handlers=supervisor)
        start = ("start", boss, "--name", "lead", "--restart", "permanent", "--key", "start-1")
        lead = self.theater(*start, exit=0).out.strip()
        self.assertEqual(self.theater(*start, exit=0).out.strip(), lead)
        component = base64.b64decode(self.body_of(lead, "instance")["component"]["base64"]).hex()
        handlers = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in supervisor)
        child = f'name = "kid"\ncomponent = "sha256:{component}"\n{handlers}'
        kid = self.theater("request", "lead", f"s{child}", "--key", "spawn-1", *remote, env=ci, exit=0).out.strip()
        self.assertEqual(self.theater("request", "lead", f"s{child}", "--key", "spawn-1", *remote, env=ci,
                                      exit=0).out.strip(), kid)
        self.theater("request", kid, f"s{child}", *remote, env=ci, exit=0)
        self.assertEqual(self.theater("request", "lead", f"t{kid}", *remote, env=ci, exit=0).out, "stopped\n")
        self.assertEqual(self.noted(lead), ["child-used"])

        rally = self.actor("rally", "rally.wat")
        receiver = self.theater("start", rally, "--name", "b", exit=0).out.strip()
        self.theater("start", rally, "--name", "a", "--init", json.dumps(receiver), exit=0)
        self.theater("pause", "b", exit=0)
        self.theater("send", "a", "xx", "--key", "send-1", *remote, env=ci, exit=0)
        self.until(lambda: self.theater("inspect", "b", "--json", exit=0).lines()[0]["mailbox"] == 1)
        self.theater("kill", "b", "--wait", exit=0)
        self.body_of(receiver, "discarded")
        self.theater("pause", "a", *remote, env=ci, exit=0)
        self.theater("resume", "a", *remote, env=ci, exit=0)
        self.theater("restart", "lead", exit=0)

        watcher = {"THEATER_TOKEN": tokens["watcher"]}
        self.assertIn("needs operate", self.theater("pause", "a", *remote, env=watcher, exit=1).err)
        wanted = {"token-made", "token-used", "requests-refused"}
        self.until(lambda: wanted <= set(self.noted()))
        process.kill()
        process.communicate(timeout=support.TIMEOUT_S)

        self.theater("token", "revoke", "watcher", exit=0)
        process, address = self.serve()
        self.theater("request", "lead", "n", "--server", address, env=ci, exit=0)
        self.until(lambda: "token-revoked" in self.noted())
        process.terminate()
        process.communicate(timeout=support.TIMEOUT_S)

    def conversation(self):
        """Payloads that each begin and end like the one before: a history that grows at its end, and one that an
        agent shortens at its beginning.
        """
        words = random.Random(2).choices(("ask", "tell", "file", "sum", "because", "then", "12", "seven"), k=4000)
        turns = [" ".join(words[at:at + 50]) for at in range(0, len(words), 50)]
        says = [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(turns)]
        histories = [says[:at] for at in range(2, 44, 2)] + [says[:1] + says[at:44] for at in range(3, 15, 3)]
        for at, history in enumerate(histories):
            (self.folder / f"turn-{at}").write_text(json.dumps({"model": "m", "messages": history, "stream": True}))
        asks = [word for at in range(len(histories)) for word in ("--request", f"@turn-{at}")]
        self.theater("run", self.actor("kept", "echo.wat"), *asks, exit=0)
        inputs = '[log]\nbodies = "inputs"\n'
        self.theater("run", self.actor("inputs", "echo.wat", inputs), *asks, exit=0)

    def serve(self):
        """A server on TCP, and its address."""
        process = self.start("server", "--listen", "127.0.0.1:0")
        self.addCleanup(process.kill)
        lines = [process.stdout.readline().decode() for _ in range(2)]
        return process, lines[1].split()[-1]

    def bodies_of(self, actor):
        return [line["event"]["body"] for line in self.theater("log", "show", actor, "--json", exit=0).every("event")]

    def body_of(self, actor, label):
        """The first body with this label in an actor's chain."""
        return next(body[label] for body in self.bodies_of(actor) if label in body)

    def noted(self, actor="node"):
        """The kinds of `noted` in a chain, in order."""
        operations = [body["control"]["operation"] for body in self.bodies_of(actor) if "control" in body]
        return [operation["noted"]["what"] for operation in operations if "noted" in operation]

    def run_and_kill(self, manifest):
        """A run that is killed when its actor has started."""
        process = self.start("run", manifest, "--json")
        process.stdout.readline()
        process.kill()
        process.communicate(timeout=support.TIMEOUT_S)


if __name__ == "__main__":
    support.main_or_record(Recorder)
