// The handler `store`: content that actors keep by its digest, with labels that can be moved.
//
// The stores themselves are store/content_store.h; here is what guests call. See README.md in this
// folder.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/handlers/store/node_stores.h"

#include <filesystem>
#include <memory>

namespace theater {

// Safe from any thread.
class StoreHandler final : public Handler {
 public:
  // `home` is the node's; if it is empty there are no stores, and no session can be made.
  explicit StoreHandler(const std::filesystem::path& home);

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;

 private:
  std::shared_ptr<NodeStores> stores_;  // Shared with jobs. Null without a home.
};

}  // namespace theater
