#!/usr/bin/env python3
"""Checks the golden events with nothing of Theater's but their description.

    verify_events.py wit/log/log.wit tests/golden/events.json

It reads the types from the WIT file, decodes every event by the rules of the Component Model's
Binary.md ("Value Definitions"), and computes hashes, links and positions anew. Only the standard
library is used.
"""

import hashlib
import json
import re
import sys

WORD = re.compile(r"[%\w-]+|[{}()<>,:;=@./]")
PRIMITIVES = {"bool", "u8", "u32", "u64", "string"}


def parse_types(text):
    """The named types of the one interface in a WIT file: name -> (kind, parts)."""
    words = WORD.findall(re.sub(r"//.*", "", text))
    at = words.index("interface") + 3
    types = {}

    def name():
        nonlocal at
        at += 1
        return words[at - 1].lstrip("%")

    def expect(word):
        assert name() == word, f"expected {word} at {words[at - 3:at + 2]}"

    def type_expression():
        head = name()
        if words[at] != "<":
            return head
        expect("<")
        inner = type_expression()
        expect(">")
        return (head, inner)

    def part(kind):
        label = name()
        payload = None
        if kind == "record":
            expect(":")
            payload = type_expression()
        elif words[at] == "(":
            expect("(")
            payload = type_expression()
            expect(")")
        if words[at] == ",":
            expect(",")
        return label, payload

    while words[at] != "}":
        kind, label = name(), name()
        if kind == "type":
            expect("=")
            types[label] = ("alias", type_expression())
            expect(";")
            continue
        expect("{")
        parts = []
        while words[at] != "}":
            parts.append(part(kind))
        expect("}")
        types[label] = (kind, parts)
    return types


def spell(types, wanted):
    """A type as text, with named types written out in place."""
    if isinstance(wanted, tuple):
        return f"{wanted[0]}<{spell(types, wanted[1])}>"
    if wanted in PRIMITIVES:
        return wanted
    kind, parts = types[wanted]
    if kind == "alias":
        return spell(types, parts)
    between = "{}: {}" if kind == "record" else "{}({})"
    shown = [between.format(p, spell(types, t)) if t else p for p, t in parts]
    return f"{kind} {{ {', '.join(shown)} }}"


class Reader:
    def __init__(self, types, data):
        self.types, self.data, self.at = types, data, 0

    def take(self, count):
        assert self.at + count <= len(self.data), f"cut off at {self.at}"
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, bits):
        """Unsigned LEB128, which must be the shortest."""
        value, shift = 0, 0
        while True:
            octet = self.take(1)[0]
            value |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                break
        assert shift == 7 or octet != 0, f"number at {self.at} is not the shortest"
        assert value < 1 << bits, f"number at {self.at} has more than {bits} bits"
        return value

    def choice(self, count):
        index = self.number(32)
        assert index < count, f"{index} of {count} at {self.at}"
        return index

    def value(self, wanted):
        if wanted == ("list", "u8"):
            return self.take(self.number(32))
        if isinstance(wanted, tuple) and wanted[0] == "list":
            return [self.value(wanted[1]) for _ in range(self.number(32))]
        if isinstance(wanted, tuple):
            return self.value(wanted[1]) if self.choice(2) else None
        if wanted == "string":
            return self.take(self.number(32)).decode("utf-8", "strict")
        if wanted == "bool":
            return self.choice(2) == 1
        if wanted == "u8":
            return self.take(1)[0]
        if wanted in PRIMITIVES:
            return self.number(int(wanted[1:]))
        kind, parts = self.types[wanted]
        if kind == "alias":
            value = self.value(parts)
            size = {"digest": 32, "actor-id": 16}.get(wanted)
            assert size is None or len(value) == size, f"{wanted} of {len(value)} octets"
            return value
        if kind == "record":
            return {label: self.value(inner) for label, inner in parts}
        label, inner = parts[self.choice(len(parts))]
        return (label, self.value(inner)) if inner else label


def check_chain(types, chain):
    parent, time = bytes(32), 0
    for seq, vector in enumerate(chain["events"]):
        data = bytes.fromhex(vector["bytes"])
        reader = Reader(types, data)
        event = reader.value("event")
        body, _ = event["body"]
        assert reader.at == len(data), f"{len(data) - reader.at} octets left over"
        assert body == vector["body"], f"body {body}, not {vector['body']}"
        assert event["seq"] == seq, f"seq {event['seq']}, not {seq}"
        assert event["parent"] == parent, f"event {seq} ({body}): wrong parent"
        assert event["time"] >= time, f"event {seq} ({body}): time goes back"
        digest = hashlib.sha256(b"\x00" + data)
        assert digest.hexdigest() == vector["hash"], f"event {seq} ({body}): wrong hash"
        parent, time = digest.digest(), event["time"]
        print(f"{chain['name']} {seq:3} {digest.hexdigest()[:16]} {body}")
    assert parent.hex() == chain["head"], "wrong head"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        types = parse_types(file.read())
    with open(sys.argv[2], encoding="utf-8") as file:
        golden = json.load(file)
    assert spell(types, "event") == golden["type"], "the WIT file has another type for `event`"
    seen = set()
    for chain in golden["chains"]:
        check_chain(types, chain)
        seen |= {vector["body"] for vector in chain["events"]}
    missing = {label for label, _ in types["body"][1]} - seen
    assert not missing, f"no vector for {sorted(missing)}"
    print(f"{sum(len(chain['events']) for chain in golden['chains'])} events agree")


if __name__ == "__main__":
    main()
