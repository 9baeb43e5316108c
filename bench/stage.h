// Actors of guests/player.wat, or of another guest, on a runtime of their own, for the actor
// benchmarks.
//
// A House is what a process has once: engine, ticker, handlers. A Stage is a runtime on it, with
// worker threads of its own, recorded in memory: every actor has its hash chain, and nothing goes
// to a disk.
//
// Where there are processors to spare, the workers are bound to some and everything else to the
// others, so that a figure is of the workers alone; `pinned` in a line of results says whether.
#pragma once

#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/registry.h"
#include "theater/runtime/runtime.h"

#include <cstring>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "affinity.h"
#include "expect.h"
#include "measure.h"

namespace theater::bench {

// The orders of guests/player.wat, which says what they do.
enum class Order : uint8_t {
  kHop,
  kFlood,
  kCount,
  kRetrieve,
  kAsk,
  kEcho,
  kSpin,
  kGreet,
};

inline constexpr size_t kMessageBytes = 64;

inline Bytes message(Order order, uint64_t number = 0) {
  Bytes bytes(kMessageBytes, uint8_t{'.'});
  for (size_t i = 0; i < 8; ++i)
    bytes[i] = static_cast<uint8_t>(number >> (8 * i));
  bytes[8] = static_cast<uint8_t>(order);
  return bytes;
}

class House {
 public:
  // `guests` is the folder of the guests, `guest` a file there, and `text` more of its manifest.
  explicit House(const std::string& guests, const std::string& guest = "player.wat",
                 std::string_view text = "", HandlerSet handlers = make_handlers())
      : player_(expect(read_file(guests + "/" + guest))),
        // Spinning guests are not to be ended while they are measured.
        manifest_(
            expect(parse_manifest(fmt::format("name = \"player\"\ncomponent = \"{}\"\n[limits]\n"
                                              "mailbox_messages = 1000000\ncall_cpu_ms = 3600000\n"
                                              "[[handler]]\ntype = \"message-server\"\n{}",
                                              guest, text),
                                  "player.toml", "/"))),
        handlers_(std::move(handlers)) {}

  Runtime::Parts parts(Scheduler& scheduler, Timers& timers, Routing& routing) {
    return {scheduler, timers, routing, clock_, random_, handlers_, loader_, nullptr};
  }
  // What all players share.
  SpawnRequest request() const {
    SpawnRequest request;
    request.manifest = manifest_;
    request.component = player_;
    return request;
  }
  ByteView component() const { return player_; }
  engine::Engine& engine() { return *engine_; }

  static SpawnOptions options(const ActorId& id, const ActorId& peer) {
    SpawnOptions options;
    options.state = to_bytes(as_bytes(peer.to_string()));
    options.state->resize(options.state->size() + 8);
    options.id = id;
    return options;
  }

 private:
  Bytes player_;
  Manifest manifest_;
  std::unique_ptr<engine::Engine> engine_ = expect(engine::Engine::create());
  engine::Ticker ticker_{*engine_};
  SystemClock clock_;
  OsRandom random_;
  HandlerSet handlers_;
  EngineLoader loader_{*engine_};
};

class Stage {
 public:
  Stage(House& house, size_t workers) : workers_(workers) {
    pinned_ = affinity_.count() > workers;
    // Threads have the processors of the thread that makes them.
    if (pinned_) affinity_.bind_last(workers);
    pool_.emplace(workers);
    if (pinned_) affinity_.bind_but_last(workers);
    runtime_.emplace(house.parts(*pool_, timers_, routing_));
    player_ = expect(runtime_->prepare(house.request()));
  }

  Runtime& runtime() { return *runtime_; }
  const Binding& binding() const { return *player_->binding; }

  ActorId spawn(const ActorId& peer) { return spawn(runtime_->new_id(), peer); }
  ActorId spawn(const ActorId& id, const ActorId& peer) { return spawn(House::options(id, peer)); }
  ActorId spawn(SpawnOptions options) {
    return expect(runtime_->spawn(player_, std::move(options))).id;
  }

  // Makes so many at once, and waits for all.
  std::vector<ActorId> spawn_together(size_t count, const ActorId& peer) {
    std::vector<ActorId> ids;
    std::latch all(static_cast<std::ptrdiff_t>(count));
    for (size_t i = 0; i < count; ++i) {
      ids.push_back(runtime_->new_id());
      runtime_->spawn(player_, House::options(ids.back(), peer), [&all](Result<SpawnReport> made) {
        (void)expect(std::move(made));
        all.count_down();
      });
    }
    all.wait();
    return ids;
  }

  // Actors of which each is the next one's peer, and the last one the first's.
  std::vector<ActorId> ring(size_t size) {
    std::vector<ActorId> ids;
    for (size_t i = 0; i < size; ++i)
      ids.push_back(runtime_->new_id());
    for (size_t i = 0; i < size; ++i)
      spawn(ids[i], ids[(i + 1) % size]);
    return ids;
  }

  // What it takes until all of them have answered a request with the message.
  Cost answered(const std::vector<ActorId>& by, ByteView message) {
    return cost_of([&] {
      std::latch all(static_cast<std::ptrdiff_t>(by.size()));
      for (const ActorId& id : by)
        request(id, message, all);
      all.wait();
    });
  }
  // `answers` outlives the request.
  void request(const ActorId& id, ByteView message, std::latch& answers) {
    runtime_->request(id, message, [&answers](Result<Bytes> answer) {
      (void)expect(std::move(answer));
      answers.count_down();
    });
  }

  // Members for a line of results.
  std::string facts() const {
    return fmt::format(R"(, "workers": {}, "pinned": {})", workers_, pinned_);
  }

 private:
  size_t workers_;
  bool pinned_ = false;
  Affinity affinity_;
  std::optional<WorkerPool> pool_;
  ThreadTimers timers_;
  Routing routing_;
  std::optional<Runtime> runtime_;  // Stops the pool.
  std::shared_ptr<const ActorTemplate> player_;
};

}  // namespace theater::bench
