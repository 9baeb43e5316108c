// server.idle: the p99 of lone requests to an actor while 1,000 clients have streams of another
// actor's events, which has none, and one client reads nothing of the asked actor's. server.idle.base:
// the same without them, by turns.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "../measure.h"
#include "actors.h"
#include "groups.h"
#include "subscribers.h"

namespace theater::bench {

namespace {

// A token may have 256 streams, and a user 1,000.
const size_t kOnSocket = amount(800, 8);
const size_t kOnTcp = amount(200, 2);

struct Quantiles {
  std::vector<double> p50 = {};
  std::vector<double> p99 = {};

  void time_requests(Client& client, const std::string& request) {
    const size_t kRequests = amount(3'000, 20);
    std::vector<double> all;
    for (size_t i = 0; i < kRequests; ++i) {
      auto start = std::chrono::steady_clock::now();
      client.ask(request);
      all.push_back(seconds_since(start) * 1e6);
    }
    std::sort(all.begin(), all.end());
    p50.push_back(quantile(all, 0.5));
    p99.push_back(quantile(all, 0.99));
  }
};

}  // namespace

void measure_idle_streams(const Setup& setup) {
  ServerProcess server(setup.program, setup.below);
  Starter starter(setup.guests);
  Client client(server.socket());
  std::string manifest = manifest_text("player", "memory");
  std::string quiet = starter.start(client, manifest);
  std::string asked = starter.start(client, manifest);
  std::string request = request_text(server.socket(), "POST", actor_target(asked, "request"),
                                     message_text(kEchoOrder));
  Quantiles base;
  Quantiles with;
  for (int run = 0; run < kRuns; ++run) {
    base.time_requests(client, request);
    Subscribers on_socket(server.socket(), quiet, kOnSocket, Pace::kFast);
    Subscribers on_tcp(server.tcp(), quiet, kOnTcp, Pace::kFast);
    Subscribers silent(server.socket(), asked, 1, Pace::kNever);
    with.time_requests(client, request);
  }
  Figure p99 = figure_of(base.p99);
  Figure p99_with = figure_of(with.p99);
  std::string facts = fmt::format(R"(, "pinned": {})", server.pinned());
  print("server.idle.base", p99, "us",
        fmt::format(R"(, "p50": {:.1f}{})", figure_of(base.p50).median, facts));
  print("server.idle", p99_with, "us",
        fmt::format(
            R"(, "p50": {:.1f}, "streams": {}, "ratio": {:.2f}, "ratio_of_medians": {:.2f}{})",
            figure_of(with.p50).median, kOnSocket + kOnTcp + 1, p99_with.best / p99.best,
            p99_with.median / p99.median, facts));
}

}  // namespace theater::bench
