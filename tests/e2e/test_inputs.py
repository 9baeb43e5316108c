"""Logs with `[log] bodies = "inputs"`: what a component made is left out of them, and yet they prove, replay and
recover all of it.

THEATER_ROUNDS says how often a run is killed, THEATER_SEED which moments are chosen.
"""

import base64
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import support

BODIES = "log/segments/0000000000.bodies"
INPUTS = '[log]\ndetach = "all"\nbodies = "inputs"\n'
# The events with payloads that a component makes, and that a replay makes again.
OUTPUTS = {"host", "note", "refused", "intent", "sent", "returned"}
TOOLS = support.ROOT / "tools"
# What `theater verify` and the programs in tools/ both count.
SAME = ["verdict", "log", "events", "bodies", "bodies_removed", "bodies_recomputable", "checkpoint", "key"]
QUESTIONS = 6
QUESTION_BYTES = 6000
SEED = int(os.environ.get("THEATER_SEED", "1"))
ROUNDS = int(os.environ.get("THEATER_ROUNDS", "5"))
BALLS = 6
BALL_BYTES = 150


def data_of(payload):
    """The bytes of a payload that `log show` has: text, or Base64 where they are none."""
    data = payload["bytes"]
    return data.encode() if isinstance(data, str) else base64.b64decode(data["base64"])


