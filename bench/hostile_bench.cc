// hostile.base, hostile.ATTACK, hostile.after: how long a client's occasional requests to 1,000
// quiet actors take: on an idle node, then under one attack after the other by actors of
// guests/hostile.wat. An attack lasts as long as its measurement. The attackers have the default
// limits of a manifest, unless the attack's name says otherwise.
//
// A line of an attack says what the attackers came to: how many there were and how many had ended
// by themselves, how often they were restarted, and what they did and were refused.
//
//   hostile [GUESTS [ATTACK]]    the folder of the guests; one of the attacks, if not all
#include "theater/base/log.h"
#include "theater/base/testing/temporary_folder.h"

#include <algorithm>
#include <set>

#include "benchmark.h"
#include "request_times.h"

namespace theater::bench::hostile_bench {

namespace {

constexpr size_t kWorkers = 2;
constexpr size_t kQuiet = 1'000;
// Between an answer and the next request.
constexpr std::chrono::microseconds kPause{500};

struct Attack {
  std::string_view name;
  char order;        // Of guests/hostile.wat.
  size_t attackers;  // So many of them at once.
  enum class As : uint8_t {
    kAlone,      // Its own peer.
    kWithPeer,   // The peer does nothing but what it is asked.
    kPermanent,  // The child of an actor that restarts it for ever, at once.
  } as = As::kAlone;
  std::string_view limits = "";
};

using As = Attack::As;
constexpr std::array<Attack, 13> kAttacks = {{
    {"loop", 'l', 4 * kWorkers},
    {"mailbox", 'f', 4, As::kWithPeer},
    {"spawn", 's', 2},
    {"spawn-fails", 'i', 2},
    {"restart", 't', 2 * kWorkers, As::kPermanent},
    {"log", 'p', 4},
    {"log-slow", 'p', 4, As::kAlone, "log_bytes_per_second = \"1MiB\"\n"},
    {"state", 'g', 4},
    {"grow", 'm', 4, As::kPermanent},
    {"ask-itself", 'q', 4},
    {"ask-ring", 'a', 4, As::kWithPeer},
    {"recursion", 'r', 2 * kWorkers, As::kPermanent},
    {"budget", 'l', 4 * kWorkers, As::kAlone, "[budget]\ncpu_ms = 100\n"},
}};

class Attackers {
 public:
  Attackers(Stage& stage, const std::string& guests)
      : runtime_(stage.runtime()), guests_(std::filesystem::absolute(guests).string()) {
    expect(policy_.add_grant("filesystem:read", "/"));
    for (const ActorId& id : runtime_.actors())
      others_.insert(id);
  }

  void begin(const Attack& attack) {
    for (size_t i = 0; i < attack.attackers; ++i) {
      ActorId peer = runtime_.new_id();
      ActorId id = attack.as == As::kWithPeer ? runtime_.new_id() : peer;
      if (attack.as == As::kWithPeer) spawn(attack, 'd', peer, id);
      spawn(attack, attack.as == As::kPermanent ? 'd' : attack.order, id, peer);
    }
  }

  // As members for a line of results.
  std::string fate() const {
    uint64_t actors = 0;
    uint64_t ended = 0;
    uint64_t restarts = 0;
    uint64_t waiting_max = 0;
    double done = 0;
    double refused = 0;
    for (const ActorId& id : runtime_.actors()) {
      if (others_.contains(id)) continue;
      ++actors;
      Result<ActorStatus> status = runtime_.status(id);
      Result<ActorMetrics> metrics = runtime_.metrics(id);
      // The oldest of those that have ended are forgotten.
      if (!status || !metrics) continue;
      if (status->ended) ++ended;
      restarts += metrics->restarts;
      waiting_max = std::max(waiting_max, metrics->waiting_max);
      auto last = [&](const char* name) {
        auto found = metrics->custom.find(name);
        return found == metrics->custom.end() ? 0 : found->second.last;
      };
      done += last("done");
      refused += last("refused");
    }
    return fmt::format(R"(, "actors": {}, "ended": {}, "restarts": {}, "done": {:.0f}, )"
                       R"("refused": {:.0f}, "waiting_max": {})",
                       actors, ended, restarts, done, refused, waiting_max);
  }

