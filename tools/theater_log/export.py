"""An export of one actor (docs/formats/export.md): does it prove itself?"""

import hashlib
import os
import re
import struct
from dataclasses import dataclass, field

from theater_log import checkpoint as notes
from theater_log.bodies import payloads_of
from theater_log.body_record import (LENGTH_MAX, RAW, SPLICE, TAIL, ZSTD, ZSTD_AFTER, Allowance, Damage, Expander,
                                     Missing, Record, usual_bodies_max)
from theater_log.chain import Broken, Chain, case_of, event_hash
from theater_log.crc32c import crc32c
from theater_log.lifecycle import Violation
from theater_log.report import INVALID, UNVERIFIABLE, Findings
from theater_log.tree import node_hash
from theater_log.values import Malformed, decoder
from theater_log.version import VERSION, Unsupported, unknown

MAGIC = b"theaterX"
HEADER = struct.Struct("<8sII16s16sI")
HEAD = struct.Struct("<III")
END = struct.Struct("<QQQQ")
BODY = struct.Struct("<II16sQ")
KINDS = {1: "statement", 2: "key", 3: "blob", 4: "missing blob", 5: "event", 6: "body", 7: "removed body",
         8: "inclusion", 9: "consistency", 10: "end", 11: "recomputable body"}
NUMBERS = {kind: number for number, kind in KINDS.items()}
FORMS = (RAW, ZSTD, ZSTD_AFTER, TAIL, SPLICE)
PROOF_MAX = 65536 + 67 * 45
LONGEST = {"statement": 1024, "key": 1024, "missing blob": 32, "removed body": 0, "inclusion": PROOF_MAX,
           "consistency": PROOF_MAX, "end": END.size, "event": 1 << 30, "recomputable body": 16}
HASHES_MAX = 65
TLOG_PROOF = "c2sp.org/tlog-proof@v1\n"
STATEMENT = re.compile(r"```statement\n(.*?)```", re.DOTALL)


class Wrong(ValueError):
    """What is wrong with the export."""


@dataclass
class Report(Findings):
    """What `theater verify FILE --json` says of an export, under the same names."""

    actor: str | None = None
    log: str | None = None
    name: str | None = None
    bytes: int = 0
    events: int = 0
    proved: int = 0
    bodies: int = 0
    bodies_removed: int = 0
    bodies_recomputable: int = 0
    blobs: int = 0
    blobs_missing: int = 0
    head: str | None = None
    terminated: bool = False
    index: int | None = None
    key: str | None = None
    checkpoint: dict | None = None
    findings: list = field(default_factory=list)


def statement_of(document):
    """The statement that stands in each export, from the text of docs/formats/export.md."""
    return STATEMENT.search(document).group(1).encode()


def check_export(file, types, statement, outside=(), key=None, bodies_max=None):
    """Reads the open binary file and returns a Report. Raises version.Unsupported.

    `outside` are checkpoints from elsewhere, (name, bytes) each; `key` is what
    checkpoint.parse_verifier_key() gives, if a certain one must have signed. `bodies_max` is the most bytes to make
    of bodies; without it, the usual ones for the size of the file.
    """
    return _Check(file, types, statement, outside, key, bodies_max).run()


