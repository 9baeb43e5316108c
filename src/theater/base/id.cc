#include "theater/base/id.h"

#include "theater/base/hex.h"

#include <string>

namespace theater {

ActorId ActorId::generate(Random& random) {
  ActorId id;
  random.fill(id.bytes);
  return id;
}

std::string ActorId::to_string() const {
  return to_hex(bytes);
}

Result<ActorId> ActorId::parse(std::string_view text) {
  constexpr size_t kUuidLength = 36;
  ActorId id;
  bool is_id = false;
  if (text.size() == kUuidLength) {
    std::string digits(text);
    std::erase(digits, '-');
    is_id = read_hex(digits, id.bytes);
  } else {
    is_id = read_hex(text, id.bytes);
  }
  if (!is_id) {
    return fail(ErrorCode::kInvalidArgument,
                "not an actor id: '{}' (an id has 32 hexadecimal digits)", text.substr(0, 80));
  }
  return id;
}

}  // namespace theater
