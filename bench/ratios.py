"""Figures of one run as ratios to the yardstick's: bench/ratios.py ENGINE.jsonl TYPED.jsonl"""

import json
import sys


def read(path):
    with open(path, encoding="utf-8") as lines:
        return {row["bench"]: row for row in map(json.loads, filter(str.strip, lines))}


def main():
    engine, typed = read(sys.argv[1]), read(sys.argv[2])
    for name, row in engine.items():
        for suffix in ("typed", "typed-fiber"):
            other = typed.get(f"{name}.{suffix}")
            if other:
                print(json.dumps({
                    "bench": f"{name}/{suffix}",
                    "value": round(row["value"] / other["value"], 3),
                    "unit": "ratio of best runs",
                    "median": round(row["median"] / other["median"], 3),
                    "us": row["value"],
                    "yardstick_us": other["value"],
                }))


if __name__ == "__main__":
    main()
