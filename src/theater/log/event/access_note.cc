#include "theater/log/event/access_note.h"

#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <fmt/format.h>

namespace theater::log {

namespace {

bool is_of_token(std::string_view what) {
  return what == kTokenMade || what == kTokenUsed || what == kTokenRevoked;
}

template <class Record>
std::optional<Record> record_in(const Noted& noted) {
  const Blob* bytes = inline_bytes(noted.data);
  if (bytes == nullptr) return std::nullopt;
  Result<Record> record = wit::decode<Record>(bytes->view());
  if (!record) return std::nullopt;
  return *std::move(record);
}

std::string token_text(std::string_view what, const NotedToken& token) {
  std::string name = token.name ? fmt::format("`{}` ({})", *token.name, token.id) : token.id;
  if (what == kTokenUsed) return fmt::format("The token {} was used for the first time.", name);
  if (what == kTokenRevoked) return fmt::format("The token {} was revoked.", name);
  return fmt::format("The token {} was made: scope {}, {}{}.", name, token.scope,
                     token.subtree ? fmt::format("for actor {} and those below", *token.subtree)
                                   : "for all actors",
                     token.expires_us ? ", with an end" : "");
}

std::string refused_text(const RefusedRequests& refused) {
  std::string client = refused.client.empty() ? "other clients" : refused.client;
  return fmt::format(
      "The node refused {} of {} (reason: {}){}.",
      refused.count == 1 ? "a request" : fmt::format("{} requests", refused.count), client,
      refused.reason,
      refused.operation.empty() ? "" : fmt::format(", last `{}`", refused.operation));
}

}  // namespace

std::optional<wit::Type> access_note_type(std::string_view what) {
  if (is_of_token(what)) return wit::type_of<NotedToken>();
  if (what == kRequestsRefused) return wit::type_of<RefusedRequests>();
  return std::nullopt;
}

std::optional<NotedToken> noted_token(const Noted& noted) {
  if (!is_of_token(noted.what)) return std::nullopt;
  return record_in<NotedToken>(noted);
}

std::optional<std::string> access_note_text(const Noted& noted) {
  if (auto token = noted_token(noted)) return token_text(noted.what, *token);
  if (noted.what != kRequestsRefused) return std::nullopt;
  auto refused = record_in<RefusedRequests>(noted);
  if (!refused) return std::nullopt;
  return refused_text(*refused);
}

}  // namespace theater::log
