"""An export taken apart and put together again with right checksums, as a forger without the key can."""

import struct
import sys

import support

sys.path.insert(0, str(support.ROOT / "tools"))
from theater_log.crc32c import crc32c  # noqa: E402

HEADER_SIZE = 52
STATEMENT, KEY, BLOB, MISSING, EVENT, BODY, REMOVED, INCLUSION, CONSISTENCY, END, RECOMPUTABLE = range(1, 12)


def split(data):
    """The header, and [kind, payload] of each section."""
    sections, at = [], HEADER_SIZE
    while at < len(data):
        _, length, kind = struct.unpack_from("<III", data, at)
        sections.append([kind, data[at + 12:at + 12 + length]])
        at += 12 + length
    return data[:HEADER_SIZE], sections


def join(header, sections):
    header = header[:-4] + struct.pack("<I", crc32c(header[:-4]))
    parts = [header]
    for kind, payload in sections:
        head = struct.pack("<II", len(payload), kind)
        parts += [struct.pack("<I", crc32c(head + payload)), head, payload]
    return b"".join(parts)


def mutations(data, random, count):
    """Changed copies, each with what was done to it."""
    header, sections = split(data)
    for _ in range(count):
        at = random.randrange(len(sections))
        changed = [list(section) for section in sections]
        payload = bytearray(changed[at][1])
        what = random.choice(["byte", "cut", "longer", "drop", "twice", "swap", "kind", "header"])
        if what == "byte" and payload:
            payload[random.randrange(len(payload))] ^= 1 << random.randrange(8)
        elif what == "cut" and payload:
            del payload[random.randrange(len(payload)):]
        elif what == "longer":
            payload.append(random.randrange(256))
        elif what == "kind":
            changed[at][0] = random.randrange(13)
        elif what == "header":
            other = bytearray(header)
            other[random.randrange(16, 48)] ^= 1
            yield f"header of {len(sections)}", join(bytes(other), sections)
            continue
        changed[at][1] = bytes(payload)
        if what == "drop":
            del changed[at]
        elif what == "twice":
            changed.insert(random.randrange(len(changed)), list(sections[at]))
        elif what == "swap":
            other = random.randrange(len(changed))
            changed[at], changed[other] = changed[other], changed[at]
        yield f"{what} of section {at}, kind {sections[at][0]}", join(header, changed)
    for _ in range(count):
        at = random.randrange(len(data))
        flipped = bytearray(data)
        flipped[at] ^= 1 << random.randrange(8)
        yield f"byte {at}", bytes(flipped)
        yield f"cut at {at}", data[:at]
