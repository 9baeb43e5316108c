// Tells the world what is on disk: writes tiles and signs checkpoints, on a thread of its own, so
// that nobody who records or commits waits for it.
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

// submit(), finish() and abandon() are for one thread at a time.
class Publisher {
 public:
  // So many leaves may wait; submit() waits past that.
  static constexpr size_t kWaitingMax = size_t{1} << 20;

  struct Parts {
    const SigningKey& key;  // Outlives the publisher.
    ActorId log_id;
    std::filesystem::path folder;
    // How long after submit() the checkpoint may come.
    std::chrono::milliseconds delay{0};
    // Called once, on the publisher's thread, if something could not be written.
    std::function<void(const Error&)> on_failure;
  };
  // Goes on after the tree `published`, to which `unpublished` are to be added. Tiles that are
  // missing are made anew from the log. Fails with kIo.
  static Result<std::unique_ptr<Publisher>> start(Parts parts, const Tree& published,
                                                  std::span<const Hash> unpublished);
  // abandon().
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // These leaves, the next ones, are on disk, up to `position`.
  void submit(std::span<const Hash> leaves, const LogPosition& position);

  // Whether submit() would not wait.
  bool has_room() const;

  // Publishes all that was submitted and returns when it is on disk. Fails as the thread did.
  Result<void> finish();

  // Ends without publishing what waits.
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
  std::optional<TileWriter> tiles_;  // None: they are made anew first.
  uint64_t rebuild_size_ = 0;
  bool has_written_ = false;
  Guarded<State> state_;
  std::thread thread_;
};

}  // namespace theater::log
