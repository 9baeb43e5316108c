#include "theater/handlers/store/store_session.h"

#include <utility>

namespace theater {

namespace {

StoreUser user_of(const SessionContext& context) {
  StoreUser user{context.actor.id(), {}};
  // Without the permission every function is refused.
  if (const auto& granted = context.permissions.store) {
    user.quota = {.stores = granted->max_stores.value,
                  .bytes = granted->max_bytes.value,
                  .contents = granted->max_contents.value,
                  .labels = granted->max_labels.value};
  }
  return user;
}

ContentRef ref_of(const Hash& digest) {
  return {digest.to_string()};
}

// What a guest gets: the same, or the error as text.
template <class R>
tl::expected<R, std::string> for_guest(Result<R> result) {
  if (!result) return tl::unexpected(result.error().to_string());
  if constexpr (std::is_void_v<R>) {
    return {};
  } else {
    return *std::move(result);
  }
}

// The parameters of a function, each read or in error.
struct OnLabel {
  StoreId store;
  Label label;

  static Result<OnLabel> parse(std::string_view store, std::string_view label) {
    StoreId id = THEATER_TRY(StoreId::parse(store));
    Label parsed = THEATER_TRY(Label::parse(label));
    return OnLabel{std::move(id), std::move(parsed)};
  }
};

struct OnContent {
  StoreId store;
  Hash digest;

