"""The printed chain, recomputed by a program that shares nothing with the one that wrote it."""

import contextlib
import io
import os
import pty
import re
import subprocess
import sys

import support

sys.path.insert(0, str(support.ROOT / "tools"))
import verify_events  # noqa: E402


class Chain(support.Case):
    def events_of(self, run, actor):
        events = [line["event"] for line in run.every("event")]
        return [event for event in events if event["actor"] == actor]

    def verify(self, events):
        types = verify_events.parse_types((support.ROOT / "wit/log/log.wit").read_text())
        vectors = [{"bytes": event["bytes"], "hash": event["hash"],
                    "body": event["body"] if isinstance(event["body"], str) else next(iter(event["body"]))}
                   for event in events]
        with contextlib.redirect_stdout(io.StringIO()):
            verify_events.check_chain(types, {"name": "run", "events": vectors,
                                              "head": vectors[-1]["hash"]})

    def test_hashes_and_links_recompute(self):
        counter = self.actor("counter", "counter.wat")
        misbehave = self.actor("misbehave", "misbehave.wat")
        run = self.theater("run", counter, misbehave, "--request", "a", "--send", "b", "--request",
                           "misbehave:u", "--json", "--chain", exit=1)
        for name in ("counter", "misbehave"):
            events = self.events_of(run, name)
            self.verify(events)
            self.assertEqual([event["seq"] for event in events], list(range(len(events))))
            for before, event in zip(events, events[1:]):
                self.assertEqual(event["parent"], before["hash"])

    def test_a_changed_event_does_not_recompute(self):
        run = self.theater("run", self.actor("counter", "counter.wat"), "--request", "a", "--json",
                           "--chain", exit=0)
        events = self.events_of(run, "counter")
        data = bytearray.fromhex(events[3]["bytes"])
        data[-1] ^= 1
        events[3]["bytes"] = data.hex()
        with self.assertRaises((AssertionError, ValueError)):
            self.verify(events)

    def test_the_text_form_shows_every_event(self):
        run = self.theater("run", self.actor("counter", "counter.wat"), "--request", "a", "--chain", exit=0)
        lines = run.out.splitlines()
        self.assertRegex(lines[1], r"^chain of counter: 9 events, head [0-9a-f]{64}$")
        self.assertEqual(len(lines), 2 + 9)
        types = [line.split()[3] for line in lines[2:]]
        self.assertEqual(types, [
            "theater-runtime/genesis", "runtime-setup", "theater:simple/actor/init",
            "theater:simple/runtime/log", "theater-runtime/returned",
            "theater:simple/message-server-client/handle-request", "theater-runtime/returned",
            "theater-runtime/control", "theater-runtime/terminated"])


MESSAGE = '{\n  "city": "Oslo",\n  "temp": 4\n}\n'
TURNED = "\u202eevil\u2066 \u2028"
SHOWN = r"\u202eevil\u2066 \u2028"


class Said(support.Case):
    """What events say, by the types of the values."""

    def record(self, text):
        self.theater("run", self.actor("echo", "echo.wat"), "--request", text, exit=0)

    def payloads(self, *words):
        events = [line["event"] for line in self.theater("log", "show", "echo", "--json", *words, exit=0).lines()]
        return {(event["type"], payload["part"]): payload for event in events for payload in event["payloads"]}

    def test_a_message_with_line_ends_keeps_its_values(self):
        self.record(MESSAGE)
        shown = self.theater("log", "show", "echo", exit=0).out
        text = r'"{\n  \"city\": \"Oslo\",\n  \"temp\": 4\n}\n"]'
        self.assertRegex(shown, r'handle-request .* \["[^"]+",' + re.escape(text) + "\n")
        self.assertIn(f" -> [{text}\n", shown)
        payloads = self.payloads()
        asked = payloads["theater:simple/message-server-client/handle-request", "arguments"]["value"]
        self.assertEqual(asked[1], {"text": MESSAGE})
        self.assertEqual(payloads["theater-runtime/returned", "result"]["value"], [{"text": MESSAGE}])

    def test_no_character_that_turns_text_reaches_a_reader(self):
        self.record(TURNED)
        for words in (("log", "show", "echo"), ("log", "show", "echo", "--json"),
                      ("log", "show", "echo", "--full"), ("replay", "echo", "--state")):
            shown = self.theater(*words, exit=0).out
            for character in "\u202e\u2066\u2028":
                self.assertNotIn(character, shown, f"{words}: {character!r}")
        self.assertIn(f' -> ["{SHOWN}"]\n', self.theater("log", "show", "echo", exit=0).out)
        self.assertEqual(self.payloads()["theater-runtime/returned", "result"]["value"], [{"text": TURNED}])

    def test_errors_and_log_lines_show_such_characters(self):
        failed = self.theater("log", "show", f"no{TURNED}", "--home", "home", exit=1)
        named = self.theater("store", "get", f"store://{TURNED}/x", exit=1)
        self.record(TURNED)
        missing = self.theater("log", "show", f"no{TURNED}", exit=1)
        for outcome in (failed, named, missing):
            self.assertNotIn("\u202e", outcome.err)
        self.assertIn(f"no{SHOWN}", missing.err)
        logged = self.theater("run", self.actor(f"a{TURNED[:5]}", "counter.wat"), "--request", "x", exit=0)
        self.assertIn(r"info a\u202eevil: counting", logged.err)
        self.assertNotIn("\u202e", logged.err)

    def test_a_reply_is_escaped_on_a_terminal_only(self):
        colour = "\u0085\x1b[31m"
        words = [support.theater, "run", self.actor("echo", "echo.wat"), "--request", TURNED + colour]
        piped = subprocess.run(words, cwd=self.folder, env=self.environment(), capture_output=True, check=True)
        self.assertEqual(piped.stdout.decode(), TURNED + colour + "\n")
        ours, theirs = pty.openpty()
        with subprocess.Popen(words, cwd=self.folder, env=self.environment(), stdout=theirs,
                              stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
            os.close(theirs)
            shown = b""
            with contextlib.suppress(OSError):  # The end of a terminal.
                while part := os.read(ours, 4096):
                    shown += part
        os.close(ours)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(shown.decode().strip(), SHOWN + r"\u0085\x1b[31m")

    def test_raw_shows_bytes_and_full_shows_all(self):
        self.record("x" * 300)
        short = self.theater("log", "show", "echo", exit=0).out
        self.assertNotIn("x" * 100, short)
        self.assertIn("x" * 90 + "…", short)
        self.assertIn(' -> ["' + "x" * 300 + '"]', self.theater("log", "show", "echo", "--full", exit=0).out)
        raw = self.theater("log", "show", "echo", "--raw", exit=0).out
        self.assertRegex(raw, r" -> 0x01ac0278787878(78)+… \(303 bytes\)\n")
        full = self.theater("log", "show", "echo", "--raw", "--full", exit=0).out
        self.assertIn(" -> 0x01ac02" + "78" * 300 + " (303 bytes)", full)
        self.assertEqual(self.payloads("--raw")["theater-runtime/returned", "result"]["raw"],
                         {"hex": "01ac02" + "78" * 300, "length": 303})


if __name__ == "__main__":
    support.main()
