// What a `store://` reference leads to. The node reads it for the operator, who may read any store
// of the home, or for a guest, which may read those that it may use.
//
// A guest's own stores are known by its id. Where only its permissions are known, since what it
// named is read later for a child of its child, it has the shared stores alone.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/manifest/permissions.h"
#include "theater/runtime/denied_reading.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace theater {

struct StoreReader {
  const Permissions* permissions = nullptr;  // Null: the operator.
  std::optional<ActorId> actor = {};         // The holder of the permissions, if known.
  LackingParties lacking = {};               // For the hint of an error.
};

// `stores` is the folder of the home's stores (store/home.h); empty if the node has no home. Slow.
// Fails with kInvalidArgument (no reference), kPermissionDenied, kNotFound (no such store of the
// reader's, label or content; or no stores at all), kCorrupt, kResourceExhausted (larger than
// `size_max`) or kIo.
Result<Bytes> read_stored_content(const std::filesystem::path& stores, const StoreReader& reader,
                                  std::string_view reference, uint64_t size_max);

}  // namespace theater
