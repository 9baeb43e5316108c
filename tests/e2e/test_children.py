"""Actors that spawn and stop others: what `theater run` does, and what its log says of it.

Whatever happens here is verified and replayed at the end of each test, every parent and child.
"""

import support

LISTED = ("supervisor", "message-server")


BOSS = """
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>

using namespace theater;

struct Boss {
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "count") return std::to_string(list_children().size());
    if (message == "fire") {
      Status stopped = stop_child(list_children().at(0));
      return stopped ? std::string("fired") : stopped.error();
    }
    Result<std::string> hired = spawn_child(message.substr(5), "{}");
    return hired ? *hired : hired.error();
  }
};
THEATER_ACTOR(Boss)
THEATER_MESSAGE_SERVER_CLIENT(Boss)
"""


# Told `hire MANIFEST`, has a child, which it names by its number from then on.
WATCHER = """
#include <theater/json.hpp>
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>

#include <algorithm>

using namespace theater;

struct Watcher {
  std::vector<std::string> hired;
  std::vector<std::string> heard;
  THEATER_FIELDS(hired, heard)
  using Codec = JsonCodec;

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    std::string_view verb = message.substr(0, message.find(' '));
    std::string rest(message.substr(std::min(verb.size() + 1, message.size())));
    if (verb == "crash") __builtin_trap();
    if (verb == "quit") {
      THEATER_TRY_VOID(shutdown("farewell"));
      return "bye";
    }
    if (verb == "hire") {
      hired.push_back(THEATER_TRY(spawn_child(rest, "{}")));
      return "hired";
    }
    if (verb == "resume") {
      hired.push_back(THEATER_TRY(resume_child(rest, R"({"hired":[],"heard":["left"]})")));
      return "resumed";
    }
    // Answered when all have gone.
    if (verb == "heard") return heard.size() == hired.size() ? Reply(told()) : later;
    size_t number = rest[0] - '0';
    std::string id = number < hired.size() ? hired[number] : std::string(32, '0');
    if (verb == "tell") {
      Result<std::string> answer = request(id, rest.substr(2));
      return answer ? *answer : answer.error();
    }
    if (verb == "restart") {
      Status restarted = restart_child(id);
      return restarted ? "restarted" : restarted.error();
    }
    if (verb == "state") {
      auto state = get_child_state(id);
      return state ? state->value_or("none") : state.error();
    }
    auto events = get_child_events(id);
    return events ? types(*events) : events.error();
  }

  static std::string types(const std::vector<ChainEvent>& events) {
    std::string text;
    for (size_t i = 0; i < events.size(); ++i) {
      const ChainEvent& event = events[i];
      bool follows = event.parent_hash == (i == 0 ? std::nullopt : std::optional(events[i - 1].hash));
      bool is_whole = event.hash.size() == 32 && event.timestamp > 0 && event.description && event.data[0] == '{';
      text += (i == 0 ? "" : " ") + event.event_type + (follows && is_whole ? "" : " BAD");
    }
    return text;
  }

  Status handle_child_error(std::string_view id, const ActorError& error) {
    return hear(id, error.type == ActorErrorType::kInternal ? "failed" : "?", error.data);
  }
  Status handle_child_exit(std::string_view id, std::optional<std::string_view> data) {
    return hear(id, "left", data);
  }
  Status handle_child_external_stop(std::string_view id) { return hear(id, "stopped", {}); }

  Status hear(std::string_view id, std::string what, std::optional<std::string_view> data) {
    std::string_view text = data.value_or("-");
    size_t number = std::find(hired.begin(), hired.end(), id) - hired.begin();
    heard.push_back(std::to_string(number) + " " + what + " " + std::string(text.substr(0, text.find(':'))));
    if (heard.size() < hired.size()) return {};
    for (const std::string& asked : list_outstanding_requests())
      THEATER_TRY_VOID(respond_to_request(asked, told()));
    return {};
  }

  std::string told() {
    std::sort(heard.begin(), heard.end());
    std::string text;
    for (const std::string& line : heard) text += line + ";";
    return text;
  }
};
THEATER_ACTOR(Watcher)
THEATER_MESSAGE_SERVER_CLIENT(Watcher)
THEATER_SUPERVISOR_HANDLERS(Watcher)
"""


