#!/usr/bin/env python3
"""Checks the golden events with nothing of Theater's but their description.

    verify_events.py wit/log/log.wit tests/golden/events.json

It reads the types from the WIT file, decodes every event by the rules of the Component Model's
Binary.md ("Value Definitions"), computes hashes, links and positions again, and checks the order of the bodies. Only
the standard library is used.
"""

import json
import sys

from theater_log.chain import Chain, case_of, event_hash
from theater_log.values import decoder
from theater_log.wit import parse_types, spell


def check_chain(types, vectors):
    """Raises AssertionError or ValueError unless the vectors are a chain, with the hashes that they say.

    Returns its bodies, (label, value) each."""
    decode, chain = decoder(types, "event"), Chain(node=vectors["name"].startswith("node"))
    bodies = []
    for seq, vector in enumerate(vectors["events"]):
        data = bytes.fromhex(vector["bytes"])
        event, digest = decode(data), event_hash(data)
        body, value = case_of(event["body"])
        bodies.append((body, value))
        assert body == vector["body"], f"event {seq}: body {body}, not {vector['body']}"
        assert digest.hex() == vector["hash"], f"event {seq} ({body}): wrong hash"
        chain.accept(event, digest)
        print(f"{vectors['name']} {seq:3} {digest.hex()[:16]} {body}")
    assert chain.head.hex() == vectors["head"], "wrong head"
    return bodies


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        types = parse_types(file.read())
    with open(sys.argv[2], encoding="utf-8") as file:
        golden = json.load(file)
    assert spell(types, "event") == golden["type"], "the WIT file has another type for `event`"
    seen = {"body": set(), "operation": set(), "origin": set()}
    for chain in golden["chains"]:
        for body, value in check_chain(types, chain):
            seen["body"].add(body)
            if body == "control":
                seen["operation"].add(case_of(value["operation"])[0])
            if body == "call":
                seen["origin"].add(case_of(value["from"])[0])
    for name, labels in seen.items():
        missing = {label for label, _ in types[name][1]} - labels
        assert not missing, f"no vector for the {name} {sorted(missing)}"
    print(f"{sum(len(chain['events']) for chain in golden['chains'])} events agree")


if __name__ == "__main__":
    main()
