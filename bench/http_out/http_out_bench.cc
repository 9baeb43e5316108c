// What a request to a server of the web costs an actor, beside libcurl's own loop in the same run.
//
// The server is nginx on a processor of its own; the actors, or the loop, have another one with all
// their threads. Each answer has 1 KiB.
//
// http.out.DURABILITY: requests a second of 64 actors, each one after the other, and the processor
// time of one. http.out.curl: the same of 64 handles of one multi loop. http.out.one.memory,
// http.out.one.curl: the time of a request when there is no other; the guest sends 16 in a call, one
// after the other. http.out.one.message: from a message of a client to the actor's answer, with one
// request between. http.out.record: the processor time that recording takes of a request in
// `memory`. http.out.streams: answers that are open at once, and the threads that they cost.
// http.out.streams.actors: the same of streams of actors.
//
//   http_out [GUESTS [FOLDER]]    the folder of the guests; where logs are made
#include "theater/actor/scheduling/parker.h"
#include "theater/net/web_client.h"
#include "theater/net/web_exchange.h"

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "../actor_record.h"
#include "../affinity.h"
#include "../benchmark.h"
#include "../disk.h"
#include "../latencies.h"
#include "../stage.h"
#include "actor_streams.h"
#include "curl_loop.h"
#include "open_answers.h"
#include "order.h"
#include "web_server.h"

namespace theater::bench::http_out_bench {

namespace {

constexpr size_t kActors = 64;
constexpr size_t kAnswerBytes = 1024;
constexpr size_t kLoneOfMessage = 16;

// A node with actors that ask, all of its threads on the processors of the thread that makes it.
class Askers {
 public:
  Askers(const std::string& guests, const WebServer& server, Disk* disk)
      : url_(server.url()),
        house_(guests, "http.wat", manifest(disk != nullptr), make_handlers({.web = &web_})),
        pool_(1) {
    Runtime::Parts parts = house_.parts(pool_, timers_, routing_);
    if (disk != nullptr) parts.recording = &recording_.emplace(Recording{*disk->log, *disk->blobs});
    runtime_.emplace(parts);
    request_ = house_.request();
    expect(request_.policy.add_grant("http-client:methods=GET", "/"));
    expect(request_.policy.add_private_host(fmt::format("127.0.0.1:{}", server.port())));
    for (size_t i = 0; i < kActors; ++i)
      ids_.push_back(expect(runtime_->spawn(request_)).id);
  }

  // Each actor of the first `actors` sends so many.
  void ask(size_t actors, size_t each) {
    std::atomic<size_t> left = actors;
    for (size_t i = 0; i < actors; ++i) {
      runtime_->request(ids_[i], order(each, url_), [&](Result<Bytes> answer) {
        (void)expect(std::move(answer));
        if (left.fetch_sub(1) == 1) all_answered_.unpark();
      });
    }
    // Unlike a std::latch it does not yield the processor first, which costs as much as to sleep.
    all_answered_.park();
  }

  log::Chain chain() { return expect(runtime_->chain(ids_.front())); }
  const Binding& binding() { return *expect(runtime_->prepare(request_))->binding; }

 private:
  static std::string manifest(bool is_sync) {
    return fmt::format(
        "[log]\ndurability = \"{}\"\n[[handler]]\ntype = \"http-client\"\n"
        "allowed_hosts = [\"127.0.0.1\"]\nallowed_methods = [\"GET\"]\n",
        is_sync ? "sync" : "memory");
  }

