#include "theater/api/http/scope.h"

#include <array>

namespace theater::api {

namespace {

constexpr std::array<std::string_view, 4> kNames{"observe", "read", "operate", "admin"};

}  // namespace

std::string_view scope_name(Scope scope) {
  return kNames[static_cast<size_t>(scope)];
}

std::optional<Scope> scope_of(std::string_view name) {
  for (size_t at = 0; at < kNames.size(); ++at) {
    if (kNames[at] == name) return static_cast<Scope>(at);
  }
  return std::nullopt;
}

}  // namespace theater::api
