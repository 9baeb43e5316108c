// Files of another version of a format.
#pragma once

#include "theater/base/error.h"
#include "theater/base/result.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace theater::log {

// The version that no released program wrote.
inline constexpr uint32_t kVersionNeverReleased = 1;

// The error for a file, such as "segment", of a version that this program does not know.
inline Failure unknown_version(std::string_view what, uint32_t version, uint32_t known) {
  Error error(ErrorCode::kUnsupported,
              fmt::format("the {} has version {}, and this program knows version {}", what, version,
                          known));
  if (version >= known) return Failure(std::move(error).with_hint("use a newer program"));
  return Failure(std::move(error).with_hint(
      "no released program wrote version 1: begin a new home, and read this one with the program "
      "that wrote it"));
}

}  // namespace theater::log
