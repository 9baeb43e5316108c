"""A handler from outside the tree: the example of docs/handler-guide.md, in a program that includes it.

    test_extra_handler.py --theater BINARY --extended BINARY

The first program does not have the handler, the second does.
"""

import argparse
import os
import shutil
import sys
import unittest

import support

DICE = support.ROOT / "examples" / "handlers" / "dice"
GRANT = ("--grant", "custom:rights=dice,dice/scores")
extended = None


class ExtraHandler(support.Case):
    # Each test says itself what becomes of its record.
    keeps_the_record = False

    def setUp(self):
        super().setUp()
        shutil.copytree(DICE / "gambler", self.folder / "gambler", ignore=shutil.ignore_patterns("build"))
        self.build_cpp("gambler")

    def with_dice(self, *words, **options):
        ordinary, support.theater = support.theater, extended
        try:
            return self.theater(*words, **options)
        finally:
            support.theater = ordinary

    def test_nothing_is_allowed_that_nobody_grants(self):
        run = self.with_dice("run", "gambler/manifest.toml", "--request", "play", exit=1)
        self.assertIn("custom: rights dice, dice/scores", run.err)
        self.assertIn("--grant custom:rights=dice,dice/scores", run.err)
        half = self.with_dice("run", "gambler/manifest.toml", "--grant", "custom:rights=dice", exit=1)
        self.assertIn("custom: rights dice/scores", half.err)
        grants = self.with_dice("grants", "gambler/manifest.toml", exit=1)
        self.assertIn("missing  --grant custom:rights=dice,dice/scores", grants.out)
        self.with_dice("grants", "gambler/manifest.toml", *GRANT, exit=0)

    def test_a_program_without_it_says_what_is_missing(self):
        for command in ("validate", "run"):
            refused = self.theater(command, "gambler/manifest.toml", *GRANT, exit=1)
            self.assertIn("imports example:dice/dice, which no handler of this node offers",
                          refused.out + refused.err)
        self.with_dice("validate", "gambler/manifest.toml", *GRANT, exit=0)

    def test_a_manifest_that_does_not_list_it_is_told_to(self):
        manifest = self.folder / "gambler" / "manifest.toml"
        manifest.write_text(manifest.read_text().split("# A handler that")[0])
        refused = self.with_dice("validate", "gambler/manifest.toml", *GRANT, exit=1)
        self.assertIn('[[handler]] type = "custom", name = "dice"', refused.out + refused.err)

    def test_what_was_recorded_replays_without_the_handler(self):
        run = self.with_dice("run", "gambler/manifest.toml", *GRANT, "--request", "play", "--request", "play",
                             "--request", "roll 0", exit=1)
        scores = self.folder / "home" / "handlers" / "dice" / "scores.txt"
        self.assertEqual(scores.read_text().splitlines(), run.out.splitlines()[:2])
        self.assertIn("a die has 1 to 1000000 sides, as in roll(6), and not 0", run.out + run.err)

        # The world has changed: no dice, no scores, no component next to the manifest.
        shutil.rmtree(scores.parent)
        shutil.rmtree(self.folder / "gambler")
        self.verify_and_replay(self.folder / "home")
        shown = self.theater("log", "show", "gambler", "--home", "home", exit=0).out
        for function in ("roll", "shake", "write-score"):
            self.assertIn(function, shown)
        # This program has no type of these functions, but the recorded component has.
        self.assertRegex(shown, r"dice/roll .* \[6\] -> \{\"ok\":[1-6]\}\n")
        self.assertRegex(shown, r'write-score .* \["game 1: [1-6] and [1-6]"\]')
        self.theater("log", "export", "gambler", "-o", "gambler.export", "--home", "home", exit=0)
        exported = self.theater("log", "show", "gambler.export", exit=0).out
        self.assertEqual(exported, shown)
        self.assertFalse(scores.exists(), "a replay has written a score")


if __name__ == "__main__":
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--extended", required=True)
    extended = os.path.abspath(sys.argv[sys.argv.index("--extended") + 1])
    support.main(options)
