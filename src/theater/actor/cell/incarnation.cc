#include "theater/actor/cell/incarnation.h"

#include "theater/actor/messaging/call_result.h"

namespace theater {

namespace {

// The worker that has the actor gives every answer, and then resumes the guest itself.
class NoWaker final : public engine::Waker {
 public:
  void wake() override {}
};

}  // namespace

Result<std::unique_ptr<Incarnation>> Incarnation::create(const ActorTemplate& common,
                                                         const SessionContext& context,
                                                         const Binder::Parts& parts) {
  std::vector<std::unique_ptr<Session>> sessions;
  for (const Handler* handler : common.binding->handlers) {
    sessions.push_back(
        THEATER_TRY_CONTEXT(handler->make_session(context), "handler {}", handler->name()));
  }
  auto made = std::make_unique<Incarnation>(common, parts, std::move(sessions));
  made->guest_ = THEATER_TRY(made->make_guest());
  return made;
}

Incarnation::Incarnation(const ActorTemplate& common, const Binder::Parts& parts,
                         std::vector<std::unique_ptr<Session>> sessions)
    : common_(common), binder_(parts, std::move(sessions)) {}

Result<std::unique_ptr<engine::Guest>> Incarnation::make_guest() {
  return common_.program->make_guest(common_.limits, binder_, std::make_shared<NoWaker>());
}

std::string Incarnation::function_text() const {
  return is_calling() ? current_.function->name.to_string() : "instantiation";
}

void Incarnation::instantiate(bool init_runs) {
  init_runs_ = init_runs;
  guest_->instantiate();
  activity_ = Activity::kInstantiating;
}

void Incarnation::call(Message message, uint64_t seq, const std::optional<Bytes>& state,
                       uint32_t export_number) {
  write_call_arguments(args_, state, message.params);
  call_seq_ = seq;
  current_ = std::move(message);
  guest_->call(export_number, args_);
  activity_ = Activity::kCalling;
}

void Incarnation::renew(std::unique_ptr<engine::Guest> guest) {
  guest_ = std::move(guest);
  guest_->instantiate();
  activity_ = Activity::kRenewing;
}

}  // namespace theater
