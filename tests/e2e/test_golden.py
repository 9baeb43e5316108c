"""What people read, compared with the files in tests/golden/cli.

    test_golden.py --theater BINARY --rebase    writes the files again

A file holds a command and all that it prints. Folders and the engine's identity are masked.
"""

import argparse
import re
import shlex
import sys

import support

GOLDEN = support.ROOT / "tests" / "golden" / "cli"
# Manifests as other Theaters' documents write them, letter by letter: what exists must stay readable.
MANIFESTS = support.ROOT / "tests" / "golden" / "manifests"
rebase = False

BAD_MANIFEST = """nam = "bad"
component = 7
component_path = "x.wasm"

[limits]
memory_bytes = "64MB"
call_cpu = 50

[[handler]]
type = "message-servr"

[[handlers]]
type = "environment"
allowed_var = ["HOME"]
"""


class Golden(support.Case):
    def setUp(self):
        super().setUp()
        for guest in support.GUESTS.glob("*.wat"):
            (self.folder / guest.name).write_bytes(guest.read_bytes())

    def masked(self, text):
        text = text.replace(str(self.folder), "FOLDER")
        return re.sub(r"^engine .*$", "engine ENGINE", text, flags=re.MULTILINE)

    def check(self, name, *commands):
        text = ""
        for command in commands:
            run = self.theater(*shlex.split(command))
            text += f"$ theater {command}\n{run.out}"
            text += "".join(f"! {line}" for line in run.err.splitlines(keepends=True))
            text += f"[exit {run.exit}]\n"
        text = self.masked(text)
        path = GOLDEN / f"{name}.txt"
        if rebase:
            path.write_text(text)
        self.assertTrue(path.exists(), f"{path} is not there; --rebase writes it")
        self.assertEqual(text, path.read_text())

    def test_help(self):
        self.check("overview", "help", "--help")
        self.check("run_help", "run --help", "run -h")
        self.check("log_help", "help log", "log -h", "help log list", "help log show", "help log head",
                   "help log key", "help log export", "help log proof", "help log checkpoint", "help log size")
        self.check("store_help", "help store", "store -h", "help store list", "help store put", "help store get",
                   "help store remove", "help store gc")
        self.check("token_help", "help token", "token -h", "help token new", "help token list", "help token revoke")
        self.check("server_help", "help server", "server -h")
        self.check("start_help", "help start", "start -h")
        self.check("server_commands_help", *(f"help {name}" for name in (
            "list", "tree", "events", "state", "send", "request", "pause", "resume", "restart", "stop", "kill",
            "node")))
        for name in ("new", "inspect", "validate", "grants", "build", "verify", "replay", "doctor", "version"):
            self.check(f"{name}_help", f"help {name}")

    def test_wrong_use_of_server(self):
        self.check("server_wrong_use", "server --listen 9000", "server --listen localhost:9000", "server --listen unix:",
                   f"server --listen unix:{'a' * 108}", "server --listen 0.0.0.0:9000",
                   "server --listen 127.0.0.1:0 --trusted-proxy proxy.example",
                   "server --listen 127.0.0.1:0 --trusted-proxy 10.0.0.1/8",
                   "server --listen unix:api.sock --trusted-proxy 127.0.0.1")

    def test_wrong_use(self):
        self.check("wrong_use", "", "rum", "frobnicate", "run", "run a.toml --requst x", "run a.toml --send",
                   "inspect a b", "validate a.toml --grant foo:bar",
                   "validate a.toml --policy gone.toml", "run a.toml --log-level loud",
                   "help rnu")
        self.check("log_wrong_use", "log", "log sho counter", "log show", "log show counter --form 3",
                   "log show counter --from x", "log list", "verify --key nonsense", "replay", "replay counter",
                   "verify --json", "log export counter", "log export counter -o x", "log proof counter",
                   "log proof counter x", "log checkpoint extra", "verify ./counter.wat")

    def test_manifest_errors(self):
        (self.folder / "bad.toml").write_text(BAD_MANIFEST)
        (self.folder / "broken.toml").write_text('name = "x\n')
        self.check("manifest_errors", "validate bad.toml", "validate broken.toml", "validate gone.toml",
                   "run bad.toml")

    def test_inspect(self):
        self.check("inspect", "inspect counter.wat", "inspect unknown_imports.wat", "inspect adopt.wat",
                   "inspect core_module.wat", "inspect environment.wat --json")

    def test_validate(self):
        def manifest(name, component, more=""):
            (self.folder / f"{name}.toml").write_text(
                f'name = "{name}"\ncomponent = "{component}"\n'
                f'[[handler]]\ntype = "message-server"\n{more}')
        manifest("counter", "counter.wat")
        manifest("environment", "environment.wat",
                 '[[handler]]\ntype = "environment"\nallowed_vars = ["HOME"]\n')
        manifest("unknown", "unknown_imports.wat")
        self.check("validate", "validate counter.toml", "validate environment.toml",
                   "validate environment.toml --grant environment:vars=HOME", "validate unknown.toml --json",
                   "inspect environment.toml")

    def test_validate_children(self):
        def manifest(name, children, more=""):
            entries = "".join(f'[[child]]\nname = "{child}"\nmanifest = "{child}.toml"\n' for child in children)
            (self.folder / f"{name}.toml").write_text(
                f'name = "{name}"\ncomponent = "counter.wat"\n[[handler]]\ntype = "message-server"\n'
                f'[[handler]]\ntype = "supervisor"\n{more}{entries}')
        manifest("worker", [])
        manifest("team", ["worker"])
        manifest("boss", ["team", "worker"])
        # Each has another mistake: in its own manifest, its component, its permissions, its state.
        manifest("slip", [], "[limit]\nchildren = 1\n")
        (self.folder / "hollow.toml").write_text('name = "hollow"\ncomponent = "hollow.wat"\n')
        manifest("curious", [], '[[handler]]\ntype = "environment"\nallowed_vars = ["HOME"]\n')
        manifest("middle", ["slip", "gone"])
        manifest("bad", ["middle", "hollow", "curious"],
                 '[[child]]\nname = "stateless"\nmanifest = "worker.toml"\ninit_state = "gone.json"\n')
        manifest("hen", ["egg"])
        manifest("egg", ["hen"])
        self.check("validate_children", "validate boss.toml", "validate boss.toml --json", "validate bad.toml",
                   "validate hen.toml", "validate hen.toml --json")

    def test_grants(self):
        (self.folder / "agent.toml").write_text("""name = "agent"
component = "agent.wasm"
[[handler]]
type = "message-server"
[[handler]]
type = "random"
max_bytes = "4KiB"
[[handler]]
type = "environment"
allowed_vars = ["HOME", "LANG"]
[[handler]]
type = "http-client"
[[handler]]
type = "filesystem"
path = "/data"
[permission_policy.http_client]
type = "restrict"
config = { allowed_hosts = ["api.example.org:443"] }
""")
        (self.folder / "policy.toml").write_text('[grant.environment]\nvars = ["HOME"]\n')
        self.check("grants", "grants agent.toml",
                   "grants agent.toml --policy policy.toml --grant environment:vars=LANG --grant http-client"
                   " --grant 'filesystem:paths=/data;read;write'",
                   "grants agent.toml --policy policy.toml --json", "grants gone.toml", "grants",
                   "grants agent.toml --grant foo:bar --json")

    def test_manifests_of_others(self):
        whole = (MANIFESTS / "handler_system.toml").read_text()
        (self.folder / "handler_system.toml").write_text(whole)
        (self.folder / "my_actor.wasm").write_bytes((support.GUESTS / "counter.wat").read_bytes())
        entry = (MANIFESTS / "runtime_entry.toml").read_text()
        (self.folder / "runtime_entry.toml").write_text(
            f'name = "counter"\ncomponent = "counter.wat"\n[[handlers]]\ntype = "message-server"\n{entry}')
        self.check("manifests", "grants handler_system.toml", "validate handler_system.toml",
                   "validate handler_system.toml --grant http-client --grant 'filesystem:paths=data;read;write;new-dir'",
                   "grants runtime_entry.toml", "validate runtime_entry.toml", "inspect runtime_entry.toml --json")

    def test_new(self):
        (self.folder / "full").mkdir()
        (self.folder / "full" / "notes.txt").write_text("mine")
        self.check("new", "new full", "new Full", "new gone/tally", "new tally -t supervisr",
                   "new tally --language cobol", "new", "new a b", "new Full --json")
        # What it says when it works, if it can be said here that nothing is missing.
        if self.has_cpp():
            self.check("new_made", "new tally -t message-server", "new tally", "new team --template supervisor --json")

    def test_version(self):
        self.check("version", "version")


if __name__ == "__main__":
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--rebase", action="store_true")
    rebase = "--rebase" in sys.argv
    support.main(options)
