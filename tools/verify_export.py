#!/usr/bin/env python3
"""Checks an export of one actor with nothing of Theater's but the description of its format
(docs/formats/export.md).

Prints VALID (exit 0), INVALID (1) or UNVERIFIABLE (3), what was counted, and what is wrong or missing.
Needs Python 3.11 and the packages `cryptography` (for Ed25519) and `zstandard` (for bodies that are compressed).
"""

from theater_log import program

COUNTS = ["events", "proved", "bodies", "bodies_removed", "blobs", "blobs_missing"]


def print_text(report):
    print(report.verdict())
    print(f"actor {report.actor} {report.name!r} of the log {report.log}")
    print(", ".join(f"{name} {getattr(report, name)}" for name in COUNTS))
    program.print_recomputable(report)
    print(f"head {report.head}")
    if report.checkpoint:
        print(f"event {report.proved - 1} is number {report.index} of {report.checkpoint['size']}, "
              f"root {report.checkpoint['root']}")
        print(f"signed by {report.key}")
    for finding in report.as_json()["findings"]:
        place = "".join(f", {name} {finding[name]}" for name in ("offset", "seq") if finding[name] is not None)
        print(f"{finding['verdict']}{place}: {finding['what']}")


def main():
    options = program.arguments(__doc__, "FILE", "what `theater log export` wrote", "the log must have gone on from it")
    from theater_log import export
    document = program.ROOT / "docs" / "formats" / "export.md"
    statement = export.statement_of(document.read_text(encoding="utf-8"))

    def check(types, outside, key):
        with open(options.path, "rb") as file:
            return export.check_export(file, types, statement, outside, key, options.bodies_max)

    program.finish(options, program.report_of(options, check), print_text)


if __name__ == "__main__":
    main()
