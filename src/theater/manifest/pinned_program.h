// A program that the operator lets run where the kernel cannot sandbox it, perhaps with one content
// only:
//
//   git                          the program, whatever its file has in it
//   git#sha256=HEX               the program, while its file has this digest (64 hexadecimal digits)
//
// In `unsandboxed` they are names like others: policies compare them letter by letter.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace theater {

struct PinnedProgram {
  std::string name;            // As actors name the program.
  std::optional<Hash> digest;  // None: any file.

  // Fails with kInvalidArgument if what stands behind a `#` is no digest, or nothing before it.
  static Result<PinnedProgram> parse(std::string_view text);

  bool operator==(const PinnedProgram&) const = default;
};

}  // namespace theater
