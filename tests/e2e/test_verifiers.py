"""The two verifiers, `theater verify` and tools/verify_log.py, which share no code, agree: on logs that
`theater` wrote, on logs that are built by the documents, and on what was done to either.
"""

import json
import random
import shutil
import subprocess
import sys
import unittest

import support

sys.path.insert(0, str(support.ROOT / "tools"))
import log_builder as build  # noqa: E402
import log_cases  # noqa: E402
from theater_log import check, contents, report  # noqa: E402

SEED = 20260101
MUTATIONS = 120
EXITS = {report.VALID: 0, report.INVALID: 1, report.UNVERIFIABLE: 3}
# What both say of a log that is not damaged.
SAME = ["log", "events", "groups", "segments", "actors", "bodies", "bodies_removed",
        "bodies_recomputable", "contents", "root", "checkpoint", "key"]


class Verifiers(support.Case):
    keeps_the_record = False

    def theirs(self, home, *words):
        """What `theater verify` says, as JSON."""
        process = subprocess.run([support.theater, "verify", str(home), "--json", *words], cwd=self.folder,
                                 capture_output=True, text=True, env=self.environment(), check=False,
                                 timeout=support.TIMEOUT_S)
        self.assertIn(process.returncode, EXITS.values(), process.stdout + process.stderr)
        found = json.loads(process.stdout)
        self.assertEqual(EXITS[found["verdict"]], process.returncode, found)
        return found

    def agreed(self, home, what="", has_contents=True, bodies_max=None):
        """What both say; fails if they do not say the same."""
        theirs = self.theirs(home, *([] if has_contents else ["--no-contents"]),
                             *([] if bodies_max is None else ["--bodies-max", str(bodies_max)]))
        log = check.log_folder(str(home))
        blobs = contents.blobs_beside(str(home), log) if has_contents else None
        ours = check.check_log(log, build.TYPES, blobs=blobs, bodies_max=bodies_max).as_json()
        both = f"{what}\ntheater: {theirs['findings']}\nverify_log.py: {ours['findings']}"
        self.assertEqual(theirs["verdict"], ours["verdict"], both)
        if ours["verdict"] != report.INVALID:
            for name in SAME:
                self.assertEqual(theirs[name], ours[name], f"{name}: {both}")
        return ours

    def files_of(self, home):
        return {path.relative_to(home / "log"): path.read_bytes()
                for path in sorted((home / "log").rglob("*")) if path.is_file()}

    def built(self, files, what="", bodies_max=None):
        home = self.folder / "built"
        shutil.rmtree(home, ignore_errors=True)
        for path, data in files.items():
            (home / "log" / path).parent.mkdir(parents=True, exist_ok=True)
            (home / "log" / path).write_bytes(data)
        return self.agreed(home, what, has_contents=False, bodies_max=bodies_max)

    def recorded(self):
        """The home of a run with three actors, whose payloads are of all kinds."""
        counter = self.actor("counter", "counter.wat")
        detached = self.actor("detached", "counter.wat", '[log]\ndetach = "all"\n')
        misbehave = self.actor("misbehave", "misbehave.wat")
        (self.folder / "long").write_text("a" * 5000)
        self.theater("run", counter, detached, misbehave, "--request", "a", "--send", "b",
                     "--send", "@long", "--request", "detached:c", "--request", "misbehave:u", exit=1)
        return self.folder / "home"


