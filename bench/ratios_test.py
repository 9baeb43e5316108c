"""Checks what bench/ratios.py makes of two files of figures."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

RATIOS = pathlib.Path(__file__).with_name("ratios.py")


def figure(name, best, median):
    return {"bench": name, "value": best, "unit": "us", "median": median, "worst": 9}


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


class Ratios(unittest.TestCase):
    def run_on(self, engine, typed):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, name) for name in ("engine.jsonl", "typed.jsonl")]
            write(paths[0], engine)
            write(paths[1], typed)
            result = subprocess.run([sys.executable, RATIOS, *paths], stdout=subprocess.PIPE, check=True, text=True)
        return {row["bench"]: row for row in map(json.loads, result.stdout.splitlines())}

    def test_each_figure_is_compared_with_its_yardsticks_and_the_fiber_is_their_difference(self):
        rows = self.run_on(
            [figure("engine.handle.64", 0.75, 0.9), figure("engine.nop", 0.1, 0.2)],
            [figure("engine.handle.64.typed", 0.5, 0.6), figure("engine.handle.64.typed-fiber", 0.6, 0.75)],
        )
        self.assertEqual(set(rows), {"engine.handle.64/typed", "engine.handle.64/typed-fiber", "engine.fiber"})
        self.assertEqual(rows["engine.handle.64/typed"]["value"], 1.5)
        self.assertEqual(rows["engine.handle.64/typed-fiber"]["value"], 1.25)
        self.assertAlmostEqual(rows["engine.fiber"]["value"], 0.1)
        self.assertAlmostEqual(rows["engine.fiber"]["median"], 0.15)


if __name__ == "__main__":
    unittest.main()
