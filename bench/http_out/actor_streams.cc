#include "actor_streams.h"

#include "theater/net/web_client.h"

#include <algorithm>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

#include "../expect.h"
#include "../measure.h"
#include "../stage.h"
#include "order.h"
#include "slow_server.h"

namespace theater::bench {

namespace {

constexpr std::string_view kManifest = R"([log]
durability = "memory"
[[handler]]
type = "http-client"
allowed_hosts = ["127.0.0.1"]
allowed_methods = ["GET"]
)";

// Calls of an actor that was asked once: of `init`, of the request, and of a head and a piece of each
// stream.
uint64_t calls_with_all(size_t streams) {
  return 2 + 2 * streams;
}

}  // namespace

void measure_actor_streams(const std::string& guests, size_t actors, size_t each) {
  SlowServer server;
  std::string url = fmt::format("http://127.0.0.1:{}/", server.port);
  WebClient web;
  House house(guests, "streams.wat", kManifest, make_handlers({.web = &web}));
  WorkerPool pool(1);
  ThreadTimers timers;
  Routing routing;
  Runtime runtime(house.parts(pool, timers, routing));
  SpawnRequest request = house.request();
  expect(request.policy.add_grant("http-client:methods=GET", "/"));
  expect(request.policy.add_private_host(fmt::format("127.0.0.1:{}", server.port)));
  std::vector<ActorId> ids;
  for (size_t i = 0; i < actors; ++i)
    ids.push_back(expect(runtime.spawn(request)).id);
  double before = threads();
  std::latch all(static_cast<std::ptrdiff_t>(actors));
  for (const ActorId& id : ids) {
    runtime.request(id, order(each, url), [&](Result<Bytes> answer) {
      (void)expect(std::move(answer));
      all.count_down();
    });
  }
  all.wait();
  auto has_all = [&](const ActorId& id) {
    return expect(runtime.status(id)).calls >= calls_with_all(each);
  };
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!std::all_of(ids.begin(), ids.end(), has_all)) {
    THEATER_CHECK(std::chrono::steady_clock::now() < end, "the streams do not begin");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  print("http.out.streams.actors", figure_of({static_cast<double>(actors * each)}), "answers",
        fmt::format(R"(, "actors": {}, "threads": {})", actors, threads() - before));
}

}  // namespace theater::bench