class Recorded(Verifiers):
    def test_a_fresh_log_is_valid(self):
        home = self.recorded()
        ours = self.agreed(home)
        self.assertEqual(ours["verdict"], report.VALID, ours)
        self.assertEqual((ours["actors"], ours["bodies_removed"], ours["findings"]), (3, 0, []))
        self.assertGreater(ours["bodies"], 4)
        self.assertEqual(ours["checkpoint"]["size"], ours["events"])

    def test_a_log_of_several_runs_is_valid(self):
        self.recorded()
        home = self.recorded()
        ours = self.agreed(home)
        self.assertEqual((ours["verdict"], ours["actors"]), (report.VALID, 6))

    def test_the_tiles_are_those_of_the_tree(self):
        home = self.recorded()
        tiles = [path for path in self.files_of(home) if path.parts[0] == "tile"]
        self.assertTrue(tiles, "the run left no tiles")
        for path in tiles:
            file = home / "log" / path
            data = file.read_bytes()
            file.write_bytes(data[:7] + bytes([data[7] ^ 1]) + data[8:])
            found = check.check_log(str(home / "log"), build.TYPES)
            self.assertEqual([finding.file for finding in found.findings], [str(path)])
            file.write_bytes(data)

    def test_they_agree_on_contents_that_are_missing_or_damaged(self):
        home = self.recorded()
        named = self.agreed(home)["contents"]
        self.assertEqual(named["lost"], 0)
        lost = 0
        for blob in sorted(path for path in (home / "blobs").rglob("*") if path.is_file()):
            data = blob.read_bytes()
            for damage in (blob.unlink, lambda: blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1])),
                           lambda: blob.write_bytes(b"")):
                damage()
                ours = self.agreed(home, blob.name)
                if ours["contents"]["lost"]:
                    self.assertEqual(ours["verdict"], report.UNVERIFIABLE)
                    self.assertIn("cannot be replayed", ours["findings"][0]["what"])
                    self.assertIn(blob.name, ours["findings"][0]["what"])
                    self.assertEqual(self.theirs(home, "--no-contents")["verdict"], report.VALID)
                blob.write_bytes(data)
            lost += ours["contents"]["lost"]
        self.assertEqual(lost, named["named"])
        shutil.rmtree(home / "blobs")
        self.assertEqual(self.agreed(home)["contents"], {**named, "lost": named["named"]})

    def test_they_agree_on_what_was_done_to_it(self):
        home = self.recorded()
        # Tiles are a cache that `theater verify` does not read.
        files = {path: data for path, data in self.files_of(home).items() if path.parts[0] != "tile"}
        draw = random.Random(SEED)
        verdicts = set()
        for number in range(MUTATIONS):
            changed, what = self.mutated(draw, files)
            verdicts.add(self.built(changed, f"mutation {number} of seed {SEED}: {what}")["verdict"])
        self.assertLessEqual({report.INVALID, report.UNVERIFIABLE}, verdicts)

    def mutated(self, draw, files):
        """A copy of the log with one thing done to it, and what."""
        path = draw.choice(sorted(files))
        data = files[path]
        used = len(data.rstrip(b"\0")) or 1
        # Mostly in what is used; the room set aside after it is much longer.
        at = draw.randrange(len(data) if draw.random() < 0.1 else used)
        size = draw.randrange(1, 200)
        kind = draw.choice(["flip", "flip", "flip", "cut", "zeros", "drop", "double", "delete", "append"])
        if kind == "delete":
            return {name: raw for name, raw in files.items() if name != path}, f"{path} deleted"
        changed = {"flip": data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1:],
                   "cut": data[:at], "zeros": data[:at] + bytes(len(data[at:at + size])) + data[at + size:],
                   "drop": data[:at] + data[at + size:],
                   "double": data[:at + size] + data[at:], "append": data + data[at:at + size]}[kind]
        return {**files, path: changed}, f"{path}: {kind} at {at}, {size}"


