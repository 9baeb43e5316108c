#include "theater/cli/node.h"

#include "theater/cli/operator_reader.h"
#include "theater/handlers/runtime/version.h"
#include "theater/log/recovery/damaged_log.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace theater::cli {

namespace {

constexpr unsigned kWorkersMax = 8;

// What is allowed without asking is little, for the sake of programs that use select(2); a node has
// a file open for each actor with a folder. Where no more is to be had, there are fewer of those.
void allow_many_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

Result<std::unique_ptr<Node>> Node::start(const std::filesystem::path& home,
                                          const std::string& command) {
  auto node = std::unique_ptr<Node>(new Node());  // tidy: owned by the unique_ptr
  allow_many_open_files();
  node->home_ = THEATER_TRY(Home::open(home, node->random_, command));
  node->handlers_ = make_handlers({.home = node->home_->layout().folder});
  node->blobs_ = THEATER_TRY(BlobStore::open(node->home_->layout().blobs()));
  log::Log::Parts parts{node->home_->key(), *node->blobs_, node->clock_, node->random_};
  log::LogOptions options;
  options.program = "theater " + std::string(theater_version());
  options.continues = [&home = *node->home_] {
    return log::continued_log(home.layout().damaged(), home.key().public_key());
  };
  node->log_ = THEATER_TRY(log::Log::open(node->home_->layout().log(), parts, options));
  node->origins_.emplace(node->home_->layout().manifests());
  node->recording_.emplace(
      Recording{*node->log_, *node->blobs_, &*node->origins_, node->home_->layout().stores()});
  node->handlers_ = make_handlers({.home = node->home_->layout().folder});
  node->engine_ = THEATER_TRY(engine::Engine::create());
  node->ticker_.emplace(*node->engine_);
  node->loader_.emplace(*node->engine_);
  node->workers_.emplace(std::clamp(std::thread::hardware_concurrency(), 1u, kWorkersMax));
  node->runtime_ = std::make_unique<Runtime>(Runtime::Parts{.scheduler = *node->workers_,
                                                            .timers = node->timers_,
                                                            .routing = node->routing_,
                                                            .clock = node->clock_,
                                                            .random = node->random_,
                                                            .handlers = node->handlers_,
                                                            .loader = *node->loader_,
                                                            .recording = &*node->recording_,
                                                            .fetch = telling_fetch()});
  return node;
}

Result<void> Node::close() {
  runtime_.reset();
  return log_->close();
}

}  // namespace theater::cli
