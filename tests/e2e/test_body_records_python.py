"""tools/theater_log/body_record.py, by which both verifiers in Python read bodies: on records, body files and
exports that are built here by the documents.
"""

import random
import re
import sys
import tracemalloc
import unittest

import support

sys.path.insert(0, str(support.ROOT / "tools"))
import export_cases as cases  # noqa: E402
import log_builder as build  # noqa: E402
import zstandard  # noqa: E402
from log_builder import ABSENT, RAW, SPLICE, TAIL, ZSTD, ZSTD_AFTER, Builder, Detach, Key  # noqa: E402
from test_export import STATEMENT, MemoryFile  # noqa: E402
from test_verify_log_python import FIRST, LogCase, flipped  # noqa: E402
from theater_log import body_record, export  # noqa: E402
from theater_log.body_record import Allowance, Damage, Expander, Missing, Record, Refused, decode_frame  # noqa: E402
from theater_log.version import Unsupported  # noqa: E402

KEY = Key()
BODIES = "segments/0000000000.bodies"
SEED = 20260101
MAGIC = bytes.fromhex("28b52ffd")


def rle_frame(count, length, size=b""):
    """A frame of `count` blocks that make `length` zeros each, with or without its content's size."""
    head = MAGIC + (b"\xa0" + size if size else b"\0\x88")
    return head + b"".join(build.little(3, length << 3 | 2 | (at == count - 1)) + b"\0" for at in range(count))


class Frames(unittest.TestCase):
    def wrong(self, what, stored, length, prefix=b""):
        with self.assertRaisesRegex(Damage, what):
            decode_frame(stored, length, prefix)

    def test_a_frame_makes_its_bytes(self):
        draw = random.Random(SEED)
        for length in (0, 1, 7, 255, 256, 65791, 65792, 300000):
            data = bytes(draw.choice(b"abc") for _ in range(length))
            for options in ({}, {"level": 19}, {"write_content_size": False}, {"write_checksum": True}):
                self.assertEqual(decode_frame(build.compressed(data, **options), length), data)
                for prefix in (b"p", data[:1000], data + b"more"):
                    stored = build.compressed(data, prefix, **options)
                    self.assertEqual(decode_frame(stored, length, prefix), data)

    def test_a_prefix_is_needed_where_it_was_used(self):
        prefix = random.Random(SEED).randbytes(5000)
        data = prefix[100:] + b"end"
        stored = build.compressed(data, prefix)
        self.assertLess(len(stored), 100)
        self.wrong("does not decode", stored, len(data))
        self.wrong("does not decode", stored, len(data), prefix[:100])

    def test_bytes_after_the_frame_are_refused(self):
        stored = build.compressed(b"hello")
        for more in (b"\0", stored, bytes.fromhex("502a4d1800000000")):
            self.wrong(f"{len(more)} bytes stand after", stored + more, 5)

    def test_what_is_no_frame_is_refused(self):
        stored = build.compressed(b"hello" * 50, write_checksum=True)
        skipped = bytes.fromhex("502a4d1800000000")
        legacy = bytes.fromhex("27b52ffd") + stored[4:]
        for data in (b"", b"hello", MAGIC, skipped, skipped + stored, legacy):
            self.wrong("no zstd frame", data, 250)
        for at in range(5, len(stored)):
            self.wrong("cut off", stored[:at], 250)
        self.wrong("does not decode", stored[:-1] + bytes([stored[-1] ^ 1]), 250)

    def test_a_dictionary_is_refused(self):
        samples = [b"sample %d of a dictionary %d" % (at, at * at) for at in range(2000)]
        dictionary = zstandard.train_dictionary(2048, samples)
        stored = zstandard.ZstdCompressor(dict_data=dictionary).compress(samples[7])
        self.wrong("wants the dictionary", stored, len(samples[7]))

    def test_another_length_is_refused(self):
        for length in (0, 4, 6):
            self.wrong("is of 5 bytes", build.compressed(b"hello"), length)
        stored = build.compressed(b"hello", write_content_size=False)
        self.wrong("makes 5 bytes", stored, 6)
        self.wrong("makes 5 bytes|does not decode", stored, 4)
        self.wrong("does not decode", stored, 2)

    def test_a_bomb_is_not_expanded(self):
        block, count = 1 << 17, 1 << 13  # A gibibyte from 32 kibibytes.
        unsized, lying = rle_frame(count, block), rle_frame(count, block, build.little(4, 10))
        sized = rle_frame(count, block, build.little(4, block * count))
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for what, stored in (("does not decode", unsized), ("does not decode", lying), ("is of 1073741824", sized)):
            self.wrong(what, stored, 10)
        self.assertLess(tracemalloc.get_traced_memory()[1], 1 << 20)


    def test_a_length_that_no_frame_can_have_gets_no_memory(self):
        densest = rle_frame(9, 1 << 17)
        self.assertEqual(body_record.content_max(len(densest)), 9 << 17)
        self.assertEqual(decode_frame(densest, 9 << 17), bytes(9 << 17))
        self.assertEqual(decode_frame(build.compressed(b""), 0), b"")
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for prefix in (b"", b"prefix"):
            self.wrong("holds 1179648 at most", densest, body_record.LENGTH_MAX, prefix)
        self.assertLess(tracemalloc.get_traced_memory()[1], 1 << 20)


