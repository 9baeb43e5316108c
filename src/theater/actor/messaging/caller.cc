#include "theater/actor/messaging/caller.h"

#include "theater/actor/messaging/supervisor_callback.h"

#include <algorithm>
#include <span>

namespace theater {

namespace {

struct CallerOfOrigin {
  std::optional<Caller> operator()(const log::Sender& sender) const {
    return ActorCaller{sender.actor.to_string()};
  }
  std::optional<Caller> operator()(const log::FromClient&) const { return ClientCaller{}; }
  std::optional<Caller> operator()(const log::NamedClient& client) const {
    return ClientCaller{client.name};
  }
  std::optional<Caller> operator()(const log::FromHandler&) const { return std::nullopt; }
  std::optional<Caller> operator()(const log::FromRuntime&) const { return RuntimeCaller{}; }
};

bool is_child_notice(const ExportFunction* function) {
  std::span<const ExportFunction> notices = child_notice_functions();
  return std::any_of(notices.begin(), notices.end(),
                     [&](const ExportFunction& notice) { return &notice == function; });
}

}  // namespace

std::optional<Caller> caller_of(const Message& message) {
  if (is_child_notice(message.function)) return RuntimeCaller{};
  return std::visit(CallerOfOrigin{}, message.from);
}

}  // namespace theater
