// What servers read from requests, and the responses that they answer with.
//
//   std::string word = http::query_value(request, "q").value_or("");
//   auto entry = http::read_json<Entry>(request);
//   if (!entry) return http::problem(400, entry.error());
//   return http::json(201, *entry);
#pragma once

#include "theater/detail/http_types.hpp"
#include "theater/detail/json_fields.hpp"
#include "theater/json.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace theater::http {

// The path of a request to a server, as it was sent.
inline std::string_view path(const Request& request) {
  return std::string_view(request.uri).substr(0, request.uri.find('?'));
}

// A text without its percent encoding; none if a % has no two hexadecimal digits behind it.
std::optional<std::string> percent_decoded(std::string_view text);

// The first value of a name in the query, decoded: `+` is a blank there. None without that name, and
// for a value that is badly encoded.
std::optional<std::string> query_value(const Request& request, std::string_view name);

// A struct with THEATER_FIELDS, or a list or map of such, of the JSON in a request's body. The
// fields take the members of their names; the others keep their defaults. An error is for the
// client: it says what the body has to be.
template <class T>
Result<T> read_json(const Request& request);

// Responses. Each has the header `Content-Type`.
inline Response text(uint16_t status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}
inline Response text(std::string body) {
  return text(200, std::move(body));
}
inline Response html(std::string body) {
  return {200, {{"Content-Type", "text/html; charset=utf-8"}}, std::move(body)};
}

// A json::Value, or a struct with THEATER_FIELDS, or a list or map of such.
template <class T>
Response json(uint16_t status, const T& value) {
  std::string body;
  if constexpr (std::same_as<T, theater::json::Value>)
    body = value.dump();
  else
    body = detail::to_json(value).dump();
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}
template <class T>
Response json(const T& value) {
  return json(200, value);
}

// An error as `application/problem+json` (RFC 9457), with an explanation for the client.
inline Response problem(uint16_t status, std::string_view detail) {
  theater::json::Value body =
      theater::json::Value::object({{"status", status}, {"detail", detail}});
  return {status, {{"Content-Type", "application/problem+json"}}, body.dump()};
}

// Sends the client to another address.
inline Response redirect(std::string address, uint16_t status = 303) {
  return {status, {{"Location", std::move(address)}}, std::nullopt};
}

inline std::optional<std::string> percent_decoded(std::string_view text) {
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
  };
  std::string plain;
  plain.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
      continue;
    }
    if (text.size() - at < 3) return std::nullopt;
    int high = digit(text[at + 1]), low = digit(text[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return plain;
}

inline std::optional<std::string> query_value(const Request& request, std::string_view name) {
  auto decoded = [](std::string_view part) {
    std::string text(part);
    for (char& c : text)
      if (c == '+') c = ' ';
    return percent_decoded(text);
  };
  std::string_view uri = request.uri;
  size_t question = uri.find('?');
  while (question != std::string_view::npos) {
    uri.remove_prefix(question + 1);
    question = uri.find('&');
    std::string_view pair = uri.substr(0, question);
    size_t equals = pair.find('=');
    if (decoded(pair.substr(0, equals)) != name) continue;
    return decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
  }
  return std::nullopt;
}

template <class T>
Result<T> read_json(const Request& request) {
  auto value = theater::json::parse(request.body.value_or(""));
  if (!value) return fail("the body is no JSON: " + value.error());
  T read{};
  std::string where;
  if (detail::from_json(*value, read, where)) return read;
  return fail("the body: expected " +
              (where.empty() ? std::string(detail::json_name<T>()) : where));
}

}  // namespace theater::http
