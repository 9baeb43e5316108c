"""Exports: written, and verified and replayed where there is nothing but the program and the file.

    test_export.py --theater BINARY --record     makes the exports in tests/golden/exports that are missing

Those are never made again: they verify and replay for ever.
"""

import io
import json
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import support

sys.path.insert(0, str(support.ROOT / "tools"))
import export_cases as cases  # noqa: E402
from theater_log import checkpoint, export, report, version  # noqa: E402
from theater_log.chain import event_hash  # noqa: E402
from theater_log.wit import parse_types  # noqa: E402

GOLDEN = support.ROOT / "tests" / "golden" / "exports"
LOGS = support.ROOT / "tests" / "golden" / "logs"
TYPES = parse_types((support.ROOT / "wit" / "log" / "log.wit").read_text())
STATEMENT = export.statement_of((support.ROOT / "docs" / "formats" / "export.md").read_text())
EXITS = {report.VALID: 0, report.INVALID: 1, report.UNVERIFIABLE: 3}
# What both verifiers say of an export that is not damaged.
SAME = ["verdict", "bytes", "log", "actor", "name", "events", "proved", "index", "head", "terminated", "bodies",
        "bodies_removed", "bodies_recomputable", "blobs", "blobs_missing", "checkpoint", "key"]
SEED = 20260101
# Which actor of which golden log each golden export is of.
ORIGINS = {"agent": ("agent", "c41f0d6fada7ad84256ac057b8958778"), "all": ("bodies", "all"),
           "inputs": ("bodies", "inputs"), "snapshots": ("lives", "snapshots"),
           "calls": ("failures", "calls"), "spin": ("failures", "spin"),
           "node": ("bodies", "2b254866997b1858a178373e97a879f9")}


class MemoryFile(io.BytesIO):
    """Bytes that the Python verifier takes for a file."""

    def fileno(self):
        descriptor = os.memfd_create("export")
        os.write(descriptor, self.getvalue())
        self.descriptor = descriptor
        return descriptor

    def close(self):
        os.close(self.descriptor)
        super().close()


class Exports(support.Case):
    keeps_the_record = False

    def verify(self, path, *words, exit=None):
        """What `theater verify` says of an export, as JSON; none if it is of an unknown version."""
        run = self.theater("verify", path, *words, "--json", exit=exit)
        said = run.lines()[0]
        if "error" in said:
            self.assertEqual((run.exit, said["error"]["code"]), (1, "unsupported"), str(run))
            return None
        self.assertEqual(EXITS[said["verdict"]], run.exit, str(run))
        return said

    def other(self, data, outside=(), key=None, bodies_max=None):
        """The same by tools/verify_export.py."""
        with MemoryFile(data) as file:
            try:
                return export.check_export(file, TYPES, STATEMENT, outside, key, bodies_max).as_json()
            except version.Unsupported:
                return None

    def agreed(self, path, *words, outside=(), key=None, what="", bodies_max=None):
        """What both say; fails if they do not say the same."""
        ours = self.other(Path(self.folder / path).read_bytes(), outside, key, bodies_max)
        theirs = self.verify(path, *words, *([] if bodies_max is None else ["--bodies-max", bodies_max]))
        both = f"{what}\ntheater: {theirs}\nverify_export.py: {ours}"
        if ours is None or theirs is None:
            self.assertEqual(ours, theirs, both)
        elif ours["verdict"] == report.INVALID:
            self.assertEqual(theirs["verdict"], report.INVALID, both)
        else:
            self.assertEqual({name: theirs[name] for name in SAME}, {name: ours[name] for name in SAME}, both)
            self.assertEqual([finding["seq"] for finding in theirs["findings"]],
                             [finding["seq"] for finding in ours["findings"]], both)
        return theirs

    def counted(self, text=""):
        """Records a run of a counter; the actor's id."""
        before = self.ids() if (self.folder / "home").exists() else set()
        self.theater("run", self.actor("counter", "counter.wat", text), "--send", "inc", "--request", "get",
                     exit=0)
        (made,) = self.ids() - before
        return made

    def ids(self):
        return {actor["id"] for actor in self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]}

    def export(self, actor, name="a.export", *words, exit=0):
        return self.theater("log", "export", actor, "-o", name, *words, "--json", exit=exit).lines()[0]

    def facts(self, path):
        said = self.agreed(path)
        facts = {name: said[name] for name in SAME}
        if said["actor"] != said["log"]:
            replayed = self.theater("replay", path, "--json").lines()[0]
            facts["replay"] = {name: replayed[name] for name in ("outcome", "calls", "head", "complete")}
        return facts


