// What stops a replay short of a failure, a difference or something that is missing; and remarks
// that are worth a line in its report.
//
// The part that finds such a thing writes it down here and fails, so that every caller gives up. At
// the top, the findings count, and the failure does not.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::replay {

// One thing that was done, with its values as bytes: they are made readable later, since this is
// made on a guest's small stack.
struct Act {
  enum class Kind : uint8_t {
    kHostCall,  // The guest called `function`, which the component imports.
    kReturn,    // The guest returned from `function`, which it exports.
    kError,     // The same, with an error.
    kOther,     // Neither: `what` says all.
  };

  Kind kind = Kind::kOther;
  std::string what;
  std::string function;
  std::optional<Bytes> arguments;
  std::optional<Bytes> result;
  std::string text;  // In place of the result.
};

struct Difference {
  std::string field;
  // Of the recorded event, if there is one.
  uint64_t seq = 0;
  std::string event;
  Hash hash;
  Act recorded;
  Act replayed;
};

// Not thread-safe.
struct Findings {
  std::optional<Difference> difference;
  std::vector<std::string> missing;
  std::vector<std::string> notes;

  // Outputs whose bytes were removed, so that only their length was compared.
  uint64_t removed_outputs = 0;
  std::string first_removed_output;

  // These two take the first finding only, and return what to fail with.
  Failure diverge(Difference found) {
    if (!stopped()) difference = std::move(found);
    return fail(ErrorCode::kCancelled, "the replay has diverged");
  }
  Failure miss(std::string sentence) {
    if (!stopped()) missing.push_back(std::move(sentence));
    return fail(ErrorCode::kCancelled, "the replay lacks something");
  }

  void note_removed(std::string what) {
    if (removed_outputs++ == 0) first_removed_output = std::move(what);
  }

  bool stopped() const { return difference || !missing.empty(); }
};

}  // namespace theater::replay
