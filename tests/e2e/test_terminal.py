"""What the commands write to a terminal: colours, tables that fit, and nothing that a terminal obeys."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import server_case
import support

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class OnTerminal:
    def on_terminal(self, *words, columns=100, rows=40, exit=0, **variables):
        """What a terminal of this size gets of both outputs. A variable that is None is not set."""
        terminal, program = pty.openpty()
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = self.environment()
        for name, value in {"NO_COLOR": None, **variables}.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        process = subprocess.Popen([support.theater, *map(str, words)], cwd=self.folder, env=environment,
                                   stdin=subprocess.DEVNULL, stdout=program, stderr=program)
        os.close(program)
        shown = b""
        try:
            while more := os.read(terminal, 1 << 16):
                shown += more
        except OSError:
            pass  # The last writer has gone.
        finally:
            os.close(terminal)
        self.assertEqual(process.wait(timeout=support.TIMEOUT_S), exit, shown)
        return shown.decode().replace("\r\n", "\n")


class Terminal(OnTerminal, server_case.ServerCase):
    def test_tables_have_colours_on_a_terminal_alone(self):
        self.started("counter", "counter.wat")
        self.theater("pause", "counter", exit=0)
        shown = self.on_terminal("list")
        self.assertIn("\x1b[1mID\x1b[0m", shown)
        self.assertIn("\x1b[33mPaused\x1b[0m", shown)
        self.assertIn("\x1b[33mPaused\x1b[0m", self.on_terminal("tree"))
        plain = ESCAPE.sub("", shown)
        self.assertNotIn("\x1b", plain)
        # Ages may differ by then.
        same = re.compile(r"\d+[smhd] ")
        for other in (self.on_terminal("list", NO_COLOR="1"), self.on_terminal("tree", NO_COLOR="0"),
                      self.theater("list", env={"NO_COLOR": ""}, exit=0).out):
            self.assertNotIn("\x1b", other)
        self.assertEqual(same.sub("", self.on_terminal("list", NO_COLOR="1")), same.sub("", plain))
        # An empty variable is none (no-color.org).
        self.assertIn("\x1b[33mPaused", self.on_terminal("list", NO_COLOR=""))
        self.assertNotIn("\x1b", self.on_terminal("list", "--json"))

    def test_errors_have_colours_on_a_terminal_alone(self):
        shown = self.on_terminal("inspect", "nothing", exit=1)
        self.assertIn("\x1b[1;31mtheater:\x1b[0m the server", shown)
        self.assertIn("\x1b[1;36mhint:\x1b[0m `theater list`", shown)
        self.assertNotIn("\x1b", self.on_terminal("inspect", "nothing", exit=1, NO_COLOR="1"))
        self.assertNotIn("\x1b", self.theater("inspect", "nothing", env={"NO_COLOR": ""}, exit=1).err)

    def test_tables_and_trees_fit_the_terminal(self):
        self.started("counter", "counter.wat", "--name", "a-name-that-is-far-too-long-for-any-narrow-terminal" * 2)
        whole = self.theater("list", exit=0).out
        self.assertGreater(max(map(len, whole.splitlines())), 120)
        for columns in (120, 80, 60, 40, 10):
            for command in ("list", "tree"):
                shown = ESCAPE.sub("", self.on_terminal(command, columns=columns))
                self.assertLessEqual(max(map(len, shown.splitlines())), columns, shown)
        # In eighty columns each column is there.
        heading = ESCAPE.sub("", self.on_terminal("list", columns=80)).splitlines()[0]
        self.assertEqual(heading.split(), ["ID", "NAME", "STATE", "FOR", "AGE", "MAILBOX", "CPU", "FUNCTION"])
        # A terminal without a size bounds nothing.
        self.assertEqual(len(ESCAPE.sub("", self.on_terminal("list", columns=0)).splitlines()[1]),
                         len(whole.splitlines()[1]))

    def test_a_guest_commands_no_terminal(self):
        evil = "a\x1b[2J\x1b]0;title\x07b\x9bc\u202ed\re"
        (self.folder / "state").write_text(evil)
        self.started("echo", "echo.wat", "--state", "state", keys='state = "explicit"\n')
        shown = self.on_terminal("request", "echo", evil)
        self.assertRegex(shown, r"^a\\x1b\[2J.*e\n$")
        for words in (("state", "echo"), ("events", "echo"), ("events", "echo", "--detailed"),
                      ("events", "echo", "--full", "--format", "compact"), ("events", "echo", "--format", "csv"),
                      ("events", "echo", "--json"), ("log", "show", "echo"), ("logs",), ("list",)):
            text = ESCAPE.sub("", self.on_terminal(*words))
            for control in ("\x1b", "\x07", "\x9b", "\u202e", "\r"):
                self.assertNotIn(control, text, words)
        # A program gets the bytes as they are.
        self.assertEqual(self.theater("request", "echo", evil, exit=0).out, evil + "\n")


class Chains(OnTerminal, support.Case):
    def recorded(self, *messages):
        """Puts an actor `echo` with these requests on record."""
        requests = [word for message in messages for word in ("--request", message)]
        self.theater("run", self.actor("echo", "echo.wat"), *requests, exit=0)

    def test_a_chain_fits_the_terminal(self):
        self.recorded("a" * 90, "é" * 90)
        whole = self.theater("log", "show", "echo", exit=0).out
        self.assertGreater(max(map(len, whole.splitlines())), 200)
        self.assertNotIn("… +", whole)
        for columns in (200, 160, 120, 80, 40, 10, 1):
            lines = self.on_terminal("log", "show", "echo", columns=columns, NO_COLOR="1", PAGER="").splitlines()
            self.assertLessEqual(max(map(len, lines)), columns, lines)
        lines = self.on_terminal("log", "show", "echo", columns=80, NO_COLOR="1").splitlines()
        self.assertRegex(lines[1], r"^  \d{4}-\d\d-\d\d \(UTC\)$")
        # What is shown and what is left out are the whole line.
        longest = max(self.on_terminal("log", "show", "echo", columns=1000, NO_COLOR="1").splitlines(), key=len)
        call = [line for line in lines if "handle-request " in line][0]
        self.assertRegex(call, r"^ +\d+  \d\d:\d\d:\d\d\.\d{3}  handle-request +Call")
        shown, left = call.split("… +")
        narrow = self.on_terminal("log", "show", "echo", columns=159, NO_COLOR="1").splitlines()
        more = [line for line in narrow if line.startswith(shown)][0].split("… +")
        self.assertEqual(len(shown) + int(left), len(more[0]) + int(more[1]))
        self.assertGreater(len(longest), 200)
        # A form without a cut, and a terminal without a size.
        for words, columns in ((("--full",), 80), ((), 0)):
            shown = self.on_terminal("log", "show", "echo", *words, columns=columns, NO_COLOR="1")
            self.assertNotIn("… +", shown)
            self.assertIn(longest[:100], shown)
        # The chain of a run, too.
        shown = self.on_terminal("run", "echo.toml", "--home", "other", "--request", "b" * 90, "--chain", columns=80,
                                 NO_COLOR="1")
        self.assertLessEqual(max(map(len, shown.splitlines()[1:])), 80, shown)

    def test_kinds_of_events_have_colours(self):
        self.recorded("x")
        shown = self.on_terminal("log", "show", "echo", columns=200)
        self.assertIn("\x1b[36mtheater:simple/message-server-client/handle-request\x1b[0m", shown)
        self.assertIn("\x1b[2mruntime-setup\x1b[0m", shown)
        self.assertEqual(ESCAPE.sub("", shown), self.on_terminal("log", "show", "echo", columns=200, NO_COLOR="1"))
        self.assertNotIn("\x1b", self.theater("log", "show", "echo", env={"NO_COLOR": ""}, exit=0).out)
        # A colour is whole although its line is cut.
        for columns in (80, 30, 20, 10):
            self.assertNotIn("\x1b", ESCAPE.sub("", self.on_terminal("log", "show", "echo", columns=columns)))

    def test_a_long_chain_goes_to_a_pager(self):
        self.recorded(*map(str, range(30)))
        marked = {"PAGER": "sed s/^/page:/", "NO_COLOR": "1"}
        shown = self.on_terminal("log", "show", "echo", **marked).splitlines()
        self.assertTrue(all(line.startswith("page:") for line in shown), shown)
        self.assertGreater(len(shown), 60)
        plain = self.on_terminal("log", "show", "echo", "--no-pager", **marked).splitlines()
        self.assertEqual([line.removeprefix("page:") for line in shown], plain)
        for words in (("--json",), ("--follow",), ("--from", len(plain) - 10)):
            self.assertNotIn("page:", self.on_terminal("log", "show", "echo", *words, **marked))
        self.assertNotIn("page:", self.on_terminal("log", "show", "echo", rows=1000, **marked))
        self.assertNotIn("page:", self.theater("log", "show", "echo", env=marked, exit=0).out)
        for pager in ("", "cat"):
            self.assertEqual(self.on_terminal("log", "show", "echo", NO_COLOR="1", PAGER=pager).splitlines(), plain)
        # Without the variable it is `less`, if that is there.
        (self.folder / "bin").mkdir()
        less = self.folder / "bin" / "less"
        less.write_text('#!/bin/sh\necho "less:$LESS"\n')
        less.chmod(0o755)
        self.assertEqual(self.on_terminal("log", "show", "echo", PAGER=None, PATH=str(less.parent)), "less:FRX\n")
        less.unlink()
        shown = self.on_terminal("log", "show", "echo", NO_COLOR="1", PAGER=None, PATH=str(less.parent))
        self.assertEqual(shown.splitlines(), plain)
        self.theater("log", "export", "echo", "-o", "echo.export", exit=0)
        for words in (("echo.export",), ("echo", "--recompute")):
            self.assertIn("page:", self.on_terminal("log", "show", *words, **marked))
        # The variable of `less` is for it alone if the user has none.
        self.assertEqual(self.on_terminal("log", "show", "echo", PAGER="echo $LESS"), "FRX\n")
        self.assertEqual(self.on_terminal("log", "show", "echo", PAGER="echo $LESS", LESS="S"), "S\n")
        # A pager that reads nothing, or that is none, is no failure of the command.
        self.assertEqual(self.on_terminal("log", "show", "echo", PAGER="true"), "")
        self.assertIn("not found", self.on_terminal("log", "show", "echo", PAGER="no-such-pager"))
        # An error comes after the pages, and goes to the terminal.
        self.theater("log", "show", "nobody", exit=1)
        self.assertIn("no actor", self.on_terminal("log", "show", "nobody", exit=1, **marked))


if __name__ == "__main__":
    support.main()
