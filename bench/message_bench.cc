// message.pair, message.pairs, message.pairs.2: messages a second that go to and fro between two
// actors, between the actors of a hundred pairs, and that on two workers.
// request.pair: microseconds of a request and its answer, of an actor that makes one after the
// other; request.client: of a client's, with its quantiles.
// record.cost: microseconds of processor time that recording adds to a message, alternating with
// messages; record.hash: of hashing it alone.
//
//   message [GUESTS [GROUP]]    the folder of the guests; message, request or record, if not all
#include "theater/actor/cell/recorder.h"
#include "theater/actor/handler/actor_holdings.h"
#include "theater/log/event/event.h"

#include <algorithm>

#include "actor_record.h"
#include "benchmark.h"
#include "stage.h"

namespace theater::bench::message_bench {

namespace {

// The runs of some work, after one that does not count.
template <class Work>
std::vector<Cost> runs_of(Work&& work) {
  (void)work();
  std::vector<Cost> runs;
  for (int run = 0; run < kRuns; ++run)
    runs.push_back(work());
  return runs;
}

// Returns the microseconds of a message.
double pairs(House& house, std::string_view id, size_t pairs, size_t workers, double one_worker) {
  Stage stage(house, workers);
  std::vector<ActorId> servers;
  for (size_t i = 0; i < pairs; ++i)
    servers.push_back(stage.ring(2)[0]);
  // An even number: the last of them reaches who served.
  size_t each = amount(200'000, 2'000) / pairs;
  Bytes serve = message(Order::kHop, each);
  CostFigure us =
      cost_per_unit(runs_of([&] { return stage.answered(servers, serve); }), each * pairs);
  Figure rate{1e6 / us.wall.best, 1e6 / us.wall.median, 1e6 / us.wall.worst};
  std::string extra = fmt::format(R"(, "us": {:.3f}, "cpu_us": {:.3f}, "pairs": {}{})",
                                  us.wall.best, us.cpu.best, pairs, stage.facts());
  if (one_worker > 0) {
    extra += fmt::format(R"(, "ratio_to_one_worker": {:.2f})", one_worker / us.wall.best);
  }
  print(id, rate, "messages/s", extra);
  return us.wall.best;
}

void requests(House& house) {
  Stage stage(house, 1);
  ActorId asker = stage.ring(2)[0];
  size_t count = amount(50'000, 100);
  Bytes ask = message(Order::kAsk, count);
  CostFigure us = cost_per_unit(runs_of([&] { return stage.answered({asker}, ask); }), count);
  print("request.pair", us.wall, "us",
        fmt::format(R"(, "cpu_us": {:.3f}{})", us.cpu.best, stage.facts()));

  Bytes echo = message(Order::kEcho);
  std::vector<double> latencies;
  for (size_t i = 0; i < count; ++i) {
    auto start = std::chrono::steady_clock::now();
    (void)expect(stage.runtime().request(asker, echo));
    latencies.push_back(seconds_since(start) * 1e6);
  }
  std::sort(latencies.begin(), latencies.end());
  fmt::print(R"({{"bench": "request.client", "value": {:.2f}, "unit": "us", "p50": {:.2f}, )"
             R"("p90": {:.2f}, "p99": {:.2f}, "p999": {:.2f}, "requests": {}{}}})"
             "\n",
             quantile(latencies, 0.5), quantile(latencies, 0.5), quantile(latencies, 0.9),
             quantile(latencies, 0.99), quantile(latencies, 0.999), count, stage.facts());
}

// The events of one message: a stroke of an actor during a rally.
std::vector<Bytes> events_of_a_message(const log::Chain& chain) {
  // call, sent, returned of the last stroke but one; the last makes the answer.
  std::vector<Bytes> events;
  for (uint64_t seq = chain.end_seq(); seq > chain.first_seq() && events.size() < 3; --seq) {
    log::Event event = expect(log::decode_event(chain.event(seq - 1)));
    auto* sent = std::get_if<log::Sent>(&event.body);
    if (sent == nullptr || sent->kind != log::SentKind::kSend) continue;
    for (uint64_t at = seq - 2; at <= seq; ++at)
      events.push_back(to_bytes(chain.event(at)));
  }
  return events;
}

// As the product records: bodies that borrow their payloads, through the Recorder into a chain in
// memory, with one reading of the clock a message. The bodies are copied for it, in place of being
// put together. Two actors take turns, as those do that send the messages.
void record(House& house) {
  Stage stage(house, 1);
  ActorId server = stage.ring(2)[0];
  (void)stage.answered({server}, message(Order::kHop, 10));
  log::Chain chain = expect(stage.runtime().chain(server));
  std::vector<Bytes> events = events_of_a_message(chain);
  std::vector<log::Body> bodies;
  std::string names;
  size_t bytes = 0;
  for (const Bytes& event : events) {
    bodies.push_back(expect(log::decode_event_in_place(event)).body);
    names += (names.empty() ? "" : " ") + std::string(log::body_name(bodies.back()));
    bytes += event.size();
  }
  THEATER_CHECK(names == "call sent returned", "{}", names);

  const size_t count = amount(200'000, 2'000);
  SystemClock clock;
  ActorRecord one(stage.binding(), chain);
  ActorRecord other(stage.binding(), chain);
  Hash sum;
  std::vector<Cost> messages;
  std::vector<Cost> recordings;
  std::vector<Cost> hashes;
  for (int run = -1; run < kRuns; ++run) {
    Cost of_messages = stage.answered({server}, message(Order::kHop, count));
    Cost of_recording = cost_of([&] {
      for (size_t i = 0; i < count; ++i)
        (i % 2 == 0 ? one : other).record(bodies, clock.wall_us());
    });
    Cost of_hashing = cost_of([&] {
      for (size_t i = 0; i < count; ++i)
        for (const Bytes& event : events)
          sum = log::event_hash(event);
    });
    if (run < 0) continue;  // It compiled, and took memory that was not warm yet.
    messages.push_back(of_messages);
    recordings.push_back(of_recording);
    hashes.push_back(of_hashing);
  }
  // A compiler may leave out a computation whose result is never read.
  THEATER_CHECK(!sum.is_zero() && !one.head().is_zero() && !other.head().is_zero());
  std::string extra = fmt::format(R"(, "events": "{}", "event_bytes": {})", names, bytes);
  Figure message_cpu = cost_per_unit(messages, count).cpu;
  Figure recording_cpu = cost_per_unit(recordings, count).cpu;
  print("record.cost", recording_cpu, "us",
        fmt::format(R"(, "message_cpu_us": {:.3f}, "share": {:.2f}{}{})", message_cpu.best,
                    recording_cpu.best / message_cpu.best, extra, stage.facts()));
  print("record.hash", cost_per_unit(hashes, count).cpu, "us", extra);
}

const Benchmark kBenchmark("message", [](int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests");
  std::string group = argc > 2 ? argv[2] : "";
  auto wanted = [&](std::string_view name) { return group.empty() || group == name; };
  if (wanted("message")) {
    pairs(house, "message.pair", 1, 1, 0);
    double one = pairs(house, "message.pairs", 100, 1, 0);
    pairs(house, "message.pairs.2", 100, 2, one);
  }
  if (wanted("request")) requests(house);
  if (wanted("record")) record(house);
  return 0;
});

}  // namespace

}  // namespace theater::bench::message_bench
