#include "theater/runtime/json_object.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unordered_map>
#include <utility>

namespace theater {

namespace {

using Json = nlohmann::json;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The characters of a string's text, quotes and all.
std::string decode_string(std::string_view text) {
  return Json::parse(text, nullptr, false).get<std::string>();
}

// Walks over text that is known to be one JSON object.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  // Goes to the next character that is no white space.
  char next() {
    while (is_space(text_[at_]))
      ++at_;
    return text_[at_];
  }

  void step() { ++at_; }

  std::string_view string() {
    size_t start = at_;
    skip_string();
    return text_.substr(start, at_ - start);
  }

  // Up to the comma or brace behind the value.
  std::string_view value() {
    next();
    size_t start = at_;
    size_t end = at_;
    for (size_t depth = 0;;) {
      char c = text_[at_];
      if (depth == 0 && (c == ',' || c == '}')) break;
      if (c == '"') {
        skip_string();
        end = at_;
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
      if (!is_space(c)) end = at_;
    }
    return text_.substr(start, end - start);
  }

 private:
  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool looks_like_object(std::string_view text) {
  size_t at = text.find_first_not_of(" \t\n\r");
  return at != text.npos && text[at] == '{';
}

}  // namespace

std::optional<std::string> json_problem(std::string_view text) {
  // The library takes it for the end of the text.
  if (size_t at = text.find('\0'); at != text.npos) {
    return fmt::format("a zero byte at offset {}", at);
  }
  if (Json::accept(text)) return std::nullopt;
  try {
    // Only now, since it builds the value.
    Json wrong = Json::parse(text);
  } catch (const Json::exception& error) {
    std::string_view what = error.what();
    // After the library's own prefix, "[json.exception.parse_error.101] ".
    size_t end = what.find("] ");
    if (end != what.npos) what.remove_prefix(end + 2);
    return std::string(what);
  }
  return "not a JSON value";
}

std::optional<std::vector<JsonMember>> json_members(std::string_view text) {
  if (!looks_like_object(text) || text.find('\0') != text.npos || !Json::accept(text)) {
    return std::nullopt;
  }
  std::vector<JsonMember> members;
  std::unordered_map<std::string, size_t> places;
  Walk walk(text);
  walk.next();
  walk.step();
  while (walk.next() != '}') {
    std::string_view name = walk.string();
    std::string key = decode_string(name);
    walk.next();
    walk.step();
    std::string_view value = walk.value();
    auto [place, fresh] = places.try_emplace(key, members.size());
    if (fresh) {
      members.push_back({std::move(key), name, value});
    } else {
      members[place->second].value = value;
    }
    if (walk.next() == ',') walk.step();
  }
  return members;
}

void append_compact(std::string& out, std::string_view json) {
  bool in_string = false;
  for (size_t at = 0; at < json.size(); ++at) {
    char c = json[at];
    if (!in_string && is_space(c)) continue;
    out += c;
    if (in_string && c == '\\') {
      out += json[++at];
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
}

std::optional<std::string> json_as_text(std::string_view json) {
  if (json.starts_with('"')) return decode_string(json);
  if (json == "null") return std::nullopt;
  std::string text;
  append_compact(text, json);
  return text;
}

}  // namespace theater
