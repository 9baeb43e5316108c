// The caller of callers.hpp, which the host of a unit test has too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

struct Caller {
  enum class Kind : uint8_t { kActor, kClient, kRuntime };

  Kind kind = Kind::kRuntime;
  // An actor's id. A client's name, such as "user root" or "token ci", or none for a client without
  // one. None for the runtime.
  std::optional<std::string> name = std::nullopt;

  static Caller actor(std::string_view id) { return {Kind::kActor, std::string(id)}; }
  static Caller client(std::string_view name) { return {Kind::kClient, std::string(name)}; }

  bool operator==(const Caller&) const = default;
};

}  // namespace theater
