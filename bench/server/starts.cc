// server.start.DURABILITY: milliseconds of the start of an actor, with its component in the request,
// and of its stop, until it has ended, by a client that does one after the other.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "../measure.h"
#include "actors.h"
#include "groups.h"

namespace theater::bench {

namespace {

struct Kind {
  std::string durability;
  std::string request;
  std::vector<double> runs = {};
};

}  // namespace

void measure_starts(const Setup& setup) {
  // The server lets a user start 6,000 actors a minute.
  const size_t kEach = amount(200, 2);
  ServerProcess server(setup.program, setup.below);
  Starter starter(setup.guests);
  Client client(server.socket());
  std::vector<Kind> kinds;
  for (std::string durability : {"memory", "sync"}) {
    kinds.push_back(
        {.durability = durability,
         .request = starter.request(server.socket(), manifest_text("short", durability))});
  }
  auto start_and_stop = [&](const std::string& request) {
    std::string id(json_member(client.ask(request), "id"));
    client.post(actor_target(id, "stop?wait=true"));
  };
  // The first one compiles.
  start_and_stop(kinds.front().request);
  for (int run = 0; run < kRuns; ++run) {
    for (Kind& kind : kinds) {
      Cost cost = cost_of([&] {
        for (size_t i = 0; i < kEach; ++i)
          start_and_stop(kind.request);
      });
      kind.runs.push_back(cost.seconds * 1e3 / static_cast<double>(kEach));
    }
  }
  for (Kind& kind : kinds) {
    print("server.start." + kind.durability, figure_of(std::move(kind.runs)), "ms",
          fmt::format(R"(, "pinned": {})", server.pinned()));
  }
}

}  // namespace theater::bench