class Children(support.Case):
    def foreman(self, name="foreman", text=""):
        """A manifest of an actor that spawns from files of this folder, and of its children."""
        child = self.actor(f"{name}-child", "foreman.wat", handlers=LISTED)
        manifest = self.actor(name, "foreman.wat", handlers=LISTED,
                              text=f'[[handler]]\ntype = "filesystem"\npath = "/"\n{text}')
        return manifest, self.folder / child

    def run_foreman(self, manifest, *requests, grant="filesystem:read", exit=0):
        words = [word for request in requests for word in ("--request", request)]
        run = self.theater("run", manifest, *words, *(("--grant", grant) if grant else ()), "--json", exit=exit)
        return [line["reply"] for line in run.every("reply")]

    def listing(self):
        return self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]

    def test_a_child_is_spawned_and_ends_with_its_parent(self):
        manifest, child = self.foreman()
        replies = self.run_foreman(manifest, f"s{child}", "n")
        self.assertRegex(replies[0], "^[0-9a-f]{32}$")
        self.assertEqual(replies[1], "1")
        actors = {actor["id"]: actor for actor in self.listing()}
        self.assertEqual(len(actors), 2)
        self.assertEqual((actors[replies[0]]["name"], actors[replies[0]]["ending"]),
                         ("foreman-child", "stopped"))
        shown = self.theater("log", "show", "foreman", exit=0).out
        self.assertIn(f"Actor {replies[0]} became a child.", shown)
        self.assertIn(f"The child {replies[0]} ended (", shown)
        self.assertIn("foreman", self.theater("log", "show", replies[0], exit=0).out)

    def test_a_child_whose_init_fails_is_an_error_and_stays_on_record(self):
        manifest, child = self.foreman()
        replies = self.run_foreman(manifest, f"f{child}", "n")
        self.assertEqual(replies,
                         ["spawning actor `foreman-child`: init returned an error: told to fail", "0"])
        self.assertEqual(sorted((actor["name"], actor["ending"]) for actor in self.listing()),
                         [("foreman", "stopped"), ("foreman-child", "failed")])

    def test_a_child_is_stopped_and_a_stranger_is_not(self):
        manifest, child = self.foreman()
        stranger = "0" * 32
        replies = self.run_foreman(manifest, f"s{child}", f"t{stranger}", "n")
        self.assertEqual(replies[1:], [f"{stranger} is not a child of this actor", "1"])

    def test_a_manifest_may_be_given_as_text_and_a_component_by_its_digest(self):
        bare = self.actor("bare", "foreman.wat", handlers=LISTED)
        run = self.theater("run", bare, "--request", "n", "--json", exit=0)
        digest = run.every("started")[0]["started"]["component"]
        handlers = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in LISTED)
        text = f'name = "by-digest"\ncomponent = "sha256:{digest}"\n{handlers}'
        # It needs no grant.
        replies = self.run_foreman(bare, "s" + text, "n", grant=None)
        self.assertRegex(replies[0], "^[0-9a-f]{32}$")
        self.assertEqual(replies[1], "1")

    def test_without_a_grant_no_file_is_read(self):
        bare = self.actor("bare", "foreman.wat", handlers=LISTED)
        _, child = self.foreman()
        replies = self.run_foreman(bare, f"s{child}", grant=None)
        self.assertIn(f"Permission denied: filesystem:paths={child};read", replies[0])

    def test_an_actor_in_cpp_has_children(self):
        folder = self.folder / "boss"
        folder.mkdir()
        (folder / "boss.cpp").write_text(BOSS)
        handlers = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in LISTED)
        (folder / "manifest.toml").write_text(
            f'name = "boss"\ncomponent = "build/boss.wasm"\n{handlers}[[handler]]\ntype = "filesystem"\npath = "/"\n')
        self.build_cpp(folder)
        _, child = self.foreman()
        replies = self.run_foreman(folder / "manifest.toml", f"hire {child}", "count", "fire", "count",
                                   "hire nowhere.toml")
        self.assertRegex(replies[0], "^[0-9a-f]{32}$")
        self.assertEqual(replies[1:4], ["1", "fired", "0"])
        self.assertIn("nowhere.toml", replies[4])

    def test_an_actor_in_cpp_watches_its_children(self):
        folder = self.folder / "watcher"
        folder.mkdir()
        (folder / "watcher.cpp").write_text(WATCHER)
        handlers = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in LISTED)
        manifest = folder / "manifest.toml"
        manifest.write_text('name = "watcher"\ncomponent = "build/watcher.wasm"\n'
                            f'{handlers}[[handler]]\ntype = "filesystem"\npath = "/"\n')
        self.build_cpp(folder)
        replies = self.run_foreman(manifest, f"hire {manifest}", f"hire {manifest}", f"tell 0 hire {manifest}",
                                   "state 1", "events 1", "state 7", f"resume {manifest}", "state 2", "events 2", "restart 2",
                                   "restart 7", "state 2", "tell 2 quit", "tell 0 quit", "tell 1 crash", "heard")
        self.assertEqual(replies[3], '{"hired":[],"heard":[]}')
        self.assertEqual(replies[4], "theater-runtime/genesis runtime-setup theater:simple/actor/init "
                                     "theater-runtime/returned")
        self.assertEqual(replies[5], "0" * 32 + " is neither a child of this actor nor below one")
        left = '{"hired":[],"heard":["left"]}'
        self.assertEqual(replies[6:13], ["resumed", left, "theater-runtime/genesis runtime-setup", "restarted",
                                         "0" * 32 + " is not a child of this actor", left, "bye"])
        self.assertEqual(replies[13], "bye")
        self.assertIn("failed: unreachable", replies[14])
        self.assertEqual(replies[15], "0 left farewell;1 failed trap;2 left farewell;")

    def test_a_component_that_adopts_children_is_not_loaded(self):
        wat = (support.GUESTS / "foreman.wat").read_text()
        changed = self.folder / "adopts.wat"
        changed.write_text(wat.replace('"stop-child"', '"adopt-child"'))
        path = self.folder / "adopts.toml"
        path.write_text('name = "adopts"\ncomponent = "adopts.wat"\n'
                        + "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in LISTED))
        run = self.theater("run", path, "--request", "n", exit=1)
        self.assertIn("theater:simple/supervisor/adopt-child, which this node does not offer", run.err)


if __name__ == "__main__":
    support.main()