class _Check:
    def __init__(self, file, types, statement, outside, key, bodies_max):
        self.file, self.statement, self.outside, self.asked = file, statement, outside, key
        self.decode = decoder(types, "event")
        self.report = Report(bytes=os.fstat(file.fileno()).st_size)
        self.at = self.offset = 0
        self.own_key = None     # (name, public key) in the export.
        self.known = {}         # Lengths of blobs by digest; None for a missing one.
        self.pending = []       # Digests of blobs that stand before the next event.
        self.missing = []       # (what, digest, seq)
        self.last_state = None  # That a call has set.
        self.named_key = None   # By the node's chain, if it is that one.
        self.proof = None       # (event hash, index, hashes, note, offset)
        self.consistency = None  # (old size, hashes)
        self.head = None
        self.allowance = Allowance(usual_bodies_max(self.report.bytes) if bodies_max is None else bodies_max)
        self.expander = Expander(self._base, HEADER.size, FORMS, allowance=self.allowance)

    def run(self):
        try:
            self._read()
            self._check_keys()
            self._check_proof()
            for what, digest, seq in self.missing:
                self.report.add(UNVERIFIABLE, f"the {what} {digest.hex()} is not in the export", seq=seq)
            if self.allowance.is_spent:
                self.report.add(UNVERIFIABLE, self.allowance.what("export", self.report.bytes))
            self._check_outside()
        except (Wrong, Broken, Violation, notes.Refused) as why:
            self.report.add(INVALID, str(why), offset=self.offset)
            self.report.checkpoint = self.report.index = None
        return self.report

    # Bytes and sections

    def _take(self, count):
        if count > self.report.bytes - self.at:
            raise Wrong("the file ends too early")
        self.file.seek(self.at)
        data = self.file.read(count)
        self.at += count
        return data

    def _section(self):
        """Kind and payload of the next section."""
        self.offset = self.at
        head = self._take(HEAD.size)
        crc, length, number = HEAD.unpack(head)
        kind = KINDS.get(number)
        if kind is None:
            raise Wrong(f"a section of the unknown kind {number}")
        if length > LONGEST.get(kind, 0xFFFFFFFF):
            raise Wrong(f"a section `{kind}` of {length} bytes")
        payload = self._take(length)
        if crc32c(head[4:] + payload) != crc:
            raise Wrong(f"the checksum of a section `{kind}` is wrong")
        return kind, payload

    def _expect(self, wanted):
        kind, payload = self._section()
        if kind != wanted:
            raise Wrong(f"a section `{kind}`, where `{wanted}` must stand")
        return payload

    def _header(self):
        data = self._take(HEADER.size)
        magic, version, length, log_id, actor, crc = HEADER.unpack(data)
        if magic != MAGIC:
            raise Wrong("this is no export")
        if version != VERSION:
            raise Unsupported(unknown("export", version))
        if crc32c(data[:-4]) != crc or length != HEADER.size:
            raise Wrong("the header is damaged")
        self.log_id, self.actor = log_id, actor
        self.origin = notes.log_origin(log_id)
        self.report.log, self.report.actor = log_id.hex(), actor.hex()

    def _read(self):
        self._header()
        if self._expect("statement") != self.statement:
            raise Wrong("the statement is another one")
        self.key_offset = self.at
        key = self._expect("key")
        if key:
            self.own_key = notes.parse_verifier_key(_text(key))
            if notes.verifier_key(*self.own_key).encode() != key:
                raise Wrong("the key is not written as keys are")
        self.chain = Chain(node=self.actor == self.log_id)
        before = None
        while True:
            kind, payload = self._section()
            if self.pending and kind not in ("blob", "missing blob", "event"):
                raise Wrong(f"a blob stands before a section `{kind}`")
            if kind == "end":
                break
            if kind == "consistency" and before != "inclusion":
                raise Wrong("a consistency proof that does not follow the inclusion proof")
            step = {"blob": self._blob, "missing blob": self._missing_blob, "event": self._event,
                    "inclusion": self._inclusion, "consistency": self._consistency}.get(kind)
            if step is None:
                raise Wrong(f"a section `{kind}` cannot stand here")
            step(payload)
            before = kind
        report = self.report
        if payload != END.pack(report.events, report.proved, report.bodies, report.blobs):
            raise Wrong("the end does not say what is there")
        if self.at != report.bytes:
            raise Wrong("something stands after the end")
        if report.events == 0:
            raise Wrong("there is no event in it")

    # Blobs and events

    def _blob(self, payload):
        self._name(hashlib.sha256(payload).digest(), len(payload))

    def _missing_blob(self, payload):
        if len(payload) != 32:
            raise Wrong("a digest that is cut off")
        self._name(payload, None)

    def _name(self, digest, length):
        if digest in self.known:
            raise Wrong(f"the blob {digest.hex()} is there twice")
        self.known[digest] = length
        self.pending.append(digest)
        self.report.blobs += 1

    def _event(self, data):
        try:
            event = self.decode(data)
        except Malformed as why:
            raise Wrong(f"this is no event: {why}") from None
        digest, offset = event_hash(data), self.offset
        self._match(event)
        removed = sum(self._body(*payload) for payload in payloads_of(event["body"]))
        self.offset = offset
        self.chain.accept(event, digest)
        label, body = case_of(event["body"])
        report = self.report
        if label == "genesis":
            report.name = body["name"]
            if body["actor"] != self.actor:
                raise Wrong("the chain is that of another actor than the header says")
        elif label == "control" and self.actor == self.log_id and self.proof is None:
            operation, value = case_of(body["operation"])
            if operation == "key":
                self.named_key = value
        if removed and not self.allowance.is_spent:
            report.add(UNVERIFIABLE, f"detached payloads of it that were removed: {removed}", seq=event["seq"])
        report.bodies_removed += removed
        report.events += 1
        report.head, self.head = digest.hex(), digest
        report.terminated = label == "terminated"

    def _match(self, event):
        """What an event names for the first time stands before it, in the order of its fields."""
        used = 0
        for what, digest, length in _named(event["body"]):
            is_new = used < len(self.pending) and self.pending[used] == digest
            if digest not in self.known:
                raise Wrong(f"the {what} {digest.hex()} does not stand before the event that names it")
            there = self.known[digest]
            if None not in (length, there) and length != there:
                raise Wrong(f"the {what} {digest.hex()} has another length than the event says")
            used += is_new
            # A state that a call has left is what a replay computes, and needs no file.
            if is_new and there is None and digest != self.last_state:
                self.missing.append((what, digest, self.report.events))
                self.report.blobs_missing += 1
        if used < len(self.pending):
            raise Wrong("a blob that the event after it does not name")
        self.pending = []
        label, body = case_of(event["body"])
        if label == "returned" and case_of(body["state"])[0] == "set":
            self.last_state = body["state"][1]["digest"]

    def _body(self, wanted, is_output):
        """Whether the payload was removed."""
        kind, payload = self._section()
        self.report.bodies += 1
        if kind == "removed body":
            return True
        if kind == "recomputable body":
            if not is_output:
                raise Wrong("a section `recomputable body` for an input, which no replay can make again")
            if len(payload) != 16:
                raise Wrong(f"a section `recomputable body` of {len(payload)} bytes")
            self.report.bodies_recomputable += 1
            return False
        record = _record(self.offset, payload) if kind == "body" else None
        if record is None:
            raise Wrong(f"a section `{kind}` of {len(payload)} bytes, where a body must stand")
        if record.length != wanted["length"]:
            raise Wrong(f"the body has {record.length} bytes, but its event says {wanted['length']}")
        if record.length > LENGTH_MAX:
            return True
        try:
            data = self.expander.body(record)
        except Damage as damage:
            raise Wrong(str(damage)) from None
        except Missing:
            return True
        if hashlib.sha256(b"\x02" + record.salt + data).digest() != wanted["hash"]:
            raise Wrong("the body does not have the hash that its event says")
        return False

    def _base(self, offset, end):
        """The record in the section `body` at `offset`, for one that begins at `end`."""
        room = end - offset - HEAD.size
        if room >= 0:
            self.file.seek(offset)
            head = self.file.read(HEAD.size)
            crc, length, number = HEAD.unpack(head)
            if number == NUMBERS["body"] and BODY.size <= length <= room:
                payload = self.file.read(length)
                if crc32c(head[4:] + payload) == crc:
                    return _record(offset, payload)
        raise Damage(f"no section `body` is at {offset}, where the body's base is said to be")

    # Proofs

    def _inclusion(self, payload):
        if self.proof or self.head is None:
            raise Wrong("an inclusion proof that cannot stand here")
        text = _text(payload)
        if not text.startswith(TLOG_PROOF):
            raise Wrong("the inclusion proof does not begin as a tlog-proof does")
        index, hashes, note = proof_parts(text[len(TLOG_PROOF):], "index")
        self.proof = (self.head, index, hashes, note, self.offset)
        self.note = notes.parse(note.encode())
        self.report.proved = self.report.events

    def _consistency(self, payload):
        old, hashes, note = proof_parts(_text(payload), "old")
        if note != self.proof[3]:
            raise Wrong("the two proofs are under different checkpoints")
        self.consistency = (old, hashes)

    def _check_keys(self):
        self.offset = self.key_offset
        for key in (self.own_key, self.asked):
            if key and key[0] != self.origin:
                raise Wrong(f"the key is of {key[0]}, but the log is {self.origin}")
        if self.own_key and self.asked and self.own_key != self.asked:
            raise Wrong("the export has another key than the one that was asked for")
        if self.own_key and self.named_key is not None and self.named_key != self.own_key[1]:
            raise Wrong("the node's chain names another key than the export")
        self.key = self.asked or self.own_key
        if self.key:
            self.report.key = notes.verifier_key(*self.key)

    def _check_proof(self):
        report = self.report
        if self.proof is None:
            report.add(UNVERIFIABLE, f"its {report.events} events are under no checkpoint")
            return
        leaf, index, hashes, _, self.offset = self.proof
        note = self.note
        if note.origin != self.origin:
            raise Wrong(f"the checkpoint is of {note.origin}, but the log is {self.origin}")
        if included_root(leaf, index, note.size, hashes) != note.root:
            raise Wrong("the inclusion proof does not come to the checkpoint's root")
        if self.key is None:
            report.add(UNVERIFIABLE, "it has no key that its checkpoint could be signed with")
            return
        notes.check_signature(note, *self.key)
        report.checkpoint = {"origin": note.origin, "size": note.size, "root": note.root.hex()}
        report.index = index
        if report.proved < report.events:
            report.add(UNVERIFIABLE, f"the last {report.events - report.proved} events are under no checkpoint",
                       seq=report.proved)

    def _check_outside(self):
        for name, data in self.outside:
            try:
                self._compare(name, notes.parse(data))
            except (Wrong, notes.Refused) as why:
                raise Wrong(f"the checkpoint from {name}: {why}") from None

    def _compare(self, name, old):
        if old.origin != self.origin:
            raise Wrong(f"it is of {old.origin}, but the log is {self.origin}")
        if self.key:
            notes.check_signature(old, *self.key)
        own = self.report.checkpoint
        if own and own["size"] == old.size:
            if own["root"] != old.root.hex():
                raise Wrong(f"it has another root for the same {old.size} events")
        elif own and self.consistency and self.consistency[0] == old.size:
            if not goes_on(old.size, old.root, own["size"], self.note.root, self.consistency[1]):
                raise Wrong("the consistency proof does not show that the log went on from it")
        else:
            self.report.add(UNVERIFIABLE, f"the export does not show that its log is that of {name}")


