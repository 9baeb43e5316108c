"""tools/verify_log.py: on logs that are built here by the documents, and on what was done to them.

Its verdicts on logs that `theater` wrote are in test_verifiers.py.
"""

import json
import re
import subprocess
import sys
import unittest

import support

sys.path.insert(0, str(support.ROOT / "tools"))
import log_builder as build  # noqa: E402
import log_cases  # noqa: E402
from log_builder import Builder, Detach, Key  # noqa: E402
from theater_log import check, checkpoint, crc32c, tree  # noqa: E402

SCRIPT = support.ROOT / "tools" / "verify_log.py"
KEY, OTHER = Key(), Key("other")
FIRST, SECOND = "segments/0000000000.segment", "segments/0000000001.segment"


def flipped(data, at):
    changed = bytearray(data)
    changed[at] ^= 1 << at % 8
    return bytes(changed)


class LogCase(support.Case):
    def report(self, files, outside=(), key=None):
        """What the verifier says of a log that has these files."""
        self.written = getattr(self, "written", {})
        for path in self.written.keys() - files.keys():
            (self.folder / path).unlink()
        for path, data in files.items():
            if self.written.get(path) != data:
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_bytes(data)
        self.written = dict(files)
        return check.check_log(str(self.folder), build.TYPES, outside, key)

    def expect(self, verdict, files, what="", **options):
        report = self.report(files, **options)
        found = "\n".join(map(str, report.findings))
        self.assertEqual(report.verdict(), verdict, found)
        self.assertIsNotNone(re.search(what, found), f"not `{what}`: {found}")
        return report

    def log_of(self, *steps, key=KEY):
        """A log with these steps after its beginning: bodies of actor 1, or functions of the builder."""
        log = Builder()
        log.begin(key)
        for step in steps:
            step(log) if callable(step) else log.add(1, *step)
        log.commit()
        log.sign(key)
        return log.files

    def genesis(self, log):
        log.genesis(1, bytes([1] * 16))


