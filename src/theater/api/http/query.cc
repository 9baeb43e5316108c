#include "theater/api/http/query.h"

#include "theater/base/hex.h"
#include "theater/base/id.h"
#include "theater/base/nearest.h"
#include "theater/base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace theater::api {

namespace {

std::optional<uint64_t> number_in(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> check(const Parameter& parameter, std::string_view value) {
  if (parameter.type == Parameter::Type::kInteger) {
    std::optional<uint64_t> number = number_in(value);
    if (number && *number >= parameter.least && *number <= parameter.most) return {};
    return fail(ErrorCode::kInvalidArgument, "`{}` must be a number from {} to {}", parameter.name,
                parameter.least, parameter.most);
  }
  if (parameter.type == Parameter::Type::kBoolean) {
    if (value == "true" || value == "false") return {};
    return fail(ErrorCode::kInvalidArgument, "`{}` must be true or false", parameter.name);
  }
  bool is_actor = parameter.type == Parameter::Type::kActor;
  bool is_word =
      std::find(parameter.words.begin(), parameter.words.end(), value) != parameter.words.end();
  if (is_word || (is_actor ? ActorId::parse(value).has_value() : parameter.words.empty()))
    return {};
  std::string words;
  for (std::string_view word : parameter.words)
    words += (words.empty() ? "" : ", ") + std::string(word);
  if (is_actor) {
    return fail(ErrorCode::kInvalidArgument, "`{}` must be the id of an actor{}{}", parameter.name,
                words.empty() ? "" : ", or ", words);
  }
  return fail(ErrorCode::kInvalidArgument, "`{}` must be one of {}", parameter.name, words);
}

Error unknown(const std::string& name, std::span<const Parameter> known) {
  std::vector<std::string> names;
  for (const Parameter& parameter : known)
    names.emplace_back(parameter.name);
  Error error(ErrorCode::kInvalidArgument,
              fmt::format("this route has no query parameter `{}`", name));
  if (auto near = nearest(name, names))
    return std::move(error).with_hint(fmt::format("did you mean `{}`?", *near));
  return error;
}

}  // namespace

Result<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    std::array<uint8_t, 1> byte{};
    if (text.size() - at < 3 || !read_hex(text.substr(at + 1, 2), byte)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the target has a `%` that two hexadecimal digits must follow");
    }
    decoded += static_cast<char>(byte[0]);
    at += 2;
  }
  if (!is_utf8(decoded) || decoded.find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "the target holds bytes that are no UTF-8 text");
  }
  return decoded;
}

Result<Query> Query::parse(std::string_view text, std::span<const Parameter> known) {
  Query query;
  while (!text.empty()) {
    std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    std::string name = THEATER_TRY(percent_decoded(pair.substr(0, equals)));
    std::string value = equals == std::string_view::npos
                            ? std::string()
                            : THEATER_TRY(percent_decoded(pair.substr(equals + 1)));
    auto parameter = std::find_if(known.begin(), known.end(),
                                  [&](const Parameter& one) { return one.name == name; });
    if (parameter == known.end()) return Failure(unknown(name, known));
    THEATER_TRY_VOID(check(*parameter, value));
    if (!query.values_.emplace(name, std::move(value)).second) {
      return fail(ErrorCode::kInvalidArgument, "`{}` occurs twice", name);
    }
  }
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::optional<uint64_t> Query::integer(std::string_view name) const {
  auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : number_in(found->second);
}

bool Query::flag(std::string_view name) const {
  return flag(name, false);
}

bool Query::flag(std::string_view name, bool otherwise) const {
  auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second == "true";
}

}  // namespace theater::api