class Written(Exports):
    def test_an_export_is_valid_and_replays(self):
        actor = self.counted('[log]\ndetach = "all"\n')
        said = self.export(actor)
        self.assertEqual((said["proved"], said["bodies_removed"], said["blobs_missing"]), (said["events"], 0, []))
        self.assertGreater(said["bodies"], 3)
        path = self.folder / "a.export"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(said["bytes"], path.stat().st_size)
        theirs = self.agreed("a.export")
        self.assertEqual((theirs["verdict"], theirs["findings"]), (report.VALID, []))
        listed = [entry for entry in self.theater("log", "list", "--json").lines()[0]["actors"]
                  if entry["id"] == actor][0]
        self.assertEqual((theirs["head"], theirs["events"]), (listed["head"], listed["events"]))
        replayed = self.theater("replay", "a.export", "--json", exit=0).lines()[0]
        self.assertEqual((replayed["outcome"], replayed["complete"], replayed["head"]),
                         ("IDENTICAL", True, listed["head"]))
        # The same again gives the same bytes.
        self.export(actor, "b.export")
        self.assertEqual(path.read_bytes(), (self.folder / "b.export").read_bytes())
        self.assertIn("proved by   the checkpoint", self.theater("log", "export", actor, "-o", "b.export").out)

    def test_it_is_shown_as_the_log_is(self):
        actor = self.counted()
        self.export(actor)
        for words in (["show"], ["show", "--from", "4"], ["show", "--json"], ["head"], ["head", "--json"]):
            shown = self.theater("log", words[0], "a.export", *words[1:], exit=0)
            self.assertEqual(shown.out, self.theater("log", words[0], actor, *words[1:], exit=0).out)
        self.assertIn("is an export", self.theater("log", "show", "a.export", "--follow", exit=1).err)

    def test_until_and_state_work_in_an_export(self):
        self.export(self.counted())
        said = self.theater("replay", "a.export", "--until", "4", "--state", "--json", exit=0).lines()[0]
        self.assertEqual((said["events"], said["complete"]), (5, False))
        other = support.GUESTS / "echo.wat"
        self.theater("replay", "a.export", "--component", other, exit=1)

    def test_the_node_itself_is_exported(self):
        self.counted()
        log = self.theater("log", "list", "--json").lines()[0]["log"]
        self.export(log)
        self.assertEqual(self.agreed("a.export")["verdict"], report.VALID)
        self.assertIn("runs no component", self.theater("replay", "a.export", exit=1).err)

    def test_a_running_node_is_exported_from(self):
        run = self.start("run", self.actor("counter", "counter.wat"), "--log-level", "off")
        try:
            deadline = time.monotonic() + support.TIMEOUT_S
            while self.theater("log", "export", "counter", "-o", "a.export", "--json").exit != 0:
                self.assertLess(time.monotonic(), deadline)
            said = self.agreed("a.export")
            self.assertEqual((said["verdict"], said["terminated"]), (report.VALID, False), said)
            self.theater("replay", "a.export", exit=0)
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=support.TIMEOUT_S)

    def test_what_no_checkpoint_covers_is_said(self):
        first = self.counted()
        kept = (self.folder / "home/log/checkpoint").read_bytes()
        second = self.counted()
        (self.folder / "home/log/checkpoint").write_bytes(kept)
        self.export(first)
        self.assertEqual(self.agreed("a.export")["verdict"], report.VALID)
        said = self.theater("log", "export", second, "-o", "a.export", exit=0)
        self.assertIn("UNVERIFIABLE", said.err)
        theirs = self.agreed("a.export")
        self.assertEqual((theirs["verdict"], theirs["proved"]), (report.UNVERIFIABLE, 0))
        (self.folder / "home/log/checkpoint").unlink()
        self.export(first)
        self.assertEqual(self.agreed("a.export")["verdict"], report.UNVERIFIABLE)
        self.theater("replay", "a.export", exit=0)

    def test_a_memory_actor_may_leave_its_chain(self):
        keys = "save_chain = true\n"
        log = '[log]\ndurability = "memory"\n'
        counter = self.actor("counter", "counter.wat", log, keys=keys)
        other = self.actor("other", "counter.wat", log)
        self.theater("run", counter, other, "--request", "counter:a", "--request", "other:a", exit=0)
        files = list((self.folder / "home" / "chains").iterdir())
        self.assertEqual(len(files), 1, files)
        self.assertEqual(files[0].stat().st_mode & 0o777, 0o600)
        verified = self.theater("verify", files[0], "--json", exit=3).lines()[0]
        self.assertEqual((verified["verdict"], verified["name"], verified["proved"]), ("UNVERIFIABLE", "counter", 0))
        self.assertEqual(files[0].name, f"{verified['actor']}.export")
        self.assertTrue(verified["terminated"])
        self.assertEqual(verified["blobs_missing"], 0)
        replayed = self.theater("replay", files[0], "--json", exit=0).lines()[0]
        self.assertEqual((replayed["outcome"], replayed["complete"]), ("IDENTICAL", True))
        self.assertEqual(replayed["head"], verified["head"])

    def test_removed_bodies_stay_removed(self):
        actor = self.counted('[log]\ndetach = "all"\n')
        bodies = self.folder / "home/log/segments/0000000000.bodies"
        data = bytearray(bodies.read_bytes())
        stored, = struct.unpack_from("<I", data, 48)
        data[44:48] = bytes(4)
        data[56:84 + stored] = bytes(28 + stored)
        bodies.write_bytes(data)
        self.assertEqual(self.export(actor)["bodies_removed"], 1)
        theirs = self.agreed("a.export")
        self.assertEqual((theirs["verdict"], theirs["bodies_removed"]), (report.UNVERIFIABLE, 1))
        self.assertIn("UNVERIFIABLE", self.theater("replay", "a.export", exit=3).out)

    def test_a_missing_component_is_said(self):
        actor = self.counted()
        shutil.rmtree(self.folder / "home/blobs")
        self.assertEqual(len(self.export(actor)["blobs_missing"]), 2)
        self.assertEqual(self.agreed("a.export")["verdict"], report.UNVERIFIABLE)
        self.assertIn("missing", self.theater("replay", "a.export", exit=3).out)

    def test_it_is_compared_with_what_was_kept(self):
        self.counted()
        self.folder.joinpath("kept").write_text(self.theater("log", "checkpoint", exit=0).out)
        kept = [("kept", self.folder.joinpath("kept").read_bytes())]
        actor = self.counted()
        key = self.theater("log", "key", exit=0).out.strip()
        parsed = checkpoint.parse_verifier_key(key)
        self.export(actor)
        self.assertEqual(self.agreed("a.export", "--checkpoint", "kept", outside=kept)["verdict"],
                         report.UNVERIFIABLE)
        self.assertTrue(self.export(actor, "a.export", "--since", "kept")["goes_on"])
        said = self.agreed("a.export", "--checkpoint", "kept", "--key", key, outside=kept, key=parsed)
        self.assertEqual(said["verdict"], report.VALID, said)
        # Another node's.
        self.theater("run", "counter.toml", "--home", "other", "--request", "get", exit=0)
        self.folder.joinpath("foreign").write_text(self.theater("log", "head", "--home", "other").out)
        foreign = [("foreign", self.folder.joinpath("foreign").read_bytes())]
        self.assertEqual(self.agreed("a.export", "--checkpoint", "foreign", outside=foreign)["verdict"],
                         report.INVALID)
        other_key = self.theater("log", "key", "--home", "other").out.strip()
        self.assertEqual(self.verify("a.export", "--key", other_key)["verdict"], report.INVALID)
        self.theater("log", "export", actor, "-o", "b.export", "--since", "foreign", exit=1)
        self.assertFalse((self.folder / "b.export").exists())

    def test_wrong_use_is_explained(self):
        actor = self.counted()
        (self.folder / "mine").write_text("not yours")
        for words, text in ((["log", "export", "countr", "-o", "a"], "did you mean `counter`?"),
                            (["log", "export", actor[:-1] + "x", "-o", "a"], "no actor"),
                            (["log", "export", _swapped(actor), "-o", "a"], f"did you mean `{actor}`?"),
                            (["log", "export", actor, "-o", "mine"], "exists and is no export"),
                            (["log", "export", actor, "-o", "gone/a"], "No such file"),
                            (["log", "export", actor, "-o", "a", "--since", "mine"], "mine"),
                            (["verify", "./mine"], "is no export"), (["replay", "./mine"], "is no export"),
                            (["log", "proof", actor, "99"], "no event 99")):
            self.assertIn(text, self.theater(*words, exit=1).err)
        self.export(actor)
        self.theater("verify", "a.export", "--messages", exit=2)
        self.theater("log", "export", actor, exit=2)
        self.theater("log", "proof", actor, exit=2)
        self.theater("log", "proof", actor, "x", exit=2)
        self.assertEqual((self.folder / "mine").read_text(), "not yours")

    def test_nothing_half_written_is_left(self):
        actor = self.counted()
        self.export(actor)
        before = (self.folder / "a.export").read_bytes()

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        for name in ("a.export", "b.export"):
            run = subprocess.run([support.theater, "log", "export", actor, "-o", name], cwd=self.folder, check=False,
                                 capture_output=True, env=self.environment(), preexec_fn=small_files,
                                 restore_signals=False, timeout=support.TIMEOUT_S)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertIn(b"cannot write", run.stderr)
        self.assertEqual((self.folder / "a.export").read_bytes(), before)
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.export*")), ["a.export"])

    def test_a_full_disk_is_said(self):
        actor = self.counted()
        disk = self.folder / "disk"
        disk.mkdir()
        script = 'mount -t tmpfs -o size=4k none "$1" || exit 77; "$2" log export "$3" -o "$1/a"; code=$?; ' \
                 'ls -A "$1"; exit $code'
        run = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", disk, support.theater, actor], check=False,
                             cwd=self.folder, capture_output=True, text=True, env=self.environment(),
                             timeout=support.TIMEOUT_S) if shutil.which("unshare") else None
        if run is None or run.returncode == 77 or "unshare failed" in run.stderr:
            self.skipTest("this needs `unshare -rm` and a tmpfs of its own: no file system to fill here")
        self.assertEqual((run.returncode, run.stdout), (1, ""), run.stderr)
        self.assertIn("No space left", run.stderr)