class Records(unittest.TestCase):
    """Records without a file: offsets are 100 apart."""

    def setUp(self):
        self.records = {}
        self.reads = 0

    def put(self, data, form=RAW, base=0, **fields):
        offset = 100 * (len(self.records) + 1)
        base_data = self.data[base] if base else b""
        if not self.records:
            self.data = {}
        self.data[offset] = data
        self.records[offset] = Record(**{"offset": offset, "length": len(data), "form": form, "salt": bytes(16),
                                         "base": base, "stored": build.stored_bytes(data, form, base_data), **fields})
        return offset

    def read(self, offset, end):
        self.reads += 1
        if offset not in self.records or offset + 100 > end:
            raise Damage(f"nothing is at {offset}")
        return self.records[offset]

    def body(self, offset, **options):
        return Expander(self.read, 100, **options).body(self.records[offset])

    def wrong(self, what, offset, **options):
        with self.assertRaisesRegex(Damage, what):
            self.body(offset, **options)

    def test_each_form_makes_its_body(self):
        draw = random.Random(SEED)
        first = draw.randbytes(3000)
        bases = [self.put(first), self.put(first, ZSTD), self.put(first[:2000] + b"x" + first[2000:], ZSTD)]
        bases.append(self.put(first + b"more", ZSTD_AFTER, bases[2]))
        bases.append(self.put(b"new" + first[100:], TAIL, bases[0]))
        for base in list(bases):
            for data in (first, first[5:], b"head" + first, b"", b"q"):
                bases.append(self.put(data, ZSTD_AFTER, base))
                if data and data[-1] == self.data[base][-1]:
                    bases.append(self.put(data, TAIL, base))
                if data and (data[0] == self.data[base][0] or data[-1] == self.data[base][-1]):
                    bases.append(self.put(data, SPLICE, base))
        shared = Expander(self.read, 100)
        for offset in bases:
            self.assertEqual(self.body(offset), self.data[offset])
            self.assertEqual(shared.body(self.records[offset]), self.data[offset])

    def test_an_empty_base_is_a_base(self):
        empty = self.put(b"")
        self.assertEqual(self.body(self.put(b"data", ZSTD_AFTER, empty)), b"data")
        self.wrong("last 2 bytes from a base of 0", self.put(b"data", TAIL, empty, stored=b"da"))
        self.wrong("first 4 bytes from a base of 0", self.put(b"data", SPLICE, empty, stored=build.splice(4, 0)))

    def test_an_absent_body_is_missing(self):
        with self.assertRaises(Missing) as raised:
            self.body(self.put(b"data", ABSENT))
        self.assertTrue(raised.exception.is_recomputable)

    def test_fields_that_do_not_go_together_are_refused(self):
        base = self.put(b"hello")
        for what, form, fields in (
                ("of the form 6", 6, {"stored": b"data"}), ("of the form 4294967295", 2**32 - 1, {"stored": b"data"}),
                ("raw and has 4 bytes, but 3", RAW, {"stored": b"dat"}), ("but 5 are", RAW, {"stored": b"datas"}),
                ("raw and names a base, at 100", RAW, {"base": base}), ("zstd and names", ZSTD, {"base": base}),
                ("absent and names", ABSENT, {"base": base}), ("absent, but 1 ", ABSENT, {"stored": b"d"}),
                ("4 stored nothing is left", TAIL, {"base": base, "stored": b"data"}),
                ("9 stored nothing is left", TAIL, {"base": base, "stored": b"long data"}),
                ("last 6 bytes from a base of 5", TAIL, {"base": base, "stored": b"long", "length": 10}),
                ("only 7 bytes are stored", SPLICE, {"base": base, "stored": bytes(7)}),
                ("takes 0 from its base", SPLICE, {"base": base, "stored": build.splice(0, 0, b"frame")}),
                ("takes 5 from its base", SPLICE, {"base": base, "stored": build.splice(3, 2)}),
                ("takes 4294967296 from its", SPLICE, {"base": base, "stored": build.splice(1, 2**32 - 1)}),
                ("takes 4 from its base, but 9", SPLICE, {"base": base, "stored": build.splice(2, 2, b"x")}),
                ("takes 3 from its base, but 8", SPLICE, {"base": base, "stored": build.splice(2, 1)}),
                ("first 6 bytes from a base of 5", SPLICE,
                 {"base": base, "stored": build.splice(6, 0, build.compressed(b"long")), "length": 10}),
                ("last 6 bytes from a base of 5", SPLICE,
                 {"base": base, "stored": build.splice(0, 6, build.compressed(b"long")), "length": 10}),
                ("is of 4 bytes, but the body has 5", SPLICE,
                 {"base": base, "stored": build.splice(5, 0, build.compressed(b"long")), "length": 10}),
                ("no zstd frame", SPLICE, {"base": base, "stored": build.splice(1, 2, b"raw")})):
            self.records[700] = Record(**{"offset": 700, "length": 4, "form": form, "salt": bytes(16), "base": 0,
                                          "stored": b"", **fields})
            self.wrong(what, 700)

    def test_a_base_stands_before_the_record(self):
        self.put(b"hello")
        for form, kept in ((TAIL, b"j"), (ZSTD_AFTER, b"j"), (SPLICE, build.splice(5, 0))):
            for base in (0, 1, 99, 200, 201, 300, 1 << 63):
                self.records[200] = Record(200, 5, form, bytes(16), base, kept)
                self.wrong("where no record before it begins", 200)
            self.records[200] = Record(200, 5, form, bytes(16), 150, kept)
            self.wrong("nothing is at 150", 200)

    def test_an_absent_body_is_no_base(self):
        base = self.put(b"hello", ABSENT)
        for form in (TAIL, ZSTD_AFTER, SPLICE):
            self.wrong("base at 100 is absent", self.put(b"jello", form, base))

    def test_a_form_may_be_unknown_in_a_place(self):
        self.wrong("of the form 4", self.put(b"hello", ABSENT), forms=export.FORMS)

    def chain(self, count, form):
        """A record that needs so many others."""
        last = self.put(b"0 hello hello")
        for number in range(1, count + 1):
            last = self.put(b"%d hello hello" % number, form, last)
        return last

    def test_sixteen_bases_are_read_and_seventeen_are_not(self):
        for form in (TAIL, ZSTD_AFTER, SPLICE):
            self.records = {}
            last = self.chain(16, form)
            self.assertEqual(self.body(last), b"16 hello hello")
            self.assertEqual(self.body(last, cache_size_max=0), b"16 hello hello")
            more = self.put(b"more hello", form, last)
            self.reads = 0
            self.wrong("more than 16 bases", more)
            self.assertEqual(self.reads, 16)
            # The same if the others are remembered.
            for size in (0, 1 << 20):
                expander = Expander(self.read, 100, cache_size_max=size)
                for offset in range(100, more, 100):
                    expander.body(self.records[offset])
                with self.assertRaisesRegex(Damage, "more than 16 bases"):
                    expander.body(self.records[more])

    def test_a_chain_is_not_decoded_again_for_each_record(self):
        last = self.chain(16, TAIL)
        expander = Expander(self.read, 100)
        for offset in range(100, last + 1, 100):
            expander.body(self.records[offset])
        self.assertEqual(self.reads, 0)

    def test_what_is_remembered_is_bounded(self):
        expander = Expander(self.read, 100, cache_size_max=100)
        for number in range(50):
            expander.body(self.records[self.put(bytes(number))])
            self.assertLessEqual(expander.cache_size, 100)
        self.assertEqual(expander.cache_size, sum(len(data) for data, *_ in expander.cache.values()))
        self.assertEqual(len(expander.cache), 2)

    def test_the_cost_of_a_body_does_not_depend_on_what_is_remembered(self):
        last = self.chain(5, TAIL)
        records = [self.records[offset] for offset in range(100, last + 1, 100)]
        costs = []
        for size in (0, 1 << 20):
            allowance = Allowance(1 << 20)
            expander = Expander(self.read, 100, cache_size_max=size, allowance=allowance)
            for record in records:
                expander.body(record)
            costs.append((1 << 20) - allowance.left)
        own = [record.length + len(record.stored) for record in records]
        self.assertEqual(costs, [sum(sum(own[:number + 1]) for number in range(len(own)))] * 2)

    def test_no_body_is_made_past_the_bound(self):
        large, small = self.put(bytes(1000)), self.put(b"small")
        allowance = Allowance(100)
        expander = Expander(self.read, 100, allowance=allowance)
        for offset in (large, small):
            with self.assertRaises(Refused):
                expander.body(self.records[offset])
        self.assertTrue(allowance.is_spent)

    def test_a_removed_base_loses_the_body_at_any_depth(self):
        last = self.chain(16, ZSTD_AFTER)
        for offset in range(100, last, 100):
            kept = self.records[offset]
            self.records[offset] = Record(offset, kept.length, 0, bytes(16), 0, bytes(len(kept.stored)), True)
            with self.assertRaisesRegex(Missing, f"lost with its base at {offset}, which was removed") as raised:
                self.body(last)
            self.assertFalse(raised.exception.is_recomputable)
            self.records[offset] = kept

    def test_a_base_that_is_damaged_is_said(self):
        base = self.put(b"hello", ZSTD, stored=b"no frame")
        self.wrong("^the base at 100: the stored bytes are no zstd frame", self.put(b"jello", TAIL, base, stored=b"j"))
        self.wrong("^the stored bytes are no zstd frame", base)

    def test_a_base_that_is_too_long_is_not_read(self):
        base = self.put(b"hello", RAW, length=body_record.LENGTH_MAX + 1)
        with self.assertRaisesRegex(Missing, "more than are read"):
            self.body(self.put(b"jello", TAIL, base))

    def test_changed_records_make_their_body_or_none(self):
        """With right checksums: whatever a frame is changed to, it is decoded or refused."""
        data = b"the base of it all, and the base of it again" * 3
        base = self.put(data, ZSTD)
        record = self.records[self.put(b"after " + data[7:] + b" end", ZSTD_AFTER, base)]
        edited = self.records[self.put(data[:60] + b" and the end" + data[70:], SPLICE, base)]
        for kept in (self.records[base], record, edited):
            for at in range(len(kept.stored) * 8):
                stored = bytearray(kept.stored)
                stored[at // 8] ^= 1 << at % 8
                changed = Record(kept.offset, kept.length, kept.form, kept.salt, kept.base, bytes(stored))
                try:
                    self.assertEqual(len(Expander(self.read, 100).body(changed)), kept.length)
                except Damage:
                    pass


def noted(detach):
    return ("note", {"function": build.LOG, "arguments": detach})


def log_of(*makers):
    """A log whose actor notes these payloads in one call; each is made from the offsets of the records before it."""
    log = Builder()
    log.begin(KEY)
    log.genesis(1, bytes([1] * 16))
    log.add(1, *build.instance())
    log.add(1, *build.call())
    for make in makers:
        log.add(1, *noted(make([offset for offset, _ in log.records[0]])))
    log.add(1, *build.returned())
    log.commit()
    log.sign(KEY)
    return log


HELLO = b"hello, hello, hello, hello, hello, hello, hello"
EDITED = HELLO[:9] + b"again" + HELLO[9:]
OUTPUTS = (HELLO, HELLO, HELLO + b" again", b"j" + HELLO[1:], EDITED)
EACH_FORM = (lambda at: Detach(HELLO), lambda at: Detach(HELLO, ZSTD),
             lambda at: Detach(HELLO + b" again", ZSTD_AFTER, at[1]), lambda at: Detach(b"j" + HELLO[1:], TAIL, at[0]),
             lambda at: Detach(HELLO, ABSENT), lambda at: Detach(EDITED, SPLICE, at[1]))


class BodyFiles(LogCase):
    def changed(self, log, number, change):
        """The files, with a record put in place of the one of this number."""
        data = log.files[BODIES]
        start, end = log.records[0][number]
        return {**log.files, BODIES: data[:start] + change(data[start:end]) + data[end:]}

    def test_each_form_is_read(self):
        report = self.expect("VALID", log_of(*EACH_FORM).files)
        self.assertEqual((report.bodies, report.bodies_removed, report.bodies_recomputable), (6, 0, 1))
        self.assertEqual(report.as_json()["bodies_recomputable"], 1)

    def test_every_byte_flipped_is_found(self):
        log = log_of(*EACH_FORM)
        data = log.files[BODIES]
        for at in range(len(data)):
            for bit in range(8):
                raw = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]
                self.expect("INVALID", {**log.files, BODIES: raw})

    def test_a_cut_file_has_lost_what_stood_there(self):
        log = log_of(*EACH_FORM)
        data = log.files[BODIES]
        for at in range(len(data)):
            gone = [number for number, (_, end) in enumerate(log.records[0]) if end > at]
            report = self.expect("UNVERIFIABLE", {**log.files, BODIES: data[:at]}, "the file ends before it")
            self.assertEqual((report.bodies_removed, report.bodies_recomputable), (len(gone), 4 not in gone))

    def test_a_cut_file_hides_no_wrong_place(self):
        log = log_of(*EACH_FORM)
        long = self.changed(log, 1, lambda record: record[:4] + build.little(4, 10**6) + record[8:])
        self.expect("INVALID", long, "trailer says that the bodies end at")
        start = log.records[0][1][0]
        self.expect("INVALID", {**long, BODIES: long[BODIES][:start + 40]}, "trailer says that the bodies end at")

    def test_a_group_after_a_cut_is_where_the_trailer_says(self):
        def two_groups(**changes):
            log = log_of(EACH_FORM[0])
            log.add(1, *build.call(arguments=Detach(b"in")))
            log.commit()
            log.add(1, *noted(Detach(b"more")))
            log.commit(**changes)
            log.sign(KEY)
            return log
        log = two_groups()
        self.expect("VALID", log.files)
        for at in range(len(log.files[BODIES])):
            self.expect("UNVERIFIABLE", {**log.files, BODIES: log.files[BODIES][:at]})
        log = two_groups(bodies_end=50)
        self.expect("INVALID", log.files, "the body file ended at 50|the bodies end at 50")
        self.expect("INVALID", {**log.files, BODIES: b""}, "the body file ended at 50|the bodies end at 50")

    def test_a_removed_body_takes_others_with_it(self):
        log = log_of(*EACH_FORM)
        for number, lost in ((0, 2), (1, 3), (2, 1), (3, 1), (4, 1), (5, 1)):
            report = self.expect("UNVERIFIABLE", self.changed(log, number, build.removed_record),
                                 "lost with its base at|the body was removed")
            self.assertEqual(report.bodies_removed, lost)
            self.assertEqual(report.bodies_recomputable, number != 4)

    def test_what_depends_on_a_removed_body_is_lost_at_any_depth(self):
        def after(at):
            return Detach(b"%d" % len(at) + HELLO, TAIL, at[-1])
        log = log_of(lambda at: Detach(HELLO), *[after] * 16)
        self.expect("VALID", log.files)
        for number in range(17):
            files = self.changed(log, number, build.removed_record)
            self.assertEqual(self.expect("UNVERIFIABLE", files).bodies_removed, 17 - number)
        self.expect("INVALID", log_of(lambda at: Detach(HELLO), *[after] * 17).files, "more than 16 bases")

    def test_what_is_wrong_is_said(self):
        base = EACH_FORM[0]
        trained = zstandard.train_dictionary(2048, [b"sample %d of a dictionary %d" % (at, at) for at in range(2000)])
        for what, *makers in (
                ("has 3 bytes, but its event says 5", lambda at: Detach(b"hello", length=3)),
                ("of the form 7", lambda at: Detach(b"hello", 7, stored=b"hello")),
                ("but 2 are stored", lambda at: Detach(b"hello", stored=b"he")),
                ("does not have the hash", lambda at: Detach(b"hello", stored=b"jello")),
                ("does not have the hash", lambda at: Detach(b"hello", salt=bytes(16))),
                ("names a base, at 44", base, lambda at: Detach(b"hello", ZSTD, base=44)),
                ("said to be at 0", lambda at: Detach(b"hello", TAIL, stored=b"h")),
                ("said to be at 44", lambda at: Detach(b"hello", TAIL, 44, stored=b"h")),
                ("said to be at 43", base, lambda at: Detach(b"hello", TAIL, 43, stored=b"h")),
                ("no record is at 45", base, lambda at: Detach(b"hello", TAIL, 45, stored=b"h")),
                ("no record is at 90", base, lambda at: Detach(b"hello", ZSTD_AFTER, 90, stored=b"h")),
                ("base at 44 is absent", EACH_FORM[4], lambda at: Detach(b"hello", TAIL, 44, stored=b"h")),
                ("absent, but 1 bytes", lambda at: Detach(b"hello", ABSENT, stored=b"h")),
                ("nothing is left for its tail", base, lambda at: Detach(b"hello", TAIL, 44, stored=b"hello")),
                ("its last 94 bytes from a base of 47", base, lambda at: Detach(HELLO * 2, TAIL, 44, stored=b"")),
                ("its first 94 bytes from a base of 47", base,
                 lambda at: Detach(HELLO * 2, SPLICE, 44, stored=build.splice(94, 0))),
                ("no zstd frame", lambda at: Detach(b"hello", ZSTD, stored=b"hello")),
                ("1 bytes stand after", lambda at: Detach(b"hello", ZSTD, stored=build.compressed(b"hello") + b"\0")),
                ("is of 5 bytes, but the body has 4", lambda at: Detach(b"hell", ZSTD, stored=build.compressed(b"hello"))),
                ("does not decode", lambda at: Detach(b"hello", ZSTD, stored=rle_frame(1 << 13, 1 << 17))),
                ("wants the dictionary", lambda at: Detach(
                    b"hello", ZSTD, stored=zstandard.ZstdCompressor(dict_data=trained).compress(b"hello")))):
            with self.subTest(what=what):
                self.expect("INVALID", log_of(*makers).files, what)

    def test_only_outputs_may_be_absent(self):
        gone = Detach(b"gone", ABSENT)
        outputs = [noted(gone), ("host", {"function": build.LOG, "arguments": gone, "result": build.inline(b"")}),
                   ("sent", {**build.sent()[1], "result": ("failed", build.inline(b"")), "arguments": gone}),
                   ("refused", {**build.refused(("value", build.inline(b"")))[1], "arguments": gone})]
        inputs = [("host", {"function": build.LOG, "arguments": build.inline(b""), "result": gone}),
                  ("sent", {**build.sent()[1], "result": ("failed", gone)}), build.refused(("value", gone)),
                  build.control(("noted", {"what": "fact", "about": None, "data": gone}))]
        for steps, counts in ((outputs, (0, 1)), (inputs, (1, 0))):
            for step in steps:
                files = self.log_of(self.genesis, build.instance(), build.call(), step, build.returned())
                report = self.expect("UNVERIFIABLE" if counts[0] else "VALID", files,
                                     "absent, and no replay can make it again" if counts[0] else "")
                self.assertEqual((report.bodies_removed, report.bodies_recomputable), counts, step)
        intent = [build.intent(gone), build.outcome(3), build.returned(gone)]
        report = self.expect("VALID", self.log_of(self.genesis, build.instance(), build.call(), *intent))
        self.assertEqual(report.bodies_recomputable, 2)
        files = self.log_of(self.genesis, build.instance(), build.call(arguments=gone), build.returned())
        self.assertEqual(self.expect("UNVERIFIABLE", files).bodies_removed, 1)

    def test_what_is_too_long_is_not_read(self):
        length = (1 << 30) + 1
        files = log_of(lambda at: Detach(HELLO, ZSTD, says=length, length=length)).files
        self.assertEqual(self.expect("UNVERIFIABLE", files, "1073741825 bytes, more than are read").bodies_removed, 1)
        self.expect("INVALID", log_of(lambda at: Detach(HELLO, ZSTD, says=1 << 32, length=0)).files, "its event says")

    def test_version_1_is_refused_by_name(self):
        log = log_of(EACH_FORM[0])
        for path in (FIRST, BODIES):
            data = log.files[path]
            with self.assertRaisesRegex(Unsupported, "version 1, and this tool knows version 2; a log of version 1 was"):
                self.report({**log.files, path: data[:8] + build.little(4, 1) + data[12:]})
            report = self.expect("INVALID", {**log.files, path: data[:8] + build.little(4, 3) + data[12:]},
                                 "version 3, and this tool knows version 2")
            self.assertNotIn("released", str(report.findings))


