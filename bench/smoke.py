"""Runs a benchmark for a moment and checks what it prints: bench/smoke.py PROGRAM [ARGUMENT]…"""

import json
import os
import subprocess
import sys


def main():
    environment = dict(os.environ, THEATER_BENCH_QUICK="1")
    result = subprocess.run(sys.argv[1:], env=environment, stdout=subprocess.PIPE, check=False, text=True)
    if result.returncode == 77:
        sys.exit(77)
    if result.returncode != 0:
        sys.exit(f"{sys.argv[1]}: exit status {result.returncode}")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    if not rows:
        sys.exit(f"{sys.argv[1]}: no results")
    for row in rows:
        if not (row["bench"] and row["unit"] and row["value"] > 0):
            sys.exit(f"{sys.argv[1]}: no figure: {row}")


if __name__ == "__main__":
    main()
