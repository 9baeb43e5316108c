"""Writes logs by docs/formats/log.md and docs/formats/event.md, slowly and plainly: what the verifiers are
tested with. Of what they are made of it uses nothing but the reader of WIT files.
"""

import base64
import hashlib
import struct
import sys
from pathlib import Path

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from theater_log.wit import parse_types  # noqa: E402

TYPES = parse_types((ROOT / "wit/log/log.wit").read_text(encoding="utf-8"))
NODE = bytes(range(16))
TIME = 1767225600000000


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def little(size, value):
    return value.to_bytes(size, "little")


def sha256(data):
    return hashlib.sha256(data).digest()


def leb(value):
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(data) + bytes([value])


def encode(wanted, value):
    """The value encoding; records are dicts, tuples are lists, variants (label, payload) or a label."""
    if wanted == ("list", "u8"):
        return leb(len(value)) + value
    if isinstance(wanted, tuple) and wanted[0] == "list":
        return leb(len(value)) + b"".join(encode(wanted[1], part) for part in value)
    if isinstance(wanted, tuple) and wanted[0] == "tuple":
        return b"".join(encode(inner, part) for inner, part in zip(wanted[1:], value, strict=True))
    if isinstance(wanted, tuple):
        return b"\0" if value is None else b"\1" + encode(wanted[1], value)
    if wanted == "string":
        return encode(("list", "u8"), value.encode())
    if wanted in ("bool", "u32", "u64"):
        return leb(int(value))
    kind, parts = TYPES[wanted]
    if kind == "alias":
        return encode(parts, value)
    if kind == "record":
        return b"".join(encode(inner, value[label]) for label, inner in parts)
    label, payload = (value, None) if isinstance(value, str) else value
    index = [name for name, _ in parts].index(label)
    inner = parts[index][1]
    return leb(index) + (encode(inner, payload) if inner else b"")