class Document(LogCase):
    """The records of docs/formats/log.md, "Body file"."""

    def test_the_examples_are_records(self):
        page = (support.ROOT / "docs/formats/log.md").read_text(encoding="utf-8")
        example = page.split("\n### Examples of records\n")[1].split("\n## ")[0]
        data = bytes.fromhex("".join(re.findall(r"^    ((?:[0-9a-f]{2} ?)+)(?:  .*)?$", example, re.MULTILINE)))
        log = log_of(*EXAMPLES)
        self.expect("VALID", log.files)
        built = log.files[BODIES][44:]
        self.assertEqual(len(data), len(built))
        # What is compressed may be written in many ways; what counts is that it is read.
        report = self.expect("VALID", {**log.files, BODIES: log.files[BODIES][:44] + data})
        self.assertEqual((report.bodies, report.bodies_recomputable), (6, 1))
        for number in (0, 3, 4):
            start, end = log.records[0][number]
            self.assertEqual(data[start - 44:end - 44].hex(), log.files[BODIES][start:end].hex())


EXAMPLES = (lambda at: Detach(b"state 41 of the counter, as it was left"), lambda at: Detach(b"a" * 100, ZSTD),
            lambda at: Detach(b"state 42 of the counter, as it was left", ZSTD_AFTER, at[0]),
            lambda at: Detach(b"state 43 of the counter, as it was left", TAIL, at[2]),
            lambda at: Detach(b"hello", ABSENT),
            lambda at: Detach(b"state 44 of the counter, as it was left", SPLICE, at[0]))


