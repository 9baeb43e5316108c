// One actor's part of the store: its words become ids, labels and digests, and the work on disk a
// job.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/store/node_stores.h"

#include <boost/describe.hpp>
#include <tl/expected.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// As the interface `store` has it.
struct ContentRef {
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(ContentRef, (), (hash))

template <class R>
using StoreReply = Responder<tl::expected<R, std::string>>;

// Used by one actor's turn only. Each function answers when it is done, or at once with what is
// wrong; none waits for the disk.
class StoreSession final : public Session {
 public:
  StoreSession(const SessionContext& context, std::shared_ptr<NodeStores> stores);

  Refusal refusal() const;
  // Also of a shared store that is not granted. Says nothing of text that is no id.
  Refusal refusal(std::string_view store) const;

  void create(StoreReply<std::string> reply) const;
  // With a label, `label` is one; none puts no label.
  void put(StoreReply<ContentRef> reply, std::string_view store, Bytes content,
           std::optional<std::string_view> label) const;
  void get(StoreReply<Bytes> reply, std::string_view store, const ContentRef& content) const;
  void exists(StoreReply<bool> reply, std::string_view store, const ContentRef& content) const;
  void set_label(StoreReply<void> reply, std::string_view store, std::string_view label,
                 const ContentRef& content) const;
  void find_label(StoreReply<std::optional<ContentRef>> reply, std::string_view store,
                  std::string_view label) const;
  // With `only_on`, if it is on that content.
  void remove_label(StoreReply<void> reply, std::string_view store, std::string_view label,
                    const ContentRef* only_on) const;
  void labels(StoreReply<std::vector<std::string>> reply, std::string_view store) const;
  void contents(StoreReply<std::vector<ContentRef>> reply, std::string_view store) const;
  void total_size(StoreReply<uint64_t> reply, std::string_view store) const;
  void remove_unlabelled(StoreReply<uint64_t> reply, std::string_view store) const;

 private:
  template <class R, class Work>
  void run(StoreReply<R> reply, Result<Work> work) const;

  std::shared_ptr<NodeStores> stores_;
  JobRunner& jobs_;
  const Permissions& permissions_;
  const StoreUser user_;
  const uint64_t payload_bytes_;
};

}  // namespace theater