class Mutations(LogCase):
    def setUp(self):
        super().setUp()
        self.log = build.small_log(KEY)
        self.files = self.log.files

    def changed(self, path, data):
        return {**self.files, path: data}

    def test_the_log_itself_is_valid(self):
        report = self.expect("VALID", self.files)
        self.assertEqual((report.events, report.groups, report.segments, report.actors, report.bodies,
                          report.bodies_removed), (19, 6, 2, 2, 4, 0))
        self.assertEqual(report.root, build.merkle_root(self.log.leaves).hex())
        self.assertEqual(report.checkpoint["size"], 19)
        self.assertEqual(report.key, KEY.vkey(self.log.origin))

    def test_every_byte_flipped_is_found(self):
        for path, data in self.files.items():
            used = data.rstrip(b"\0") if path == SECOND else data
            for at in range(len(used)):
                with self.subTest(path=path, at=at):
                    report = self.expect("INVALID", self.changed(path, flipped(data, at)))
                    self.assertTrue(path != FIRST or report.findings[0].file == path, report.findings)

    def test_bytes_in_the_room_set_aside_are_a_torn_write(self):
        data = self.files[SECOND]
        for at in range(len(data.rstrip(b"\0")), len(data)):
            self.expect("UNVERIFIABLE", self.changed(SECOND, flipped(data, at)), "count as never written")

    def test_the_newest_segment_cut_anywhere_is_found_by_the_checkpoint(self):
        data = self.files[SECOND]
        used = len(data.rstrip(b"\0"))
        for at in range(len(data)):
            verdict = "VALID" if at >= used else "INVALID"
            self.expect(verdict, self.changed(SECOND, data[:at]), "" if at >= used else "the log has")

    def test_an_earlier_segment_cut_anywhere_is_found(self):
        data = self.files[FIRST]
        footer = self.log.frames[0][-1][0]
        for at in range(len(data)):
            # Without the footer nothing is lost.
            report = self.expect("VALID" if at == footer else "INVALID", self.changed(FIRST, data[:at]))
            self.assertTrue(at == footer or report.findings[0].segment == 0, at)

    def test_without_a_checkpoint_for_it_a_torn_last_group_was_never_written(self):
        start = self.log.frames[1][-2][0]  # The last group is an event and its trailer.
        self.files["checkpoint"] = self.log.checkpoint(KEY, 18)
        data = self.files[SECOND]
        end = len(data.rstrip(b"\0"))
        for at in range(start, end):
            verdict, what = ("VALID", "") if at == start else ("UNVERIFIABLE", f"from {start} on count as never")
            self.assertEqual(self.expect(verdict, self.changed(SECOND, data[:at]), what).events, 18)
            report = self.expect("UNVERIFIABLE", self.changed(SECOND, flipped(data, at)), "as never written")
            self.assertEqual(report.events, 18)
        self.expect("INVALID", self.changed(SECOND, flipped(data, start - 1)), "a whole group ends at")

    def test_frames_dropped_doubled_or_swapped_are_found(self):
        for number, path in enumerate((FIRST, SECOND)):
            data, frames = self.files[path], self.log.frames[number]
            for position, (start, end) in enumerate(frames):
                with self.subTest(segment=number, frame=position):
                    self.expect("INVALID", self.changed(path, data[:start] + data[end:]))
                    # The last trailer stands twice: bytes after the last whole group, and no more.
                    last = path == SECOND and position == len(frames) - 1
                    self.expect("UNVERIFIABLE" if last else "INVALID",
                                self.changed(path, data[:end] + data[start:]))
            for (start, middle), (_, end) in zip(frames, frames[1:]):
                swapped = data[:start] + data[middle:end] + data[start:middle] + data[end:]
                self.expect("INVALID", self.changed(path, swapped))

    def test_two_logs_spliced_are_found(self):
        other = build.small_log(KEY, b"hallo")
        for path, data in other.files.items():
            if data != self.files[path]:
                self.expect("INVALID", self.changed(path, data))

    def test_a_segment_that_is_missing_is_found(self):
        for path in (FIRST, SECOND):
            files = {name: data for name, data in self.files.items() if name != path}
            self.expect("INVALID", files, "segment 0 is missing" if path == FIRST else "the log has")

    def test_bodies_may_be_removed_and_nothing_else(self):
        for number, records in self.log.records.items():
            path = f"segments/{number:010}.bodies"
            data = self.files[path]
            for offset, end in records:
                removed = build.removed_record(data[offset:end])
                report = self.expect("UNVERIFIABLE", self.changed(path, data[:offset] + removed + data[end:]),
                                     "was removed")
                self.assertEqual((report.bodies_removed, report.findings[0].offset), (1, offset))
                length = end - offset - 40
                forged = build.body_record(b"x" * length, length, salt=data[offset + 16:offset + 32])
                if length:
                    self.expect("INVALID", self.changed(path, data[:offset] + forged + data[end:]), "hash")
                zeros = data[:offset] + bytes(end - offset) + data[end:]
                verdict = "INVALID" if length else "UNVERIFIABLE"
                self.expect(verdict, self.changed(path, zeros))
            for at in range(len(data)):
                self.expect("UNVERIFIABLE", self.changed(path, data[:at]))
            files = {name: raw for name, raw in self.files.items() if name != path}
            self.assertEqual(self.expect("UNVERIFIABLE", files).bodies_removed, len(records))

    def test_a_header_that_was_cut_must_be_the_beginning_of_one(self):
        path = "segments/0000000001.bodies"
        header = self.files[path][:44]
        for at in range(44):
            self.expect("INVALID", self.changed(path, flipped(header, at)), "begin as a body|version|header")
            self.expect("INVALID", self.changed(path, flipped(header, at)[:at + 1]))

    def test_what_stands_after_the_bodies_is_found_unless_it_is_torn(self):
        first, second = "segments/0000000000.bodies", "segments/0000000001.bodies"
        self.expect("INVALID", self.changed(first, self.files[first] + b"\0x"), "bytes after the last body")
        self.expect("VALID", self.changed(first, self.files[first] + b"\0\0"))
        self.expect("UNVERIFIABLE", self.changed(second, self.files[second] + b"\0x"), "as never written")
        self.expect("VALID", self.changed(second, self.files[second] + b"\0\0"))


