// The types of http_client.hpp, as the canonical ABI lays them out.
#pragma once

#include "theater/detail/http_types.hpp"
#include "theater/detail/wasm_memory.hpp"

#include <deque>

// The parameters into which an http-request is flattened.
#define THEATER_DETAIL_HTTP_REQUEST                                                       \
  const char *method, size_t method_size, const char *uri, size_t uri_size,               \
      const ::theater::detail::RawHeader *headers, size_t header_count, int32_t has_body, \
      const char *body, size_t body_size

namespace theater::detail {

struct RawHeader {
  Span name;
  Span value;
};

// A list<tuple<string, string>> that the host gave.
inline http::Headers take_headers(const Span& list) {
  auto* items = reinterpret_cast<const RawHeader*>(list.data);
  http::Headers headers;
  headers.reserve(list.size);
  for (size_t i = 0; i < list.size; ++i)
    headers.push_back({items[i].name.take(), items[i].value.take()});
  if (list.size != 0) std::free(const_cast<char*>(list.data));
  return headers;
}

// Headers as valid UTF-8; borrows from the headers.
class LoweredHeaders {
 public:
  explicit LoweredHeaders(const http::Headers& headers) {
    raw_.reserve(headers.size());
    for (const http::Header& header : headers)
      raw_.push_back({lower(header.name), lower(header.value)});
  }

  const RawHeader* data() const { return raw_.data(); }
  size_t size() const { return raw_.size(); }

 private:
  Span lower(std::string_view text) {
    const Utf8& valid = texts_.emplace_back(text);
    return {valid.data(), valid.size()};
  }

  std::deque<Utf8> texts_;  // Its items stay where they are.
  std::vector<RawHeader> raw_;
};

// A request as valid UTF-8; borrows from the request.
class LoweredRequest {
 public:
  explicit LoweredRequest(const http::Request& request)
      : body_(request.body),
        method_(request.method),
        uri_(request.uri),
        headers_(request.headers) {}

  template <class Import, class Out>
  void pass_to(Import import, Out* out) const {
    std::string_view body = body_.value_or(std::string_view());
    import(method_.data(), method_.size(), uri_.data(), uri_.size(), headers_.data(),
           headers_.size(), body_.has_value(), body.data(), body.size(), out);
  }

 private:
  std::optional<std::string_view> body_;
  Utf8 method_;
  Utf8 uri_;
  LoweredHeaders headers_;
};

}  // namespace theater::detail
