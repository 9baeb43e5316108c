"""Children that a manifest declares: started with their parent, restarted when they crash.

Whatever happens here is verified and replayed at the end of each test, restarts included.
"""

import subprocess
import sys

import support

MEMBER = """
#include <theater/json.hpp>
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>

using namespace theater;

// Passes what follows "low " on to its first child.
struct Member {
  int count = 0;
  THEATER_FIELDS(count)
  using Codec = JsonCodec;

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message.substr(0, 4) == "low ") {
      Result<std::string> answer = request(list_children().at(0), message.substr(4));
      return answer ? *answer : "error: " + answer.error();
    }
    if (message == "crash") __builtin_trap();
    return std::to_string(++count);
  }
};
THEATER_ACTOR(Member)
THEATER_MESSAGE_SERVER_CLIENT(Member)
"""

HANDLERS = '[[handler]]\ntype = "supervisor"\n[[handler]]\ntype = "message-server"\n'


class Supervised(support.Case):
    def setUp(self):
        super().setUp()
        (self.folder / "member.cpp").write_text(MEMBER)
        self.manifest("manifest")
        self.build_cpp(self.folder)

    def manifest(self, name, text=""):
        path = self.folder / f"{name}.toml"
        path.write_text(f'name = "{name}"\ncomponent = "build/member.wasm"\n{HANDLERS}{text}')
        return path

    def child(self, name, text=""):
        return f'[[child]]\nname = "{name}"\nmanifest = "{name}.toml"\n{text}'

    def run_with(self, manifest, *requests, exit=0):
        words = [word for request in requests for word in ("--request", request)]
        return self.theater("run", manifest, *words, "--json", "--metrics", exit=exit)

    def replies(self, run):
        return [line["reply"] for line in run.every("reply")]

    def test_a_child_that_crashes_comes_back(self):
        self.manifest("worker")
        boss = self.manifest("boss", self.child("worker"))
        run = self.run_with(boss, "low add", "low add", "low crash", "low add")
        replies = self.replies(run)
        self.assertEqual((replies[0], replies[1], replies[3]), ("1", "2", "1"))
        self.assertIn("failed: unreachable", replies[2])
        self.assertIn("restarted: incarnation 1", run.err)
        shown = self.theater("log", "show", "worker", exit=0).out
        self.assertIn("incarnation 1", shown)

    def test_a_child_may_come_back_with_its_last_state(self):
        self.manifest("worker")
        boss = self.manifest("boss", self.child("worker", 'restart_from = "committed"\n'))
        replies = self.replies(self.run_with(boss, "low add", "low add", "low crash", "low add"))
        self.assertEqual(replies[3], "3")
        # The state that it came back with is in no file, and follows from its chain.
        self.theater("log", "export", "worker", "-o", "worker.export", exit=0)
        self.theater("verify", "worker.export", exit=0)
        self.theater("replay", "worker.export", exit=0)
        second = subprocess.run([sys.executable, support.ROOT / "tools" / "verify_export.py", "worker.export"],
                                cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(second.returncode, 0, second)

    def test_too_many_crashes_end_the_supervisor(self):
        self.manifest("worker")
        boss = self.manifest("boss", "[supervision]\nrestarts = 1\nperiod = \"10m\"\nbackoff = 0\n" + self.child("worker"))
        run = self.run_with(boss, "low crash", "low crash", "low add", exit=1)
        self.assertIn("too many restarts: more than 1 within 600000 ms", run.err)

    def test_three_levels(self):
        self.manifest("leaf")
        self.manifest("middle", self.child("leaf"))
        boss = self.manifest("boss", self.child("middle"))
        replies = self.replies(self.run_with(boss, "low low add", "low low crash", "low low add", "low crash", "low low add"))
        self.assertEqual((replies[0], replies[2], replies[4]), ("1", "1", "1"))
        actors = self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]
        # A middle that comes back has a new leaf.
        self.assertEqual(sorted(actor["name"] for actor in actors), ["boss", "leaf", "leaf", "middle"])

    def test_a_child_that_is_not_there_is_an_error(self):
        boss = self.manifest("boss", self.child("nobody"))
        run = self.run_with(boss, exit=1)
        self.assertIn("child `nobody`: reading the manifest", run.err)
        self.assertIn("nobody.toml", run.err)


if __name__ == "__main__":
    support.main()
