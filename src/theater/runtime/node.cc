#include "theater/runtime/node.h"

#include "theater/actor/handler/actor_secrets.h"
#include "theater/base/log.h"
#include "theater/base/open_files.h"
#include "theater/base/process_secrecy.h"
#include "theater/handlers/http_client/secret_values.h"
#include "theater/handlers/http_framework/key_pair_files.h"
#include "theater/handlers/runtime/version.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/writer/log_end.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

namespace theater {

namespace {

constexpr unsigned kWorkersMax = 8;
constexpr const char* kRecovering = "recovering the actors of the home";

Result<void> require_log(const HomeLayout& layout) {
  std::error_code failed;
  if (std::filesystem::exists(log::segments_folder(layout.log()), failed)) return {};
  return fail(ErrorCode::kNotFound, "no log in the home {}", layout.folder.string());
}

Result<std::optional<AcceptedDamage>> set_damage_aside(const Home& home) {
  const HomeLayout& layout = home.layout();
  const PublicKey& key = home.key().public_key();
  std::optional<Error> damage = THEATER_TRY(log::find_damage(layout.log(), key));
  if (!damage) return std::nullopt;
  log::SetAside old = THEATER_TRY(log::set_aside(layout.log(), layout.damaged(), key));
  return AcceptedDamage{*std::move(damage), std::move(old)};
}

// The secret of the home from which the idempotency keys of requests follow.
Hash request_key(const SigningKey& key) {
  return hmac_sha256(key.seed(), as_bytes("theater idempotency-key v1"));
}

}  // namespace

Result<std::unique_ptr<Node>> Node::open(const NodeOptions& options) {
  if (options.no_log == NodeOptions::NoLog::kRefuse) {
    THEATER_TRY_VOID(require_log(HomeLayout{options.home}));
  }
  auto node = std::unique_ptr<Node>(new Node());  // tidy: owned by the unique_ptr
  std::shared_ptr<SecretValues> secrets;
  if (!options.secrets.empty()) {
    THEATER_TRY_VOID(hide_process());
    secrets = THEATER_TRY(SecretValues::open(options.secrets, node->clock_));
  }
  // Each actor with a folder has a file open.
  (void)raise_open_files_limit();
  node->home_ = THEATER_TRY(Home::open(options.home, node->random_, options.holder));
  if (options.accept_damage) options.accept_damage(THEATER_TRY(set_damage_aside(*node->home_)));
  THEATER_TRY_VOID(node->open_log());
  node->handlers_ =
      make_handlers({.home = node->home_->layout().folder,
                     .web = &node->web_,
                     .ports = network_ports(node->own_ports_),
                     .key_pairs = std::make_shared<KeyPairFiles>(options.tls_key_pairs),
                     .idempotency_key = request_key(node->home_->key()),
                     .secrets = std::move(secrets)});
  node->engine_ = THEATER_TRY(engine::Engine::create());
  node->ticker_.emplace(*node->engine_);
  node->compiled_.emplace(*node->engine_, node->home_->layout().cache(), node->home_->key());
  node->loader_.emplace(*node->engine_, &*node->compiled_);
  node->workers_.emplace(std::clamp(std::thread::hardware_concurrency(), 1u, kWorkersMax));
  auto measure = [home = node->home_->layout().folder] { return disk_space(home); };
  node->runtime_ = std::make_unique<Runtime>(
      Runtime::Parts{.scheduler = *node->workers_,
                     .timers = node->timers_,
                     .routing = node->routing_,
                     .clock = node->clock_,
                     .random = node->random_,
                     .handlers = node->handlers_,
                     .loader = *node->loader_,
                     .recording = &*node->recording_,
                     .fetch = options.fetch(node->web_),
                     .disk_space = measure,
                     .placeholder_key = placeholder_key(node->home_->key().seed())});
  return node;
}

Result<void> Node::open_log() {
  const HomeLayout& layout = home_->layout();
  blobs_ = THEATER_TRY(BlobStore::open(layout.blobs()));
  log::Log::Parts parts{home_->key(), *blobs_, clock_, random_};
  log::LogOptions options;
  options.program = "theater " + std::string(theater_version());
  options.continues = [&home = *home_] {
    return log::continued_log(home.layout().damaged(), home.key().public_key());
  };
  log_ = THEATER_TRY(log::Log::open(layout.log(), parts, options));
  log_->on_failure([](const Error& error) {
    log_line(LogLevel::kError, {.actor = {}, .part = "log"},
             "the node cannot write its log, and shows nothing more of what actors say: {}",
             error.to_string());
  });
  origins_.emplace(layout.manifests());
  recording_.emplace(Recording{*log_, *blobs_, &*origins_, layout.stores(),
                               SavedChains{layout.chains(), log_->id()}});
  return {};
}

Result<void> Node::prepare_recovery(const Policy& policy, const Progress& progress) {
  recorded_ = THEATER_TRY(log::LogReader::open(home_->layout().log()));
  components_.emplace(
      *engine_, [this](const Hash& digest) { return blobs_->get(digest); }, &*compiled_);
  RecoveryRequest request{.log = *recorded_, .components = *components_, .policy = policy};
  if (progress) {
    request.progress = [this, progress](uint64_t events) { progress(events, recorded_->size()); };
  }
  auto prepared = runtime_->prepare_recovery(request);
  if (!prepared) {
    Error error = std::move(prepared).error().with_context(kRecovering);
    // Damage in the chains that are still open is damage at the end of the log.
    if (error.code() != ErrorCode::kCorrupt) return Failure(std::move(error));
    return Failure(std::move(error).with_hint(log::kDamageHint));
  }
  recovery_ = *std::move(prepared);
  return {};
}

Result<RecoveryReport> Node::recover() {
  return THEATER_TRY_CONTEXT(runtime_->recover(*recovery_), "{}", kRecovering);
}

// What the web still has for actors reaches them through the workers, so it comes to its end first.
Node::~Node() {
  if (runtime_ != nullptr) runtime_->close(Closing::kEnd);
  web_.finish();
}

Result<void> Node::close(Closing how, std::chrono::milliseconds deadline) {
  runtime_->close(how, deadline);
  return log_->close();
}

}  // namespace theater
