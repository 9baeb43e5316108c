"""Figures of one run as ratios to the yardstick's: bench/ratios.py ENGINE.jsonl TYPED.jsonl

The last line is what a fiber adds to a call: the yardstick with one, less the yardstick without.
"""

import json
import sys

# The call that the fiber's cost is taken from: Theater's shape with 64 bytes of state.
FIBER = "engine.handle.64"


def read(path):
    with open(path, encoding="utf-8") as lines:
        return {row["bench"]: row for row in map(json.loads, filter(str.strip, lines))}


def ratios(engine, typed):
    for name, row in engine.items():
        for suffix in ("typed", "typed-fiber"):
            other = typed.get(f"{name}.{suffix}")
            if other:
                yield {
                    "bench": f"{name}/{suffix}",
                    "value": round(row["value"] / other["value"], 3),
                    "unit": "ratio of best runs",
                    "median": round(row["median"] / other["median"], 3),
                    "us": row["value"],
                    "yardstick_us": other["value"],
                }


def fiber(typed):
    direct, on_fiber = typed[f"{FIBER}.typed"], typed[f"{FIBER}.typed-fiber"]
    return {
        "bench": "engine.fiber",
        "value": round(on_fiber["value"] - direct["value"], 4),
        "unit": "us",
        "median": round(on_fiber["median"] - direct["median"], 4),
    }


def main():
    engine, typed = read(sys.argv[1]), read(sys.argv[2])
    for row in [*ratios(engine, typed), fiber(typed)]:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