class Checkpoints(LogCase):
    def setUp(self):
        super().setUp()
        self.log = build.small_log(KEY)

    def with_checkpoint(self, note):
        return {**self.log.files, "checkpoint": note}

    def test_without_a_checkpoint_nothing_is_proved(self):
        del self.log.files["checkpoint"]
        self.expect("UNVERIFIABLE", self.log.files, "no checkpoint")

    def test_what_no_checkpoint_covers_is_not_proved(self):
        note = self.log.checkpoint(KEY, 13)
        report = self.expect("UNVERIFIABLE", self.with_checkpoint(note), "last 6 events are under no checkpoint")
        self.assertEqual(report.checkpoint["size"], 13)
        kept = [("kept", self.log.checkpoint(KEY))]
        self.expect("VALID", self.with_checkpoint(note), outside=kept)
        self.expect("UNVERIFIABLE", self.with_checkpoint(b""), "no checkpoint", outside=kept)

    def test_a_log_that_names_no_key_cannot_be_signed(self):
        log = Builder()
        log.genesis(0, log.log_id)
        log.commit()
        log.sign(KEY)
        self.expect("UNVERIFIABLE", log.files, "names no key")

    def test_every_byte_of_a_checkpoint_from_elsewhere_counts(self):
        note = self.log.checkpoint(KEY, 11)
        self.expect("VALID", self.log.files, outside=[("kept", note)])
        for at in range(len(note)):
            report = self.expect("INVALID", self.log.files, outside=[("kept", flipped(note, at))])
            self.assertEqual(report.findings[0].file, "kept")

    def test_another_key_is_found(self):
        self.expect("INVALID", self.with_checkpoint(self.log.checkpoint(OTHER)), "not signed by")
        stolen = self.log.checkpoint(OTHER).decode().splitlines(keepends=True)
        name, blob = stolen[-1].split(" ")[1:]
        data = KEY.id(name) + build.base64.b64decode(blob)[4:]
        stolen[-1] = f"— {name} {build.base64.b64encode(data).decode()}\n"
        self.expect("INVALID", self.with_checkpoint("".join(stolen).encode()), "signature is wrong")

    def test_signatures_of_others_do_no_harm(self):
        note = self.log.checkpoint(KEY)
        text = note.decode().split("\n\n")[0] + "\n"
        self.expect("VALID", self.with_checkpoint(note + OTHER.sign("witness", text).encode()))

    def test_a_checkpoint_beyond_the_log_is_found(self):
        longer = build.small_log(KEY)
        longer.control(0, ("node-started", "again"))
        self.expect("INVALID", self.with_checkpoint(longer.checkpoint(KEY)), "20 events, but the log has 19")

    def test_a_log_that_was_rewritten_without_the_key_is_found(self):
        rewritten = build.small_log(KEY, b"hallo")
        self.expect("VALID", rewritten.files)
        self.expect("INVALID", {**rewritten.files, "checkpoint": self.log.files["checkpoint"]}, "root of the")
        rewritten.sign(OTHER)
        self.expect("INVALID", rewritten.files, "not signed by")

    def test_a_log_that_was_rewritten_with_a_key_is_found_from_elsewhere(self):
        kept = [("kept", self.log.checkpoint(KEY, 12))]
        with_the_key = build.small_log(KEY, b"hallo")
        self.expect("INVALID", with_the_key.files, "root of the first 12", outside=kept)
        with_another = build.small_log(OTHER)
        self.expect("VALID", with_another.files)
        self.expect("INVALID", with_another.files, "root of the first 12", outside=kept)
        wanted = checkpoint.parse_verifier_key(KEY.vkey(self.log.origin))
        self.expect("INVALID", with_another.files, "not the one that was asked for", key=wanted)
        self.expect("VALID", self.log.files, key=wanted)
        self.expect("INVALID", self.log.files, "not signed by", key=("another-name", KEY.public))
        del with_another.files["checkpoint"]
        self.expect("INVALID", with_another.files, "not the one that was asked for", key=wanted)

    def test_each_checkpoint_is_by_the_key_of_its_time(self):
        log = Builder()
        log.begin(KEY)
        old = log.checkpoint(KEY)
        log.control(0, ("key", OTHER.public))
        log.commit()
        log.sign(OTHER)
        self.expect("VALID", log.files, outside=[("old", old)])
        log.sign(KEY)
        self.expect("INVALID", log.files, "not signed by")

    def test_a_checkpoint_of_another_log_is_found(self):
        other = Builder(bytes(16))
        other.begin(KEY)
        self.expect("INVALID", self.log.files, "but the log is", outside=[("x", other.checkpoint(KEY))])

    def test_verifier_keys_are_read_strictly(self):
        good = KEY.vkey("name")
        self.assertEqual(checkpoint.parse_verifier_key(good), ("name", KEY.public))
        for at in range(len(good)):
            changed = flipped(good.encode(), at).decode("utf-8", "replace")
            with self.assertRaises(checkpoint.Refused, msg=changed):
                checkpoint.parse_verifier_key(changed)


