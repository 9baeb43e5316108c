// The values of the operator's secrets, in memory, as their sources have them.
//
// A value comes from the environment of the node, which then no longer has it, or from a file. Files
// are looked at again while the node runs, so that a secret can be rotated without a restart: a
// request first calls prepare(), which looks at most once a second, on a thread for jobs. A file that
// is gone or no longer has a value leaves the secret without one, so that an operator can withdraw a
// secret too.
//
// A value has 16 to 8192 bytes without control characters, which are those that a header can carry
// and that a search in an answer can find with certainty. One line break at its end is dropped.
#pragma once

#include "theater/actor/scheduling/job_runner.h"
#include "theater/base/clock.h"
#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/base/secret_bytes.h"
#include "theater/manifest/secret.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Shared, because a request that is under way keeps the value that it left with.
using SecretValue = std::shared_ptr<const SecretBytes>;

// Safe from any thread. prepare() shares the object with the jobs that it submits.
class SecretValues final : public std::enable_shared_from_this<SecretValues> {
 public:
  static constexpr size_t kSizeMin = 16;
  static constexpr size_t kSizeMax = 8192;
  // Callers of prepare() that wait for one look. One more does not wait.
  static constexpr size_t kWaitingMax = 10'000;
  static constexpr std::chrono::seconds kLookPeriod{1};

  // Reads all values, and takes the variables out of the environment of this process
  // (base/own_environment.h), so it succeeds once in a process for a rule with a variable. The clock
  // outlives it. Blocks. Fails with kInvalidArgument, and with a
  // line for each secret that has no value or a bad one; no line has a value.
  static Result<std::shared_ptr<SecretValues>> open(std::span<const SecretRule> rules,
                                                    const Clock& clock);

  // What open() would say of a source now; none if it has a value. Reads files, and leaves variables
  // where they are. Blocks.
  static std::optional<std::string> problem_with(const SecretSource& source);

  // The value as the last look found it. Fails with kUnavailable, saying what is wrong with its
  // source. Never blocks.
  Result<SecretValue> value(std::string_view name) const;

  // Looks at the files again, unless that has been done within the last second, and then calls
  // `then`: in this call if there is nothing to look at, else on a thread of `jobs`. Callers at one
  // time share one look. If `jobs` has no room, `then` is called at once and the values stay as they
  // are. Never blocks.
  void prepare(JobRunner& jobs, std::function<void()> then);

 private:
  struct Entry {
    SecretSource source;
    SecretValue value;  // Null: none.
    std::string why_none;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  struct State {
    Entries entries;
    std::chrono::nanoseconds looked{0};
    bool is_looking = false;
    std::vector<std::function<void()>> waiting;
  };

  SecretValues(Entries entries, const Clock& clock);

  // What the source has now. Blocks.
  static Entry read(const SecretSource& source);
  void look_again();
  void end_look();

  const Clock& clock_;
  const bool has_files_;
  Guarded<State> state_;
};

}  // namespace theater
