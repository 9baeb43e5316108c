"""The classic programs, ours next to Erlang's: bench/side_by_side.py OURS.jsonl RECORD.jsonl ERLANG.jsonl…"""

import json
import sys


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def spread(row):
    return f"{row['value']:.3f} ({row['median']:.3f}, {row['worst']:.3f})"


def main():
    ours = {(row["bench"], row["workers"]): row for row in read(sys.argv[1])}
    record = {row["bench"]: row["value"] for row in read(sys.argv[2])}
    theirs = {(row["bench"], row["workers"]): row for path in sys.argv[3:] for row in read(path)}
    print(f"{'us each: best (median, worst)':<30} {'workers':>7}  {'Theater':<26} {'Erlang':<26} ratio  "
          f"{'processor, us':<17} ratio")
    for key in sorted(ours, key=lambda key: key[1]):
        if key not in theirs:
            continue
        our, their = ours[key], theirs[key]
        ratio = our["value"] / their["value"]
        cpu = f"{our['cpu_us']:.3f}, {their['cpu_us']:.3f}"
        cpu_ratio = our["cpu_us"] / their["cpu_us"] if their["cpu_us"] else float("nan")
        print(f"{key[0]:<30} {key[1]:>7}  {spread(our):<26} {spread(their):<26} {ratio:<6.2f} {cpu:<17} "
              f"{cpu_ratio:.2f}")
    print(next(iter(theirs.values()))["system"])
    print(f"In each of Theater's messages: recording {record['record.cost']:.3f} us, of which the hash chain "
          f"{record['record.hash']:.3f} us; and the way over the wall of a sandbox, in and out. Erlang's have neither.")


if __name__ == "__main__":
    main()
