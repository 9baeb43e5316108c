#include "theater/log/event/process_note.h"

#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <fmt/format.h>

namespace theater::log {

namespace {

template <class Value>
std::optional<std::string> text_of_note(const Noted& noted, std::string (*say)(const Value&)) {
  const Blob* bytes = inline_bytes(noted.data);
  if (bytes == nullptr) return std::nullopt;
  Result<Value> value = wit::decode<Value>(bytes->view());
  if (!value) return std::nullopt;
  return say(*value);
}

std::string say_sandbox(const std::string& level) {
  return fmt::format("The program runs behind {}.", level);
}

std::string say_not_json(const std::string& what) {
  return fmt::format("Output that is no JSON was dropped, first of all {}.", what);
}

std::string say_connection(const Connection& one) {
  std::string asked = fmt::format("The program asked for connection {}: {} {}:{}", one.number,
                                  one.method, one.host, one.port);
  return one.refused ? fmt::format("{}, and was refused: {}.", asked, *one.refused) : asked + ".";
}

std::string say_connection_ended(const ConnectionEnded& one) {
  if (one.failed) return fmt::format("Connection {} failed: {}.", one.number, *one.failed);
  return fmt::format("Connection {} has ended: {} bytes sent, {} received.", one.number, one.sent,
                     one.received);
}

std::string say_more_connections(const MoreConnections& more) {
  return fmt::format(
      "The program had more connections: {} allowed with {} bytes sent and {} received, {} "
      "refused, "
      "{} without a place.",
      more.allowed, more.sent, more.received, more.refused, more.without_place);
}

}  // namespace

std::optional<wit::Type> process_note_type(std::string_view what) {
  if (what == kSandbox || what == kNotJson) return wit::Type::string();
  if (what == kConnection) return wit::type_of<Connection>();
  if (what == kConnectionEnded) return wit::type_of<ConnectionEnded>();
  if (what == kMoreConnections) return wit::type_of<MoreConnections>();
  return std::nullopt;
}

std::optional<std::string> process_note_text(const Noted& noted) {
  if (noted.what == kSandbox) return text_of_note<std::string>(noted, say_sandbox);
  if (noted.what == kNotJson) return text_of_note<std::string>(noted, say_not_json);
  if (noted.what == kConnection) return text_of_note<Connection>(noted, say_connection);
  if (noted.what == kConnectionEnded)
    return text_of_note<ConnectionEnded>(noted, say_connection_ended);
  if (noted.what == kMoreConnections)
    return text_of_note<MoreConnections>(noted, say_more_connections);
  return std::nullopt;
}

}  // namespace theater::log
