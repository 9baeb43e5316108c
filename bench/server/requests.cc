// server.requests.DURABILITY.WAY: requests a second to one actor that 64 connections make, each one
// after the other, over the socket or over TCP with a token. server.request.DURABILITY: a lone
// request over the socket. server.pair.sync: a message that is awaited until it is on record, and a
// request after it, half of the time of both. durable.bare: what the disk alone takes, by turns with
// them.
#include "theater/base/testing/temporary_folder.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "../bare_writes.h"
#include "../latencies.h"
#include "../measure.h"
#include "actors.h"
#include "groups.h"
#include "load.h"

namespace theater::bench {

namespace {

constexpr size_t kConnections = 64;
constexpr size_t kEventBytes = 256;

struct Rates {
  std::string id;
  Entrance entrance;
  std::string request;
  std::vector<double> runs = {};
};

// One connection that makes one request after the other.
struct Alone {
  std::string id;
  size_t each;  // Requests a run.
  Client client;
  std::string request;
  Latencies latencies = {};
};

void take_turn(Alone& alone) {
  alone.latencies.begin_run();
  for (size_t i = 0; i < alone.each; ++i)
    alone.latencies.time([&] { alone.client.ask(alone.request); });
}

}  // namespace

void measure_requests(const Setup& setup) {
  const std::chrono::milliseconds load_time(amount(1'000, 20));
  ServerProcess server(setup.program, setup.below);
  Starter starter(setup.guests);
  Client owner(server.socket());
  TemporaryFolder folder(setup.below);
  BareWrites bare(folder.path() / "bare", kEventBytes);
  std::vector<Rates> rates;
  std::vector<Alone> alone;
  std::string sync_id;
  for (std::string durability : {"memory", "sync"}) {
    sync_id = starter.start(owner, manifest_text(durability, durability));
    std::string target = actor_target(sync_id, "request");
    for (const Entrance& entrance : {server.socket(), server.tcp()}) {
      rates.push_back(
          {.id = fmt::format("server.requests.{}.{}", durability,
                             entrance.token.empty() ? "socket" : "tcp"),
           .entrance = entrance,
           .request = request_text(entrance, "POST", target, message_text(kEchoOrder))});
    }
    alone.push_back(
        {.id = "server.request." + durability,
         .each = amount(durability == "memory" ? 4'000 : 1'000, 5),
         .client = Client(server.socket()),
         .request = request_text(server.socket(), "POST", target, message_text(kEchoOrder))});
  }
  Latencies of_bare;
  Latencies of_pairs;
  const std::string send = request_text(server.socket(), "POST", actor_target(sync_id, "send"),
                                        message_text(kCountOrder));
  for (int run = 0; run < kRuns; ++run) {
    of_bare.begin_run();
    of_pairs.begin_run();
    for (Alone& one : alone)
      take_turn(one);
    for (size_t i = 0; i < amount(300, 3); ++i) {
      of_bare.time([&] { bare.write(); });
      auto start = std::chrono::steady_clock::now();
      owner.ask(send);
      owner.ask(alone.back().request);
      of_pairs.add(seconds_since(start) * 1e6 / 2);
    }
    for (Rates& one : rates)
      one.runs.push_back(Load(one.entrance, kConnections, one.request).run(load_time));
  }
  std::string facts = fmt::format(R"(, "pinned": {})", server.pinned());
  for (Rates& one : rates) {
    print(one.id, highest_of(std::move(one.runs)), "requests/s",
          fmt::format(R"(, "connections": {}{})", kConnections, facts));
  }
  for (Alone& one : alone)
    one.latencies.report(one.id, facts);
  of_pairs.report("server.pair.sync", facts);
  of_bare.report("durable.bare", fmt::format(R"(, "bytes": {})", bare.bytes()));
}

}  // namespace theater::bench
