// Values that several views write alike.
//
// Every view gives ordered JSON: members stay in the order in which documents list them.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/error.h"
#include "theater/base/hash.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace theater::views {

using Json = nlohmann::ordered_json;

// A string if `bytes` are UTF-8, else {"base64": "…"}.
Json json_bytes(ByteView bytes);

// {"error": {"code", "message", "hint"}}; without `hint` if the error has none.
Json json_error(const Error& error);

// A list of hashes in hexadecimal.
Json json_hashes(std::span<const Hash> hashes);

// The text, or null for an empty one.
Json json_text_or_null(const std::string& text);

}  // namespace theater::views
