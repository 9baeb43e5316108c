#!/usr/bin/env python3
"""Checks a log with nothing of Theater's but the description of its format (docs/formats/log.md).

Prints VALID (exit 0), INVALID (1) or UNVERIFIABLE (3), what was counted, and what is wrong or missing.
Needs Python 3.11 and the packages `cryptography` (for Ed25519) and `zstandard` (for bodies that are compressed).
"""

from theater_log import program

COUNTS = {"events": "events", "groups": "groups", "segments": "segments", "actors": "actors",
          "bodies": "bodies", "removed": "bodies_removed"}


def print_text(report):
    print(report.verdict())
    print(", ".join(f"{name} {getattr(report, field)}" for name, field in COUNTS.items()))
    program.print_recomputable(report)
    if report.contents:
        print(", ".join(f"contents {name} {count}" for name, count in report.contents.items()))
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
    options = program.arguments(__doc__, "LOGFOLDER|HOME", "a log's folder, or the home that holds it",
                                "nothing before it may be rewritten", has_contents=True)
    from theater_log import check, contents
    folder = check.log_folder(options.path)
    if folder is None:
        program.stop(f"{options.path} has no segments/ and no log/segments/: name a log's folder or a home")
    blobs = None if options.no_contents else contents.blobs_beside(options.path, folder)
    report = program.report_of(options, lambda *what: check.check_log(folder, *what, blobs, options.bodies_max))
    program.finish(options, report, print_text)


if __name__ == "__main__":
    main()
