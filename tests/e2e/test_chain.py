"""The printed chain, recomputed by a program that shares nothing with the one that wrote it."""

import contextlib
import io
import os
import pty
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


TURNED = "\u202eevil\u2066 \u2028"
SHOWN = r"\u202eevil\u2066 \u2028"


class Said(support.Case):
    """What commands print of the text of guests."""

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


if __name__ == "__main__":
    support.main()
