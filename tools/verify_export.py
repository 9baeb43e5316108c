#!/usr/bin/env python3
"""Checks an export of one actor with nothing of Theater's but the description of its format
(docs/formats/export.md).

Prints VALID (exit 0), INVALID (1) or UNVERIFIABLE (3), what was counted, and what is wrong or missing.
Needs Python 3.11 and, for Ed25519, the package `cryptography`.
"""

import argparse
import json
import sys
from pathlib import Path

from theater_log.report import INVALID, UNVERIFIABLE, VALID
from theater_log.wit import parse_types

EXITS = {VALID: 0, INVALID: 1, UNVERIFIABLE: 3}
WRONG_USE = 2
ROOT = Path(__file__).resolve().parents[1]
COUNTS = ["events", "proved", "bodies", "bodies_removed", "blobs", "blobs_missing"]


def stop(message):
    print(f"verify_export.py: {message}", file=sys.stderr)
    sys.exit(WRONG_USE)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE", help="what `theater log export` wrote")
    parser.add_argument("--checkpoint", metavar="FILE", action="append", default=[],
                        help="a checkpoint that was kept elsewhere: the log must have gone on from it")
    parser.add_argument("--key", metavar="VKEY", help="the key that must have signed: name+id+base64")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def print_text(report):
    print(report.verdict())
    print(f"actor {report.actor} {report.name!r} of the log {report.log}")
    print(", ".join(f"{name} {getattr(report, name)}" for name in COUNTS))
    print(f"head {report.head}")
    if report.checkpoint:
        print(f"event {report.proved - 1} is number {report.index} of {report.checkpoint['size']}, "
              f"root {report.checkpoint['root']}")
        print(f"signed by {report.key}")
    for finding in report.as_json()["findings"]:
        place = "".join(f", {name} {finding[name]}" for name in ("offset", "seq") if finding[name] is not None)
        print(f"{finding['verdict']}{place}: {finding['what']}")


def main():
    options = arguments()
    try:
        from theater_log import checkpoint, export
    except ImportError as why:
        stop(f"{why}; the Python package `cryptography` is needed: apt-get install python3-cryptography")
    types = parse_types((ROOT / "wit" / "log" / "log.wit").read_text(encoding="utf-8"))
    statement = export.statement_of((ROOT / "docs" / "formats" / "export.md").read_text(encoding="utf-8"))
    try:
        key = checkpoint.parse_verifier_key(options.key) if options.key else None
        outside = [(name, Path(name).read_bytes()) for name in options.checkpoint]
        with open(options.file, "rb") as file:
            report = export.check_export(file, types, statement, outside, key)
    except checkpoint.Refused as why:
        stop(f"--key {options.key}: {why}")
    except export.Unsupported as why:
        print(f"verify_export.py: {options.file}: {why}", file=sys.stderr)
        sys.exit(EXITS[INVALID])
    except OSError as why:
        stop(why)
    if options.json:
        print(json.dumps(report.as_json()))
    else:
        print_text(report)
    sys.exit(EXITS[report.verdict()])


if __name__ == "__main__":
    main()
