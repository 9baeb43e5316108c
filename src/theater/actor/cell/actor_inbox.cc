#include "theater/actor/cell/actor_inbox.h"

#include "theater/actor/cell/cell.h"
#include "theater/manifest/permission_gap.h"

#include <utility>

namespace theater {

namespace {

// A node without a log keeps no events, whatever the manifest says.
log::Durability durability_in(const NodeServices& services, const Manifest& manifest) {
  return services.log == nullptr ? log::Durability::kMemory : recorded(manifest.log.durability);
}

}  // namespace

ActorInbox::ActorInbox(NodeServices& services, ActorSpec spec)
    : Task(services.scheduler),
      services_(services),
      spec_(std::move(spec)),
      first_common_(spec_.common),
      parent_id_(spec_.parent ? std::optional(spec_.parent->cell->id()) : std::nullopt),
      durability_(durability_in(services, first_common_->manifest)),
      mailbox_(first_common_->mailbox),
      limits_({services, *first_common_, spec_.id, *this, mailbox_,
               Budget::of(spec_.id, first_common_->budget,
                          spec_.parent ? spec_.parent->cell->budget() : nullptr)}) {}

ActorInbox::~ActorInbox() = default;

void ActorInbox::begin() {
  may_begin_.store(true, std::memory_order_release);
  wake();
}

std::shared_ptr<ActorRef> ActorInbox::ref() {
  return std::static_pointer_cast<ActorInbox>(shared_from_this());
}

bool ActorInbox::exports(const ExportFunction& function) const {
  auto has = [&](const ActorTemplate& code) {
    const BoundExport* bound = code.binding->find_export(function);
    return bound != nullptr && code.may_be_called(*bound);
  };
  // Each message comes by here, so an actor that was never updated takes no share of its code.
  if (!has_new_code_.load(std::memory_order_acquire)) return has(*first_common_);
  return has(*common());
}

std::optional<std::string> ActorInbox::denial(const ExportFunction& function) const {
  std::shared_ptr<const ActorTemplate> now = common();
  const Binding& binding = *now->binding;
  const BoundExport* bound = binding.find_export(function);
  if (bound == nullptr || now->may_be_called(*bound)) return std::nullopt;
  std::string grant = binding.handlers[*bound->handler]->least_grant();
  std::string clauses =
      who_lacks(grant, {now->policy, now->manifest, now->permissions, is_child()});
  return fmt::format("Permission denied: actor {} lacks {}{}", spec_.id.to_string(), grant,
                     clauses.empty() ? "" : " (" + clauses + ")");
}

tl::expected<void, std::string> ActorInbox::reserve(const ExportFunction& function, size_t size) {
  if (auto why = denial(function)) return tl::unexpected(*std::move(why));
  if (auto why = too_large(size)) return tl::unexpected(*std::move(why));
  switch (mailbox_.reserve(size)) {
    case Placement::kReserved:
      return {};
    case Placement::kFull:
      return tl::unexpected(
          fmt::format("mailbox-full: {} messages wait for actor {}, mailbox_messages = {} and "
                      "mailbox_bytes = {}; try later",
                      mailbox_.waiting(), spec_.id.to_string(), mailbox_.limits().messages,
                      format_quantity(mailbox_.limits().bytes, Unit::kBytes)));
    case Placement::kClosed:
      break;
  }
  return tl::unexpected(fmt::format("Actor not found: {} has ended", spec_.id.to_string()));
}

tl::expected<RequestSlot, std::string> ActorInbox::reserve_request() {
  return limits_.reserve_request();
}

void ActorInbox::deliver(Message message) {
  mailbox_.push(std::move(message));
  wake();
}

void ActorInbox::abandon(const Message& message) {
  if (opens_channel(*message.function)) channels_.release_place();
  mailbox_.release(message.size());
  // An actor that ends waits for its places.
  wake();
}

void ActorInbox::control(ControlItem item) {
  mailbox_.push(std::move(item));
  wake_urgent();
}

void ActorInbox::stop(log::Originator by) {
  control(StopRequest{std::move(by)});
}

void ActorInbox::kill(log::Originator by) {
  control(KillRequest{std::move(by)});
}

void ActorInbox::stop_instance(log::Originator by, bool by_force, Answered answer) {
  control(StopInstanceRequest{std::move(by), by_force, std::move(answer)});
}

void ActorInbox::update(std::shared_ptr<const ActorUpdate> update, Answered answer) {
  control(UpdateRequest{std::move(update), std::move(answer)});
}

void ActorInbox::take_code(std::shared_ptr<const ActorTemplate> code) {
  spec_.common = std::move(code);
  new_common_.with([&](auto& shared) { shared = spec_.common; });
  has_new_code_.store(true, std::memory_order_release);
}

void ActorInbox::restart() {
  control(RestartRequest{});
}

void ActorInbox::terminate(std::string why) {
  control(TerminateRequest{std::move(why)});
}

void ActorInbox::pause(log::Originator by, bool later, Answered answer) {
  control(PauseRequest{std::move(by), later, std::move(answer)});
}

void ActorInbox::resume(log::Originator by, Answered answer) {
  control(ResumeRequest{std::move(by), std::move(answer)});
}

void ActorInbox::inspect(std::function<void(const ActorView&)> look) {
  control(InspectRequest{std::move(look)});
}

void ActorInbox::when_idle(std::function<void()> done) {
  mailbox_.push(ControlItem(IdleRequest{std::move(done)}));
  wake();
}

void ActorInbox::when_at_rest(std::function<void()> done) {
  control(RestRequest{std::move(done)});
}

void ActorInbox::complete(Completed completed, bool reserved) {
  mailbox_.push(std::move(completed), reserved);
  wake();
}

void ActorInbox::stop_expecting_call() {
  // A caller may wait for the actor to be idle.
  if (--expected_calls_ == 0) wake();
}

void ActorInbox::note(NoteRequest request) {
  complete(std::move(request));
}

void ActorInbox::tell(ChildEvent news) {
  complete(std::move(news));
}

void ActorInbox::answered(CallAnswer answer) {
  complete(std::move(answer));
}

void ActorInbox::request_answered(uint64_t call, RequestAnswer answer, bool reserved) {
  // From here on the actor that answered may ask this actor something without closing a ring.
  services_.waits.leave(spec_.id, call);
  complete(AnsweredRequest{call, std::move(answer)}, reserved);
}

void ActorInbox::request_timed_out(uint64_t call) {
  complete(TimedOutRequest{call});
}

void ActorInbox::intent_committed(uint64_t call, std::optional<Error> failure) {
  complete(IntentCommitted{call, std::move(failure)});
}

ActorStatus ActorInbox::status() const {
  ActorStatus status = published_.with([](const Published& published) {
    ActorStatus copy = published.status;
    if (published.function != nullptr) copy.function = published.function->name.to_string();
    if (published.last_function != nullptr)
      copy.last_function = published.last_function->name.to_string();
    return copy;
  });
  status.mailbox_waiting = mailbox_.waiting();
  status.is_called_again = call_sources_.load() > 0;
  return status;
}

ActorMetrics ActorInbox::metrics() const {
  ActorMetrics metrics = published_.with([](const Published& published) {
    ActorMetrics copy = published.metrics;
    copy.events = published.status.events;
    copy.memory_bytes = published.status.memory_bytes;
    return copy;
  });
  metrics.waiting = mailbox_.waiting();
  metrics.waiting_max = mailbox_.waiting_max();
  metrics.secret_echoes = secret_echoes_->load();
  metrics.custom = metric_table_.copy();
  return metrics;
}

}  // namespace theater