  // What is known of them stays known, and is not the next attack's.
  void end() {
    for (const ActorId& id : roots_)
      (void)runtime_.kill(id);
    for (const ActorId& id : std::exchange(roots_, {}))
      (void)expect(runtime_.wait_ended(id));
    for (const ActorId& id : runtime_.actors())
      others_.insert(id);
  }

 private:
  void spawn(const Attack& attack, char order, const ActorId& id, const ActorId& peer) {
    std::string entries = "component = \"" + guests_ +
                          "/hostile.wat\"\n[[handler]]\ntype = \"message-server\"\n[[handler]]\n"
                          "type = \"supervisor\"\n";
    std::string limits = attack.limits.empty() || attack.limits.starts_with('[')
                             ? std::string(attack.limits)
                             : "[limits]\n" + std::string(attack.limits);
    std::string children;
    if (attack.as == As::kPermanent) {
      std::string child = "name = \"attacker\"\n" + entries + limits;
      expect(write_file(folder_.path() / "attacker.toml", as_bytes(child)));
      expect(write_file(folder_.path() / "state", state(attack.order, peer, "")));
      children =
          "[supervision]\nrestarts = 1000\nperiod = 1\nbackoff = 0\nbackoff_max = 0\n"
          "[[child]]\nname = \"attacker\"\nmanifest = \"attacker.toml\"\n"
          "init_state = \"state\"\n";
    }
    SpawnRequest request;
    request.manifest = expect(
        parse_manifest("name = \"root\"\n" + entries +
                           "[[handler]]\ntype = \"filesystem\"\npath = \"/\"\n" + limits + children,
                       "root.toml", folder_.path()));
    request.policy = policy_;
    request.state = state(order, peer, "name = \"spawned\"\n" + entries);
    request.id = id;
    (void)expect(runtime_.spawn(std::move(request)));
    roots_.push_back(id);
  }
  static Bytes state(char order, const ActorId& peer, const std::string& manifest) {
    Bytes state = to_bytes(as_bytes(order + peer.to_string() + manifest));
    // An attack with giant states counts in them.
    state.resize(std::max<size_t>(state.size(), 128));
    return state;
  }

  Runtime& runtime_;
  std::string guests_;
  TemporaryFolder folder_;
  Policy policy_ = Policy::default_policy();
  std::set<ActorId> others_;
  std::vector<ActorId> roots_;
};

void report(std::string_view name, const RequestTimes& times, const RequestTimes& base,
            size_t count, const std::string& fate, const Stage& stage) {
  fmt::print(R"({{"bench": "hostile.{}", "value": {:.1f}, "unit": "us", "p50": {:.1f}, )"
             R"("p99": {:.1f}, "worst": {:.1f}, "p50_ratio": {:.2f}, "p99_ratio": {:.2f}, )"
             R"("requests": {}{}{}}})"
             "\n",
             name, times.p99, times.p50, times.p99, times.worst, times.p50 / base.p50,
             times.p99 / base.p99, count, fate, stage.facts());
  std::fflush(stdout);
}

const Benchmark kBenchmark("hostile", [](int argc, char** argv) {
  // A line of the log for each failure is no part of it.
  configure_log(LogLevel::kOff, LogFormat::kHuman);
  std::string guests = argc > 1 ? argv[1] : "bench/guests";
  std::string_view wanted = argc > 2 ? argv[2] : "";
  House house(guests);
  Stage stage(house, kWorkers);
  std::vector<ActorId> quiet = stage.ring(kQuiet);
  Attackers attackers(stage, guests);
  size_t count = amount(2'000, 20);
  (void)time_requests(stage, quiet, count, kPause);
  RequestTimes base = time_requests(stage, quiet, count, kPause);
  report("base", base, base, count, "", stage);
  for (const Attack& attack : kAttacks) {
    if (!wanted.empty() && wanted != attack.name) continue;
    attackers.begin(attack);
    // It is under way: not its first moments are measured.
    std::this_thread::sleep_for(std::chrono::milliseconds(amount(200, 1)));
    RequestTimes under = time_requests(stage, quiet, count, kPause);
    report(attack.name, under, base, count, attackers.fate(), stage);
    attackers.end();
  }
  report("after", time_requests(stage, quiet, count, kPause), base, count, "", stage);
  return 0;
});

}  // namespace

}  // namespace theater::bench::hostile_bench