class Built(Verifiers):
    def setUp(self):
        super().setUp()
        self.key = build.Key()

    def test_they_agree_on_a_small_log_and_on_each_flipped_byte(self):
        files = build.small_log(self.key).files
        self.assertEqual(self.built(files)["verdict"], report.VALID)
        draw = random.Random(SEED)
        for path, data in files.items():
            for at in sorted(draw.sample(range(len(data)), 40)):
                flipped = data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1:]
                self.built({**files, path: flipped}, f"{path} at {at}")

    def test_they_agree_on_frames_that_were_moved(self):
        log = build.small_log(self.key)
        older = {**log.files, "checkpoint": log.checkpoint(self.key, 3)}
        for number, frames in log.frames.items():
            path = f"segments/{number:010}.segment"
            data = log.files[path]
            for start, end in frames:
                for changed in (data[:start] + data[end:], data[:end] + data[start:]):
                    for files in (log.files, older):
                        self.built({**files, path: changed}, f"{path}: frame {start} to {end}")

    def test_they_agree_on_what_a_torn_write_is(self):
        log = build.small_log(self.key)
        path = "segments/0000000001.segment"
        data = log.files[path]
        start, end = log.frames[1][-2][0], log.frames[1][-1][1]
        log.files["checkpoint"] = log.checkpoint(self.key, len(log.leaves) - 1)
        for at in range(start - 3, end + 4, 5):
            flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
            for changed in (data[:at], flipped, data[:at] + bytes(500)):
                self.built({**log.files, path: changed}, f"{path} at {at}")

    def test_they_agree_on_bodies(self):
        log = build.small_log(self.key)
        files = log.files
        path = "segments/0000000000.bodies"
        data = files[path]
        for at in range(0, len(data), 3):
            self.built({**files, path: data[:at]}, f"cut at {at}")
        for offset, end in log.records[0]:
            removed = data[:offset] + build.removed_record(data[offset:end]) + data[end:]
            found = self.built({**files, path: removed}, f"{offset} removed")
            self.assertEqual(found["verdict"], report.UNVERIFIABLE)
        for raw in (b"\0\0", b"\0x"):
            self.built({**files, path: data + raw}, f"{raw} after the bodies")

    def test_they_agree_on_the_forms_of_bodies(self):
        data = b"the state as it was, and as it will be"
        draw = random.Random(SEED)

        def noted(log, body):
            log.add(1, "note", {"function": build.LOG, "arguments": body})

        def log_of(*bodies):
            log = build.Builder()
            log.begin(self.key)
            log.genesis(1, bytes([1] * 16))
            log.add(1, *build.instance())
            log.add(1, *build.call())
            for body in bodies:
                noted(log, body(log.records[0][-1][0] if log.records[0] else 0))
            log.commit()
            log.sign(self.key)
            return log

        def tail(base):
            return build.Detach(b"%d" % base + data, build.TAIL, base)

        def splice(base):
            return build.Detach(data[:9] + b"%d" % base + data[9:], build.SPLICE, base)
        forms = (lambda _: build.Detach(data), lambda base: build.Detach(data, build.ZSTD_AFTER, base), tail,
                 lambda _: build.Detach(data, build.ZSTD), splice, lambda _: build.Detach(data, build.ABSENT))
        log = log_of(*forms)
        self.assertEqual(self.built(log.files, "each form")["bodies_recomputable"], 1)
        path = "segments/0000000000.bodies"
        raw = log.files[path]
        for at in [*range(44, 84), *draw.sample(range(len(raw)), 60)]:
            changed = raw[:at] + bytes([raw[at] ^ 1 << draw.randrange(8)]) + raw[at + 1:]
            self.assertEqual(self.built({**log.files, path: changed}, f"byte {at}")["verdict"], report.INVALID, at)
        for at in range(0, len(raw), 9):
            self.assertEqual(self.built({**log.files, path: raw[:at]}, f"cut at {at}")["verdict"], report.UNVERIFIABLE)
        for start, end in log.records[0]:
            removed = raw[:start] + build.removed_record(raw[start:end]) + raw[end:]
            self.built({**log.files, path: removed}, f"{start} removed")
        for form in (tail, splice):
            chain = [forms[0], *[form] * 17]
            self.assertEqual(self.built(log_of(*chain[:17]).files, "16 bases")["verdict"], report.VALID)
            self.assertEqual(self.built(log_of(*chain).files, "17 bases")["verdict"], report.INVALID)

        def bad_splice(beginning, end, frame=b""):
            return lambda base: build.Detach(data, build.SPLICE, base, stored=build.splice(beginning, end, frame))
        whole = build.compressed(data)
        for bad in (bad_splice(0, 0, whole), bad_splice(len(data) + 1, 0), bad_splice(len(data), 0, whole),
                    bad_splice(1, 1), bad_splice(1, 1, data), bad_splice(1, 1, whole), bad_splice(1, 2**32 - 1),
                    lambda base: build.Detach(2 * data, build.SPLICE, base, stored=build.splice(2 * len(data), 0)),
                    lambda base: build.Detach(data, build.SPLICE, base, stored=bytes(7)),
                    lambda base: build.Detach(data, build.SPLICE, stored=build.splice(len(data), 0)),
                    lambda _: build.Detach(data, 6, stored=data), lambda _: build.Detach(data, base=44),
                    lambda base: build.Detach(data, build.TAIL, base + 1, stored=b""),
                    lambda base: build.Detach(data, build.TAIL, base, stored=data),
                    lambda base: build.Detach(2 * data, build.TAIL, base, stored=b""),
                    lambda _: build.Detach(data, build.TAIL, 1 << 40, stored=b""),
                    lambda _: build.Detach(data, build.ZSTD, stored=data),
                    lambda _: build.Detach(data, build.ZSTD, stored=build.compressed(data) + b"x"),
                    lambda _: build.Detach(data, build.ZSTD, stored=build.compressed(data + b"x")),
                    lambda _: build.Detach(data, build.ABSENT, stored=b"x"),
                    lambda _: build.Detach(data, length=5), lambda _: build.Detach(data, stored=data[1:])):
            self.assertEqual(self.built(log_of(forms[0], bad).files)["verdict"], report.INVALID)
        log = log_of(forms[0])
        log.add(1, *build.returned(build.Detach(data, build.ABSENT)))
        log.add(1, *build.call(arguments=build.Detach(data, build.ABSENT)))
        log.commit()
        log.sign(self.key)
        found = self.built(log.files, "an absent input")
        self.assertEqual((found["verdict"], found["bodies_removed"], found["bodies_recomputable"]),
                         (report.UNVERIFIABLE, 1, 1))

    def test_they_agree_on_bodies_past_the_bound(self):
        data = bytes(range(256)) * 4
        log = build.Builder()
        log.begin(self.key)
        log.genesis(1, bytes([1] * 16))
        log.add(1, *build.instance())
        log.add(1, *build.call())
        forms = [build.ZSTD, build.TAIL, build.ZSTD_AFTER, build.TAIL, build.ABSENT, build.RAW, build.SPLICE]
        for number, form in enumerate(forms):
            has_base = form in (build.TAIL, build.ZSTD_AFTER, build.SPLICE)
            base = log.records[0][number - 1][0] if has_base else 0
            log.add(1, "note", {"function": build.LOG, "arguments": build.Detach(b"%d" % number + data, form, base)})
        log.commit()
        log.sign(self.key)
        removed = set()
        for bodies_max in range(0, 20_000, 97):
            found = self.built(log.files, f"at most {bodies_max}", bodies_max)
            removed.add(found["bodies_removed"])
            self.assertEqual(found["bodies_recomputable"], 1)
            self.assertEqual(found["verdict"], report.UNVERIFIABLE if found["bodies_removed"] else report.VALID)
        self.assertEqual(removed, set(range(7)))

    def test_they_agree_on_how_segments_end(self):
        files = build.small_log(self.key).files
        path = "segments/0000000000.segment"
        data = files[path]
        footer = int.from_bytes(data[-16:-8], "little")
        flipped = data[:footer + 20] + bytes([data[footer + 20] ^ 1]) + data[footer + 21:]
        for changed in (data[:footer], data[:footer] + bytes(99), data[:-16], data[:-1], data + b"\0", flipped):
            self.built({**files, path: changed}, f"{path} of {len(changed)} bytes")
        log = build.small_log(self.key)
        log.seal()
        path = "segments/0000000001.segment"
        data = log.files[path]
        self.assertEqual(self.built(log.files)["verdict"], report.VALID)
        for at in range(1, 60, 7):
            flipped = data[:-at] + bytes([data[-at] ^ 1]) + data[len(data) - at + 1:]
            for changed in (data[:-at], flipped, data + bytes(at)):
                found = self.built({**log.files, path: changed}, f"{path} of {len(changed)} bytes, {at}")
                self.assertEqual(found["verdict"], report.UNVERIFIABLE)

    def test_they_agree_on_trailers_and_headers_that_are_wrong(self):
        for changes in ({"root": bytes(32)}, {"bodies_end": 7}, {"count": 2}, {"first": 2}, {"offset": 60},
                        {"segment": 1}, {"log_id": bytes(16)}):
            log = build.Builder()
            log.begin(self.key)
            log.control(0, build.NOTED)
            log.commit(**changes)
            log.files["checkpoint"] = log.checkpoint(self.key, 3)
            self.built(log.files, f"{changes} in the last trailer")
            log.control(0, build.NOTED)
            log.commit()
            found = self.built(log.files, f"{changes} in a trailer")
            self.assertEqual(found["verdict"], report.INVALID)
        for at, bit in ((16, 1), (32, 1), (40, 6), (48, 1), (56, 1)):
            log = build.Builder()
            log.begin(self.key)
            log.seal()
            log.begin_segment()
            header = bytearray(log.segment[:-4])
            header[at] ^= bit
            log.segment[:] = bytes(header) + build.little(4, build.crc32c(bytes(header)))
            log.control(0, build.NOTED)
            log.commit()
            log.sign(self.key)
            self.assertEqual(self.built(log.files, f"header at {at}")["verdict"], report.INVALID)

    def test_they_agree_on_checkpoints(self):
        log = build.small_log(self.key)
        good = log.files["checkpoint"].decode()
        for note in ("", good[:-1], good.replace("\n", "\r\n"), good.replace("\n19\n", "\n019\n"),
                     good.replace("\n\n", "\nmore\n\n"), good + good.split("\n")[-2] + "\n",
                     good + build.Key("witness").sign("witness", good.split("\n\n")[0] + "\n"),
                     log.checkpoint(build.Key("other")).decode(), log.checkpoint(self.key, 7).decode()):
            self.built({**log.files, "checkpoint": note.encode()}, repr(note))
        old = build.Builder()
        old.begin(self.key)
        first = old.checkpoint(self.key)
        old.control(0, ("key", build.Key("other").public))
        old.commit()
        for note in (first, old.checkpoint(self.key), old.checkpoint(build.Key("other"))):
            self.built({**old.files, "checkpoint": note}, "keys of different times")

    def test_they_agree_on_life_cycles(self):
        cases = [(report.VALID, bodies) for bodies in log_cases.ALLOWED]
        cases += [(report.INVALID, bodies) for _, bodies in log_cases.FORBIDDEN]
        for verdict, bodies in cases:
            log = build.Builder()
            log.begin(self.key)
            log.genesis(1, bytes([1] * 16))
            for body in bodies:
                log.add(1, *body)
            log.commit()
            log.sign(self.key)
            labels = [label for label, _ in bodies]
            self.assertEqual(self.built(log.files, labels)["verdict"], verdict, labels)

    def of_node(self, bodies, **genesis):
        log = build.Builder()
        log.genesis(0, log.log_id, **genesis)
        for body in bodies:
            log.add(0, *body)
        log.control(0, ("key", self.key.public))
        log.commit()
        log.sign(self.key)
        return log.files

    def test_they_agree_on_the_chain_of_a_node(self):
        cases = [(report.VALID, bodies) for bodies in log_cases.ALLOWED_OF_NODE]
        cases += [(report.INVALID, bodies) for _, bodies in log_cases.FORBIDDEN_OF_NODE]
        for verdict, bodies in cases:
            self.assertEqual(self.built(self.of_node(bodies), bodies)["verdict"], verdict, bodies)

    def test_they_agree_on_how_a_chain_begins(self):
        for changes in log_cases.FORBIDDEN_GENESES_OF_NODE:
            self.assertEqual(self.built(self.of_node([], **changes), changes)["verdict"], report.INVALID, changes)
        parent = {"actor": bytes([2] * 16), "event": bytes(32)}
        for changes in (*log_cases.FORBIDDEN_GENESES, {"parent": parent}):
            log = build.Builder()
            log.begin(self.key)
            log.genesis(1, bytes([1] * 16), **changes)
            log.add(1, *build.started())
            log.commit()
            log.sign(self.key)
            self.assertEqual(self.built(log.files, changes)["verdict"], report.INVALID, changes)

    def family(self, options):
        log = build.Builder()
        log.begin(self.key)
        build.family(log, **options)
        log.commit()
        log.sign(self.key)
        return log

    def test_they_agree_on_families(self):
        for options in log_cases.ALLOWED_FAMILIES:
            found = self.built(self.family(options).files, options)
            self.assertEqual(found["verdict"], report.VALID, options)
        for what, options in log_cases.FORBIDDEN_FAMILIES:
            files = self.family(options).files
            found = self.built(files, options)
            self.assertEqual(found["verdict"], report.INVALID, options)
            theirs = self.theirs(self.folder / "built")
            for findings in (found["findings"], theirs["findings"]):
                self.assertIn(what, "; ".join(finding["what"] for finding in findings), options)
                self.assertIsNotNone(findings[0]["seq"], findings)

    def test_they_agree_on_two_parents_of_one_child(self):
        for again in (1, 3):
            log = build.Builder()
            log.begin(self.key)
            build.family(log, left_out=["parent-terminated"])
            log.genesis(3, build.sha256(b"stranger")[:16])
            said = {"actor": build.sha256(b"child")[:16], "genesis": bytes(32)}
            log.add(again, "child", said)
            log.commit()
            log.sign(self.key)
            self.assertEqual(self.built(log.files)["verdict"], report.INVALID, again)

    def test_they_agree_on_where_a_family_is_cut_off(self):
        options = {"how": log_cases.completed(build.Detach(b"bye"))}
        events = len(self.family(options).leaves)
        for count in range(4, events + 1):
            log = build.Builder()
            log.begin(self.key)
            build.family(_Cut(log, count), **options)
            log.commit()
            log.sign(self.key)
            self.assertEqual(self.built(log.files, count)["verdict"], report.VALID, f"{count} of {events}")


class _Cut:
    """A builder that takes events until the log has so many."""

    def __init__(self, log, count):
        self.log, self.count = log, count

    def add(self, number, label, body, **changes):
        if len(self.log.leaves) < self.count:
            return self.log.add(number, label, body, **changes)
        return bytes(32)

    def genesis(self, number, actor, **changes):
        if len(self.log.leaves) < self.count:
            return self.log.genesis(number, actor, **changes)
        return bytes(32)


if __name__ == "__main__":
    support.main()
