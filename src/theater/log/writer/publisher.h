// Publishes the events on disk: writes tiles and signs checkpoints, on a thread of its own. No
// recorder and no committer waits for it.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/base/signing_key.h"
#include "theater/log/merkle/checkpoint_file.h"
#include "theater/log/merkle/tiles.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/writer/log.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace theater::log {

// One thread at a time may call submit(), finish() and abandon().
class Publisher {
 public:
  // The most waiting leaves; submit() waits past that.
  static constexpr size_t kWaitingMax = size_t{1} << 20;

  struct Parts {
    const SigningKey& key;  // Outlives the publisher.
    ActorId log_id;
    std::filesystem::path folder;
    // The longest time between submit() and the checkpoint.
    std::chrono::milliseconds delay{0};
    // Runs once, on the publisher's thread, if a write fails.
    std::function<void(const Error&)> on_failure;
  };
  // Continues after the tree `published`, and publishes `unpublished` first. Makes missing tiles
  // again from the log. Fails with kIo.
  static Result<std::unique_ptr<Publisher>> start(Parts parts, const Tree& published,
                                                  std::span<const Hash> unpublished);
  // Calls abandon().
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Takes the next leaves, which are on disk up to `position`.
  void submit(std::span<const Hash> leaves, const LogPosition& position);

  // Whether submit() would not wait.
  bool has_room() const;

  // Publishes all submitted leaves, and returns when that is on disk. Fails as the thread did.
  Result<void> finish();

  // Ends without publishing the waiting leaves.
  void abandon();

 private:
  struct State {
    std::vector<Hash> leaves;
    LogPosition position;
    bool is_new = false;  // Whether the position has no checkpoint yet.
    std::chrono::steady_clock::time_point due;
    bool finishing = false;
    bool abandoned = false;
    std::optional<Error> failure;
  };
  struct Work {
    std::vector<Hash> leaves;
    LogPosition position;
    bool is_last = false;
  };

  explicit Publisher(Parts parts) : parts_(std::move(parts)) {}
  void run();
  Result<void> publish_all();
  std::optional<Work> next_work();
  Result<void> rebuild();
  Result<void> checkpoint_if_due();
  Result<void> write_checkpoint(const LogPosition& position, Lasting lasting);
  void join();

  Parts parts_;
  std::optional<TileWriter> tiles_;  // None until missing tiles are made again.
  uint64_t rebuild_size_ = 0;
  bool has_written_ = false;
  Guarded<State> state_;
  std::thread thread_;
};

}  // namespace theater::log