class Proofs(Exports):
    def setUp(self):
        super().setUp()
        self.id = self.counted()
        self.kept = self.theater("log", "checkpoint", exit=0).out
        self.folder.joinpath("kept").write_text(self.kept)
        self.counted()

    def test_each_event_is_proved(self):
        events = [line["event"] for line in self.theater("log", "show", self.id, "--json", exit=0).lines()]
        key = checkpoint.parse_verifier_key(self.theater("log", "key").out)
        for event in events:
            said = self.theater("log", "proof", self.id, event["seq"], "--json", exit=0).lines()[0]
            text = self.theater("log", "proof", self.id, event["seq"], exit=0).out
            self.assertEqual((said["proof"], said["hash"]), (text, event["hash"]))
            self.assertTrue(text.startswith(export.TLOG_PROOF))
            index, hashes, note = export.proof_parts(text[len(export.TLOG_PROOF):], "index")
            parsed = checkpoint.parse(note.encode())
            checkpoint.check_signature(parsed, *key)
            leaf = event_hash(bytes.fromhex(event["bytes"]))
            self.assertEqual(export.included_root(leaf, index, parsed.size, hashes), parsed.root)
        shutil.rmtree(self.folder / "home/log/tile")
        self.assertEqual(self.theater("log", "proof", self.id, events[-1]["seq"], exit=0).out, text)

    def test_a_checkpoint_goes_on_from_another(self):
        text = self.theater("log", "checkpoint", "--since", "kept", exit=0).out
        old, hashes, note = export.proof_parts(text, "old")
        before, now = checkpoint.parse(self.kept.encode()), checkpoint.parse(note.encode())
        self.assertEqual((old, note), (before.size, self.theater("log", "checkpoint", exit=0).out))
        self.assertTrue(export.goes_on(old, before.root, now.size, now.root, hashes))
        self.assertFalse(export.goes_on(old, bytes(32), now.size, now.root, hashes))
        said = self.theater("log", "checkpoint", "--since", "kept", "--json", exit=0).lines()[0]
        self.assertEqual((said["since"]["proof"], said["size"]), (text, now.size))
        self.assertEqual(self.theater("log", "checkpoint").out, self.theater("log", "head").out)

    def test_without_a_checkpoint_there_is_no_proof(self):
        (self.folder / "home/log/checkpoint").unlink()
        self.assertIn("no checkpoint", self.theater("log", "checkpoint", exit=1).err)
        self.assertIn("no checkpoint covers", self.theater("log", "proof", self.id, 0, exit=1).err)

    def test_the_sizes_add_up(self):
        self.counted('[log]\ndetach = "all"\n')
        sizes = self.theater("log", "size", "--json", exit=0).lines()[0]
        verified = self.theater("verify", "--json", exit=0).lines()[0]
        self.assertEqual((sizes["total"]["events"], sizes["total"]["bodies"], sizes["segments"]),
                         (verified["events"], verified["bodies"], verified["segments"]))
        parts = [sizes["node"], *sizes["actors"]]
        for name, value in sizes["total"].items():
            self.assertEqual(sum(part[name] for part in parts), value, name)
        files = (self.folder / "home/log/segments").iterdir()
        self.assertEqual(sum(path.stat().st_size for path in files),
                         sizes["segment_bytes"] + sizes["body_file_bytes"])
        lines = self.theater("log", "size", exit=0).out.splitlines()
        self.assertEqual(len(lines), 3 + len(parts) + 1)
        self.assertIn(str(sizes["total"]["event_bytes"]), lines[-1])


