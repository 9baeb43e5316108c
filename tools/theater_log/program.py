"""What the programs that check something with this package share: their arguments, and how they end.

They need the packages in NEEDED; nothing here imports one before it is known to be there.
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

from theater_log.report import INVALID, UNVERIFIABLE, VALID
from theater_log.version import Unsupported
from theater_log.wit import parse_types

EXITS = {VALID: 0, INVALID: 1, UNVERIFIABLE: 3}
WRONG_USE = 2
NEEDED = ("cryptography", "zstandard")
ROOT = Path(__file__).resolve().parents[2]


def stop(message, exit_status=WRONG_USE):
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(exit_status)


def arguments(description, metavar, what, kept_elsewhere, has_contents=False):
    """`what` is what METAVAR is, `kept_elsewhere` what a checkpoint that is given says of it."""
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", metavar=metavar, help=what)
    parser.add_argument("--checkpoint", metavar="FILE", action="append", default=[],
                        help=f"a checkpoint that was kept elsewhere: {kept_elsewhere}")
    parser.add_argument("--key", metavar="VKEY", help="the key that must have signed: name+id+base64")
    if has_contents:
        parser.add_argument("--no-contents", action="store_true",
                            help="do not read the manifests, components and states that the log names")
    parser.add_argument("--bodies-max", metavar="BYTES", type=int,
                        help="the most bytes to make of detached payloads; default 4 GiB and 2048 for each byte of "
                             "the files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    for package in NEEDED:
        try:
            importlib.import_module(package)
        except ImportError as why:
            stop(f"{why}; the Python package `{package}` is needed: apt-get install python3-{package}")
    return options


def report_of(options, check):
    """`check(types, outside, key)`, with what the options name."""
    from theater_log import checkpoint
    types = parse_types((ROOT / "wit" / "log" / "log.wit").read_text(encoding="utf-8"))
    try:
        key = checkpoint.parse_verifier_key(options.key) if options.key else None
        outside = [(name, Path(name).read_bytes()) for name in options.checkpoint]
        return check(types, outside, key)
    except checkpoint.Refused as why:
        stop(f"--key {options.key}: {why}")
    except Unsupported as why:
        stop(f"{options.path}: {why}", EXITS[INVALID])
    except OSError as why:
        stop(why)


def print_recomputable(report):
    if report.bodies_recomputable:
        print(f"bodies that are absent, and that a replay makes again: {report.bodies_recomputable}")


def finish(options, report, print_text):
    if options.json:
        print(json.dumps(report.as_json()))
    else:
        print_text(report)
    sys.exit(EXITS[report.verdict()])
