// What a client of the management API may do at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace theater::api {

// Each scope includes the ones before it.
enum class Scope : uint8_t {
  kObserve,  // Lists, states and counts, without what guests received and answered.
  kRead,     // What guests received, answered and keep.
  kOperate,  // Starts, asks and ends actors.
  kAdmin,    // Widens the operator's policy, and closes the node.
};

// "observe", "read", "operate" or "admin".
std::string_view scope_name(Scope scope);

// None for another word.
std::optional<Scope> scope_of(std::string_view name);

}  // namespace theater::api