class Golden(Exports):
    def test_each_is_what_it_was(self):
        expected = json.loads((GOLDEN / "expected.json").read_text())
        self.assertEqual(sorted(expected), sorted(path.name for path in GOLDEN.glob("*.export")))
        self.assertGreater(len(expected), 5)
        for name, facts in expected.items():
            with self.subTest(export=name):
                self.assertEqual(self.facts(GOLDEN / name), facts)

    def test_the_golden_logs_give_them_still(self):
        for name, (log, actor) in ORIGINS.items():
            with self.subTest(export=name):
                made = f"{name}.export"
                self.theater("log", "export", actor, "--home", LOGS / log, "-o", made, exit=0)
                self.assertEqual((self.folder / made).read_bytes(), (GOLDEN / made).read_bytes())

    def test_both_verifiers_agree_on_what_was_changed(self):
        rng = random.Random(SEED)
        verdicts = set()
        for name in ("all.export", "spin.export", "node.export", "removed.export"):
            for what, data in cases.mutations((GOLDEN / name).read_bytes(), rng, 18):
                (self.folder / "changed").write_bytes(data)
                if not data.startswith(b"theaterX"):
                    self.assertEqual(self.other(data)["verdict"], report.INVALID)
                    self.theater("verify", "./changed", exit=1)
                    continue
                said = self.agreed("changed", what=f"{name}: {what}")
                verdicts.add(said and said["verdict"])
                same = data == (GOLDEN / name).read_bytes()
                self.assertTrue(same or said is None or said["verdict"] != report.VALID, f"{name}: {what}")
        self.assertIn(report.INVALID, verdicts)


    def test_both_verifiers_agree_on_bodies_past_the_bound(self):
        path = GOLDEN / "all.export"
        usual = self.agreed(path)
        removed = []
        for bodies_max in range(0, 200, 10):
            said = self.agreed(path, bodies_max=bodies_max, what=f"at most {bodies_max}")
            removed.append(said["bodies_removed"])
            more = [finding["what"] for finding in said["findings"] if "--bodies-max" in finding["what"]]
            self.assertEqual(bool(more), said["bodies_removed"] > usual["bodies_removed"], said)
        self.assertEqual(removed, sorted(removed, reverse=True))
        self.assertEqual(removed[0], usual["bodies"] - usual["bodies_recomputable"])
        self.assertLess(removed[-1], removed[0])

    def test_a_bound_that_is_no_number_of_bytes_is_refused(self):
        refused = self.theater("verify", GOLDEN / "all.export", "--bodies-max", "4GB", exit=2)
        self.assertIn("--bodies-max", refused.err)
        self.assertIn("GiB", refused.err)


