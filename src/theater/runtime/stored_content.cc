#include "theater/runtime/stored_content.h"

#include "theater/store/content_store.h"

namespace theater {

namespace {

Failure denied(const std::string& grant, const LackingParties& lacking) {
  Error error(ErrorCode::kPermissionDenied, "Permission denied: " + grant);
  return Failure(std::move(error).with_hint(denied_reading_hint(grant, "store", lacking)));
}

// The user that the stores know, if the reader may use a store like this at all.
Result<StoreUser> user_of(const StoreReader& reader, const StoreId& store) {
  if (reader.permissions == nullptr) return StoreUser{};
  const auto& granted = reader.permissions->store;
  if (!granted) return denied("store", reader.lacking);
  if (store.is_shared()) {
    if (!granted->shared.allows(NamePattern{store.text()})) {
      return denied("store:shared=" + store.text(), reader.lacking);
    }
    return StoreUser{};
  }
  if (reader.actor) return StoreUser{reader.actor, {}};
  return fail(ErrorCode::kNotFound,
              "{} is a private store, and what a guest has named is read from shared ones when it "
              "is not the guest itself that spawns",
              store.text());
}

}  // namespace

Result<Bytes> read_stored_content(const std::filesystem::path& stores, const StoreReader& reader,
                                  std::string_view reference, uint64_t size_max) {
  StoreReference parsed = THEATER_TRY(StoreReference::parse(reference));
  StoreUser user = THEATER_TRY(user_of(reader, parsed.store));
  if (stores.empty()) {
    return fail(ErrorCode::kNotFound, "{}: this node has no home, and so no stores", reference);
  }
  auto opened = THEATER_TRY(ContentStore::open_to_look(stores));
  return THEATER_TRY_CONTEXT(opened->resolve(user, parsed, size_max), "{}", reference);
}

}  // namespace theater
