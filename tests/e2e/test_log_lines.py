"""Lines that actors write for people: what is read is on record, and a reader that stops reading stops no actor."""

import fcntl
import json
import random
import re
import signal
import subprocess

import support

ASKED = 250


class LogLines(support.Case):
    def talker(self, name="rt", durability="sync"):
        return self.actor(name, "runtime_calls.wat", f'[log]\ndurability = "{durability}"\n')

    @staticmethod
    def words(count):
        return [word for number in range(count) for word in ("--request", f"l{number}")]

    def said_on_record(self, actor="rt"):
        shown = self.theater("log", "show", actor, "--json")
        lines = shown.lines() if shown.exit == 0 else []
        return sum(1 for line in lines if "note" in line["event"]["body"])

    def test_what_was_read_is_on_record(self):
        dice = random.Random(1)
        for durability in ("sync", "async"):
            manifest = self.talker(durability, durability)
            seen = 0
            for _ in range(6):
                process = self.start("run", manifest, *self.words(ASKED), "--keep")
                with process.stdout, process.stderr as err:
                    lines = [err.readline() for _ in range(dice.randrange(1, 40))]
                    process.send_signal(signal.SIGKILL)
                    lines += err.readlines()
                process.wait(timeout=support.TIMEOUT_S)
                seen += sum(1 for line in lines if re.search(rb" a?sync: l?\d+\n$", line))
                self.assertGreaterEqual(self.said_on_record(durability), seen, durability)
            self.assertGreater(seen, 0, durability)
            self.theater("run", manifest, "--request", "n", exit=0)

    def test_a_line_stands_before_the_reply_of_its_call(self):
        words = [support.theater, "run", self.talker(), *self.words(20)]
        run = subprocess.run(words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, env=self.environment(), timeout=support.TIMEOUT_S, check=True)
        seen = re.findall(r"rt: l?(\d+)$|^(ok)$", run.stdout.decode(), re.MULTILINE)
        self.assertEqual([number or reply for number, reply in seen],
                         [text for number in range(20) for text in (str(number), "ok")], run.stdout.decode())

    def test_a_reader_who_stalls_stops_nobody(self):
        process = self.start("run", self.talker(), *self.words(ASKED))
        with process.stdout as out, process.stderr as err:
            # The lines of this run do not fit by far.
            fcntl.fcntl(err, fcntl.F_SETPIPE_SZ, 4096)
            replies = out.read().split()
            self.assertEqual(process.wait(timeout=support.TIMEOUT_S), 0)
        self.assertEqual(replies, [b"ok"] * ASKED)
        self.assertEqual(self.said_on_record(), ASKED)

    def test_as_json(self):
        run = self.theater("run", self.talker(), "--request", 'l", "level": "error', "--log-format", "json", exit=0)
        lines = [json.loads(line) for line in run.err.splitlines()]
        said = [line for line in lines if line.get("actor") == "rt" and "level" in line["message"]]
        self.assertEqual(len(said), 1, run.err)
        self.assertEqual(said[0]["level"], "warning")


if __name__ == "__main__":
    support.main()