class Inputs(support.Case):
    def questions(self):
        """Words for a run: requests to `asker`, of texts that hardly compress."""
        dice = random.Random(SEED)
        words = []
        for number in range(QUESTIONS):
            text = base64.b64encode(dice.randbytes(QUESTION_BYTES * 3 // 4))
            (self.folder / f"question{number}").write_bytes(text)
            words += ["--request", f"asker:@question{number}"]
        return words

    def asked(self, settings=INPUTS, home="home"):
        """Records an actor that asks another with all that it is asked, and passes the answers on."""
        asker = self.actor("asker", "rally.wat", settings)
        echo = self.actor("echo", "echo.wat", settings)
        self.theater("run", asker, echo, "--home", home, "--init", 'asker:"{{actor.echo}}"', *self.questions(),
                     exit=0)
        return self.folder / home

    def actors(self):
        return self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]

    def events(self, actor):
        return [line["event"] for line in self.theater("log", "show", actor, "--json", exit=0).every("event")]

    def by_tool(self, name, path):
        """What a program in tools/ says of a log or an export."""
        run = subprocess.run([sys.executable, TOOLS / name, path, "--json"], capture_output=True, text=True,
                             timeout=support.TIMEOUT_S, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return json.loads(run.stdout)

    def assert_same(self, ours, theirs):
        self.assertEqual({name: ours[name] for name in SAME}, {name: theirs[name] for name in SAME})

    def assert_replays(self, *words, head):
        said = self.theater("replay", *words, "--json", exit=0).lines()[0]
        self.assertEqual((said["outcome"], said["complete"], said["head"]), ("IDENTICAL", True, head), said)


class Log(Inputs):
    def test_it_is_valid_and_replays_without_what_it_left_out(self):
        home = self.asked()
        said = self.theater("verify", "--json", exit=0).lines()[0]
        self.assertEqual((said["verdict"], said["bodies_removed"], said["findings"]), ("VALID", 0, []))
        self.assert_same(self.by_tool("verify_log.py", home), said)
        text = self.theater("verify", exit=0).out
        self.assertIn(f"bodies      {said['bodies']}, 0 of them removed, "
                      f"{said['bodies_recomputable']} recomputable by a replay\n", text)
        for actor in self.actors():
            self.assert_replays(actor["id"], head=actor["head"])

    def test_only_outputs_are_left_out(self):
        self.asked()
        left_out = []
        for actor in self.actors():
            for event in self.events(actor["id"]):
                for payload in event.get("detached", []):
                    if payload.get("recomputable"):
                        left_out += event["body"].keys()
                        self.assertNotIn("bytes", payload)
                    else:
                        # Nothing that an input says is missing.
                        self.assertEqual(len(data_of(payload)), payload["length"])
        self.assertLessEqual(set(left_out), OUTPUTS)
        # Two actors returned every question as an answer.
        self.assertGreaterEqual(left_out.count("returned"), 2 * QUESTIONS)
        said = self.theater("verify", "--json", exit=0).lines()[0]
        self.assertEqual(said["bodies_recomputable"], len(left_out))

    def test_messages_are_compared_by_the_hashes_of_what_is_left_out(self):
        self.asked()
        said = self.theater("verify", "--messages", "--json", exit=0).lines()[0]
        self.assertEqual(said["verdict"], "VALID", said)
        self.assertEqual(said["messages"]["differences"], [])
        self.assertGreaterEqual(said["messages"]["messages"], QUESTIONS)

    def test_another_component_is_found_out_by_the_hash_alone(self):
        self.asked()
        text = (support.GUESTS / "echo.wat").read_text()
        answer = "(i32.store (i32.const 88) (local.get $ask_size))"
        self.assertEqual(text.count(answer), 1)
        (self.folder / "shorter.wat").write_text(
            text.replace(answer, "(i32.store (i32.const 88) (i32.sub (local.get $ask_size) (i32.const 1)))"))
        run = self.theater("replay", "echo", "--component", "shorter.wat", exit=1)
        self.assertTrue(run.out.startswith("REPLAY DIVERGED at event "), run.out)

    def test_it_takes_less_of_the_disk(self):
        sizes = {}
        for bodies in ("all", "inputs"):
            echo = self.actor("asker", "echo.wat", f'[log]\nbodies = "{bodies}"\n')
            self.theater("run", echo, "--home", bodies, *self.questions(), exit=0)
            sizes[bodies] = (self.folder / bodies / BODIES).stat().st_size
        # An answer is as long as its question.
        self.assertLess(sizes["inputs"], 0.6 * sizes["all"], sizes)
        print(f"body files: {sizes}", flush=True)


class Export(Inputs):
    def test_it_verifies_and_replays_without_the_home(self):
        home = self.asked()
        actors = self.actors()
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        for actor in actors:
            self.theater("log", "export", actor["id"], "-o", elsewhere / actor["id"], exit=0)
        shutil.rmtree(home)
        for actor in actors:
            file = elsewhere / actor["id"]
            said = self.theater("verify", file, "--json", exit=0).lines()[0]
            self.assertEqual((said["verdict"], said["head"]), ("VALID", actor["head"]))
            self.assertGreaterEqual(said["bodies_recomputable"], QUESTIONS)
            self.assert_same(self.by_tool("verify_export.py", file), said)
            self.assertRegex(self.theater("verify", file, exit=0).out,
                             rf", {said['bodies_recomputable']} recomputable by a replay;")
            self.assert_replays(file, head=actor["head"])
        self.assertFalse(home.exists())


class Killed(Inputs):
    """Balls that two actors send to and fro with one byte less each time, and runs that are killed meanwhile."""

    def killed(self, *words, dice):
        """Starts a run and kills it; how many messages it had to deliver for the one before."""
        process = self.start("run", *words, "--json")
        try:
            # One for each actor, begun or resumed.
            for _ in range(2):
                process.stdout.readline()
            time.sleep(dice.random() * 0.02)
        finally:
            process.send_signal(signal.SIGKILL)
            _, err = process.communicate(timeout=support.TIMEOUT_S)
        self.assertNotRegex(err, b"panicked|CHECK")
        return self.delivered(err.decode())

    @staticmethod
    def delivered(text):
        said = re.search(r"messages delivered: (\d+)", text)
        return int(said[1]) if said else 0

    def test_each_message_that_was_accepted_is_taken_once(self):
        dice = random.Random(SEED)
        self.actor("left", "rally.wat", INPUTS)
        self.actor("right", "rally.wat", INPUTS)
        both = ("left.toml", "right.toml", "--init", 'left:"{{actor.right}}"', "--init", 'right:"{{actor.left}}"')
        balls = ["--send", "left:" + "o" * BALL_BYTES] * BALLS
        delivered = 0
        for _ in range(ROUNDS):
            delivered += self.killed(*both, *balls, dice=dice)
            for words in ([], ["--messages"]):
                said = self.theater("verify", *words, "--json").lines()[0]
                self.assertNotEqual(said["verdict"], "INVALID", said)
        delivered += self.delivered(self.theater("run", "--send", "left:ooo", "--json", exit=0).err)
        said = self.theater("verify", "--json", exit=0).lines()[0]
        self.assertGreater(said["bodies_recomputable"], 0)
        chains = {actor["name"]: self.events(actor["id"]) for actor in self.actors()}
        sent = self.assert_taken_once(chains["left"], chains["right"])
        sent += self.assert_taken_once(chains["right"], chains["left"])
        print(f"{ROUNDS} rounds, {sent} messages between actors, {delivered} delivered after a kill", flush=True)
        for actor in self.actors():
            self.assert_replays(actor["id"], head=actor["head"])

    def assert_taken_once(self, sender, receiver):
        """Fails unless each message of one to the other was taken, once, with the bytes that were sent; how many."""
        sent = {}
        for event in sender:
            if "call" in event["body"]:
                called = event
            elif event["body"].get("sent", {}).get("result") == "accepted":
                sent[event["hash"]] = self.message(called)[:-1]
        taken = {}
        for event in receiver:
            source = event["body"].get("call", {}).get("from")
            if isinstance(source, dict) and "actor" in source:
                cited = base64.b64decode(source["actor"]["sent"]["base64"]).hex()
                self.assertNotIn(cited, taken, "a message was taken twice")
                taken[cited] = self.message(event)
        self.assertEqual(taken, sent)
        return len(sent)

    def message(self, call):
        """The message that a call of `handle-send` got: after its length, in seven bits a byte."""
        (payload,) = call["detached"]
        return re.fullmatch(rb"[\x80-\xff]*[\0-\x7f](.*)", data_of(payload), re.DOTALL)[1]


if __name__ == "__main__":
    support.main()
