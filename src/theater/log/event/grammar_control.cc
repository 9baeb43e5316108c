// The rules of `control`. Most operations may stand anywhere; `started`, `updated` and `held` have
// their places, and `noted` a form.
#include "theater/log/event/grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace theater::log {

namespace {

constexpr size_t kNotedWhatMax = 64;

template <class T>
constexpr bool kIsOfNode = std::is_same_v<T, NodeStarted> || std::is_same_v<T, NodeStopped> ||
                           std::is_same_v<T, TailRemoved> || std::is_same_v<T, DamageAccepted> ||
                           std::is_same_v<T, NodeKey>;

bool is_noted_word(std::string_view what) {
  auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !what.empty() && what.size() <= kNotedWhatMax &&
         std::all_of(what.begin(), what.end(), is_letter);
}

// Grants and names of parts stand in byte order, each once.
Result<void> check_follows(std::string_view what, std::string_view before, std::string_view name) {
  if (before < name) return {};
  return fail(ErrorCode::kCorrupt, "{} `{}` does not come after `{}` in byte order", what, name,
              before);
}

Result<void> check_grants(std::string_view operation, const std::vector<std::string>& grants) {
  std::string what = fmt::format("`{}`: the grant", operation);
  for (size_t i = 1; i < grants.size(); ++i)
    THEATER_TRY_VOID(check_follows(what, grants[i - 1], grants[i]));
  return {};
}

}  // namespace

Result<void> ChainGrammar::accept_body(uint64_t seq, const Control& body) {
  return std::visit(
      [&]<class T>(const T& operation) -> Result<void> {
        constexpr bool kOfBoth = std::is_same_v<T, Noted>;
        if (!kOfBoth && kIsOfNode<T> != is_node_) {
          return fail(ErrorCode::kCorrupt, "`{}` cannot stand in the chain of {}", T::kCaseName,
                      is_node_ ? "a node" : "an actor");
        }
        return accept_operation(seq, operation);
      },
      body.operation);
}

Result<void> ChainGrammar::accept_operation(uint64_t, const Started& operation) {
  if (last_ != Last::kGenesis) {
    return fail(ErrorCode::kCorrupt, "`started` does not stand directly after `genesis`");
  }
  if (has_parent_) {
    return fail(ErrorCode::kCorrupt, "`started` in the chain of an actor that has a parent");
  }
  if (std::find(kRestartWords.begin(), kRestartWords.end(), operation.restart) ==
      kRestartWords.end()) {
    return fail(ErrorCode::kCorrupt, "`started` says restart `{}`, not `{}`, `{}` or `{}`",
                operation.restart, kRestartWords[0], kRestartWords[1], kRestartWords[2]);
  }
  return check_grants(operation.kCaseName, operation.grants);
}

Result<void> ChainGrammar::accept_operation(uint64_t, const Updated& operation) {
  THEATER_TRY_VOID(check_between_calls(operation.kCaseName));
  THEATER_TRY_VOID(check_grants(operation.kCaseName, operation.grants));
  had_update_ = true;
  return {};
}

Result<void> ChainGrammar::accept_operation(uint64_t, const Held& operation) {
  THEATER_TRY_VOID(check_between_calls(operation.kCaseName));
  if (last_ == Last::kHeld) {
    return fail(ErrorCode::kCorrupt, "`held` stands directly after a `held`");
  }
  std::string_view before;
  for (const HeldPart& part : operation.value) {
    const std::string& name = std::get<std::string>(part);
    if (name.empty()) return fail(ErrorCode::kCorrupt, "`held` has a part without a name");
    THEATER_TRY_VOID(check_follows("`held`: the part", before, name));
    before = name;
  }
  return {};
}

Result<void> ChainGrammar::accept_operation(uint64_t seq, const Noted& operation) {
  if (!is_noted_word(operation.what)) {
    return fail(ErrorCode::kCorrupt,
                "`noted` says what `{}`, which is not 1 to {} of a-z, 0-9, `-` and `.`",
                operation.what, kNotedWhatMax);
  }
  if (operation.about && *operation.about >= seq) {
    return fail(ErrorCode::kCorrupt, "`noted` is about event {}, which is not before it",
                *operation.about);
  }
  return {};
}

// Between two calls of an instance, or after its end.
Result<void> ChainGrammar::check_between_calls(std::string_view name) const {
  bool fits = phase_ == Phase::kStarting || phase_ == Phase::kIdle || phase_ == Phase::kFailed;
  if (!fits) return misplaced(name);
  if (trap_due_) return no_place_before_failed(name);
  return check_no_open_intent();
}

}  // namespace theater::log
