"""What an actor learns of the world is on record.

A guest that uses every function of a handler is run, the world is changed, and its replay is the same.
"""

import os
import re
import time
from pathlib import Path

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

SLEEPER = """
#include <theater/message_server.hpp>
#include <theater/timing.hpp>

#include <string>

using namespace theater;

struct Sleeper {
  std::string slept;
  THEATER_FIELDS(slept)

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "too long") return sleep_for(5001).error() + "; " + sleep_until(now() + 3'600'000).error();
    if (message == "too short") return sleep_for(9).error();
    uint64_t began = now();
    THEATER_TRY_VOID(sleep_for(30));
    uint64_t between = now();
    THEATER_TRY_VOID(sleep_until(between + 40));
    uint64_t end = now();
    THEATER_TRY_VOID(sleep_until(began));
    slept += std::to_string(between - began) + " " + std::to_string(end - between) + ";";
    return slept;
  }
};
THEATER_ACTOR(Sleeper)
THEATER_MESSAGE_SERVER_CLIENT(Sleeper)
"""

BELL = """
#include <theater/intervals.hpp>
#include <theater/message_server.hpp>
#include <theater/timing.hpp>

#include <string>

using namespace theater;

struct Bell {
  std::string heard;
  THEATER_FIELDS(heard)

  Status handle_tick(std::string_view name, uint64_t missed) {
    heard += std::string(name) + " " + std::to_string(missed) + ";";
    return {};
  }

  // The first tick comes while this sleeps, and the rest are left out.
  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "too often") return start_interval("x", 0).error();
    if (message == "ring") {
      THEATER_TRY_VOID(start_interval("bell", 20));
      Status again = start_interval("bell", 20);
      THEATER_TRY_VOID(sleep_for(200));
      return again.error();
    }
    if (message == "hear") {
      if (heard.empty()) THEATER_TRY_VOID(sleep_for(100));
      return heard;
    }
    THEATER_TRY_VOID(stop_interval("bell"));
    return stop_interval("bell").error();
  }
};
THEATER_ACTOR(Bell)
THEATER_INTERVAL_HANDLERS(Bell)
THEATER_MESSAGE_SERVER_CLIENT(Bell)
"""

METRONOME = """
#include <theater/intervals.hpp>
#include <theater/random.hpp>

#include <string>

using namespace theater;

struct Metronome {
  uint64_t beats = 0;
  THEATER_FIELDS(beats)

  Status init(std::string_view) { return start_interval("beat", 10); }
  Status handle_tick(std::string_view, uint64_t) {
    log("drew " + std::to_string(THEATER_TRY(random_range(0, 1'000'000))));
    if (++beats == 20) return shutdown(std::nullopt);
    return {};
  }
};
THEATER_ACTOR(Metronome)
THEATER_INTERVAL_HANDLERS(Metronome)
"""

DREAMER = """
#include <theater/message_server.hpp>
#include <theater/timing.hpp>

using namespace theater;

// Asks itself to sleep, since no message could start it while its `init` sleeps.
struct Dreamer {
  bool asleep = false;
  THEATER_FIELDS(asleep)

  Status init(std::string_view id) { return send(id, "sleep"); }
  Status handle_send(std::string_view) {
    log("asleep");
    return sleep_for(3'600'000);
  }
};
THEATER_ACTOR(Dreamer)
THEATER_MESSAGE_SERVER_CLIENT(Dreamer)
"""


class Guests(support.Case):
    def build(self, name, source):
        (self.folder / f"{name}.cpp").write_text(source)
        self.manifest(name)
        self.build_cpp(self.folder)

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


