#include "theater/actor/cell/output_commit.h"

#include "theater/actor/messaging/actor_ref.h"
#include "theater/actor/messaging/channels.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace theater {

namespace {

struct HeldMessage {
  std::shared_ptr<ActorRef> target;
  Message message;
};

struct HeldAnswer {
  ReplyTo to;
  RequestAnswer answer;
  OutputCommit::Place place;
};

void give(HeldAnswer& held) {
  if (held.place == OutputCommit::Place::kReserved) {
    std::move(held.to).answer_reserved(std::move(held.answer));
  } else {
    std::move(held.to).answer(std::move(held.answer));
  }
}

RequestAnswer lost(std::string_view what, const Error& failure) {
  RequestAnswer answer;
  answer.result = tl::unexpected(
      fmt::format("{} is lost: the node cannot write its log: {}", what, failure.to_string()));
  return answer;
}

}  // namespace

void OutputCommit::deliver(const std::shared_ptr<ActorRef>& target, Message message) {
  if (!is_held(target->durability())) {
    target->deliver(std::move(message));
    return;
  }
  // Shared because functions are copied.
  auto held = std::make_shared<HeldMessage>(HeldMessage{target, std::move(message)});
  recorder_.when_durable([held](const std::optional<Error>& failure) {
    if (failure) {
      held->target->abandon(held->message);
      std::move(held->message.reply).answer(lost("the request", *failure));
    } else {
      held->target->deliver(std::move(held->message));
    }
  });
}

void OutputCommit::close_channel(const ChannelLink& link, const ActorId& to) {
  std::shared_ptr<ActorRef> target = services_.router.find(to);
  Message message;
  message.function = link.functions.close;
  message.params = close_params(link.id);
  if (target && target->reserve_always(message.size())) deliver(target, std::move(message));
}

void OutputCommit::answer(ReplyTo to, RequestAnswer answer, Place place) {
  const ReplyTo::Actor* asker = to.actor();
  bool waits =
      asker != nullptr ? is_held(asker->durability) : to.leaves_the_node() && recorder_.is_sync();
  // The asker then waits for the disk, and no longer for this actor. So this actor may ask it
  // something without closing a cycle.
  if (waits && asker != nullptr) services_.waits.leave(asker->requester->id(), asker->call);
  HeldAnswer given{std::move(to), std::move(answer), place};
  if (!waits) return give(given);
  auto held = std::make_shared<HeldAnswer>(std::move(given));
  recorder_.when_durable([held](const std::optional<Error>& failure) {
    if (failure) held->answer = lost("the answer", *failure);
    give(*held);
  });
}

void OutputCommit::call_is_on_record() {
  if (!lines_.empty()) show_lines();
  if (outputs_.empty()) return;
  for (Outside& then : std::exchange(outputs_, {}))
    to_outside(std::move(then));
}

void OutputCommit::show_lines() {
  for (LogEntry& line : std::exchange(lines_, {})) {
    if (!recorder_.is_durable()) {
      bool has_stopped = services_.log != nullptr && services_.log->failure().has_value();
      if (!has_stopped) services_.show_line(std::move(line));
      continue;
    }
    // The log bounds what waits: the event of the call holds the same text.
    recorder_.when_committed(
        [show = services_.show_line, line = std::move(line)](const std::optional<Error>& failure) {
          if (!failure) show(line);
        });
  }
}

void OutputCommit::to_outside(Outside then) {
  recorder_.is_sync() ? recorder_.when_durable(std::move(then)) : then(std::nullopt);
}

}  // namespace theater
