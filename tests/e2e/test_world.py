"""What an actor learns of the world is on record.

A guest that uses every function of a handler is run, the world is changed, and its replay is the same.
"""

import support

RANDOM = """
#include <theater/message_server.hpp>
#include <theater/random.hpp>

#include <string>

using namespace theater;

struct Gambler {
  std::string drawn;
  THEATER_FIELDS(drawn)

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "seen") return drawn;
    if (message == "too much") return random_bytes(2000).error() + "; " + random_range(0, 101).error();
    std::string now = std::to_string(THEATER_TRY(random_bytes(300)).size());
    now += " " + std::to_string(THEATER_TRY(random_range(10, 20)));
    now += " " + std::to_string(THEATER_TRY(random_float()));
    now += " " + THEATER_TRY(generate_uuid());
    drawn += now + "\\n";
    return now;
  }
};
THEATER_ACTOR(Gambler)
THEATER_MESSAGE_SERVER_CLIENT(Gambler)
"""


ENVIRONMENT = """
#include <theater/environment.hpp>
#include <theater/message_server.hpp>

#include <string>

using namespace theater;

struct Reader {
  std::string seen;
  THEATER_FIELDS(seen)

  Result<Reply> handle_request(std::string_view, std::string_view name) {
    std::string now = get_var(name).value_or("none") + (var_exists(name) ? " set;" : " not set;");
    for (const Variable& variable : list_vars())
      now += " " + variable.name + "=" + variable.value;
    seen += now;
    return now;
  }
};
THEATER_ACTOR(Reader)
THEATER_MESSAGE_SERVER_CLIENT(Reader)
"""


class World(support.Case):
    def build(self, name, source):
        if not self.has_cpp():
            self.skipTest("no C++ for guests here; `theater doctor` says what is missing")
        (self.folder / f"{name}.cpp").write_text(source)
        self.manifest(name)
        self.theater("build", self.folder, exit=0)

    def manifest(self, name, text="", component=None):
        path = self.folder / f"{name}.toml"
        path.write_text(f'name = "{name}"\ncomponent = "build/{component or name}.wasm"\n'
                        f'[[handler]]\ntype = "message-server"\n{text}')
        path.with_name("manifest.toml").write_text(path.read_text())
        return path

    def ask(self, manifest, *requests, more=(), env=None, exit=0):
        words = [word for request in requests for word in ("--request", request)]
        run = self.theater("run", manifest, *words, *more, "--json", env=env, exit=exit)
        return [line["reply"] for line in run.every("reply")]

    def test_random_values_are_replayed(self):
        self.build("gambler", RANDOM)
        entry = '[[handler]]\ntype = "random"\n'
        free = self.manifest("free", entry, "gambler")
        first, second, seen = self.ask(free, "draw", "draw", "seen")
        self.assertRegex(first, r"^300 1\d 0\.\d+ [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertNotEqual(first, second)
        self.assertEqual(seen, f"{first}\n{second}\n")
        self.assertNotEqual(self.ask(free, "draw"), [first])
        secure = self.manifest("secure", entry + "allow_crypto_secure = true\n", "gambler")
        self.assertNotEqual(self.ask(secure, "draw", more=("--grant", "random:crypto-secure"))[0], first)

    def test_a_seed_repeats_in_every_instance(self):
        self.build("gambler", RANDOM)
        seeded = self.manifest("seeded", '[[handler]]\ntype = "random"\nseed = 7\n', "gambler")
        self.assertEqual(self.ask(seeded, "draw", "draw"), self.ask(seeded, "draw", "draw"))

    def test_random_values_have_bounds(self):
        self.build("gambler", RANDOM)
        bounded = self.manifest("bounded", '[[handler]]\ntype = "random"\nmax_bytes = 1000\nmax_int = 100\n', "gambler")
        self.assertEqual(self.ask(bounded, "too much"), [
            "Permission denied: random:max-bytes=2000 (asked for 2000 bytes, allowed are 1000 a call); "
            "Requested max value (101) exceeds configured maximum (100)"])

    def test_variables_are_replayed_without_them(self):
        self.build("reader", ENVIRONMENT)
        asks = '[[handler]]\ntype = "environment"\nallowed_prefixes = ["CLOCKS_"]\nallow_list_all = true\n'
        reader = self.manifest("reader", asks)
        there = {"CLOCKS_MODE": "fast", "CLOCKS_KEY": "hidden", "OTHER": "x"}
        grant = ("--grant", "environment:prefix=CLOCKS_;denied=CLOCKS_KEY;list-all")
        refused = self.theater("run", reader, "--request", "CLOCKS_MODE", env=there, exit=1)
        self.assertIn("environment:prefix=CLOCKS_;list-all", refused.err)
        self.assertIn("asks for more than the policy grants", self.theater("run", reader, *grant, exit=1).err)
        narrower = self.manifest("narrower", asks + 'denied_vars = ["CLOCKS_KEY"]\n', "reader")
        self.assertEqual(self.ask(narrower, "CLOCKS_MODE", "CLOCKS_KEY", "OTHER", more=grant, env=there),
                         ["fast set; CLOCKS_MODE=fast", "none not set; CLOCKS_MODE=fast",
                          "none not set; CLOCKS_MODE=fast"])
        # Replays are run in an environment that has none of them.
        actors = self.verify_and_replay(self.folder / "home")
        self.assertEqual(len(actors), 1)

    def test_no_variable_is_seen_by_default(self):
        self.build("reader", ENVIRONMENT)
        reader = self.manifest("reader", '[[handler]]\ntype = "environment"\n')
        self.theater("run", reader, env={"CLOCKS_MODE": "fast"}, exit=1)
        granted = self.ask(reader, "CLOCKS_MODE", env={"CLOCKS_MODE": "fast"}, more=("--grant", "environment"))
        self.assertEqual(granted, ["none not set;"], "the manifest does not ask for it")


if __name__ == "__main__":
    support.main()
