// What other threads leave for the keeper's thread (process_keeper.h).
//
// For the source files of this module only.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/guarded.h"
#include "theater/sandbox/process_keeper.h"

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace theater {

// A process that the keeper's thread has not started yet.
struct BegunProcess {
  uint64_t number;
  std::optional<KeptStart> start;  // Reset before the listener hears that it has no use any more.
  std::shared_ptr<KeptProcess> handle;
  std::shared_ptr<ProcessListener> listener;
};

// Shared with the handles, which may outlive the keeper.
struct KeeperInbox {
  struct Content {
    std::vector<std::unique_ptr<BegunProcess>> begun;
    std::vector<std::shared_ptr<KeptProcess>> changed;
    std::thread thread;  // Started with the first process.
    bool is_stopping = false;
    bool is_gone = false;  // The thread has ended.
  };

  void add_changed(std::shared_ptr<KeptProcess> handle) {
    content.with([&](Content& all) {
      if (!all.is_gone) all.changed.push_back(std::move(handle));
    });
    notify();
  }
  void notify() const {
    uint64_t one = 1;
    // Fails only if the counter is full, and the thread then wakes up in any case.
    (void)!::write(wake.number(), &one, sizeof one);
  }

  Descriptor wake;  // An eventfd.
  Guarded<Content> content;
};

}  // namespace theater