class KeepingBuilder(Builder):
    """Remembers the bytes of its events."""

    def __init__(self):
        self.kept = []
        super().__init__()

    def add_raw(self, number, data, kind, payload):
        self.kept.append((number, data))
        super().add_raw(number, data, kind, payload)


def inclusion(leaves, index):
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return inclusion(leaves[:split], index) + [build.merkle_root(leaves[split:])]
    return inclusion(leaves[split:], index - split) + [build.merkle_root(leaves[:split])]


class Exports(support.Case):
    """Exports of one actor, whose bodies are stored as a test says."""

    keeps_the_record = False

    def setUp(self):
        super().setUp()
        self.log = KeepingBuilder()
        self.log.begin(KEY)
        self.actor = bytes([1] * 16)

    def make(self, bodies, outputs=OUTPUTS, steps=()):
        """An export of an actor that is called with HELLO and notes `outputs`; `bodies` gives the section of each:
        (kind, payload) from the salt and the offsets of the sections before.
        """
        log = self.log
        salts = [build.sha256(b"salt" + build.little(8, log.salts + at))[:16] for at in range(1 + len(outputs))]
        log.genesis(1, self.actor)
        log.add(1, *build.instance())
        log.add(1, *build.call(arguments=Detach(HELLO)))
        for data in outputs:
            log.add(1, *noted(Detach(data)))
        log.add(1, *build.returned())
        for step in steps:
            log.add(1, *step)
        log.commit()
        sections = [(cases.STATEMENT, STATEMENT), (cases.KEY, KEY.vkey(log.origin).encode())]
        at = 52 + sum(12 + len(payload) for _, payload in sections)
        offsets, events = [], 0
        for number, data in log.kept:
            if number != 1:
                continue
            blob = {0: b"manifest", 1: b"component", 4 + len(outputs): b"manifest 2"}.get(events)
            added = [(cases.BLOB, blob)] if blob else []
            added.append((cases.EVENT, data))
            if 2 <= events < 3 + len(outputs):
                offset = at + sum(12 + len(payload) for _, payload in added)
                added.append(bodies[len(offsets)](salts[len(offsets)], offsets))
                offsets.append(offset)
            sections += added
            at += sum(12 + len(payload) for _, payload in added)
            events += 1
        path = "\n".join(build.base64.b64encode(found).decode() for found in inclusion(log.leaves, len(log.leaves) - 1))
        proof = f"c2sp.org/tlog-proof@v1\nindex {len(log.leaves) - 1}\n{path}\n\n".encode() + log.checkpoint(KEY)
        blobs = sum(kind == cases.BLOB for kind, _ in sections)
        numbers = (events, events, len(offsets), blobs)
        sections += [(cases.INCLUSION, proof), (cases.END, b"".join(build.little(8, number) for number in numbers))]
        header = b"theaterX" + build.little(4, 2) + build.little(4, 52) + log.log_id + self.actor + bytes(4)
        return cases.join(header, sections)

    def report(self, data):
        with MemoryFile(data) as file:
            return export.check_export(file, build.TYPES, STATEMENT)

    def expect(self, verdict, data, what=""):
        report = self.report(data)
        found = "\n".join(map(str, report.findings))
        self.assertEqual(report.verdict(), verdict, found)
        self.assertIsNotNone(re.search(what, found), found)
        return report

    def with_first_note(self, section):
        """An export in which the first note's body is another section."""
        self.setUp()
        return self.make([stored(HELLO), section], [HELLO])

    def test_each_form_is_read(self):
        data = self.make(FORMS)
        report = self.expect("VALID", data)
        self.assertEqual((report.bodies, report.bodies_removed, report.bodies_recomputable), (6, 0, 0))
        for at in [*range(8), *range(12, len(data))]:
            self.expect("INVALID", flipped(data, at))

    def test_a_recomputable_body_is_no_loss(self):
        report = self.expect("VALID", self.with_first_note(lambda salt, at: (cases.RECOMPUTABLE, salt)))
        self.assertEqual((report.bodies, report.bodies_removed, report.bodies_recomputable), (2, 0, 1))
        for size in (0, 15):
            self.expect("INVALID", self.with_first_note(lambda salt, at: (cases.RECOMPUTABLE, salt[:size])),
                        f"recomputable body` of {size} bytes")
        self.expect("INVALID", self.with_first_note(lambda salt, at: (cases.RECOMPUTABLE, salt + b"x")), "of 17 bytes")
        self.setUp()
        self.expect("INVALID", self.make([lambda salt, at: (cases.RECOMPUTABLE, salt)], []), "for an input")

    def test_a_removed_body_is_said(self):
        report = self.expect("UNVERIFIABLE", self.with_first_note(lambda salt, at: (cases.REMOVED, b"")), "removed: 1")
        self.assertEqual((report.bodies, report.bodies_removed), (2, 1))

    def test_what_is_wrong_is_said(self):
        for what, section in (
                ("of 31 bytes, where a body must", lambda salt, at: (cases.BODY, bytes(31))),
                ("of the form 4", body(b"", len(HELLO), 4)), ("of the form 9", body(HELLO, len(HELLO), 9)),
                ("has 46 bytes, but its event says 47", body(HELLO[1:], 46)),
                ("but 46 are stored", body(HELLO[1:], 47)), ("hash", body(HELLO[1:] + b"x", 47)),
                ("names a base", body(HELLO, 47, RAW, 52)), ("names a base", body(HELLO, 47, ZSTD, 52)),
                ("no zstd frame", body(HELLO, 47, ZSTD)), ("no zstd frame", after(HELLO, 47, ZSTD_AFTER)),
                ("said to be at 0", body(b"", 47, TAIL)), ("said to be at 51", body(b"", 47, TAIL, 51)),
                ("no section `body` is at 52", body(b"", 47, TAIL, 52)),
                ("said to be at 1048576", body(b"", 47, TAIL, 1 << 20)),
                ("47 stored nothing is left", after(HELLO, 47, TAIL)),
                ("does not decode", body(rle_frame(1 << 13, 1 << 17), 47, ZSTD))):
            with self.subTest(what=what):
                self.expect("INVALID", self.with_first_note(section), what)
        self.setUp()
        self.expect("INVALID", self.make([lambda salt, at: (cases.REMOVED, b""), after(b"", 47, TAIL)], [HELLO]),
                    "no section `body` is at")

    def test_sixteen_bases_are_read_and_seventeen_are_not(self):
        outputs = [b"%d" % number + HELLO for number in range(1, 18)]
        bodies = [stored(HELLO)] + [after(data[:-len(HELLO)], len(data), TAIL, -1) for data in outputs]
        self.expect("VALID", self.make(bodies[:17], outputs[:16]))
        self.setUp()
        self.expect("INVALID", self.make(bodies, outputs), "more than 16 bases")

    def test_an_update_names_its_manifest(self):
        steps = [build.updated(), build.instance("update", 1)]
        self.expect("VALID", self.make([stored(HELLO)], [], steps))

    def test_version_1_is_refused_by_name(self):
        data = self.make([stored(HELLO)], [])
        for version, what in ((1, "version 1, and this tool knows version 2; an export of version 1"),
                              (3, "version 3, and this tool knows version 2$")):
            with self.assertRaisesRegex(Unsupported, what):
                self.report(data[:8] + build.little(4, version) + data[12:])


def body(stored, length, form=RAW, base=0):
    head = build.little(4, length) + build.little(4, form)
    return lambda salt, at: (cases.BODY, head + salt + build.little(8, base) + stored)


def stored(data, form=RAW):
    return body(build.stored_bytes(data, form), len(data), form)


def after(stored, length, form, number=0):
    """With the body of this number as its base."""
    return lambda salt, at: body(stored, length, form, at[number])(salt, at)


FORMS = (stored(HELLO), stored(HELLO), stored(HELLO, ZSTD),
         after(build.stored_bytes(HELLO + b" again", ZSTD_AFTER, HELLO), len(HELLO) + 6, ZSTD_AFTER, 2),
         after(b"j", len(HELLO), TAIL), after(build.spliced(EDITED, HELLO), len(EDITED), SPLICE, 2))


if __name__ == "__main__":
    support.main()
