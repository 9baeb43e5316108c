#!/usr/bin/env python3
"""Checks a log with nothing of Theater's but the description of its format (docs/formats/log.md).

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
WIT = Path(__file__).resolve().parents[1] / "wit" / "log" / "log.wit"
COUNTS = {"events": "events", "groups": "groups", "segments": "segments", "actors": "actors",
          "bodies": "bodies", "removed": "bodies_removed"}


def stop(message):
    print(f"verify_log.py: {message}", file=sys.stderr)
    sys.exit(WRONG_USE)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="LOGFOLDER|HOME", help="a log's folder, or the home that holds it")
    parser.add_argument("--checkpoint", metavar="FILE", action="append", default=[],
                        help="a checkpoint that was kept elsewhere: nothing before it may be rewritten")
    parser.add_argument("--key", metavar="VKEY", help="the key that must have signed: name+id+base64")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def print_text(report):
    print(report.verdict())
    print(", ".join(f"{name} {getattr(report, field)}" for name, field in COUNTS.items()))
    print(f"root {report.root}")
    if report.key:
        print(f"key {report.key}")
    if report.checkpoint:
        print(f"checkpoint of {report.checkpoint['size']} events, root {report.checkpoint['root']}")
    shown = report.shown()
    for finding in shown:
        print(finding)
    if len(report.findings) > len(shown):
        print(f"and {len(report.findings) - len(shown)} more")


def main():
    options = arguments()
    try:
        from theater_log import check, checkpoint
    except ImportError as why:
        stop(f"{why}; the Python package `cryptography` is needed: apt-get install python3-cryptography")
    folder = check.log_folder(options.folder)
    if folder is None:
        stop(f"{options.folder} has no segments/ and no log/segments/: name a log's folder or a home")
    try:
        key = checkpoint.parse_verifier_key(options.key) if options.key else None
        outside = [(name, Path(name).read_bytes()) for name in options.checkpoint]
        report = check.check_log(folder, parse_types(WIT.read_text(encoding="utf-8")), outside, key)
    except checkpoint.Refused as why:
        stop(f"--key {options.key}: {why}")
    except OSError as why:
        stop(why)
    if options.json:
        print(json.dumps(report.as_json()))
    else:
        print_text(report)
    sys.exit(EXITS[report.verdict()])


if __name__ == "__main__":
    main()