class EmptyRoot(Exports):
    """Where there is nothing but the program, what it is linked with, and the file."""

    def root(self):
        """A folder with just that."""
        root = self.folder / "root"
        root.mkdir()
        linked = subprocess.run(["ldd", support.theater], capture_output=True, text=True, check=False).stdout
        paths = [word for line in linked.splitlines() for word in line.split() if word.startswith("/")]
        for path in [support.theater, *paths]:
            there = root / path.lstrip("/") if path in paths else root / "theater"
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, there)
        return root

    def enter(self, root):
        return [shutil.which("unshare"), "-r", shutil.which("chroot") or "chroot", root, "/theater"]

    def run_in(self, root, *words):
        """In the folder as the root of everything; in the folder, if that cannot be."""
        options = {"capture_output": True, "text": True, "check": False, "timeout": support.TIMEOUT_S, "env": {}}
        if self.is_root:
            return subprocess.run([*self.enter(root), *words], **options)
        return subprocess.run([root / "theater", *words], cwd=root, **options)

    def test_an_export_is_enough(self):
        """The transcript of docs/guides/verify-and-replay.md."""
        self.theater("run", self.actor("counter", "counter.wat"), "--send", "inc", "--send", "add 5", "--request",
                     "get", exit=0)
        self.theater("log", "export", "counter", "-o", "counter.export", exit=0)
        head = self.theater("log", "head", "counter", "--json", exit=0).lines()[0]["head"]
        root = self.root()
        shutil.move(self.folder / "counter.export", root / "counter.export")
        shutil.rmtree(self.folder / "home")
        self.is_root = shutil.which("unshare") is not None and subprocess.run(
            [*self.enter(root), "version"], capture_output=True, env={}, check=False).returncode == 0
        print("in a root of its own" if self.is_root else "no `unshare -r chroot` here: in an empty folder, "
              "without HOME and THEATER_HOME", file=sys.stderr)
        verified = self.run_in(root, "verify", "counter.export")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertTrue(verified.stdout.startswith("VALID: an export of "), verified.stdout)
        replayed = self.run_in(root, "replay", "counter.export")
        self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)
        self.assertTrue(replayed.stdout.startswith("REPLAY IDENTICAL"), replayed.stdout)
        self.assertIn(head, replayed.stdout)
        self.assertIn(head, self.run_in(root, "log", "show", "counter.export").stdout)
        # One byte is enough.
        data = bytearray((root / "counter.export").read_bytes())
        data[-100] ^= 1
        (root / "counter.export").write_bytes(data)
        self.assertEqual(self.run_in(root, "verify", "counter.export").returncode, 1)


