#include "theater/actor/testing/stage.h"

#include "theater/base/check.h"
#include "theater/log/verify.h"

#include <algorithm>
#include <set>

namespace theater::testing {

Stage::Stage(SeededScheduler& scheduler) : Stage(scheduler, &scheduler, &scheduler.clock(), {}) {
  add_desk();
}

Stage::Stage(Scheduler& scheduler) : Stage(scheduler, nullptr, nullptr, {}) {
  add_desk();
}

Stage::Stage(SeededScheduler& scheduler, HandlerSet handlers)
    : Stage(scheduler, &scheduler, &scheduler.clock(), std::move(handlers)) {
  for (const auto& handler : handlers_)
    check_handler(*handler);
}

Stage::Stage(Scheduler& scheduler, Timers* timers, ManualClock* clock, HandlerSet handlers)
    : clock_(clock == nullptr ? own_clock_ : *clock),
      random_(uint64_t{7}),
      scheduler_(scheduler),
      world_{router_, waits_, scheduler, timers == nullptr ? own_timers_ : *timers, clock_},
      handlers_(std::move(handlers)) {}

void Stage::add_desk() {
  auto desk = std::make_unique<DeskHandler>();
  desk_ = desk.get();
  check_handler(*desk);
  handlers_.push_back(std::move(desk));
}

Stage::~Stage() {
  // Ends what is left, so that no actor holds another.
  for (const auto& cell : router_.all())
    cell->kill(log::ByRuntime{});
  scheduler_.drive([] { return false; });
  scheduler_.stop();
  own_timers_.stop();
}

ScriptedComponent Stage::component(Script init) const {
  ScriptedComponent component;
  for (const auto& handler : handlers_) {
    for (const HostFunction& function : handler->host_functions())
      component.imports(function);
  }
  component.exports(init_function(), std::move(init));
  return component;
}

ActorId Stage::next_id() {
  return random_.with([](SeededRandom& random) { return ActorId::generate(random); });
}

ActorId Stage::add(const ScriptedComponent& component) {
  return add(component, {});
}

ActorId Stage::add(const ScriptedComponent& component, Options options) {
  ActorId id = options.id ? *options.id : next_id();
  std::vector<std::string> listed;
  for (const auto& handler : handlers_)
    listed.emplace_back(handler->name());
  auto binding = bind_component(component.shape(), handlers_, listed);
  THEATER_CHECK(binding.has_value(), "{}", binding.error().to_string());
  auto manifest = std::make_shared<Manifest>(std::move(options.manifest));
  manifest->name = "actor-" + id.to_string().substr(0, 4);
  manifest->limits.payload_bytes = options.limits.payload_bytes;
  ActorSpec spec;
  spec.id = id;
  spec.manifest = manifest;
  spec.permissions = std::move(options.permissions);
  spec.limits = options.limits;
  spec.mailbox = options.mailbox;
  spec.state = std::move(options.state);
  spec.component = component.digest();
  spec.engine = "scripted";
  spec.binding = *binding;
  spec.program = component.link((*binding)->engine_bindings);
  spec.on_started = [this, id](std::optional<Error> error) {
    results_.with([&](Results& results) {
      results.started[id] = error ? error->to_string() : std::string();
    });
  };
  auto cell = ActorCell::create(world_, std::move(spec));
  router_.add(id, cell);
  cell->begin();
  return id;
}

std::string Stage::send(const ActorId& to, std::string_view text) {
  Message message;
  message.function = &on_message();
  message.params = message_params(as_bytes(text));
  message.from = log::FromClient{};
  auto target = cell(to);
  if (auto place = target->reserve(message.size()); !place) return place.error();
  target->deliver(std::move(message));
  return "";
}

std::string Stage::deliver(const ActorId& to, const ExportFunction& function, Bytes params) {
  Message message;
  message.function = &function;
  message.params = std::move(params);
  message.from = log::FromHandler{};
  auto target = cell(to);
  if (auto place = target->reserve(message.size()); !place) return place.error();
  target->deliver(std::move(message));
  return "";
}

void Stage::request(const ActorId& to, std::string_view text) {
  auto put = [this](std::string answer) {
    results_.with([&](Results& results) { results.answers.push_back(std::move(answer)); });
  };
  Message message;
  message.function = &on_request();
  message.params = request_params(next_id().to_string(), as_bytes(text));
  message.from = log::FromClient{};
  message.reply = ReturnAddress(ReturnAddress::Client([put](RequestAnswer answer) {
    if (!answer.result) return put("error: " + answer.result.error());
    put("ok: " + std::string(as_text(*wit::decode<ByteView>(*answer.result))));
  }));
  auto target = cell(to);
  if (auto place = target->reserve(message.size()); !place) {
    RequestAnswer refused;
    refused.result = tl::unexpected(place.error());
    std::move(message.reply).answer(std::move(refused));
    return;
  }
  target->deliver(std::move(message));
}

std::vector<std::string> Stage::answers() const {
  return results_.with([](const Results& results) { return results.answers; });
}

std::optional<std::string> Stage::started(const ActorId& id) const {
  return results_.with([&](const Results& results) -> std::optional<std::string> {
    auto found = results.started.find(id);
    if (found == results.started.end()) return std::nullopt;
    return found->second;
  });
}

const log::Chain& Stage::settled_chain(const ActorId& id) const {
  return cell(id)->chain();
}

Story Stage::story(const ActorId& id) const {
  Story story;
  settled_chain(id).for_each(
      [&](uint64_t, ByteView bytes, const Hash&) { story.push_back(*log::decode_event(bytes)); });
  return story;
}

std::string Stage::outline(const ActorId& id) const {
  std::string text;
  for (const log::Event& event : story(id)) {
    text += (text.empty() ? "" : " ") + std::string(log::body_name(event.body));
  }
  return text;
}

std::optional<Bytes> Stage::state(const ActorId& id) const {
  return cell(id)->state();
}

std::optional<std::string> Stage::check_chains() const {
  std::map<Hash, log::Event> all;
  for (const auto& cell : router_.all()) {
    std::vector<ByteView> events;
    cell->chain().for_each([&](uint64_t, ByteView bytes, const Hash& hash) {
      events.push_back(bytes);
      all.emplace(hash, *log::decode_event(bytes));
    });
    auto verified = log::verify_chain(events, cell->chain().head());
    if (!verified) return cell->id().to_string() + ": " + verified.error().to_string();
  }
  std::set<Hash> received;
  std::set<Hash> accounted;  // Answers that were sent, by the event that says what became of them.
  for (const auto& [hash, event] : all) {
    if (const auto* call = std::get_if<log::Call>(&event.body)) {
      const auto* sender = std::get_if<log::Sender>(&call->from);
      if (sender == nullptr) continue;
      if (!all.contains(sender->sent)) return "a call cites a `sent` that is nowhere";
      if (!received.insert(sender->sent).second) return "a message was received twice";
    } else if (const auto* answered = std::get_if<log::Answered>(&event.body)) {
      if (answered->by && !all.contains(*answered->by)) return "an answer comes from nowhere";
      if (answered->by) accounted.insert(*answered->by);
    } else if (const auto* discarded = std::get_if<log::Discarded>(&event.body)) {
      if (!all.contains(discarded->sent)) return "a `discarded` cites a `sent` that is nowhere";
      if (!received.insert(discarded->sent).second) return "a message was received twice";
    }
  }
  for (const auto& [hash, event] : all) {
    const auto* sent = std::get_if<log::Sent>(&event.body);
    bool accepted = sent != nullptr && std::holds_alternative<log::SentAccepted>(sent->result) &&
                    std::holds_alternative<log::Peer>(sent->to);
    if (accepted && !received.contains(hash) && !accounted.contains(hash)) {
      return "what was sent was neither received nor discarded";
    }
  }
  return std::nullopt;
}

}  // namespace theater::testing
