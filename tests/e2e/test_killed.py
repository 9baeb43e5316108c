"""A whole node that is killed again and again, while its actors store, send and answer.

Half of the kills come at a file call of the node's home, any of them. The others come soon after a reply.
The logs of one test keep every payload, those of the other only what the components did not make.
THEATER_ROUNDS says how often a node is killed, THEATER_SEED which moments are chosen.
"""

import collections
import os
import random
import shutil
import signal
import time

import node_cases
import support
from node_cases import RUN, looks, requests

ROUNDS = int(os.environ.get("THEATER_ROUNDS", "52"))
SEED = int(os.environ.get("THEATER_SEED", "1"))
# The moments for a kill are those of a run with so many requests.
KEPT = 12
# A run that is killed has more: one that came to its end would have ended its actors.
ASKED = 400
# The newest numbers that each round looks for.
LOOKED_FOR = 15


class Killed(node_cases.Case):
    rounds = ROUNDS

    def killed_at_a_call(self, words, number):
        ran = self.with_fault(number, "kill", *words)
        self.assertEqual(ran.exit == -signal.SIGKILL, ran.struck is not None, str(ran))
        return ran.lines, ran.struck

    def killed_at_a_line(self, words, dice):
        """Waits for some lines, then kills the run a random moment later."""
        # The pipe takes a part of the replies, so the run waits for a reader and does not end.
        process = self.start(*words, pipesize=4096)
        wanted = dice.randrange(1, 2 + KEPT)
        lines = []
        while len(lines) < wanted and (line := process.stdout.readline()):
            lines.append(line)
        time.sleep(dice.random() * 0.004)
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate(timeout=support.TIMEOUT_S)
        lines += out.splitlines(keepends=True)
        ran = node_cases.Faulty(words, process, b"".join(lines), err, [])
        self.assert_sound(ran)
        return ran.lines, f"after {wanted} lines" if ran.exit != 0 else None

    def run_and_kill(self, kills, calls, words, dice):
        if kills % 2 == 0:
            return self.killed_at_a_call(words, dice.randrange(1, calls))
        return self.killed_at_a_line(words, dice)

    def test_what_was_acknowledged_is_there(self):
        dice = random.Random(SEED)
        calls = len(self.with_fault(0, "kill", *RUN, *requests(*["front:keep"] * KEPT)).calls)
        shutil.rmtree(self.home)
        acknowledged = 0
        unknown = 0  # Kills since then: each may have kept a number without a reply.
        at = collections.Counter()
        for kills in range(self.rounds):
            first = max(1, acknowledged - LOOKED_FOR)
            look = [*looks("front", "kept", first, acknowledged), "back:state"]
            words = [*RUN, *requests(*look, *["front:keep"] * ASKED)]
            lines, where = self.run_and_kill(kills, calls, words, dice)
            said = f"round {kills}, {where}, {acknowledged} acknowledged: {lines}"
            self.assertIsNotNone(where, said)
            at[where.split()[0]] += 1
            self.assertEqual(self.absent(lines, "front"), 0, said)
            for last, _, wrong in self.replies(lines, "back", "state"):
                self.assertLessEqual(wrong, self.sent_again() if wrong else 0, said)
                self.assertLessEqual(last, acknowledged + unknown, said)
            unknown += 1
            if kept := self.kept(lines):
                self.assertIn(kept[0], range(acknowledged + 1, acknowledged + 1 + unknown), said)
                self.assertEqual(kept, list(range(kept[0], kept[0] + len(kept))), said)
                acknowledged, unknown = kept[-1], 1
            if kills % 10 == 9:
                verified = self.theater("verify", "--messages", "--json").lines()[0]
                self.assertNotEqual(verified["verdict"], "INVALID", verified)
        self.assert_complete(acknowledged, unknown)
        print(f"{self.rounds} kills at {dict(at)}, {acknowledged} acknowledged", flush=True)
        self.assertGreater(acknowledged, self.rounds)

    def lasting(self, name):
        """The id of the actor of that name that has lived longest. A kill in a first start leaves one that does not resume."""
        actors = self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]
        return max((actor for actor in actors if actor["name"] == name), key=lambda actor: actor["events"])["id"]

    def events(self, name):
        """The bodies of the events in the chain of the actor of that name."""
        shown = self.theater("log", "show", self.lasting(name), "--json", exit=0).every("event")
        return [line["event"]["body"] for line in shown]

    def sent_again(self):
        """How many numbers `front` sent twice at most.

        A kill between its message and the end of its call takes the call back, but not the message.
        """
        is_sent = False
        again = 0
        for body in self.events("front"):
            if "call" in body:
                is_sent = False
            elif "sent" in body:
                is_sent = True
            elif "failed" in body:
                again += is_sent
        return again

    def assert_complete(self, acknowledged, unknown):
        """Runs once more, and fails unless all that was acknowledged is in the store, the states and the record."""
        look = [*looks("front", "kept", 1, acknowledged), "front:keep", "front:state", "back:state",
                *looks("back", "taken", 1, acknowledged)]
        run = self.theater(*RUN, *requests(*look), exit=0)
        self.assertEqual(len(run.every("recovered")), 2, str(run))
        self.assertEqual(len(run.every("reply")), len(look), str(run))
        self.assertEqual(self.absent(run.lines(), "front"), 0, str(run))
        [(number, _, _)] = self.replies(run.lines(), "front", "state")
        self.assertIn(number, range(acknowledged + 1, acknowledged + unknown + 2), str(run))
        [(last, missed, wrong)] = self.replies(run.lines(), "back", "state")
        self.assertEqual(last, number, str(run))
        self.assertLessEqual(wrong, self.sent_again() if wrong else 0, str(run))
        # A call that a kill cut off is not repeated, and its message is then missing in the state.
        cut_off = sum("failed" in body for body in self.events("back"))
        self.assertLessEqual(missed, min(cut_off, self.rounds), str(run))
        self.assertLessEqual(self.absent(run.lines(), "back"), missed, str(run))


class KilledWithInputs(Killed):
    """The next node delivers again what a killed one had sent: from the bytes, or made again by a replay."""

    log = 'detach = "all"\nbodies = "inputs"\n'
    rounds = max(12, ROUNDS // 4)

    def assert_complete(self, acknowledged, unknown):
        super().assert_complete(acknowledged, unknown)
        verified = self.theater("verify", "--json", exit=0).lines()[0]
        self.assertGreater(verified["bodies_recomputable"], acknowledged, verified)
        for actor in ("front", "back"):
            self.theater("replay", self.lasting(actor), exit=0)


if __name__ == "__main__":
    node_cases.main()