class Structure(LogCase):
    """Logs whose checksums and signatures are right, and which say something that is not."""

    def test_positions_links_and_times_are_checked(self):
        for what, changes in (("seq 2, not 1", {"seq": 2}), ("parent", {"parent": bytes(32)}),
                              ("time is less", {"time": 1})):
            files = self.log_of(self.genesis, lambda log: log.add(1, *build.instance(), **changes))
            report = self.expect("INVALID", files, what)
            finding = report.findings[0]
            self.assertEqual((finding.segment, finding.index, finding.actor, finding.seq),
                             (0, 4, "01" * 16, changes.get("seq", 1)))

    def test_an_event_must_be_one_event_in_its_one_encoding(self):
        def raw(change):
            def step(log):
                data = build.encode("event", {"parent": log.chains[1][2], "seq": 1, "time": build.TIME + 9,
                                              "body": build.CONTROL})
                data = change(data)
                log.add_raw(1, data, 1, data)
            return self.log_of(self.genesis, step)
        self.expect("VALID", raw(lambda data: data))
        self.expect("INVALID", raw(lambda data: data + b"\0"), "1 bytes left over")
        self.expect("INVALID", raw(lambda data: data[:-1]), "cut off")
        self.expect("INVALID", raw(lambda data: data[:33] + b"\x81\0" + data[34:]), "not the shortest")
        self.expect("INVALID", raw(lambda data: b""), "cut off")
        long = b"\x81" * 10 + b"\1"
        self.expect("INVALID", raw(lambda data: data[:33] + long + data[34:]), "more than 64 bits")
        at = len(build.encode("event", {"parent": bytes(32), "seq": 1, "time": build.TIME + 9,
                                        "body": build.CONTROL})) - 2
        self.expect("INVALID", raw(lambda data: data[:at - 1] + b"\x12" + data[at:]), "case 18 of 18")

    def test_an_actor_has_one_chain(self):
        twice = [self.genesis, lambda log: log.genesis(2, bytes([1] * 16))]
        self.expect("INVALID", self.log_of(*twice), "has a chain of the same actor")
        self.expect("INVALID", self.log_of(self.genesis, self.genesis), "`genesis` after `genesis`")
        self.expect("INVALID", self.log_of(lambda log: log.genesis(1, build.NODE)), "same actor")

    def test_the_chain_of_the_node_is_its_own(self):
        self.expect("INVALID", self.log_of(lambda log: log.add(0, *build.instance())), "in the chain of a node")
        log = Builder()
        log.genesis(0, bytes(16))
        log.commit()
        self.expect("INVALID", log.files, "not of the actor that the log id names")
        log = Builder()
        log.genesis(1, bytes(16))
        log.commit()
        self.expect("INVALID", log.files, "no chain of its node")

    def test_versions_that_are_not_known_are_refused(self):
        for version, what in ((1, "log-version 1 .* only 2 is; .* never released"), (3, "log-version 3 .* only 2 is$")):
            files = self.log_of(lambda log: log.genesis(1, bytes(16), **{"log-version": version}))
            self.expect("INVALID", files, what)

    def test_trailers_say_what_is_there(self):
        for what, changes in (("root", {"root": bytes(32)}), ("body file ended at 7", {"bodies_end": 7})):
            log = Builder()
            log.begin(KEY)
            log.control(0, build.NOTED)
            log.commit(**changes)
            log.sign(KEY)
            self.expect("INVALID", log.files, what)
        for changes in ({"count": 2}, {"first": 2}, {"offset": 60}, {"segment": 1}, {"log_id": bytes(16)}):
            log = Builder()
            log.begin(KEY)
            log.control(0, build.NOTED)
            log.commit(**changes)
            log.control(0, build.NOTED)
            log.commit()
            log.files["checkpoint"] = log.checkpoint(KEY, 3)
            self.expect("INVALID", log.files, "a whole group ends at")

    def test_footers_list_what_is_there(self):
        log = Builder()
        log.begin(KEY)
        log.seal(seq=1)
        log.sign(KEY)
        self.expect("INVALID", log.files, "footer does not list")

    def test_headers_continue_the_log(self):
        def two(change):
            log = Builder()
            log.begin(KEY)
            log.seal()
            log.begin_segment()
            header = bytearray(log.segment[:-4])
            change(header)
            log.segment[:] = bytes(header) + build.little(4, build.crc32c(bytes(header)))
            log.control(0, build.NOTED)
            log.commit()
            log.sign(KEY)
            return log.files
        self.expect("VALID", two(lambda header: None))
        for at, what in ((16, "log id"), (32, "number"), (48, "actor number"), (56, "peaks")):
            def change(header, at=at):
                header[at] ^= 1
            self.expect("INVALID", two(change), f"header's {what} is")

        def other_first(header):
            header[40] = 5  # As many ones as in 3.
        self.expect("INVALID", two(other_first), "first index is 5, but 3")

    def test_bodies_stand_where_events_say(self):
        step = ("call", {"function": build.HANDLE, "from": "client", "arguments": Detach(b"in")})
        files = self.log_of(self.genesis, build.instance(), step)
        self.expect("VALID", files)

        def misplaced(log):
            log.add(1, *step)
            offset, end = log.frames[0].pop()
            payload = build.little(8, 45) + bytes(log.segment[offset + 24:end])
            del log.segment[offset:]
            log.frame(1, 2, payload)
        self.expect("INVALID", self.log_of(self.genesis, build.instance(), misplaced), "bodies at 45")

        def without(log):
            log.add(1, *step)
            offset, end = log.frames[0].pop()
            payload = bytes(log.segment[offset + 24:end])
            del log.segment[offset:]
            log.frame(1, 1, payload)
        self.expect("INVALID", self.log_of(self.genesis, build.instance(), without), "says none")


