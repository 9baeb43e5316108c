// The query of a request, checked against what its route takes.
//
// A route declares its parameters (Parameter). A request with another one, or with a value outside
// the declared range, is refused before the route runs. So routes read values without checks, and
// the OpenAPI document says what holds.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace theater::api {

// A parameter of a query. All texts have static storage.
struct Parameter {
  enum class Type : uint8_t {
    kText,
    kInteger,
    kBoolean,
    kActor,  // The id of an actor, or one of the words.
  };

  std::string_view name;
  Type type;
  std::string_view what;  // For the document.
  // Of an integer.
  uint64_t least = 0;
  uint64_t most = UINT64_MAX;
  // Of a text: the words that it may be, if there are any. Of an actor: words beside ids.
  std::span<const std::string_view> words = {};
};

// The percent-decoded text; `+` stays. Fails with kInvalidArgument for a `%` that no two digits
// follow, and for zero bytes and bytes that are no UTF-8.
Result<std::string> percent_decoded(std::string_view text);

// Value type.
class Query {
 public:
  // Reads `a=1&b=2`. Fails with kInvalidArgument, naming the parameter: one that is not among
  // `known`, that occurs twice, or whose value is not what was declared.
  static Result<Query> parse(std::string_view text, std::span<const Parameter> known);

  std::optional<std::string> text(std::string_view name) const;
  std::optional<uint64_t> integer(std::string_view name) const;
  // False if it is not there.
  bool flag(std::string_view name) const;
  // `otherwise` if it is not there.
  bool flag(std::string_view name, bool otherwise) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace theater::api
