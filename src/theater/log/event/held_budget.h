// The use of budgets, as the part `budget` of `held` and the note `child-used` have it.
#pragma once

#include "theater/wit/traits.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace theater::log {

// The record `budget` of wit/log/log.wit, interface `held`: the use by an actor itself and by its
// ended children. `host_calls` also counts bytes, under the names below, which no interface has.
struct HeldBudget {
  uint64_t messages = 0;
  uint64_t descendants = 0;
  uint64_t cpu_us = 0;
  std::vector<std::tuple<std::string, uint64_t>> host_calls;  // By name, sorted, each once.

  bool operator==(const HeldBudget&) const = default;
};
BOOST_DESCRIBE_STRUCT(HeldBudget, (), (messages, descendants, cpu_us, host_calls))

// The names of bytes (disk_use.h).
inline constexpr std::string_view kLogBytes = "log-bytes";
inline constexpr std::string_view kStoreBytes = "store-bytes";
inline constexpr std::string_view kFilesBytes = "files-bytes";

// Whether the name counts the calls of an interface, and not bytes.
constexpr bool is_interface_name(std::string_view name) {
  return name.find('/') != name.npos;
}

// The name of that part of `held`, and the kind of that note.
inline constexpr std::string_view kHeldBudget = "budget";
inline constexpr std::string_view kChildUsed = "child-used";

}  // namespace theater::log