class LifeCycles(LogCase):
    """docs/formats/event.md, "Order"."""

    def test_what_the_grammar_allows(self):
        for bodies in log_cases.ALLOWED:
            self.expect("VALID", self.log_of(self.genesis, *bodies))

    def test_what_it_forbids(self):
        for what, bodies in log_cases.FORBIDDEN:
            self.expect("INVALID", self.log_of(self.genesis, *bodies), what)

    def of_node(self, bodies, **genesis):
        log = Builder()
        log.genesis(0, log.log_id, **genesis)
        for body in [("control", {"operation": ("key", KEY.public), "by": "runtime"}), *bodies]:
            log.add(0, *body)
        log.commit()
        log.sign(KEY)
        return log.files

    def test_the_chain_of_a_node_holds_what_is_done_to_nodes(self):
        for bodies in log_cases.ALLOWED_OF_NODE:
            if bodies[0][1]["operation"][0] != "key":
                self.expect("VALID", self.of_node(bodies))
        for what, bodies in log_cases.FORBIDDEN_OF_NODE:
            self.expect("INVALID", self.of_node(bodies), what)

    def test_a_genesis_fits_its_chain(self):
        for changes in log_cases.FORBIDDEN_GENESES:
            self.expect("INVALID", self.log_of(lambda log: log.genesis(1, bytes([1] * 16), **changes)))
        for changes in log_cases.FORBIDDEN_GENESES_OF_NODE:
            self.expect("INVALID", self.of_node([], **changes))

    def test_a_child_is_not_started_by_the_operator(self):
        parent = {"actor": bytes([2] * 16), "event": bytes(32)}
        files = self.log_of(lambda log: log.genesis(1, bytes([1] * 16), parent=parent), build.started())
        self.expect("INVALID", files, "`started` of an actor with a parent")


