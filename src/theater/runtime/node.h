// A node: one home, its log, and the runtime that records there, in this process.
//
// `theater run`, a management server and a program that embeds Theater open a node the same way.
// open() takes the home's lock, opens or begins the log, and builds the handlers, the engine and
// the runtime. Recovery then resumes the actors that an earlier node left in the log, in two steps:
// prepare_recovery() computes what can resume and changes nothing, recover() resumes it. close()
// ends every actor, or keeps the durable ones for the next node, and closes the log.
//
// A node prints nothing. Callbacks of its options report what an operator must know.
#pragma once

#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/clock.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/engine/engine.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/http_framework/http_ports.h"
#include "theater/handlers/registry.h"
#include "theater/log/recovery/damaged_log.h"
#include "theater/log/writer/log.h"
#include "theater/manifest/secret.h"
#include "theater/manifest/tls_key_pair.h"
#include "theater/net/fetch.h"
#include "theater/net/web_client.h"
#include "theater/runtime/compiled_cache.h"
#include "theater/runtime/component_loader.h"
#include "theater/runtime/recovery.h"
#include "theater/runtime/replay_components.h"
#include "theater/runtime/runtime.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// A damaged log that open() set aside.
struct AcceptedDamage {
  Error damage;       // Reason why a node cannot continue the log.
  log::SetAside log;  // Place of the old log, and its name in the new one.
};

struct NodeOptions {
  // The home's folder (store/home.h). open() makes it if it is missing.
  std::filesystem::path home;

  // Name of this process in the home's lock. Another process that wants the home is shown it.
  std::string holder;

  // Makes the function that reads what guests name by http(s) addresses, with the node's client.
  std::function<Fetch(WebClient&)> fetch = fetch_with;

  // Whether a home without a log gets one, or open() fails and makes nothing.
  enum class NoLog : uint8_t { kBegin, kRefuse };
  NoLog no_log = NoLog::kBegin;

  // If set, open() sets a damaged log aside and begins another, which names the old one. The
  // callback runs once, before the new log begins: with the log that was set aside, or with nothing
  // if a node can continue the log. Without a callback, open() refuses a damaged log.
  using DamageAccepted = std::function<void(const std::optional<AcceptedDamage>&)>;
  DamageAccepted accept_damage = {};

  // The operator's secrets (Policy::secrets()). With any, open() reads their values, takes their
  // variables out of the environment of this process, and hides the process from others of its user
  // (base/process_secrecy.h). Call it before other threads read the environment.
  std::vector<SecretRule> secrets = {};

  // The operator's key pairs for servers of actors (Policy::tls_key_pairs()).
  std::vector<TlsKeyPair> tls_key_pairs = {};
};

// Lives on the thread that opens it. Any thread may use its runtime and its log.
class Node final {
 public:
  // Fails with kInvalidArgument if a secret has no value, and with a line for each such secret;
  // with kNotFound if the home has no log and `no_log` refuses that; else as Home::open(),
  // log::find_damage(), log::set_aside() and log::Log::open() do; and with kResourceExhausted if
  // the machine has no room for the engine's address ranges.
  static Result<std::unique_ptr<Node>> open(const NodeOptions& options);

  ~Node();

  Runtime& runtime() { return *runtime_; }
  log::Log& log() { return *log_; }
  Timers& timers() { return timers_; }
  // Sends all requests of the node and its actors to servers of the web.
  WebClient& web() { return web_; }
  // Ports that actors do not get. A program that listens on a port of its own adds it first.
  OwnPorts& own_ports() { return *own_ports_; }
  const HandlerSet& handlers() const { return handlers_; }
  const HomeLayout& layout() const { return home_->layout(); }
  // What computes (Engine::identity()).
  const std::string& engine_identity() const { return engine_->identity(); }

  // Reads the log and computes which of its actors resume under `policy`. Slow, and changes
  // nothing. Calls `progress` from time to time with the number of replayed events and the number
  // of events in the log. Once, before the first spawn. Fails with kCorrupt or kIo; the hint of
  // kCorrupt says what to do about a damaged log.
  using Progress = std::function<void(uint64_t done, uint64_t of)>;
  Result<void> prepare_recovery(const Policy& policy, const Progress& progress = {});

  // Result of prepare_recovery(), which must have succeeded.
  const Recovery& recovery() const { return *recovery_; }

  // Resumes the actors, and waits until those without a parent are up. Once, after
  // prepare_recovery() and before the first spawn. Fails as Runtime::recover() does.
  Result<RecoveryReport> recover();

  // Closes the runtime (Runtime::close()), then the log. With Closing::kKeep the next node on this
  // home recovers the durable actors as they stand, and nothing on record says that they ended.
  // Fails if the log could not bring everything to disk; a second call gives the same result again.
  // The runtime exists until the node is destroyed, and refuses clients.
  Result<void> close(Closing how = Closing::kEnd,
                     std::chrono::milliseconds deadline = Runtime::kCloseDeadline);

 private:
  Node() = default;

  Result<void> open_log();

  // In the order in which they need each other.
  SystemClock clock_;
  OsRandom random_;
  std::unique_ptr<Home> home_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<log::Log> log_;
  std::optional<ManifestOrigins> origins_;
  std::optional<Recording> recording_;
  WebClient web_;
  // Shared with the ports of actors.
  std::shared_ptr<OwnPorts> own_ports_ = std::make_shared<OwnPorts>();
  HandlerSet handlers_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<engine::Ticker> ticker_;
  std::optional<CompiledCache> compiled_;
  std::optional<EngineLoader> loader_;
  std::optional<WorkerPool> workers_;
  ThreadTimers timers_;
  Routing routing_;
  std::unique_ptr<Runtime> runtime_;
  // Sources of the recovery, and the recovery itself.
  std::unique_ptr<log::LogReader> recorded_;
  std::optional<ReplayComponents> components_;
  std::unique_ptr<Recovery> recovery_;
};

}  // namespace theater
