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
        if not self.has_cpp():
            self.skipTest("no C++ for guests here; `theater doctor` says what is missing")
        folder = self.folder / "boss"
        folder.mkdir()
        (folder / "boss.cpp").write_text(BOSS)
        handlers = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in LISTED)
        (folder / "manifest.toml").write_text(
            f'name = "boss"\ncomponent = "build/boss.wasm"\n{handlers}[[handler]]\ntype = "filesystem"\npath = "/"\n')
        self.theater("build", folder, exit=0)
        _, child = self.foreman()
        replies = self.run_foreman(folder / "manifest.toml", f"hire {child}", "count", "fire", "count",
                                   "hire nowhere.toml")
        self.assertRegex(replies[0], "^[0-9a-f]{32}$")
        self.assertEqual(replies[1:4], ["1", "fired", "0"])
        self.assertIn("nowhere.toml", replies[4])

    def test_a_component_that_restarts_children_is_not_loaded(self):
        wat = (support.GUESTS / "foreman.wat").read_text()
        changed = self.folder / "restarts.wat"
        changed.write_text(wat.replace('"stop-child"', '"restart-child"'))
        path = self.folder / "restarts.toml"
        path.write_text('name = "restarts"\ncomponent = "restarts.wat"\n'
                        + "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in LISTED))
        run = self.theater("run", path, "--request", "n", exit=1)
        self.assertIn("theater:simple/supervisor/restart-child, which this node does not offer", run.err)


if __name__ == "__main__":
    support.main()