class Trees(LogCase):
    def test_tiles_agree_with_the_tree(self):
        log = Builder()
        log.begin(KEY)
        for _ in range(300):
            log.control(0, build.NOTED)
        log.commit()
        log.sign(KEY)
        leaves = log.leaves
        tiles = {"tile/0/000": leaves[:256], "tile/0/001.p/47": leaves[256:],
                 "tile/0/001.p/3": leaves[256:259], "tile/1/000.p/1": [build.merkle_root(leaves[:256])]}
        files = {**log.files, **{path: b"".join(hashes) for path, hashes in tiles.items()}}
        self.expect("VALID", files)
        for path in tiles:
            report = self.expect("INVALID", {**files, path: flipped(files[path], 40 % len(files[path]))},
                                 "does not hold the tree's hashes")
            self.assertEqual([finding.file for finding in report.findings], [path])
        for path in ("tile/0/002.p/1", "tile/0/001.p/48", "tile/1/000.p/2", "tile/2/000.p/1"):
            report = self.expect("INVALID", {**files, path: bytes(32)}, "beyond the end of the log")
            self.assertEqual([finding.file for finding in report.findings], [path])

    def test_tile_names(self):
        for path, place in (("tile/0/000", (0, 0, 256)), ("tile/3/067.p/8", (3, 67, 8)),
                            ("tile/0/x001/x234/067", (0, 1234067, 256))):
            self.assertEqual(tree.parse_tile_path(path), place)
            self.assertEqual(tree.tile_path(*place), path)
        for path in ("tile/0/x000/001", "tile/0/1", "tile/00/001", "tile/0/001.p/256", "tile/entries/000"):
            self.assertIsNone(tree.parse_tile_path(path), path)

    def test_the_tree_is_that_of_the_definition(self):
        grown, leaves = tree.Tree(), []
        for number in range(70):
            self.assertEqual(grown.root(), build.merkle_root(leaves))
            self.assertEqual(grown.peaks, build.peaks(leaves))
            leaves.append(build.sha256(bytes([number])))
            grown.append(leaves[-1])

    def test_checksums(self):
        self.assertEqual(crc32c.crc32c(b"123456789"), 0xE3069283)
        for length in range(40):
            self.assertEqual(crc32c.crc32c(bytes(range(length))), build.crc32c(bytes(range(length))))


