// The instances of a record: the component, its functions, its state, its limits.
#include "theater/base/check.h"
#include "theater/replay/replayer.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace theater::replay {

namespace {

// Ticks are counted by a clock, so the same work takes more of them on a busier machine.
constexpr uint64_t kTicksFactor = 10;

// In a replay every answer comes at once.
class NobodyToWake final : public engine::Waker {
 public:
  void wake() override {}
};

engine::Limits limits_of(const log::Limits& recorded, uint64_t ticks) {
  engine::Limits limits;
  limits.memory_bytes = recorded.memory_bytes;
  limits.table_elements = recorded.table_elements;
  limits.core_instances = recorded.core_instances;
  limits.payload_bytes = recorded.payload_bytes;
  limits.call_ticks = ticks;
  return limits;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The names of `all` that are not among `others`, both in order.
std::string only_in(const std::vector<std::string>& all, const std::vector<std::string>& others) {
  std::vector<std::string> names;
  std::set_difference(all.begin(), all.end(), others.begin(), others.end(),
                      std::back_inserter(names));
  return list_of(names);
}

}  // namespace

uint64_t Replayer::replayed_ticks(const log::Limits& recorded) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  return recorded.call_ticks > kMax / kTicksFactor ? kMax : recorded.call_ticks * kTicksFactor;
}

Result<void> Replayer::step(const RecordedEvent& event, const log::Instance& body) {
  drop_guest();
  auto running = std::make_unique<Running>();
  running->component = THEATER_TRY(load(event, body));
  running->limits = body.limits;
  running->imports = map_imports(running->component, body.functions);
  THEATER_TRY_VOID(compare_functions(event, body, running->imports));
  THEATER_TRY_VOID(take_state(event, body.state));
  running_ = std::move(running);
  THEATER_TRY_VOID(make_guest());
  // An instance whose making nothing is recorded of is made when it is called.
  bool makes_events = THEATER_TRY(chain_.role_ahead(1)) == Role::kGuest;
  log::Instance own = body;
  own.functions = running_->imports.functions.names();
  THEATER_TRY_VOID(chain_.append(own));
  return makes_events ? instantiate() : Result<void>();
}

Result<Components::Loaded> Replayer::load(const RecordedEvent& event, const log::Instance& body) {
  if (body.engine != components_.engine() && body.engine != engine_noted_) {
    engine_noted_ = body.engine;
    findings_.notes.push_back(fmt::format("{} was computed by another engine: {}; this is {}",
                                          event.to_string(), body.engine, components_.engine()));
  }
  const Hash& digest = options_.component ? *options_.component : body.component;
  if (digest != body.component && component_noted_ != body.component) {
    component_noted_ = body.component;
    findings_.notes.push_back(fmt::format("the component {} runs in place of the recorded {}",
                                          digest.to_string(), body.component.to_string()));
  }
  if (running_ != nullptr && running_->component.digest == digest) return running_->component;
  Result<Components::Loaded> loaded = components_.load(digest);
  if (loaded) return *std::move(loaded);
  return findings_.miss(fmt::format("the component {} of {} cannot be run: {}", digest.to_string(),
                                    event.to_string(), loaded.error().to_string()));
}

Result<void> Replayer::compare_functions(const RecordedEvent& event, const log::Instance& body,
                                         const ImportMap& imports) {
  const std::vector<std::string>& own = imports.functions.names();
  if (own == body.functions) return {};
  Act recorded = act_of(event, imports.functions, {});
  Act replayed = recorded;
  recorded.text = "also has " + only_in(body.functions, own);
  replayed.text = "also has " + only_in(own, body.functions);
  return chain_.diverge("functions", std::move(recorded), std::move(replayed));
}

Result<void> Replayer::take_state(const RecordedEvent& event, const log::StateRef& recorded) {
  const auto* some = std::get_if<log::SomeState>(&recorded);
  if (some == nullptr) {
    state_.reset();
    return {};
  }
  // A state that was computed on the way is at hand.
  const log::Content& wanted = some->value;
  if (state_ && state_->size() == wanted.length && log::content_of(*state_) == wanted) return {};
  Result<Bytes> found = components_.state(wanted.digest);
  if (!found) {
    return findings_.miss(fmt::format("the state {} of {} is not there: {}",
                                      wanted.digest.to_string(), event.to_string(),
                                      found.error().to_string()));
  }
  if (log::content_of(*found) != wanted) {
    return findings_.miss(fmt::format("the state that is kept for {} does not have the digest {}",
                                      event.to_string(), wanted.digest.to_string()));
  }
  state_ = *std::move(found);
  return {};
}

Result<void> Replayer::make_guest() {
  Running& running = *running_;
  running.host =
      std::make_unique<ReplayHost>(chain_, running.imports, running.limits.payload_bytes);
  running.guest = THEATER_TRY(running.component.program->make_guest(
      limits_of(running.limits, replayed_ticks(running.limits)), *running.host,
      std::make_shared<NobodyToWake>()));
  return {};
}

Result<void> Replayer::instantiate() {
  running_->guest->instantiate();
  running_->instantiated = true;
  switch (THEATER_TRY(resume())) {
    case End::kTrapped:
      return finish_trapped();
    case End::kReleased:
      return {};
    case End::kDone:
      break;
  }
  const RecordedEvent* event = THEATER_TRY(chain_.copy_floating());
  if (event != nullptr && role_of(event->event.body) == Role::kGuest) {
    Act replayed;
    replayed.what = "was ready to be called";
    return chain_.diverge("event", act_of(*event, functions(), {}), std::move(replayed));
  }
  return {};
}

}  // namespace theater::replay
