#include "theater/wit/json_text.h"

#include <nlohmann/json.hpp>

namespace theater::wit {

bool is_json(ByteView text) {
  return nlohmann::json::accept(text.begin(), text.end());
}

}  // namespace theater::wit
