#!/usr/bin/env python3
"""Forges a log, as a holder of the node's key could: for tests and demonstrations.

    tools/forge_log.py HOME ACTOR SEQ OLD NEW [--without-key]

Event SEQ of the actor (its id) has the text OLD replaced by NEW, which must have as many bytes. Then all that
hangs on its hash is made consistent again, in the whole log: links, citations, trailers, peaks and checksums; and the
checkpoint is signed again. With --without-key the old checkpoint stays, as it must for a forger without the key.

Such a log is VALID. A checkpoint that was kept elsewhere exposes it (`theater verify --checkpoint`). So does a replay
of the actor, if the actor does something else with NEW than it did with OLD.
"""

import argparse
import base64
import hashlib
import shutil
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402

from theater_log import checkpoint, segment  # noqa: E402
from theater_log.crc32c import crc32c  # noqa: E402
from theater_log.tree import Tree  # noqa: E402


class Forger:
    def __init__(self, actor, seq, old, new):
        self.actor, self.seq, self.old, self.new = actor, seq, old, new
        self.counts = {}   # Actor number -> how many events it has had.
        self.numbers = {}  # Actor id -> actor number.
        self.hashes = {}   # Hash as it was -> as it is.
        self.tree = Tree()
        self.done = False

    def event(self, number, data):
        seq = self.counts.get(number, 0)
        self.counts[number] = seq + 1
        forged = data
        for was, now in self.hashes.items():
            forged = forged.replace(was, now)
        if seq == 0 and self.actor in data:
            self.numbers[self.actor] = number
        if self.numbers.get(self.actor) == number and seq == self.seq:
            if forged.count(self.old) != 1:
                raise SystemExit(f"event {seq} has {self.old!r} {forged.count(self.old)} times, not once")
            forged = forged.replace(self.old, self.new)
            self.done = True
        if forged != data:
            self.hashes[hashlib.sha256(b"\0" + data).digest()] = hashlib.sha256(b"\0" + forged).digest()
        self.tree.append(hashlib.sha256(b"\0" + forged).digest())
        return forged

    def segment(self, path):
        data = bytearray(path.read_bytes())
        header = segment.read_header(bytes(data))
        peaks = b"".join(self.tree.peaks)
        data[segment.HEADER.size:header.end - 4] = peaks
        data[header.end - 4:header.end] = struct.pack("<I", crc32c(data[:header.end - 4]))
        at = header.end
        while (frame := segment.read_frame(bytes(data), at)) is not None:
            payload = bytes(frame.payload)
            if frame.kind in (segment.EVENT, segment.EVENT_WITH_BODIES):
                event, _ = frame.event()
                payload = payload[:len(payload) - len(event)] + self.event(frame.actor, bytes(event))
            elif frame.kind == segment.TRAILER:
                payload = payload[:-32] + self.tree.root()
            data[frame.end - len(payload):frame.end] = payload
            data[frame.offset:frame.offset + 4] = struct.pack("<I", crc32c(data[frame.offset + 4:frame.end]))
            at = frame.end
            if frame.kind == segment.FOOTER:
                break
        path.write_bytes(data)


def sign(log, key_file, tree):
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key_file.read_text().strip()))
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    name = (log / "checkpoint").read_text(encoding="utf-8").split("\n")[0]
    text = f"{name}\n{tree.size}\n{base64.b64encode(tree.root()).decode()}\n"
    blob = checkpoint.key_id(name, public) + private.sign(text.encode())
    note = f"{text}\n— {name} {base64.b64encode(blob).decode()}\n"
    (log / "checkpoint").write_text(note, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("actor", help="its id")
    parser.add_argument("seq", type=int)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--without-key", action="store_true")
    asked = parser.parse_args()
    old, new = asked.old.encode(), asked.new.encode()
    if len(old) != len(new):
        parser.error(f"OLD has {len(old)} bytes and NEW {len(new)}: they must have as many")
    log = asked.home / "log"
    forger = Forger(bytes.fromhex(asked.actor), asked.seq, old, new)
    for path in sorted((log / "segments").glob("*.segment")):
        forger.segment(path)
    if not forger.done:
        raise SystemExit(f"the log has no event {asked.seq} of actor {asked.actor}")
    shutil.rmtree(log / "tile", ignore_errors=True)  # A cache of what the segments say.
    if not asked.without_key:
        sign(log, asked.home / "keys" / "node.ed25519", forger.tree)
    print(f"event {asked.seq} of actor {asked.actor}: {asked.old} is now {asked.new}; "
          f"{len(forger.hashes)} events rewritten")


if __name__ == "__main__":
    main()
