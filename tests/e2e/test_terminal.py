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


class Terminal(server_case.ServerCase):
    def on_terminal(self, *words, columns=100, exit=0, **variables):
        """What a terminal of this width gets of both outputs. A variable that is None is not set."""
        terminal, program = pty.openpty()
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
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


if __name__ == "__main__":
    support.main()