  static Result<OnContent> parse(std::string_view store, const ContentRef& content) {
    StoreId id = THEATER_TRY(StoreId::parse(store));
    Hash digest = THEATER_TRY(parse_content_hash(content.hash));
    return OnContent{std::move(id), digest};
  }
};

// `make` makes the work out of the parameters, unless they are in error.
template <class On, class Make>
auto with(Result<On> on, Make make) -> Result<decltype(make(*std::move(on)))> {
  if (!on) return Failure(std::move(on).error());
  return make(*std::move(on));
}

}  // namespace

StoreSession::StoreSession(const SessionContext& context, std::shared_ptr<NodeStores> stores)
    : stores_(std::move(stores)),
      jobs_(context.jobs),
      permissions_(context.permissions),
      user_(user_of(context)),
      payload_bytes_(context.manifest.limits.payload_bytes) {}

Refusal StoreSession::refusal() const {
  if (permissions_.store) return std::nullopt;
  return "store";
}

Refusal StoreSession::refusal(std::string_view store) const {
  if (!permissions_.store) return "store";
  Result<StoreId> id = StoreId::parse(store);
  if (!id || !id->is_shared() || permissions_.store->shared.allows(NamePattern{id->text()})) {
    return std::nullopt;
  }
  return "store:shared=" + id->text();
}

// `work` takes the content store and the user, and gives a Result<R>. It owns all that it touches,
// since it may run when the session is gone.
template <class R, class Work>
void StoreSession::run(StoreReply<R> reply, Result<Work> work) const {
  if (!work) {
    std::move(reply).answer(tl::unexpected(work.error().to_string()));
    return;
  }
  auto kept = std::make_shared<StoreReply<R>>(std::move(reply));
  bool taken = jobs_.submit([kept, stores = stores_, user = user_, work = *std::move(work)] {
    Result<std::shared_ptr<ContentStore>> opened = stores->open();
    std::move(*kept).answer(opened ? for_guest<R>(work(**opened, user))
                                   : for_guest<R>(Failure(std::move(opened).error())));
  });
  if (!taken) {
    std::move(*kept).answer(tl::unexpected(std::string("the node is too busy: try later")));
  }
}

void StoreSession::create(StoreReply<std::string> reply) const {
  auto work = [](ContentStore& stores, const StoreUser& user) -> Result<std::string> {
    OsRandom random;
    return THEATER_TRY(stores.create(user, random)).text();
  };
  run(std::move(reply), Result<decltype(work)>(work));
}

void StoreSession::put(StoreReply<ContentRef> reply, std::string_view store, Bytes content,
                       std::optional<std::string_view> label) const {
  struct Put {
    StoreId store;
    std::optional<Label> label;
  };
  auto parse = [&]() -> Result<Put> {
    Put put{THEATER_TRY(StoreId::parse(store)), std::nullopt};
    if (label) put.label = THEATER_TRY(Label::parse(*label));
    return put;
  };
  run(std::move(reply), with(parse(), [&](Put put) {
        return [put = std::move(put), content = std::move(content)](
                   ContentStore& stores, const StoreUser& user) -> Result<ContentRef> {
          return ref_of(THEATER_TRY(stores.put(user, put.store, content, put.label)));
        };
      }));
}

void StoreSession::get(StoreReply<Bytes> reply, std::string_view store,
                       const ContentRef& content) const {
  run(std::move(reply), with(OnContent::parse(store, content), [&](OnContent on) {
        return [on = std::move(on), size_max = payload_bytes_](ContentStore& stores,
                                                               const StoreUser& user) {
          return stores.get(user, on.store, on.digest, size_max);
        };
      }));
}

void StoreSession::exists(StoreReply<bool> reply, std::string_view store,
                          const ContentRef& content) const {
  run(std::move(reply), with(OnContent::parse(store, content), [](OnContent on) {
        return [on = std::move(on)](ContentStore& stores, const StoreUser& user) {
          return stores.exists(user, on.store, on.digest);
        };
      }));
}

void StoreSession::set_label(StoreReply<void> reply, std::string_view store, std::string_view label,
                             const ContentRef& content) const {
  struct Set {
    OnLabel on;
    Hash digest;
  };
  auto parse = [&]() -> Result<Set> {
    OnLabel on = THEATER_TRY(OnLabel::parse(store, label));
    Hash digest = THEATER_TRY(parse_content_hash(content.hash));
    return Set{std::move(on), digest};
  };
  run(std::move(reply), with(parse(), [](Set set) {
        return [set = std::move(set)](ContentStore& stores, const StoreUser& user) {
          return stores.set_label(user, set.on.store, set.on.label, set.digest);
        };
      }));
}

void StoreSession::find_label(StoreReply<std::optional<ContentRef>> reply, std::string_view store,
                              std::string_view label) const {
  run(std::move(reply), with(OnLabel::parse(store, label), [](OnLabel on) {
        return [on = std::move(on)](ContentStore& stores,
                                    const StoreUser& user) -> Result<std::optional<ContentRef>> {
          auto digest = THEATER_TRY(stores.find_label(user, on.store, on.label));
          return digest ? std::optional(ref_of(*digest)) : std::nullopt;
        };
      }));
}

void StoreSession::remove_label(StoreReply<void> reply, std::string_view store,
                                std::string_view label, const ContentRef* only_on) const {
  struct Remove {
    OnLabel on;
    std::optional<Hash> only_on;
  };
  auto parse = [&]() -> Result<Remove> {
    Remove remove{THEATER_TRY(OnLabel::parse(store, label)), std::nullopt};
    if (only_on != nullptr) remove.only_on = THEATER_TRY(parse_content_hash(only_on->hash));
    return remove;
  };
  run(std::move(reply), with(parse(), [](Remove remove) {
        return [remove = std::move(remove)](ContentStore& stores, const StoreUser& user) {
          return stores.remove_label(user, remove.on.store, remove.on.label, remove.only_on);
        };
      }));
}

void StoreSession::labels(StoreReply<std::vector<std::string>> reply,
                          std::string_view store) const {
  run(std::move(reply), with(StoreId::parse(store), [](StoreId id) {
        return [id = std::move(id)](ContentStore& stores,
                                    const StoreUser& user) -> Result<std::vector<std::string>> {
          std::vector<std::string> texts;
          for (const LabelledContent& one : THEATER_TRY(stores.labels(user, id)))
            texts.push_back(one.label.text());
          return texts;
        };
      }));
}

void StoreSession::contents(StoreReply<std::vector<ContentRef>> reply,
                            std::string_view store) const {
  run(std::move(reply), with(StoreId::parse(store), [](StoreId id) {
        return [id = std::move(id)](ContentStore& stores,
                                    const StoreUser& user) -> Result<std::vector<ContentRef>> {
          std::vector<ContentRef> all;
          for (const Hash& digest : THEATER_TRY(stores.contents(user, id)))
            all.push_back(ref_of(digest));
          return all;
        };
      }));
}

void StoreSession::total_size(StoreReply<uint64_t> reply, std::string_view store) const {
  run(std::move(reply), with(StoreId::parse(store), [](StoreId id) {
        return [id = std::move(id)](ContentStore& stores, const StoreUser& user) {
          return stores.total_size(user, id);
        };
      }));
}

void StoreSession::remove_unlabelled(StoreReply<uint64_t> reply, std::string_view store) const {
  run(std::move(reply), with(StoreId::parse(store), [](StoreId id) {
        return [id = std::move(id)](ContentStore& stores, const StoreUser& user) {
          return stores.remove_unlabelled(user, id);
        };
      }));
}

}  // namespace theater
