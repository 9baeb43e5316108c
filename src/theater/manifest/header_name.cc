#include "theater/manifest/header_name.h"

#include <algorithm>
#include <array>

namespace theater {

namespace {

constexpr std::array<std::string_view, 10> kOwnNames{
    "Accept-Encoding", "Connection",        "Content-Length", "Expect", "Host", "Keep-Alive", "Te",
    "Trailer",         "Transfer-Encoding", "Upgrade"};
constexpr std::string_view kProxyNames = "Proxy-";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter_or_digit(c) || kOthers.find(c) != kOthers.npos;
  });
}

std::string spelled(std::string_view text) {
  std::string name;
  bool starts = true;
  for (char c : text) {
    char from = starts ? 'a' : 'A';
    bool turns = c >= from && c <= from + ('z' - 'a');
    name += turns ? static_cast<char>(c ^ ('a' ^ 'A')) : c;
    starts = c == '-';
  }
  return name;
}

}  // namespace

Result<std::string> parse_header_name(std::string_view text) {
  if (text.size() > kHeaderNameSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "a name of a header has at most {} bytes",
                kHeaderNameSizeMax);
  }
  // The star is a character of tokens, and in a list it would read as all names.
  if (!is_token(text) || text == "*") {
    return fail(ErrorCode::kInvalidArgument,
                "`{}` is no name of a header; write one such as Authorization", text);
  }
  std::string name = spelled(text);
  if (std::find(kOwnNames.begin(), kOwnNames.end(), name) != kOwnNames.end() ||
      name.starts_with(kProxyNames)) {
    return fail(ErrorCode::kInvalidArgument, "`{}`: the node alone sets this header", name);
  }
  return name;
}

}  // namespace theater
