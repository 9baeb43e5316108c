#include "theater/views/json.h"

#include "theater/base/utf8.h"
#include "theater/wit/base64.h"

#include <nlohmann/json.hpp>

namespace theater::views {

Json json_bytes(ByteView bytes) {
  if (is_utf8(as_text(bytes))) return std::string(as_text(bytes));
  return {{"base64", wit::to_base64(bytes)}};
}

Json json_error(const Error& error) {
  Json body = {{"code", error_code_name(error.code())}, {"message", error.to_string()}};
  if (!error.hint().empty()) body["hint"] = error.hint();
  return {{"error", body}};
}

Json json_hashes(std::span<const Hash> hashes) {
  Json list = Json::array();
  for (const Hash& hash : hashes)
    list.push_back(hash.to_string());
  return list;
}

Json json_text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

}  // namespace theater::views