def _swapped(digits):
    """Two neighbours that differ, swapped."""
    at = next(at for at in range(len(digits) - 1) if digits[at] != digits[at + 1])
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2:]


def recorder():
    """Not a class of this file, so that no other run makes what is missing."""
    class Recorder(Exports):
        """Makes the exports that are missing, of the golden logs and of what is done to copies of them."""

        def runTest(self):
            GOLDEN.mkdir(exist_ok=True)
            for name, (log, actor) in ORIGINS.items():
                self.make(name, LOGS / log, actor)
            home = self.folder / "home"
            shutil.copytree(LOGS / "bodies", home)
            (home / "log" / "checkpoint").unlink()
            self.make("unproved", home, "all")
            shutil.copy(LOGS / "bodies" / "log" / "checkpoint", home / "log")
            shutil.rmtree(home / "blobs")
            for bodies in (home / "log" / "segments").glob("*.bodies"):
                bodies.unlink()
            self.make("removed", home, "all")
            path = GOLDEN / "expected.json"
            facts = json.loads(path.read_text()) if path.exists() else {}
            for made in sorted(GOLDEN.glob("*.export")):
                facts.setdefault(made.name, self.facts(made))
            path.write_text(json.dumps(facts, indent=1) + "\n")

        def make(self, name, home, actor):
            if not (GOLDEN / f"{name}.export").exists():
                self.theater("log", "export", actor, "--home", home, "-o", GOLDEN / f"{name}.export", exit=0)
                (GOLDEN / f"{name}.export").chmod(0o644)

    return Recorder


if __name__ == "__main__":
    support.main_or_record(lambda: recorder()())
