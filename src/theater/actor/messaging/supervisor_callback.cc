#include "theater/actor/messaging/supervisor_callback.h"

#include "theater/base/utf8.h"
#include "theater/wit/traits.h"

#include <array>
#include <string>
#include <utility>

namespace theater {

namespace {

constexpr std::string_view kInterface = "theater:simple/supervisor-handlers";

enum Function : size_t { kError, kExit, kExternalStop };

const ExportFunction& function_of(Function function) {
  return child_notice_functions()[function];
}

// An actor takes at least half of the smallest payload limit, which is 1 KiB.
constexpr size_t kShortTextBytesMax = 256;

template <class... P>
Bytes params_of(const P&... params) {
  Bytes bytes;
  wit::encode_params(bytes, params...);
  return bytes;
}

// Where a character ends.
std::string_view cut(std::string_view text, size_t size_max) {
  std::string_view head = text.substr(0, size_max);
  return head.substr(0, utf8_valid_prefix(head));
}

}  // namespace

std::span<const ExportFunction> child_notice_functions() {
  static const std::array<ExportFunction, 3> functions = {
      export_function<void(std::string, ActorError)>(std::string(kInterface), "handle-child-error"),
      export_function<void(std::string, std::optional<Bytes>)>(std::string(kInterface),
                                                               "handle-child-exit"),
      export_function<void(std::string)>(std::string(kInterface), "handle-child-external-stop")};
  return functions;
}

SupervisorCallback SupervisorCallback::failed(const ActorId& child, std::string_view why,
                                              std::optional<uint64_t> timeout_s) {
  ActorError error{ActorErrorType::kInternal, to_bytes(cut(why, kTextBytesMax))};
  if (timeout_s) {
    Bytes seconds(8);
    for (size_t i = 0; i < seconds.size(); ++i)
      seconds[i] = static_cast<uint8_t>(*timeout_s >> (8 * i));
    error = {ActorErrorType::kOperationTimeout, std::move(seconds)};
  }
  return {function_of(kError), child, params_of(child.to_string(), error)};
}

SupervisorCallback SupervisorCallback::left(const ActorId& child,
                                            const std::optional<Bytes>& data) {
  return {function_of(kExit), child, params_of(child.to_string(), data)};
}

SupervisorCallback SupervisorCallback::stopped(const ActorId& child) {
  return {function_of(kExternalStop), child, params_of(child.to_string())};
}

std::optional<SupervisorCallback> SupervisorCallback::of_end(const ActorId& child,
                                                             const log::Ending& how,
                                                             std::string_view why_failed,
                                                             bool by_parent,
                                                             std::optional<uint64_t> timeout_s) {
  if (std::holds_alternative<log::EndedFailed>(how)) return failed(child, why_failed, timeout_s);
  if (const auto* completed = std::get_if<log::EndedCompleted>(&how)) {
    std::optional<Bytes> data;
    if (completed->value) data = to_bytes(log::inline_bytes(*completed->value)->view());
    return left(child, data);
  }
  if (by_parent) return std::nullopt;
  return stopped(child);
}

SupervisorCallback SupervisorCallback::without_data(std::string_view why) const {
  std::string text = fmt::format("it has ended, but what it ended with does not fit: {}", why);
  return failed(child_, cut(text, kShortTextBytesMax));
}

Message SupervisorCallback::message() && {
  Message message;
  message.function = function_;
  message.params = std::move(params_);
  message.from = log::FromHandler{};
  return message;
}

}  // namespace theater
