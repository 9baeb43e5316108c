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
  return {{"id", actor.id.to_string()},
          {"name", actor.name()},
          {"manifest_name", common.manifest.name},
          {"restart", restart_word(actor.root)},
          {"parent", actor.facts.parent ? Json(actor.facts.parent->to_string()) : Json()},
          {"state", state_word(status)},
          {"started", utc_text(status.began_us)},
          {"since", utc_text(status.since_us)},
          {"step", is_starting ? Json(status.step) : Json()},
          {"function", json_text_or_null(status.function)},
          {"last_function", json_text_or_null(status.last_function)},
          {"mailbox", status.mailbox_waiting},
          {"events", status.events},
          {"head", status.head.to_string()},
          {"calls", status.calls},
          {"errors", status.errors},
          {"restarts", status.restarts},
          {"memory_bytes", status.memory_bytes},
          {"cpu_ms", static_cast<double>(actor.metrics.calls.total_ns) / kNsPerMs},
          {"durability", durability_word(common.manifest.log.durability)},
          {"component", common.component.to_string()},
          {"ended", status.ended},
          {"failure", json_text_or_null(status.failure)}};
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
