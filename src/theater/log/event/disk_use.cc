#include "theater/log/event/disk_use.h"

#include "theater/log/event/for_each_payload.h"
#include "theater/log/event/held_budget.h"
#include "theater/wit/traits.h"

#include <tl/expected.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <variant>

namespace theater::log {

namespace {

constexpr std::string_view kStore = "theater:simple/store";
constexpr std::array<std::string_view, 3> kPuts = {"store", "store-at-label",
                                                   "replace-content-at-label"};

constexpr std::string_view kStores = "theater:store/stores";
constexpr std::string_view kRemove = "remove-unlabelled";

constexpr std::string_view kFilesystem = "theater:simple/filesystem";
constexpr std::array<std::string_view, 2> kWrites = {"write-file", "create-dir"};

constexpr std::string_view kFiles = "theater:files/files";
constexpr std::string_view kWriteBytes = "write-bytes";
constexpr std::string_view kAppend = "append-bytes";

template <class Names>
bool has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

DiskUse disk_use_of_call(std::string_view interface, std::string_view function,
                         uint64_t arguments_bytes) {
  interface = interface.substr(0, interface.find('@'));
  if (interface == kStore) {
    if (!has(kPuts, function)) return {};
    return {kStoreBytes, arguments_bytes};
  }
  bool is_addition = interface == kFiles;
  if ((interface == kFilesystem && has(kWrites, function)) ||
      (is_addition && function == kWriteBytes)) {
    return {kFilesBytes, std::max(arguments_bytes, kNewFileBytes)};
  }
  if (is_addition && function == kAppend) {
    return {kFilesBytes, std::max(arguments_bytes, kAppendBytes)};
  }
  return {};
}

bool frees_store_bytes(std::string_view interface, std::string_view function) {
  return function == kRemove && interface.substr(0, interface.find('@')) == kStores;
}

uint64_t freed_store_bytes(const Payload& result) {
  const Blob* bytes = inline_bytes(result);
  if (bytes == nullptr) return 0;
  auto freed = wit::decode<tl::expected<uint64_t, std::string>>(bytes->view());
  return freed && *freed ? **freed : 0;
}

uint64_t log_bytes_of(const Body& body) {
  if (std::holds_alternative<Control>(body)) return 0;
  uint64_t sum = kLogBytesOfEvent;
  for_each_payload(body, [&](const Payload& payload) { sum += payload_length(payload); });
  return sum;
}

}  // namespace theater::log
