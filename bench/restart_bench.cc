// restart: microseconds from a client's message that makes an actor trap until the answer of its
// next instance to the request that was sent right behind it.
//
// update: microseconds of Runtime::update to code that the node has compiled, from the call until
// an instance of it is up and on record. The component is read and checked as for any update.
//
//   restart [GUESTS]    the folder of the guests
#include "theater/base/log.h"
#include "theater/base/testing/temporary_folder.h"

#include <algorithm>

#include "benchmark.h"
#include "stage.h"

namespace theater::bench::restart_bench {

namespace {

using Instant = std::chrono::steady_clock::time_point;

// A player that is the child of another, and is restarted at once however often it fails.
SpawnRequest family(const std::string& guests, const std::filesystem::path& folder) {
  std::string player = "name = \"player\"\ncomponent = \"" +
                       std::filesystem::absolute(guests).string() +
                       "/player.wat\"\n[[handler]]\ntype = \"message-server\"\n";
  expect(write_file(folder / "player.toml", as_bytes(player)));
  Bytes state(40, uint8_t{'0'});
  expect(write_file(folder / "state", state));
  SpawnRequest request;
  request.manifest = expect(parse_manifest(
      player + "[[handler]]\ntype = \"supervisor\"\n[supervision]\nrestarts = 1000\nperiod "
               "= 1\nbackoff = 0\nbackoff_max = 0\n[[child]]\nname = \"player\"\nmanifest "
               "= \"player.toml\"\ninit_state = \"state\"\n",
      "player.toml", folder));
  request.state = state;
  return request;
}

double restart_us(Runtime& runtime, const ActorId& id) {
  Instant answered;
  std::latch done(1);
  Instant start = std::chrono::steady_clock::now();
  // It traps at a message of another size than its own.
  expect(runtime.send(id, as_bytes(std::string_view("x"))));
  runtime.request(id, message(Order::kEcho), [&](const Result<Bytes>& answer) {
    THEATER_CHECK(answer.has_value(), "{}", answer.error().to_string());
    answered = std::chrono::steady_clock::now();
    done.count_down();
  });
  done.wait();
  return std::chrono::duration<double, std::micro>(answered - start).count();
}

double update_us(Stage& stage, const House& house, const ActorId& id) {
  CodeUpdate update;
  update.component = to_bytes(house.component());
  auto start = std::chrono::steady_clock::now();
  (void)expect(stage.runtime().update(id, std::move(update)));
  return seconds_since(start) * 1e6;
}

void report(std::string_view id, std::vector<double> times, const Stage& stage) {
  std::sort(times.begin(), times.end());
  fmt::print(R"({{"bench": "{}", "value": {:.2f}, "unit": "us", "p50": {:.2f}, "p90": {:.2f}, )"
             R"("p99": {:.2f}, "measured": {}{}}})"
             "\n",
             id, quantile(times, 0.5), quantile(times, 0.5), quantile(times, 0.9),
             quantile(times, 0.99), times.size(), stage.facts());
}

const Benchmark kBenchmark("restart", [](int argc, char** argv) {
  // A line of the log for each of them is no part of it.
  configure_log(LogLevel::kError, LogFormat::kHuman);
  std::string guests = argc > 1 ? argv[1] : "bench/guests";
  House house(guests);
  TemporaryFolder folder;
  Stage stage(house, 1);
  Runtime& runtime = stage.runtime();
  ActorId root = expect(runtime.spawn(family(guests, folder.path()))).id;
  std::vector<ActorId> actors = runtime.actors();
  ActorId child = actors.front() == root ? actors.back() : actors.front();
  std::vector<double> times;
  for (size_t i = 0; i < amount(2'000, 20); ++i)
    times.push_back(restart_us(runtime, child));
  THEATER_CHECK(expect(runtime.status(child)).restarts == times.size(), "one restart each");
  report("restart", std::move(times), stage);

  SpawnRequest request = house.request();
  request.root = RootRequest{};
  request.state = Bytes(40, uint8_t{'0'});
  ActorId updated = expect(runtime.spawn(std::move(request))).id;
  times.clear();
  for (size_t i = 0; i < amount(2'000, 20); ++i)
    times.push_back(update_us(stage, house, updated));
  THEATER_CHECK(expect(runtime.status(updated)).restarts == times.size(), "one instance each");
  report("update", std::move(times), stage);
  return 0;
});

}  // namespace

}  // namespace theater::bench::restart_bench
