"""What the tests that kill a node or break its disk share: two actors that keep what they acknowledge.

`front` answers each request `keep` with the next number. Before that it stores the number and sends it to
`back`, which stores it too. So every round of a test has contents of a store, messages between actors, and
replies.
"""

import argparse
import json
import os
import re
import signal
import subprocess

import support

KEEPER = """
#include <theater/message_server.hpp>
#include <theater/store.hpp>

#include <sstream>
#include <string>

using namespace theater;

struct Keeper {
  std::string peer;
  int64_t last = 0;
  int64_t missed = 0;  // Numbers that did not arrive before a later one.
  int64_t wrong = 0;   // Numbers that arrived again, or too late.
  THEATER_FIELDS(peer, last, missed, wrong)
  using Codec = JsonCodec;

  static Status store(const std::string& prefix, int64_t number) {
    std::string text = std::to_string(number);
    THEATER_TRY(Store("notes").put_at(prefix + "/" + text, "content " + text));
    return {};
  }

  Status handle_send(std::string_view text) {
    int64_t number = std::stoll(std::string(text));
    if (number > last) {
      missed += number - last - 1;
      last = number;
    } else {
      ++wrong;
    }
    if (Status stored = store("taken", number); !stored) log("not stored: " + stored.error());
    return {};
  }

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "keep") return keep();
    if (message == "state") {
      return "state " + std::to_string(last) + " " + std::to_string(missed) + " " + std::to_string(wrong);
    }
    std::istringstream words{std::string(message)};
    std::string look, prefix;
    int64_t from = 0, to = 0, absent = 0;
    words >> look >> prefix >> from >> to;
    if (look != "look") return fail("unknown: " + std::string(message));
    for (int64_t number = from; number <= to; ++number) {
      std::string text = std::to_string(number);
      auto found = THEATER_TRY(Store("notes").find(prefix + "/" + text));
      if (found && THEATER_TRY(Store("notes").get(*found)) != "content " + text) return "another " + text;
      if (!found) ++absent;
    }
    return "absent " + std::to_string(absent);
  }

  Result<Reply> keep() {
    THEATER_TRY_VOID(store("kept", last + 1));
    THEATER_TRY_VOID(send(peer, std::to_string(last + 1)));
    return "kept " + std::to_string(++last);
  }
};
THEATER_ACTOR(Keeper)
THEATER_MESSAGE_SERVER_CLIENT(Keeper)
"""

MANIFEST = """name = "{name}"
component = "build/keeper.wasm"
state = "explicit"
[[handler]]
type = "message-server"
[[handler]]
type = "store"
shared = ["notes"]
max_contents = 1000000
max_labels = 1000000
max_bytes = "1GiB"
[log]
snapshot_events = 40
{log}"""

# The receiver comes first, so that a sender never outlives it.
RUN = ("run", "back.toml", "front.toml", "--init", 'front:{"peer": "{{actor.back}}"}',
       "--grant", "store:shared=notes", "--json")
LOOKED_FOR_AT_ONCE = 100
# What faulty_files says where the kernel does not let it work.
UNABLE = 125

faulty_files = None  # Set by the file that calls main().


def requests(*texts):
    return [word for text in texts for word in ("--request", text)]


def looks(actor, prefix, first, last):
    """Requests to an actor that looks which numbers of these are not stored."""
    return [f"{actor}:look {prefix} {at} {min(at + LOOKED_FOR_AT_ONCE - 1, last)}"
            for at in range(first, last + 1, LOOKED_FOR_AT_ONCE)]


class Faulty:
    """How a program ended that faulty_files ran, and the file calls that it made."""

    def __init__(self, words, process, out, err, calls):
        self.words = words
        self.exit = process.returncode
        self.err = err.decode("utf-8", "replace")
        # A line that was cut off acknowledges nothing.
        self.lines = [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith(b"\n")]
        self.calls = calls
        struck = [call for call in calls if re.search(" (failed|killed)$", call)]
        self.struck = struck[0] if struck else None

    def __str__(self):
        return f"{self.struck}: {self.words}\n{self.lines}\n{self.err}[exit {self.exit}]"


class Case(support.Case):
    log = ""  # More settings of the actors' logs.

    def setUp(self):
        super().setUp()
        self.home = self.folder / "home"
        (self.folder / "keeper.cpp").write_text(KEEPER)
        for name in ("manifest", "back", "front"):
            (self.folder / f"{name}.toml").write_text(MANIFEST.format(name=name, log=self.log))
        self.build_cpp(self.folder)

    def with_fault(self, number, how, *words):
        """Runs the program; its file call of that number in the home goes wrong."""
        report = self.folder / "calls"
        command = [faulty_files, self.home, report, str(number), how, support.theater, *words]
        process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment())
        try:
            out, err = process.communicate(timeout=support.TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"it hangs: {report.read_text().splitlines()[-20:]}\n{out.decode()}{err.decode()}")
        if process.returncode == UNABLE:
            self.skipTest("this kernel lets no process answer the system calls of another")
        calls = [line.replace(str(self.home), "HOME") for line in report.read_text().splitlines()]
        ran = Faulty(words, process, out, err, calls)
        self.assert_sound(ran)
        return ran

    def assert_sound(self, ran):
        """Fails if the program found a fault of its own, or died by a signal but SIGKILL."""
        self.assertNotRegex(ran.err, "panicked|CHECK|Sanitizer", str(ran))
        self.assertIn(ran.exit, (0, 1, -signal.SIGKILL), str(ran))

    def replies(self, lines, actor, kind):
        """The numbers in the replies of this kind, such as [7] for `kept 7`, in order."""
        said = [line["reply"].split() for line in lines if line.get("actor") == actor and "reply" in line]
        return [[int(number) for number in words[1:]] for words in said if words[0] == kind]

    def kept(self, lines):
        """What `front` has acknowledged."""
        return [number for (number,) in self.replies(lines, "front", "kept")]

    def absent(self, lines, actor):
        return sum(number for (number,) in self.replies(lines, actor, "absent"))


def main():
    """Runs the tests of the calling file, with the path of faulty_files from the command line."""
    global faulty_files
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--faulty-files", required=True)
    known, _ = options.parse_known_args()
    faulty_files = os.path.abspath(known.faulty_files)
    support.main(options)
