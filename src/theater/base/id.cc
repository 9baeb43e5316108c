#include "theater/base/id.h"

#include "theater/base/hex.h"

#include <algorithm>

namespace theater {

ActorId ActorId::generate(Random& random) {
  ActorId id;
  random.fill(id.octets);
  return id;
}

std::string ActorId::to_string() const {
  return to_hex(octets);
}

Result<ActorId> ActorId::parse(std::string_view text) {
  std::string digits(text);
  if (digits.size() == 36) std::erase(digits, '-');
  auto bytes = from_hex(digits);
  ActorId id;
  if (!bytes || bytes->size() != id.octets.size()) {
    return fail(ErrorCode::kInvalidArgument,
                "not an actor id: '{}' (an id has 32 hexadecimal digits)", text.substr(0, 80));
  }
  std::copy(bytes->begin(), bytes->end(), id.octets.begin());
  return id;
}

}  // namespace theater