class Command(support.Case):
    keeps_the_record = False

    def run_script(self, *words, env=None):
        """What the program says; the digests in these logs are those of nothing."""
        return subprocess.run([sys.executable, SCRIPT, "--no-contents", *map(str, words)], capture_output=True,
                              text=True, env=self.environment(env), timeout=support.TIMEOUT_S, check=False)

    def setUp(self):
        super().setUp()
        self.log = build.small_log(KEY)
        self.home = self.folder / "home"
        self.log.write(self.home / "log")

    def test_it_reads_a_home_or_a_log(self):
        for folder in (self.home, self.home / "log"):
            run = self.run_script(folder)
            self.assertEqual((run.returncode, run.stdout.splitlines()[0]), (0, "VALID"), run)
            self.assertIn("events 19, groups 6, segments 2, actors 2, bodies 4, removed 0", run.stdout)

    def test_the_exit_says_the_verdict(self):
        kept = self.folder / "kept"
        kept.write_bytes(self.log.checkpoint(KEY, 7))
        vkey = KEY.vkey(self.log.origin)
        self.assertEqual(self.run_script(self.home, "--checkpoint", kept, "--key", vkey).returncode, 0)
        self.assertEqual(self.run_script(self.home, "--key", OTHER.vkey(self.log.origin)).returncode, 1)
        (self.home / "log/checkpoint").unlink()
        run = self.run_script(self.home, "--json")
        found = json.loads(run.stdout)
        self.assertEqual((run.returncode, found["verdict"]), (3, "UNVERIFIABLE"))
        self.assertEqual([{name: value for name, value in finding.items() if value is not None}
                          for finding in found["findings"]],
                         [{"verdict": "UNVERIFIABLE", "file": "checkpoint", "what": "the log has no checkpoint"}])

    def test_findings_say_where(self):
        path = self.home / "log" / FIRST
        path.write_bytes(flipped(path.read_bytes(), 700))
        run = self.run_script(self.home)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stdout, r"\nINVALID: segments/0000000000.segment, offset \d+, index \d+: ")

    def test_wrong_use_is_said(self):
        (self.folder / "segments").mkdir()
        for words in ([], [self.folder], [self.folder / "nothing"], [self.home, "--key", "x"],
                      [self.home, "--checkpoint", self.folder / "nothing"]):
            run = self.run_script(*words)
            self.assertEqual((run.returncode, run.stdout), (2, ""), run)
            self.assertNotIn("Traceback", run.stderr)

    def test_a_log_of_version_1_is_refused(self):
        path = self.home / "log" / FIRST
        data = path.read_bytes()
        path.write_bytes(data[:8] + build.little(4, 1) + data[12:])
        run = self.run_script(self.home)
        self.assertEqual((run.returncode, run.stdout), (1, ""), run)
        self.assertRegex(run.stderr, "has version 1, and this tool knows version 2; a log of version 1 was never released")

    def test_absent_outputs_are_counted(self):
        self.assertNotIn("a replay makes again", self.run_script(self.home).stdout)
        log = Builder()
        log.begin(KEY)
        log.genesis(1, bytes([1] * 16))
        log.add(1, *build.instance())
        log.add(1, *build.call())
        log.add(1, *build.returned(Detach(b"out", build.ABSENT)))
        log.commit()
        log.sign(KEY)
        run = self.run_script(log.write(self.folder / "absent"))
        self.assertEqual(run.returncode, 0, run)
        self.assertIn("\nbodies that are absent, and that a replay makes again: 1\n", run.stdout)

    def test_it_says_how_to_get_what_it_needs(self):
        for package in ("cryptography", "zstandard"):
            folder = self.folder / package
            folder.mkdir()
            (folder / f"{package}.py").write_text(f"raise ImportError('no module {package}')\n")
            run = self.run_script(self.home, env={"PYTHONPATH": str(folder)})
            self.assertEqual(run.returncode, 2)
            self.assertIn(f"apt-get install python3-{package}", run.stderr)


class Document(LogCase):
    def test_the_example_is_what_the_builder_makes(self):
        page = (support.ROOT / "docs/formats/log.md").read_text(encoding="utf-8")
        example = page.split("\n## Example\n")[1].split("\n## ")[0]
        data = "".join(match.replace(" ", "") for match in
                         re.findall(r"^    ((?:[0-9a-f]{2} ?)+)(?:  .*)?$", example, re.MULTILINE))
        log = example_log()
        self.assertEqual(data, log.files[FIRST].hex())
        self.expect("UNVERIFIABLE", log.files, "no checkpoint")


def example_log():
    """The log of docs/formats/log.md, "Example"."""
    log = Builder()
    log.genesis(0, log.log_id, name="theater")
    log.commit()
    return log


if __name__ == "__main__":
    support.main()
