// The stores of a node, opened when they are first needed: a node whose actors keep nothing has
// none, and one whose stores are damaged runs all other actors.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/store/content_store.h"

#include <filesystem>
#include <memory>

namespace theater {

// Safe from any thread.
class NodeStores {
 public:
  explicit NodeStores(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Slow. Fails as ContentStore::open() does, and tries again the next time.
  Result<std::shared_ptr<ContentStore>> open();

 private:
  const std::filesystem::path folder_;
  Guarded<std::shared_ptr<ContentStore>> opened_;
};

}  // namespace theater
