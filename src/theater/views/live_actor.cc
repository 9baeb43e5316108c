#include "theater/views/live_actor.h"

#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace theater::views {

namespace {

std::string_view durability_word(Durability durability) {
  switch (durability) {
    case Durability::kMemory:
      return "memory";
    case Durability::kAsync:
      return "async";
    case Durability::kSync:
      break;
  }
  return "sync";
}

// Of an actor's description.
constexpr size_t kMembers = 23;

// The node restarts only actors that the operator started so.
Json restart_word(const std::optional<RootInfo>& root) {
  if (!root) return nullptr;
  return restart_kind_name(root->restart);
}

}  // namespace

const std::string& LiveActor::name() const {
  return root && root->name ? *root->name : facts.common->manifest.name;
}

std::string_view state_word(const ActorStatus& status) {
  if (status.ended) return status.failure.empty() ? "Stopped" : "Failed";
  switch (status.phase) {
    case Phase::kStarting:
    case Phase::kWaiting:
      return "Starting";
    case Phase::kIdle:
      return "Idle";
    case Phase::kProcessing:
      return "Processing";
    case Phase::kPaused:
      return "Paused";
    case Phase::kShuttingDown:
      break;
  }
  return "ShuttingDown";
}

Result<LiveActor> live_actor(const Runtime& runtime, const ActorId& id) {
  ActorFacts facts = THEATER_TRY(runtime.facts(id));
  ActorStatus status = THEATER_TRY(runtime.status(id));
  ActorMetrics metrics = THEATER_TRY(runtime.metrics(id));
  return LiveActor{id, std::move(facts), std::move(status), std::move(metrics), runtime.root(id)};
}

Json live_actor_json(const LiveActor& actor) {
  const ActorStatus& status = actor.status;
  const ActorTemplate& common = *actor.facts.common;
  bool is_starting = state_word(status) == "Starting";
  constexpr double kNsPerMs = 1e6;
  // Put at the end one by one: a list of 100,000 actors has neither the time for a look at all names
  // that are there, nor for the pairs of an initializer list.
  Json::object_t members;
  members.reserve(kMembers);
  members.emplace_back("id", actor.id.to_string());
  members.emplace_back("name", actor.name());
  members.emplace_back("manifest_name", common.manifest.name);
  members.emplace_back("restart", restart_word(actor.root));
  members.emplace_back("parent",
                       actor.facts.parent ? Json(actor.facts.parent->to_string()) : Json());
  members.emplace_back("state", state_word(status));
  members.emplace_back("started", utc_text(status.began_us));
  members.emplace_back("since", utc_text(status.since_us));
  members.emplace_back("step", is_starting ? Json(status.step) : Json());
  members.emplace_back("function", json_text_or_null(status.function));
  members.emplace_back("last_function", json_text_or_null(status.last_function));
  members.emplace_back("mailbox", status.mailbox_waiting);
  members.emplace_back("events", status.events);
  members.emplace_back("head", status.head.to_string());
  members.emplace_back("calls", status.calls);
  members.emplace_back("errors", status.errors);
  members.emplace_back("restarts", status.restarts);
  members.emplace_back("memory_bytes", status.memory_bytes);
  members.emplace_back("cpu_ms", static_cast<double>(actor.metrics.calls.total_ns) / kNsPerMs);
  members.emplace_back("durability", durability_word(common.manifest.log.durability));
  members.emplace_back("component", common.component.to_string());
  members.emplace_back("ended", status.ended);
  members.emplace_back("failure", json_text_or_null(status.failure));
  return members;
}

std::string_view ending_name(const log::Ending& how) {
  return std::visit([](const auto& one) { return std::string_view(one.kCaseName); }, how);
}

std::optional<ByteView> final_data(const log::Ending& how) {
  const auto* completed = std::get_if<log::EndedCompleted>(&how);
  if (completed == nullptr || !completed->value) return std::nullopt;
  const auto* bytes = std::get_if<log::Inline>(&*completed->value);
  if (bytes == nullptr) return std::nullopt;
  return bytes->value.view();
}

Json end_json(const EndReport& end) {
  std::optional<ByteView> data = final_data(end.how);
  return {{"ended", true},
          {"how", ending_name(end.how)},
          {"data", data ? json_bytes(*data) : Json()},
          {"failure", json_text_or_null(end.failure)}};
}

}  // namespace theater::views