class World(Guests):
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
            "Permission denied: random:max-bytes=2000 (asked for 2000 bytes, allowed are 1000 a call; the "
            "manifest asks for less: write max_bytes = \"2000\" in its handler `random`); "
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
        why = [line["event"]["body"]["refused"]["why"] for line in self.theater("log", "show", "reader", "--json",
               exit=0).every("event") if "refused" in line["event"]["body"]]
        self.assertTrue(why)
        for reason in why:
            self.assertIn("the manifest asks for less: write allow", str(reason))

    def test_waits_are_replayed_without_waiting(self):
        self.build("sleeper", SLEEPER)
        sleeper = self.manifest("sleeper", '[[handler]]\ntype = "timing"\n')
        answer = self.ask(sleeper, "sleep")[0]
        slept, waited = map(int, answer.rstrip(";").split())
        self.assertGreaterEqual(slept, 29, "the wall clock may round")
        self.assertGreaterEqual(waited, 40)
        bounded = self.manifest("bounded", '[[handler]]\ntype = "timing"\nmin_sleep_duration = 10\n'
                                           'max_sleep_duration = 5000\n', "sleeper")
        too_long, too_short = self.ask(bounded, "too long", "too short")
        self.assertIn("Permission denied: timing:max-sleep=5001ms "
                      "(a sleep of 5001 ms, max_sleep_duration is 5000 ms; the manifest asks for less: "
                      'write max_sleep_duration = "5001ms" in its handler `timing`); ', too_long)
        self.assertIn("Permission denied: timing:max-sleep=", too_long.split("); ")[1])
        self.assertEqual(too_short, "Permission denied: timing:min-sleep=9ms "
                                    "(a sleep of 9 ms, min_sleep_duration is 10 ms; the manifest asks for less: "
                                    'write min_sleep_duration = "9ms" in its handler `timing`)')

    def test_ticks_are_replayed_without_timers(self):
        self.build("bell", BELL)
        bell = self.manifest("bell", '[[handler]]\ntype = "timing"\n')
        # On a busy machine a tick may be late.
        rung, *_, heard, stopped, too_often = self.ask(bell, "ring", *["hear"] * 100, "stop", "too often")
        self.assertEqual((rung, stopped), ("Interval bell runs already: stop it first", "Interval bell does not run"))
        self.assertRegex(heard, r"^(bell \d+;)+$")
        self.assertEqual(too_often, "Permission denied: timing (an interval of 0 ms, min_sleep_duration is 1 ms)")
        unlisted = self.manifest("unlisted", "", "bell")
        self.assertIn("timing", self.theater("run", unlisted, exit=1).err)

    def test_intervals_and_seeded_values_go_on_after_a_snapshot(self):
        self.build("metronome", METRONOME)
        text = '[[handler]]\ntype = "timing"\n[[handler]]\ntype = "random"\nseed = 3\n'
        drawn = {}
        for name, log in (("whole", ""), ("pieces", "[log]\nsnapshot_events = 10\n")):
            manifest = self.manifest(name, text + log, "metronome")
            manifest.write_text('state = "explicit"\n' + manifest.read_text())
            drawn[name] = re.findall(r"drew (\d+)", self.theater("run", manifest, exit=0).err)
        self.assertEqual(len(drawn["whole"]), 20)
        self.assertEqual(drawn["pieces"], drawn["whole"])
        self.assertGreater(self.theater("log", "show", "pieces", exit=0).out.count("theater-runtime/snapshot"), 3)

    def test_a_sleep_beyond_the_time_of_a_call_ends_the_incarnation(self):
        self.build("dreamer", DREAMER)
        dreamer = self.manifest("dreamer", '[[handler]]\ntype = "timing"\n[limits]\ncall_wall_ms = 50\n')
        run = self.theater("run", dreamer, exit=1)
        self.assertIn("time-limit", run.err)


class Thousand(Guests):
    """What 1,000 actors cost that sleep for an hour, against four."""

    # They are ended by force while they sleep, and there are many.
    keeps_the_record = False

    def asleep(self, count):
        """(threads, seconds of processor time within three) of a node on which so many sleep."""
        dormitory = self.folder / f"dormitory-{count}"
        dormitory.mkdir()
        memory = '[log]\ndurability = "memory"\n'
        (dormitory / "dreamer.toml").write_text(
            f'name = "dreamer"\ncomponent = "{self.folder}/build/dreamer.wasm"\n{memory}'
            '[[handler]]\ntype = "message-server"\n[[handler]]\ntype = "timing"\n')
        family = "".join(f'[[child]]\nname = "c{i}"\nmanifest = "dreamer.toml"\n' for i in range(count // 4))
        house = f'component = "{support.GUESTS}/echo.wat"\n{memory}[[handler]]\ntype = "supervisor"\n' \
                '[[handler]]\ntype = "message-server"\n[[handler]]\ntype = "timing"\n'
        for i in range(4):
            (dormitory / f"house{i}.toml").write_text(f'name = "house{i}"\n{house}{family}')
        process = self.start("run", *(dormitory / f"house{i}.toml" for i in range(4)))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        lines = 0
        while lines < count:
            line = process.stderr.readline()
            self.assertTrue(line, f"it ended after {lines}")
            lines += b"asleep" in line
        time.sleep(1)
        before = self.processor_seconds(process.pid)
        time.sleep(3)
        self.assertIsNone(process.poll(), "it ended by itself")
        used = self.processor_seconds(process.pid) - before
        threads = len(os.listdir(f"/proc/{process.pid}/task"))
        process.kill()
        return threads, used

    def processor_seconds(self, pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_a_thousand_sleepers_cost_no_thread_and_no_time(self):
        self.build("dreamer", DREAMER)
        few_threads, few_seconds = self.asleep(4)
        threads, seconds = self.asleep(1000)
        # A thread each would be a thousand; looking every 10 ms would take the three seconds whole, and more.
        self.assertLess(threads, few_threads + 10)
        self.assertLess(seconds, few_seconds + 1.5)


if __name__ == "__main__":
    support.main()