  WebClient web_;
  std::string url_;
  House house_;
  WorkerPool pool_;
  ThreadTimers timers_;
  Routing routing_;
  std::optional<Recording> recording_;
  std::optional<Runtime> runtime_;  // Stops the pool.
  SpawnRequest request_;
  std::vector<ActorId> ids_;
  Parker all_answered_;
};

void report_rate(std::string_view id, const std::vector<Cost>& runs, size_t requests) {
  std::vector<double> rates;
  std::vector<double> cpu;
  for (const Cost& run : runs) {
    rates.push_back(static_cast<double>(requests) / run.seconds);
    cpu.push_back(run.cpu_seconds * 1e6 / static_cast<double>(requests));
  }
  print(id, highest_of(std::move(rates)), "requests/s",
        fmt::format(R"(, "cpu_us": {:.2f})", figure_of(std::move(cpu)).best));
}

// The events that one request makes, recorded again and again. The actors are fresh: a chain in memory
// forgets its oldest events, and the first of them names the functions.
void measure_recording(Askers& askers, double request_cpu_us) {
  askers.ask(1, 1);
  log::Chain chain = askers.chain();
  std::vector<Bytes> events;
  std::vector<log::Body> bodies;
  for (uint64_t seq = chain.end_seq() - 3; seq + 1 < chain.end_seq(); ++seq)
    events.push_back(to_bytes(chain.event(seq)));
  for (const Bytes& event : events)
    bodies.push_back(expect(log::decode_event_in_place(event)).body);
  THEATER_CHECK(bodies.size() == 2 && std::holds_alternative<log::Intent>(bodies[0]) &&
                std::holds_alternative<log::Outcome>(bodies[1]));
  const size_t count = amount(50'000, 100);
  SystemClock clock;
  ActorRecord record(askers.binding(), chain);
  std::vector<Cost> runs;
  for (int run = 0; run < kRuns; ++run) {
    runs.push_back(cost_of([&] {
      for (size_t i = 0; i < count; ++i)
        record.record(bodies, clock.wall_us());
    }));
  }
  Figure cpu = cost_per_unit(runs, count).cpu;
  print("http.out.record", cpu, "us",
        fmt::format(R"(, "request_cpu_us": {:.2f}, "share": {:.3f})", request_cpu_us,
                    cpu.best / request_cpu_us));
}

double best_cpu_us(const std::vector<Cost>& runs, size_t requests) {
  double best = runs.front().cpu_seconds;
  for (const Cost& run : runs)
    best = std::min(best, run.cpu_seconds);
  return best * 1e6 / static_cast<double>(requests);
}

void measure_requests(const std::string& guests, const std::filesystem::path& below) {
  Affinity affinity;
  bool pinned = affinity.count() > 1;
  if (pinned) affinity.bind_but_last(1);
  WebServer server(below, kAnswerBytes);
  if (pinned) affinity.bind_last(1);
  Disk disk(below);
  Askers memory(guests, server, nullptr);
  Askers sync(guests, server, &disk);
  CurlLoop curl(server.url(), kActors);
  CurlLoop one_curl(server.url(), 1);
  const size_t each = amount(400, 2);
  const size_t alone = amount(2'000, 5);
  std::vector<Cost> of_memory;
  std::vector<Cost> of_sync;
  std::vector<Cost> of_curl;
  Latencies one_of_message;
  Latencies one_of_memory;
  Latencies one_of_curl;
  for (int run = -1; run < kRuns; ++run) {
    Cost memory_cost = cost_of([&] { memory.ask(kActors, each); });
    Cost curl_cost = cost_of([&] { curl.run(each); });
    Cost sync_cost = cost_of([&] { sync.ask(kActors, each); });
    if (run < 0) continue;  // Connections were made.
    of_memory.push_back(memory_cost);
    of_curl.push_back(curl_cost);
    of_sync.push_back(sync_cost);
    one_of_message.begin_run();
    one_of_memory.begin_run();
    one_of_curl.begin_run();
    for (size_t i = 0; i < alone; ++i) {
      one_of_message.time([&] { memory.ask(1, 1); });
      one_of_curl.time([&] { one_curl.run(1); });
      if (i % kLoneOfMessage != 0) continue;
      auto began = std::chrono::steady_clock::now();
      memory.ask(1, kLoneOfMessage);
      one_of_memory.add(seconds_since(began) * 1e6 / static_cast<double>(kLoneOfMessage));
    }
  }
  report_rate("http.out.curl", of_curl, kActors * each);
  report_rate("http.out.memory", of_memory, kActors * each);
  report_rate("http.out.sync", of_sync, kActors * each);
  one_of_curl.report("http.out.one.curl");
  one_of_memory.report("http.out.one.memory");
  one_of_message.report("http.out.one.message");
  Askers fresh(guests, server, nullptr);
  measure_recording(fresh, best_cpu_us(of_memory, kActors * each));
}

const Benchmark kBenchmark("http_out", [](int argc, char** argv) {
  if (!WebServer::is_installed()) {
    fmt::print(stderr, "http_out: nginx is missing; tools/setup --extra fetches it\n");
    return 77;  // As tests say that they were left out.
  }
  const std::string guests = argc > 1 ? argv[1] : "bench/guests";
  const std::filesystem::path below = argc > 2 ? argv[2] : ".";
  measure_requests(guests, below);
  measure_open_answers(amount(1'000, 20));
  measure_actor_streams(guests, amount(16, 2), amount(64, 4));
  return 0;
});

}  // namespace

}  // namespace theater::bench::http_out_bench
