// burial.stop, burial.kill: milliseconds from the stop, or the kill, of the root of a tree of 1,000
// actors on three levels until every chain has its `terminated`; `value` is of a single run, `each`
// microseconds for each of the actors.
//
// spawn.bare, spawn.granted: microseconds until an actor with one declared child is up, both of
// whose manifests ask for nothing but what every actor has; and until one is that asks for all
// capabilities, with lists, of which the policy grants less and the child's manifest asks for less
// than its parent got. One after the other by turns, and their ratio. All else is the same:
// templates are prepared, manifests parsed, files read for each.
//
//   tree [GUESTS [NAME]]    the folder of the guests; burial or spawn, if not both
#include "theater/base/log.h"
#include "theater/base/testing/temporary_folder.h"

#include <algorithm>

#include "benchmark.h"
#include "stage.h"

namespace theater::bench::tree_bench {

namespace {

constexpr size_t kBranches = 27;
constexpr size_t kLeaves = 36;
constexpr size_t kTree = 1 + kBranches + kBranches * kLeaves;
static_assert(kTree == 1'000);

constexpr std::string_view kHandlers =
    "[[handler]]\ntype = \"message-server\"\n[[handler]]\ntype = \"supervisor\"\n";

// All other capabilities. Of what is asked for in general, the policy grants a part.
constexpr std::string_view kAsked =
    "[[handler]]\ntype = \"environment\"\nallowed_vars = [\"HOME\", \"PATH\", \"LANG\"]\n"
    "[[handler]]\ntype = \"random\"\n"
    "[[handler]]\ntype = \"timing\"\n[[handler]]\ntype = \"store\"\n"
    "[[handler]]\ntype = \"http-client\"\n[[handler]]\ntype = \"http-framework\"\n"
    "[[handler]]\ntype = \"filesystem\"\npath = \"/data/team\"\n"
    "[[handler]]\ntype = \"process\"\nallowed_programs = [\"/bin/ls\", \"/bin/cat\"]\n"
    "allowed_paths = [\"/data/team\"]\n";
constexpr std::string_view kPolicy =
    "[grant.environment]\nvars = [\"HOME\", \"PATH\", \"LANG\", \"TERM\"]\nprefix = [\"APP_\"]\n"
    "[grant.http-client]\nhosts = [\"api.example.org:443\", \"files.example.org\"]\n"
    "[grant.http-framework]\n"
    "[grant.filesystem]\npaths = [\"/data\", \"/etc\"]\nread = true\nwrite = true\n"
    "[grant.process]\nprograms = [\"/bin/ls\", \"/bin/cat\", \"/bin/true\"]\n"
    "[grant.random]\nmax-bytes = \"64KiB\"\n[grant.timing]\nmax-sleep = \"1s\"\n";

// The manifests of a tree, in a folder of their own.
class Manifests {
 public:
  explicit Manifests(const std::string& guests)
      : component_(std::filesystem::absolute(guests).string() + "/player.wat") {
    expect(write_file(folder_.path() / "state", Bytes(40, uint8_t{'0'})));
  }

  // Writes the manifest of that name; its children are so many of another.
  void add(const std::string& name, std::string_view entries, size_t children = 0,
           const std::string& child = "") {
    std::string text = "name = \"" + name + "\"\ncomponent = \"" + component_ + "\"\n";
    text += std::string(kHandlers) + std::string(entries);
    for (size_t i = 0; i < children; ++i) {
      text += fmt::format(
          "[[child]]\nname = \"{0}-{1}\"\nmanifest = \"{0}.toml\"\ninit_state = \"state\"\n", child,
          i);
    }
    expect(write_file(folder_.path() / (name + ".toml"), as_bytes(text)));
    texts_[name] = text;
  }

  SpawnRequest request(const std::string& name, const Policy& policy) const {
    SpawnRequest request;
    request.manifest = expect(parse_manifest(texts_.at(name), name + ".toml", folder_.path()));
    request.state = Bytes(40, uint8_t{'0'});
    request.policy = policy;
    return request;
  }

 private:
  TemporaryFolder folder_;
  std::string component_;
  std::map<std::string, std::string> texts_;
};

void report(std::string_view id, std::vector<double> values, std::string_view unit,
            const std::string& more, const Stage& stage) {
  std::sort(values.begin(), values.end());
  fmt::print(R"({{"bench": "{}", "value": {:.2f}, "unit": "{}", "p50": {:.2f}, "best": {:.2f}, )"
             R"("worst": {:.2f}, "measured": {}{}{}}})"
             "\n",
             id, quantile(values, 0.5), unit, quantile(values, 0.5), values.front(), values.back(),
             values.size(), more, stage.facts());
  std::fflush(stdout);
}

void end(Runtime& runtime, const ActorId& root) {
  expect(runtime.kill(root));
  (void)expect(runtime.wait_ended(root));
}

void measure_burial(Stage& stage, Manifests& manifests, bool by_force) {
  Runtime& runtime = stage.runtime();
  std::vector<double> times;
  for (size_t run = 0; run < amount(11, 1); ++run) {
    size_t before = runtime.node_metrics().actors - runtime.node_metrics().ended;
    ActorId root = expect(runtime.spawn(manifests.request("root", Policy::default_policy()))).id;
    NodeMetrics all = runtime.node_metrics();
    THEATER_CHECK(all.actors - all.ended - before == kTree, "{} actors", all.actors);
    auto start = std::chrono::steady_clock::now();
    by_force ? expect(runtime.kill(root)) : expect(runtime.stop(root));
    // A root ends when all that are below it have.
    (void)expect(runtime.wait_ended(root));
    times.push_back(seconds_since(start) * 1e3);
    all = runtime.node_metrics();
    THEATER_CHECK(all.actors - all.ended == before, "an actor was left");
  }
  std::vector<double> sorted = times;
  std::sort(sorted.begin(), sorted.end());
  std::string each = fmt::format(R"(, "actors": {}, "each_us": {:.2f})", kTree,
                                 quantile(sorted, 0.5) * 1e3 / kTree);
  report(by_force ? "burial.kill" : "burial.stop", std::move(times), "ms", each, stage);
}

void measure_permissions(Stage& stage, Manifests& manifests) {
  Runtime& runtime = stage.runtime();
  Policy bare = Policy::default_policy();
  Policy granted = expect(Policy::parse(kPolicy, "policy.toml", "/"));
  std::vector<double> bare_us;
  std::vector<double> granted_us;
  auto measure = [&](const std::string& name, const Policy& policy, std::vector<double>& into) {
    auto start = std::chrono::steady_clock::now();
    ActorId root = expect(runtime.spawn(manifests.request(name, policy))).id;
    into.push_back(seconds_since(start) * 1e6);
    end(runtime, root);
  };
  for (size_t i = 0; i < amount(2'000, 10); ++i) {
    measure("bare", bare, bare_us);
    measure("granted", granted, granted_us);
  }
  std::vector<double> ratios;
  for (size_t i = 0; i < bare_us.size(); ++i)
    ratios.push_back(granted_us[i] / bare_us[i]);
  std::sort(ratios.begin(), ratios.end());
  report("spawn.bare", std::move(bare_us), "us", "", stage);
  report("spawn.granted", std::move(granted_us), "us",
         fmt::format(R"(, "ratio": {:.3f}, "ratio_p25": {:.3f}, "ratio_p75": {:.3f})",
                     quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75)),
         stage);
}

const Benchmark kBenchmark("tree", [](int argc, char** argv) {
  configure_log(LogLevel::kError, LogFormat::kHuman);
  std::string guests = argc > 1 ? argv[1] : "bench/guests";
  std::string name = argc > 2 ? argv[2] : "";
  Manifests manifests(guests);
  manifests.add("leaf", "");
  manifests.add("branch", "", kLeaves, "leaf");
  manifests.add("root", "", kBranches, "branch");
  manifests.add("bare", "", 1, "leaf");
  manifests.add("granted-child", kAsked);
  manifests.add("granted", kAsked, 1, "granted-child");
  House house(guests);
  Stage stage(house, 2);
  if (name.empty() || name == "burial") {
    measure_burial(stage, manifests, false);
    measure_burial(stage, manifests, true);
  }
  if (name.empty() || name == "spawn") measure_permissions(stage, manifests);
  return 0;
});

}  // namespace

}  // namespace theater::bench::tree_bench