def merkle_root(leaves):
    """RFC 6962 section 2.1, as it is defined there; the leaves are hashes already."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:]))


def peaks(leaves):
    found = []
    while leaves:
        width = 1 << (len(leaves).bit_length() - 1)
        found.append(merkle_root(leaves[:width]))
        leaves = leaves[width:]
    return found


class Key:
    def __init__(self, name="node"):
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def id(self, name):
        return sha256(name.encode() + b"\x0a\x01" + self.public)[:4]

    def sign(self, name, text):
        blob = self.id(name) + self.private.sign(text.encode())
        return f"— {name} {base64.b64encode(blob).decode()}\n"

    def vkey(self, name):
        return f"{name}+{self.id(name).hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"


def inline(data):
    return ("inline", data)


RAW, ZSTD, ZSTD_AFTER, TAIL, ABSENT, SPLICE = range(6)


def compressed(data, prefix=b"", **options):
    """One zstd frame, as the writer of a log makes it unless `options` of ZstdCompressor say otherwise."""
    dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if prefix else None
    return zstandard.ZstdCompressor(dict_data=dictionary, write_dict_id=False, **options).compress(data)


def common_end(a, b):
    count = 0
    while count < min(len(a), len(b)) and a[-1 - count] == b[-1 - count]:
        count += 1
    return count


def splice(beginning, end, frame=b""):
    return little(4, beginning) + little(4, end) + frame


def spliced(data, base):
    """What a splice stores of a body after the body `base`."""
    beginning = common_end(data[::-1], base[::-1])
    end = common_end(data[beginning:], base)
    middle = data[beginning:len(data) - end]
    return splice(beginning, end, compressed(middle, base[:beginning]) if middle else b"")


def stored_bytes(data, form=RAW, base=b""):
    """What a record of this form stores of a body, whose base is the body `base`."""
    if form == TAIL:
        return data[:len(data) - common_end(data, base)]
    if form == SPLICE:
        return spliced(data, base)
    return {RAW: lambda: data, ZSTD: lambda: compressed(data), ZSTD_AFTER: lambda: compressed(data, base),
            ABSENT: lambda: b""}[form]()


def body_record(stored, length, form=RAW, salt=bytes(16), base=0):
    rest = little(4, len(stored)) + little(4, length) + little(4, form) + salt + little(8, base) + stored
    return little(4, crc32c(rest)) + rest


def removed_record(record):
    """What is left of a record when its body was removed."""
    return bytes(4) + record[4:12] + bytes(len(record) - 12)


class Detach:
    """Stands in a body for a payload that the log keeps in its body file. `base` is the offset of another record of
    this body file; `fields` are those of body_record() that must be wrong, and `says` is the length in the event, if
    that is.
    """

    def __init__(self, data, form=RAW, base=0, says=None, **fields):
        self.data, self.form, self.base, self.fields = data, form, base, fields
        self.says = len(data) if says is None else says


class Builder:
    """A log in memory: write() puts it into a folder. Events come into the open group with add()."""

    def __init__(self, log_id=NODE):
        self.log_id = log_id
        self.origin = f"theater-log/{log_id.hex()}"
        self.files = {}     # Path below the log's folder -> bytes.
        self.frames = {}    # Segment -> [(offset, end)] of its frames.
        self.records = {}   # Segment -> [(offset, end)] of the records in its body file.
        self.leaves = []
        self.chains = {}    # Actor number -> (actor id, events, head).
        self.number = -1
        self.salts = 0
        self.begin_segment()

    def begin_segment(self):
        self.number += 1
        tops = peaks(self.leaves)
        header = b"theaterL" + little(4, 2) + little(4, 60 + 32 * len(tops)) + self.log_id
        header += little(8, self.number) + little(8, len(self.leaves))
        header += little(8, max(self.chains, default=0) + 1) + b"".join(tops)
        self.segment = bytearray(header + little(4, crc32c(header)))
        self.bodies = bytearray()
        self.body_data = {}  # Offset of a record -> its body.
        self.records[self.number] = []
        self.frames[self.number] = []
        self.listed = {}    # Actor number -> (seq of its first event here, [offsets]).
        self.group = []
        self.first = len(self.leaves)

    def _detach(self, value):
        """The value with detached payloads in it, whose records are appended to the body file."""
        if isinstance(value, Detach):
            salt = sha256(b"salt" + little(8, self.salts))[:16]
            self.salts += 1
            if not self.bodies:
                head = b"theaterB" + little(4, 2) + little(4, 44) + self.log_id + little(8, self.number)
                self.bodies += head + little(4, crc32c(head))
            offset = len(self.bodies)
            fields = {"length": len(value.data), "form": value.form, "salt": salt, "base": value.base, **value.fields}
            if "stored" not in fields:
                fields["stored"] = stored_bytes(value.data, value.form, self.body_data.get(value.base, b""))
            self.bodies += body_record(**fields)
            self.body_data[offset] = value.data
            self.records[self.number].append((offset, len(self.bodies)))
            return ("detached", {"hash": sha256(b"\2" + salt + value.data), "length": value.says})
        if isinstance(value, dict):
            return {label: self._detach(part) for label, part in value.items()}
        if isinstance(value, tuple):
            return tuple(self._detach(part) for part in value)
        if isinstance(value, list):
            return [self._detach(part) for part in value]
        return value

    def add(self, number, label, body, time=None, **changes):
        """The next event of a chain; `changes` are fields that must be wrong. Returns its hash."""
        at = len(self.bodies) or 44
        before = len(self.bodies)
        body = self._detach(body)
        actor, count, head = self.chains.get(number, (None, 0, bytes(32)))
        event = {"parent": head, "seq": count, "time": TIME + len(self.leaves) if time is None else time,
                 "body": (label, body), **changes}
        data = encode("event", event)
        if label == "genesis":
            actor = body["actor"]
        payload = little(8, at) + data if len(self.bodies) > before else data
        self.add_raw(number, data, 2 if len(self.bodies) > before else 1, payload)
        digest = sha256(b"\0" + data)
        self.chains[number] = (actor, count + 1, digest)
        return digest

    def add_raw(self, number, data, kind, payload):
        """Any bytes as an event."""
        seq = self.chains.get(number, (None, 0))[1]
        offset = self.frame(number, kind, payload)
        self.group.append(offset)
        self.listed.setdefault(number, (seq, []))[1].append(offset)
        self.leaves.append(sha256(b"\0" + data))

    def frame(self, number, kind, payload):
        offset = len(self.segment)
        rest = little(4, len(payload)) + little(7, number) + bytes([kind]) + payload
        self.segment += little(4, crc32c(rest)) + rest
        self.frames[self.number].append((offset, len(self.segment)))
        return offset

    def commit(self, **changes):
        fields = {"log_id": self.log_id, "segment": self.number,
                  "first": len(self.leaves) - len(self.group), "count": len(self.group),
                  "offset": self.group[0], "bodies_end": len(self.bodies), "root": merkle_root(self.leaves)}
        self.frame(0, 3, struct.pack("<16sQQQQQ32s", *{**fields, **changes}.values()))
        self.group = []
        self.keep()

    def keep(self, room=0):
        self.files[f"segments/{self.number:010}.segment"] = bytes(self.segment) + bytes(room)
        if self.bodies:
            self.files[f"segments/{self.number:010}.bodies"] = bytes(self.bodies)

    def seal(self, **changes):
        payload = little(8, len(self.leaves) - self.first) + little(4, len(self.listed))
        for number, (seq, offsets) in sorted(self.listed.items()):
            payload += little(8, number) + self.chains[number][0] + little(8, changes.get("seq", seq))
            payload += little(4, len(offsets)) + b"".join(little(4, offset) for offset in offsets)
        offset = self.frame(0, 4, payload)
        self.segment += little(8, offset) + b"theaterE"
        self.keep()

    def checkpoint(self, key, size=None, name=None):
        size = len(self.leaves) if size is None else size
        root = base64.b64encode(merkle_root(self.leaves[:size])).decode()
        text = f"{self.origin}\n{size}\n{root}\n"
        return (text + "\n" + key.sign(name or self.origin, text)).encode()

    def sign(self, key):
        self.files["checkpoint"] = self.checkpoint(key)

    def write(self, folder):
        for path, data in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        return folder

    # Bodies that tests need often.

    def genesis(self, number, actor, **changes):
        manifest = None if number == 0 else sha256(b"manifest")
        return self.add(number, "genesis", {"log-version": 2, "actor": actor, "name": f"actor-{number}",
                                            "parent": None, "manifest": manifest, **changes})

    def control(self, number, operation, **changes):
        return self.add(number, "control", {"operation": operation, "by": "runtime"}, **changes)

    def begin(self, key):
        """The group that every log begins with."""
        self.genesis(0, self.log_id)
        self.control(0, ("node-started", "a test"))
        self.control(0, ("key", key.public))
        self.commit()


FUNCTIONS = ["theater:simple/actor/init", "theater:simple/http-client/send-http",
             "theater:simple/message-server-client/handle-request",
             "theater:simple/message-server-host/request", "theater:simple/runtime/log"]
INIT, HTTP, HANDLE, REQUEST, LOG = range(5)
LIMITS = dict.fromkeys(["memory-bytes", "table-elements", "core-instances", "payload-bytes", "call-ticks",
                        "mailbox-messages", "handles", "log-bytes"], 1)


def instance(why="start", incarnation=0, **changes):
    return ("instance", {"why": why, "incarnation": incarnation, "component": sha256(b"component"),
                         "engine": "test", "functions": FUNCTIONS, "grants": [], "limits": LIMITS,
                         "state": "none", "init-runs": False, **changes})


def call(function=HANDLE, arguments=inline(b"in")):
    return ("call", {"function": function, "from": "client", "arguments": arguments})


def returned(payload=inline(b"out")):
    return ("returned", {"result": ("ok", payload), "state": "unchanged"})


def note(text=b"noted", function=LOG):
    return ("note", {"function": function, "arguments": inline(text)})


def sent(kind="request", to="client", result="accepted", function=REQUEST):
    return ("sent", {"function": function, "arguments": inline(b"ask"), "kind": kind, "to": to, "about": None,
                     "result": result})


def answered(seq, payload=inline(b"answer")):
    return ("answered", {"sent": seq, "by": None, "result": payload})


def intent(arguments=inline(b"do")):
    return ("intent", {"function": HTTP, "arguments": arguments})


def outcome(seq, payload=inline(b"done")):
    return ("outcome", {"intent": seq, "result": ("done", payload)})


def refused(result):
    return ("refused", {"function": HTTP, "arguments": inline(b""), "why": ("permission", "http"),
                        "result": result})


def snapshot():
    return ("snapshot", {"state": "none", "open-requests": [], "undelivered": [], "position": 0})


def control(operation, by="runtime"):
    return ("control", {"operation": operation, "by": by})


def held(*parts):
    return control(("held", [list(part) for part in parts]))


def started(name="the-root", restart="permanent", grants=(), once=None):
    return control(("started", {"name": name, "restart": restart, "grants": list(grants), "once": once}))


def updated(*grants):
    return control(("updated", {"manifest": sha256(b"manifest 2"), "grants": list(grants)}))


def noted(what="redirect", about=None, data=inline(b"fact")):
    return control(("noted", {"what": what, "about": about, "data": data}))


FAILED = ("failed", {"why": "killed"})
TERMINATED = ("terminated", {"how": "stopped"})
HOST = ("host", {"function": LOG, "arguments": inline(b""), "result": inline(b"1")})
CONTROL = control("pause")
NOTED = noted()[1]["operation"]  # What may stand in any chain.


def small_log(key, message=b"hello"):
    """Two segments, six groups, two actors, four bodies and room set aside: every part of the format."""
    log = Builder()
    log.begin(key)
    one, two = sha256(b"one")[:16], sha256(b"two")[:16]
    log.genesis(1, one)
    log.add(1, *instance(**{"init-runs": True}))
    log.add(1, *call(INIT))
    log.add(1, *returned())
    log.commit()
    log.genesis(2, two)
    log.add(1, *call(arguments=Detach(message)))
    log.add(1, *sent())
    log.add(1, *intent(Detach(b"a")))
    log.add(1, *outcome(6, Detach(b"")))
    log.add(1, *returned())
    log.commit()
    log.seal()
    log.begin_segment()
    log.add(2, *instance())
    log.add(2, *call())
    log.add(2, *returned(Detach(b"bye")))
    log.commit()
    log.add(1, *answered(5))
    log.add(1, *TERMINATED)
    log.commit()
    log.control(0, "node-stopped")
    log.commit()
    log.keep(room=40)
    log.sign(key)
    return log


def family(log, left_out=(), order=("child", "begin"), **changes):
    """A parent and a child that is made during a call, and ends during it. `left_out` are steps that are not there;
    `changes` are fields that must be wrong: cited, parent, genesis, head, how, child.
    """
    parent, child = sha256(b"parent")[:16], sha256(b"child")[:16]
    here = {step: step not in left_out for step in ("parent", "child-chain", "child", "begin", "terminated",
                                                    "child-ended", "parent-terminated")}
    cited = bytes(32)
    if here["parent"]:
        log.genesis(1, parent)
        log.add(1, *instance())
        log.add(1, *call())
        cited = log.add(1, *note())
        for _ in range(changes.get("notes_before", 0)):
            log.add(1, *note())
    ancestor = {"actor": changes.get("parent", parent), "event": changes.get("cited", cited)}
    born = bytes(32)
    if here["child-chain"]:
        born = log.genesis(2, child, parent=None if changes.get("orphan") else ancestor)
    said = {"actor": changes.get("child", child), "genesis": changes.get("genesis", born)}
    for step in order:
        if here[step]:
            log.add(*((1, "child", said) if step == "child" else (2, *instance())))
    how = changes.get("how", "stopped")
    head = bytes(32)
    if here["terminated"] and here["child-chain"]:
        head = log.add(2, "terminated", {"how": how})
    if here["child-ended"]:
        log.add(1, "child-ended", {"actor": said["actor"], "head": changes.get("head", head),
                                   "how": changes.get("said_how", how)})
    if here["parent"]:
        log.add(1, *returned())
        if here["parent-terminated"]:
            log.add(1, *TERMINATED)
