// server.events.RATE.DURABILITY: the processor time of workers and committer while an actor records
// so many events a second and ten clients read them as streams, as a ratio to the same without
// clients, by turns. At 10,000 events a second the clients read all that comes. At 100,000 they read
// slowly, so that they fall behind what the actor keeps.
//
// The events are those of messages. A client has an actor send a hundredth of them to another one,
// a hundred times a second; the streams are of the receiver.
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../measure.h"
#include "actors.h"
#include "groups.h"
#include "subscribers.h"

namespace theater::bench {

namespace {

constexpr size_t kReaders = 10;
constexpr auto kTick = std::chrono::milliseconds(10);
constexpr size_t kTicksASecond = 100;
// How long readers may take, after the last event, for what is left.
constexpr auto kReadTime = std::chrono::seconds(10);

struct StreamKind {
  std::string_view id;
  std::string_view durability;
  uint64_t events_a_second;
  Pace pace;
};

// What one turn took.
struct Turn {
  double cpu_ms = 0;           // Of workers and committer, for a second of the rate.
  double feed_ms = 0;          // The same of the threads that serve the streams.
  double events_a_second = 0;  // From the first message until all were recorded.
  uint64_t recorded = 0;
  uint64_t read = 0;  // By each reader.
  uint64_t gaps = 0;
};

class Theater {
 public:
  explicit Theater(const Setup& setup)
      : server_(setup.program, setup.below), starter_(setup.guests), client_(server_.socket()) {}

  // New actors, so that no stream has earlier events.
  Turn play(const StreamKind& kind, size_t readers) {
    std::string manifest = manifest_text("player", kind.durability);
    std::string sink = starter_.start(client_, manifest, {.peer = std::string(32, '0')});
    std::string receiver = starter_.start(client_, manifest, {.peer = sink});
    std::string sender = starter_.start(client_, manifest, {.peer = receiver});
    std::optional<Subscribers> subscribers;
    if (readers > 0) subscribers.emplace(server_.socket(), receiver, readers, kind.pace);

    // Each message is a call and its return; the last one of a flood makes one more event.
    uint64_t messages = kind.events_a_second / kTicksASecond / 2;
    const size_t ticks = amount(2 * kTicksASecond, 3);
    uint64_t first = events_of(receiver);
    uint64_t last = first + ticks * (2 * messages + 1);
    const std::string flood =
        request_text(server_.socket(), "POST", actor_target(sender, "send?wait=false"),
                     message_text(kFloodOrder, messages - 1));
    Cpu before = cpu();
    auto start = std::chrono::steady_clock::now();
    for (size_t tick = 0; tick < ticks; ++tick) {
      std::this_thread::sleep_until(start + tick * kTick);
      client_.ask(flood);
    }
    while (events_of(receiver) < last)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    double seconds = seconds_since(start);
    Cpu after = cpu();

    double rate_seconds = static_cast<double>(ticks) / kTicksASecond;
    Turn turn{.cpu_ms = (after.node - before.node) * 1e3 / rate_seconds,
              .feed_ms = (after.feed - before.feed) * 1e3 / rate_seconds,
              .events_a_second = static_cast<double>(last - first) / seconds,
              .recorded = last};
    if (subscribers) {
      auto end = std::chrono::steady_clock::now() + kReadTime;
      while (kind.pace == Pace::kFast && subscribers->gaps() == 0 &&
             subscribers->events() < readers * last && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(kTick);
      }
      turn.read = subscribers->events() / readers;
      turn.gaps = subscribers->gaps();
    }
    subscribers.reset();
    for (const std::string& id : {sender, receiver, sink})
      client_.post(actor_target(id, "stop?wait=true"));
    return turn;
  }

  bool pinned() const { return server_.pinned(); }

 private:
  // Processor time in seconds.
  struct Cpu {
    double node = 0;
    double feed = 0;
  };
  Cpu cpu() const {
    return {server_.cpu_seconds("worker") + server_.cpu_seconds("committer"),
            server_.cpu_seconds("api events") + server_.cpu_seconds("api")};
  }

  uint64_t events_of(const std::string& id) {
    std::string_view actor = client_.get("/v1/actors/" + id);
    return std::stoull(std::string(json_member(actor, "events")));
  }

  ServerProcess server_;
  Starter starter_;
  Client client_;
};

void measure(Theater& theater, const StreamKind& kind) {
  std::vector<double> ratios;
  std::vector<Turn> alone;
  std::vector<Turn> read;
  uint64_t gaps = 0;
  for (int run = -1; run < kRuns; ++run) {
    Turn without = theater.play(kind, 0);
    Turn with = theater.play(kind, kReaders);
    if (run < 0) continue;  // It compiled.
    ratios.push_back(with.cpu_ms / without.cpu_ms);
    gaps += with.gaps;
    alone.push_back(without);
    read.push_back(with);
  }
  auto median = [](const std::vector<Turn>& turns, auto value_of) {
    std::vector<double> values;
    for (const Turn& turn : turns)
      values.push_back(static_cast<double>(value_of(turn)));
    return figure_of(std::move(values)).median;
  };
  auto cpu_ms = [](const Turn& turn) { return turn.cpu_ms; };
  auto rate = [](const Turn& turn) { return turn.events_a_second; };
  auto share = [](const Turn& turn) {
    return static_cast<double>(turn.read) / static_cast<double>(turn.recorded);
  };
  print(kind.id, figure_of(std::move(ratios)), "ratio",
        fmt::format(R"(, "readers": {}, "cpu_ms": {:.2f}, "cpu_ms_alone": {:.2f}, )"
                    R"("feed_ms": {:.1f}, "events_per_s": {:.0f}, "events_per_s_alone": {:.0f}, )"
                    R"("read_share": {:.3f}, "gaps": {}, "pinned": {})",
                    kReaders, median(read, cpu_ms), median(alone, cpu_ms),
                    median(read, [](const Turn& turn) { return turn.feed_ms; }), median(read, rate),
                    median(alone, rate), median(read, share), gaps, theater.pinned()));
}

}  // namespace

void measure_streams(const Setup& setup) {
  Theater theater(setup);
  measure(theater, {"server.events.10k.sync", "sync", 10'000, Pace::kFast});
  measure(theater, {"server.events.10k.memory", "memory", 10'000, Pace::kFast});
  measure(theater, {"server.events.100k.memory", "memory", 100'000, Pace::kSlow});
}

}  // namespace theater::bench
