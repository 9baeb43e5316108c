#include "theater/actor/testing/actor_harness.h"

#include "theater/base/check.h"
#include "theater/log/event/verify.h"

#include <algorithm>
#include <set>

namespace theater::testing {

namespace {

// Longer than any timer runs.
constexpr uint64_t kForeverMs = uint64_t{100} * 365 * 24 * 3'600'000;

}  // namespace

ActorHarness::ActorHarness(SeededScheduler& scheduler)
    : ActorHarness(scheduler, &scheduler, &scheduler.clock(), {}) {
  add_desk();
}

ActorHarness::ActorHarness(Scheduler& scheduler) : ActorHarness(scheduler, nullptr, nullptr, {}) {
  add_desk();
}

ActorHarness::ActorHarness(SeededScheduler& scheduler, log::EventSink& log, BlobStore* blobs)
    : ActorHarness(scheduler) {
  services_.log = &log;
  services_.blobs = blobs;
}

ActorHarness::ActorHarness(Scheduler& scheduler, log::EventSink& log) : ActorHarness(scheduler) {
  services_.log = &log;
}

ActorHarness::ActorHarness(SeededScheduler& scheduler, HandlerSet handlers)
    : ActorHarness(scheduler, &scheduler, &scheduler.clock(), std::move(handlers)) {
  for (const auto& handler : handlers_)
    check_handler(*handler);
}

ActorHarness::ActorHarness(Scheduler& scheduler, HandlerSet handlers)
    : ActorHarness(scheduler, nullptr, nullptr, std::move(handlers)) {
  for (const auto& handler : handlers_)
    check_handler(*handler);
}

ActorHarness::ActorHarness(Scheduler& scheduler, Timers* timers, ManualClock* clock,
                           HandlerSet handlers)
    : clock_(clock == nullptr ? own_clock_ : *clock),
      random_(uint64_t{7}),
      scheduler_(scheduler),
      jobs_(scheduler, kJobsMax),
      services_{router_, waits_, scheduler, timers == nullptr ? own_timers_ : *timers,
                clock_,  jobs_},
      handlers_(std::move(handlers)) {
  services_.show_line = [this](const LogEntry& line) {
    results_.with(
        [&](Results& results) { results.lines.push_back(log_text(line, LogFormat::kHuman)); });
  };
}

void ActorHarness::add_desk() {
  auto desk = std::make_unique<ProbeHandler>();
  desk_ = desk.get();
  check_handler(*desk);
  handlers_.push_back(std::move(desk));
}

std::vector<std::string> ActorHarness::lines() const {
  return results_.with([](const Results& results) { return results.lines; });
}

ActorHarness::~ActorHarness() {
  // Ends what is left, so that no actor holds another.
  for (const auto& cell : cells())
    cell->kill(log::ByRuntime{});
  scheduler_.run_until([] { return false; });
  scheduler_.stop();
  own_timers_.stop();
}

std::shared_ptr<ActorCell> ActorHarness::cell(const ActorId& id) const {
  return std::static_pointer_cast<ActorCell>(router_.find(id));
}

std::vector<std::shared_ptr<ActorCell>> ActorHarness::cells() const {
  std::vector<std::shared_ptr<ActorCell>> cells;
  for (const auto& actor : router_.all())
    cells.push_back(std::static_pointer_cast<ActorCell>(actor));
  return cells;
}

ScriptedComponent ActorHarness::component(Script init) const {
  ScriptedComponent component;
  for (const auto& handler : handlers_) {
    for (const HostFunction& function : handler->host_functions())
      component.imports(function);
  }
  component.exports(init_function(), std::move(init));
  return component;
}

ActorId ActorHarness::next_id() {
  return random_.with([](SeededRandom& random) { return ActorId::generate(random); });
}

ActorId ActorHarness::add(const ScriptedComponent& component) {
  return add(component, {});
}

ActorId ActorHarness::add(const ScriptedComponent& component, Options options) {
  ActorId id = options.id ? *options.id : next_id();
  std::vector<std::string> listed;
  for (const auto& handler : handlers_)
    listed.emplace_back(handler->name());
  auto binding = bind_component(component.shape(), handlers_, listed);
  THEATER_CHECK(binding.has_value(), "{}", binding.error().to_string());
  auto common = std::make_shared<ActorTemplate>();
  common->manifest = std::move(options.manifest);
  common->manifest.name = "actor-" + id.to_string().substr(0, 4);
  common->manifest.limits.payload_bytes = options.limits.payload_bytes;
  common->bounds = common->manifest.limits;
  common->budget = common->manifest.budget;
  if (common->bounds.call_wall_ms == ManifestLimits().call_wall_ms) {
    common->bounds.call_wall_ms = kForeverMs;
  }
  common->permissions = std::move(options.permissions);
  common->limits = options.limits;
  common->mailbox = options.mailbox;
  common->component = component.digest();
  common->engine = "scripted";
  common->binding = *binding;
  common->program = component.link((*binding)->engine_bindings);
  complete_template(*common);
  ActorSpec spec;
  spec.id = id;
  spec.common = common;
  spec.state = std::move(options.state);
  spec.on_started = [this, id](std::optional<Error> error) {
    results_.with([&](Results& results) {
      results.started[id] = error ? error->to_string() : std::string();
    });
  };
  auto cell = ActorCell::create(services_, std::move(spec));
  router_.add(id, cell);
  cell->begin();
  return id;
}

std::string ActorHarness::send(const ActorId& to, std::string_view text) {
  Message message;
  message.function = &on_message();
  message.params = message_params(as_bytes(text));
  message.from = log::FromClient{};
  auto target = cell(to);
  if (auto place = target->reserve(*message.function, message.size()); !place) return place.error();
  target->deliver(std::move(message));
  return "";
}

std::string ActorHarness::deliver(const ActorId& to, const ExportFunction& function, Bytes params) {
  Message message;
  message.function = &function;
  message.params = std::move(params);
  message.from = log::FromHandler{};
  auto target = cell(to);
  if (auto place = target->reserve(*message.function, message.size()); !place) return place.error();
  target->deliver(std::move(message));
  return "";
}

void ActorHarness::request(const ActorId& to, std::string_view text) {
  auto put = [this](std::string answer) {
    results_.with([&](Results& results) { results.answers.push_back(std::move(answer)); });
  };
  Message message;
  message.function = &on_request();
  message.params = request_params(next_id().to_string(), as_bytes(text));
  message.from = log::FromClient{};
  message.reply = ReplyTo(
      [put](RequestAnswer answer) {
        if (!answer.result) return put("error: " + answer.result.error());
        put("ok: " + std::string(as_text(*wit::decode<ByteView>(*answer.result))));
      },
      ReplyTo::Reach::kNode);
  auto target = cell(to);
  auto request = target->reserve_request();
  tl::expected<void, std::string> place;
  if (request) {
    message.reply.keep(*std::move(request));
    place = target->reserve(*message.function, message.size());
  } else {
    place = tl::unexpected(std::move(request).error());
  }
  if (!place) {
    RequestAnswer refused;
    refused.result = tl::unexpected(place.error());
    std::move(message.reply).answer(std::move(refused));
    return;
  }
  target->deliver(std::move(message));
}

std::vector<std::string> ActorHarness::answers() const {
  return results_.with([](const Results& results) { return results.answers; });
}

std::optional<std::string> ActorHarness::started(const ActorId& id) const {
  return results_.with([&](const Results& results) -> std::optional<std::string> {
    auto found = results.started.find(id);
    if (found == results.started.end()) return std::nullopt;
    return found->second;
  });
}

const log::Chain& ActorHarness::settled_chain(const ActorId& id) const {
  return cell(id)->chain();
}

Story ActorHarness::story(const ActorId& id) const {
  Story story;
  settled_chain(id).for_each(
      [&](uint64_t, ByteView bytes, const Hash&) { story.push_back(*log::decode_event(bytes)); });
  return story;
}

std::string ActorHarness::outline(const ActorId& id) const {
  std::string text;
  for (const log::Event& event : story(id)) {
    text += (text.empty() ? "" : " ") + std::string(log::body_name(event.body));
  }
  return text;
}

std::optional<Bytes> ActorHarness::state(const ActorId& id) const {
  return cell(id)->state();
}

namespace {

// An event, and whose it is.
struct Located {
  ActorId actor;
  log::Event event;
};
using LocatedByHash = std::map<Hash, Located>;

// What is wrong with a call of `receiver` that cites another actor's event, if anything is.
std::optional<std::string> check_citation(const LocatedByHash& all, const ActorId& receiver,
                                          const log::Sender& sender) {
  auto cited = all.find(sender.sent);
  if (cited == all.end()) return "a call cites an event that is nowhere";
  if (cited->second.actor != sender.actor) return "a call cites another's event";
  // A `returned` is cited by the message that came with the acceptance of a channel.
  if (std::holds_alternative<log::Returned>(cited->second.event.body)) return std::nullopt;
  const auto* sent = std::get_if<log::Sent>(&cited->second.event.body);
  if (sent == nullptr) return "a call cites what is no `sent`";
  const auto* to = std::get_if<log::Peer>(&sent->to);
  if (to == nullptr || to->actor != receiver) return "a call cites what was sent to another";
  if (!std::holds_alternative<log::SentAccepted>(sent->result)) return "a call cites a failure";
  return std::nullopt;
}

// What one actor sends to another is received in the order in which it was sent.
std::optional<std::string> check_order(const LocatedByHash& all, const ActorHarness& harness,
                                       const std::vector<std::shared_ptr<ActorCell>>& cells) {
  for (const auto& cell : cells) {
    std::map<ActorId, uint64_t> last;
    for (const log::Event& event : harness.story(cell->id())) {
      const auto* call = std::get_if<log::Call>(&event.body);
      const auto* sender = call == nullptr ? nullptr : std::get_if<log::Sender>(&call->from);
      if (sender == nullptr) continue;
      uint64_t seq = all.at(sender->sent).event.seq;
      auto [before, is_first] = last.try_emplace(sender->actor, seq);
      if (!is_first && before->second >= seq) return "a message has overtaken another";
      before->second = seq;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ActorHarness::check_chains() const {
  LocatedByHash all;
  for (const auto& cell : cells()) {
    std::vector<ByteView> events;
    cell->chain().for_each([&](uint64_t, ByteView bytes, const Hash& hash) {
      events.push_back(bytes);
      all.emplace(hash, Located{cell->id(), *log::decode_event(bytes)});
    });
    auto verified = log::verify_chain(events, cell->chain().head());
    if (!verified) return cell->id().to_string() + ": " + verified.error().to_string();
  }
  std::set<Hash> received;
  std::set<Hash> accounted;  // Answers that were sent, by the event that says what became of them.
  for (const auto& [hash, located] : all) {
    const auto& [actor, event] = located;
    if (const auto* call = std::get_if<log::Call>(&event.body)) {
      const auto* sender = std::get_if<log::Sender>(&call->from);
      if (sender == nullptr) continue;
      if (auto wrong = check_citation(all, actor, *sender)) return wrong;
      if (!received.insert(sender->sent).second) return "a message was received twice";
    } else if (const auto* answered = std::get_if<log::Answered>(&event.body)) {
      if (answered->by && !all.contains(*answered->by)) return "an answer comes from nowhere";
      if (answered->by) accounted.insert(*answered->by);
    } else if (const auto* discarded = std::get_if<log::Discarded>(&event.body)) {
      if (!all.contains(discarded->sent)) return "a `discarded` cites a `sent` that is nowhere";
      if (!received.insert(discarded->sent).second) return "a message was received twice";
    }
  }
  for (const auto& [hash, located] : all) {
    const auto* sent = std::get_if<log::Sent>(&located.event.body);
    bool accepted = sent != nullptr && std::holds_alternative<log::SentAccepted>(sent->result) &&
                    std::holds_alternative<log::Peer>(sent->to);
    if (accepted && !received.contains(hash) && !accounted.contains(hash)) {
      return "what was sent was neither received nor discarded";
    }
  }
  return check_order(all, *this, cells());
}

std::optional<std::string> ActorHarness::check_channels() const {
  for (const auto& cell : cells()) {
    auto links = cell->channels().links();
    if (cell->channels().places() != links.size()) return "places are taken by no channel";
    if (cell->status().ended && !links.empty()) return "an actor that has ended has channels";
    for (const auto& link : links) {
      if (link->closed()) return "an end is left of a channel that is closed";
      auto other = this->cell(link->other_than(cell->id()).actor);
      if (other->channels().find(link->id) != link) return "a channel has one end";
    }
  }
  return std::nullopt;
}

}  // namespace theater::testing
