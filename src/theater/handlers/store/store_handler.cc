#include "theater/handlers/store/store_handler.h"

#include "theater/handlers/store/store_session.h"
#include "theater/store/home.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kStore = "theater:simple/store";
constexpr std::string_view kStores = "theater:store/stores";

using Text = std::string_view;

// Of functions on labels.
void add_label_functions(std::vector<HostFunction>& all) {
  auto on_content = [](StoreSession& session, Text store, Text, const ContentRef&) {
    return session.refusal(store);
  };
  auto on_label = [](StoreSession& session, Text store, Text) { return session.refusal(store); };
  auto set = [](StoreSession& session, StoreReply<void> reply, Text store, Text label,
                const ContentRef& content) {
    session.set_label(std::move(reply), store, label, content);
  };
  all.push_back(internal(kStore, "label", set)
                    .params({"store-id", "label", "content-ref"})
                    .writing()
                    .unless(on_content));
  all.push_back(internal(kStore, "replace-at-label", set)
                    .params({"store-id", "label", "content-ref"})
                    .writing()
                    .unless(on_content));
  all.push_back(
      internal(kStore, "get-by-label",
               [](StoreSession& session, StoreReply<std::optional<ContentRef>> reply, Text store,
                  Text label) { session.find_label(std::move(reply), store, label); })
          .params({"store-id", "label"})
          .unless(on_label));
  all.push_back(internal(kStore, "remove-label",
                         [](StoreSession& session, StoreReply<void> reply, Text store, Text label) {
                           session.remove_label(std::move(reply), store, label, nullptr);
                         })
                    .params({"store-id", "label"})
                    .unless(on_label));
  all.push_back(internal(kStore, "remove-from-label",
                         [](StoreSession& session, StoreReply<void> reply, Text store, Text label,
                            const ContentRef& content) {
                           session.remove_label(std::move(reply), store, label, &content);
                         })
                    .params({"store-id", "label", "content-ref"})
                    .unless(on_content));
}

void add_content_functions(std::vector<HostFunction>& all) {
  auto on_content = [](StoreSession& session, Text store, const ContentRef&) {
    return session.refusal(store);
  };
  auto with_label = [](StoreSession& session, Text store, Text, ByteView) {
    return session.refusal(store);
  };
  auto put_at = [](StoreSession& session, StoreReply<ContentRef> reply, Text store, Text label,
                   Bytes content) {
    session.put(std::move(reply), store, std::move(content), label);
  };
  all.push_back(
      internal(kStore, "store",
               [](StoreSession& session, StoreReply<ContentRef> reply, Text store, Bytes content) {
                 session.put(std::move(reply), store, std::move(content), std::nullopt);
               })
          .params({"store-id", "content"})
          .writing()
          .unless(
              [](StoreSession& session, Text store, ByteView) { return session.refusal(store); }));
  all.push_back(internal(kStore, "store-at-label", put_at)
                    .params({"store-id", "label", "content"})
                    .writing()
                    .unless(with_label));
  all.push_back(internal(kStore, "replace-content-at-label", put_at)
                    .params({"store-id", "label", "content"})
                    .writing()
                    .unless(with_label));
  all.push_back(
      internal(kStore, "get",
               [](StoreSession& session, StoreReply<Bytes> reply, Text store,
                  const ContentRef& content) { session.get(std::move(reply), store, content); })
          .params({"store-id", "content-ref"})
          .unless(on_content));
  all.push_back(
      internal(kStore, "exists",
               [](StoreSession& session, StoreReply<bool> reply, Text store,
                  const ContentRef& content) { session.exists(std::move(reply), store, content); })
          .params({"store-id", "content-ref"})
          .unless(on_content));
}

// Of a whole store.
void add_store_functions(std::vector<HostFunction>& all) {
  auto check = [](StoreSession& session, Text store) { return session.refusal(store); };
  all.push_back(internal(kStore, "new",
                         [](StoreSession& session, StoreReply<std::string> reply) {
                           session.create(std::move(reply));
                         })
                    .writing()
                    .unless([](StoreSession& session) { return session.refusal(); }));
  all.push_back(internal(kStore, "list-labels",
                         [](StoreSession& session, StoreReply<std::vector<std::string>> reply,
                            Text store) { session.labels(std::move(reply), store); })
                    .params({"store-id"})
                    .unless(check));
  all.push_back(internal(kStore, "list-all-content",
                         [](StoreSession& session, StoreReply<std::vector<ContentRef>> reply,
                            Text store) { session.contents(std::move(reply), store); })
                    .params({"store-id"})
                    .unless(check));
  all.push_back(internal(kStore, "calculate-total-size",
                         [](StoreSession& session, StoreReply<uint64_t> reply, Text store) {
                           session.total_size(std::move(reply), store);
                         })
                    .params({"store-id"})
                    .unless(check));
}

// What theater:store offers beyond the shapes that all Theaters share.
void add_additions(std::vector<HostFunction>& all) {
  all.push_back(
      internal(kStores, "remove-unlabelled",
               [](StoreSession& session, StoreReply<uint64_t> reply, Text store) {
                 session.remove_unlabelled(std::move(reply), store);
               })
          .params({"store-id"})
          .unless([](StoreSession& session, Text store) { return session.refusal(store); }));
}

std::vector<HostFunction> store_functions() {
  std::vector<HostFunction> all;
  add_store_functions(all);
  add_content_functions(all);
  add_label_functions(all);
  add_additions(all);
  return all;
}

}  // namespace

StoreHandler::StoreHandler(const std::filesystem::path& home)
    : Handler({.name = "store", .host_functions = store_functions()}) {
  if (!home.empty()) stores_ = std::make_shared<NodeStores>(HomeLayout{home}.stores());
}

Result<std::unique_ptr<Session>> StoreHandler::make_session(const SessionContext& context) const {
  if (stores_ == nullptr) {
    return fail(ErrorCode::kUnavailable,
                "the handler store keeps contents in the node's home, and this node has none");
  }
  return std::make_unique<StoreSession>(context, stores_);
}

}  // namespace theater
