#include "theater/log/event/request_note.h"

#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <fmt/format.h>

namespace theater::log {

namespace {

template <class Value>
std::optional<Value> value_in(const Noted& noted) {
  const Blob* bytes = inline_bytes(noted.data);
  if (bytes == nullptr) return std::nullopt;
  Result<Value> value = wit::decode<Value>(bytes->view());
  if (!value) return std::nullopt;
  return *std::move(value);
}

}  // namespace

std::optional<wit::Type> request_note_type(std::string_view what) {
  if (what == kRedirect) return wit::type_of<Redirect>();
  if (what == kIdempotencyKey || what == kBadAnswer) return wit::type_of<std::string>();
  return std::nullopt;
}

std::optional<std::string> request_note_text(const Noted& noted) {
  if (noted.what == kRedirect) {
    auto redirect = value_in<Redirect>(noted);
    if (!redirect) return std::nullopt;
    return fmt::format("The answer {} led on to {} {}.", redirect->status, redirect->method,
                       redirect->url);
  }
  if (noted.what != kIdempotencyKey && noted.what != kBadAnswer) return std::nullopt;
  auto text = value_in<std::string>(noted);
  if (!text) return std::nullopt;
  if (noted.what == kBadAnswer)
    return fmt::format("The answer of the guest was not sent: {}.", *text);
  return fmt::format("The request carries the idempotency key {}.", *text);
}

}  // namespace theater::log