def _record(offset, payload):
    """What a section `body` at `offset` holds; None if it is too short."""
    if len(payload) < BODY.size:
        return None
    length, form, salt, base = BODY.unpack_from(payload)
    return Record(offset, length, form, salt, base, payload[BODY.size:])


def _text(data):
    try:
        return data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Wrong("a text that is not UTF-8") from None


def _named(body):
    """What an event names by its digest: (what, digest, length or None) in the order of its fields."""
    label, value = case_of(body)
    named = []
    if label == "genesis" and value["manifest"] is not None:
        named.append(("manifest", value["manifest"], None))
    if label == "control" and case_of(value["operation"])[0] == "updated":
        named.append(("manifest", value["operation"][1]["manifest"], None))
    if label == "instance":
        named.append(("component", value["component"], None))
    if label in ("instance", "snapshot") and value["state"] != "none":
        content = value["state"][1]
        named.append(("state", content["digest"], content["length"]))
    return named


def proof_parts(text, word):
    """"<word> <number>", hashes, an empty line, the note: (number, hashes, note)."""
    lines, blank, note = text.partition("\n\n")
    first, *rest = lines.split("\n")
    match = re.fullmatch(word + r" (0|[1-9][0-9]{0,19})", first)
    if not blank or match is None or int(match.group(1)) >= 1 << 64 or len(rest) > HASHES_MAX:
        raise Wrong(f"a proof that does not begin with `{word} …`, hashes and an empty line")
    hashes = [notes.bytes_of(line, "a hash of the proof") for line in rest]
    if any(len(found) != 32 for found in hashes):
        raise Wrong("a hash of the proof has not 32 bytes")
    return int(match.group(1)), hashes, note


def included_root(leaf, index, size, hashes):
    """The root that an inclusion proof comes to (RFC 9162 section 2.1.3.2); None if it cannot be one."""
    if index >= size:
        return None
    first, second, found = index, size - 1, leaf
    for other in hashes:
        if second == 0:
            return None
        if first & 1 or first == second:
            found = node_hash(other, found)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            found = node_hash(found, other)
        first, second = first >> 1, second >> 1
    return found if second == 0 else None


def goes_on(old_size, old_root, size, root, hashes):
    """Whether a consistency proof shows it (RFC 9162 section 2.1.4.2)."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not hashes and old_root == root
    hashes = list(hashes)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    first, second = old_size - 1, size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    old_found = found = hashes[0]
    for other in hashes[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            old_found, found = node_hash(other, old_found), node_hash(other, found)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            found = node_hash(found, other)
        first, second = first >> 1, second >> 1
    return second == 0 and old_found == old_root and found == root
