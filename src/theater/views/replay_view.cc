#include "theater/views/replay_view.h"

#include "theater/base/hex.h"
#include "theater/base/printable.h"
#include "theater/base/utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace theater::views {

namespace {

std::string_view outcome_name(replay::Outcome outcome) {
  switch (outcome) {
    case replay::Outcome::kIdentical:
      return "IDENTICAL";
    case replay::Outcome::kDiverged:
      return "DIVERGED";
    case replay::Outcome::kUnverifiable:
      return "UNVERIFIABLE";
  }
  return "UNVERIFIABLE";
}

std::string side_text(std::string_view title, const replay::Side& side) {
  std::string text;
  text += fmt::format("  {}: {}\n", title, escape_control(side.what));
  auto part = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("    {:<10}{}\n", name, escape_control(value));
  };
  part("function", side.function);
  part("arguments", side.arguments);
  part("result", side.result);
  return text;
}

constexpr size_t kLongText = 120;
constexpr size_t kShownBefore = 40;
constexpr size_t kShownAfter = 40;

// The place where two long texts part, with a little of each around it.
std::string difference_text(std::string_view name, std::string_view recorded,
                            std::string_view replayed) {
  if (recorded == replayed || std::max(recorded.size(), replayed.size()) < kLongText) return {};
  std::string text;
  auto at = static_cast<size_t>(
      std::mismatch(recorded.begin(), recorded.end(), replayed.begin(), replayed.end()).first -
      recorded.begin());
  size_t from = at - std::min(at, kShownBefore);
  auto part = [&](std::string_view title, std::string_view value) {
    text += fmt::format(
        "    {:<10}…{}…\n", title,
        escape_control(value.substr(std::min(from, value.size()), at - from + kShownAfter)));
  };
  text += fmt::format("  the {} part at character {}:\n", name, at);
  part("recorded", recorded);
  part("replayed", replayed);
  return text;
}

std::string divergence_text(const replay::Divergence& at) {
  std::string text;
  text += fmt::format(
      "REPLAY DIVERGED at event {}{}\n", at.seq,
      at.event.empty() ? ", after the end of the record" : fmt::format(" ({})", at.event));
  if (!at.event.empty()) text += fmt::format("  event: {}\n", at.hash.to_string());
  if (!at.call.empty())
    text += fmt::format("  in the call: {}, event {}\n", escape_control(at.call), at.call_seq);
  text += fmt::format("  differs in: {}\n", at.field);
  text += side_text("recorded", at.recorded) + side_text("replayed", at.replayed);
  text += difference_text("arguments", at.recorded.arguments, at.replayed.arguments);
  return text + difference_text("results", at.recorded.result, at.replayed.result);
}

std::string state_text(const std::optional<Bytes>& state) {
  if (!state) return "state: none\n";
  if (is_utf8(as_text(*state))) {
    return fmt::format("state: {}\n", escape_control(as_text(*state)));
  }
  return fmt::format("state, in hexadecimal: {}\n", to_hex(*state));
}

Json to_json(const replay::Side& side) {
  auto value = [](const std::string& json) {
    Json parsed = Json::parse(json, nullptr, false);
    return parsed.is_discarded() ? json_text_or_null(json) : parsed;
  };
  return {{"what", side.what},
          {"function", json_text_or_null(side.function)},
          {"arguments", value(side.arguments)},
          {"result", value(side.result)}};
}

Json to_json(const replay::Divergence& at) {
  return {{"seq", at.seq},
          {"event", json_text_or_null(at.event)},
          {"hash", at.event.empty() ? Json() : Json(at.hash.to_string())},
          {"call", json_text_or_null(at.call)},
          {"call_seq", at.call.empty() ? Json() : Json(at.call_seq)},
          {"field", at.field},
          {"recorded", to_json(at.recorded)},
          {"replayed", to_json(at.replayed)}};
}

}  // namespace

Json replay_json(const replay::Report& report, ShownState state) {
  Json out = {{"outcome", outcome_name(report.outcome)},
              {"actor", report.actor.to_string()},
              {"name", report.name},
              {"events", report.events},
              {"calls", report.calls},
              {"head", report.head.to_string()},
              {"complete", report.complete},
              {"ended", report.ended},
              {"divergence", report.divergence ? to_json(*report.divergence) : Json()},
              {"missing", report.missing},
              {"notes", report.notes}};
  if (state == ShownState::kShown) out["state"] = report.state ? json_bytes(*report.state) : Json();
  return out;
}

std::string replay_text(const replay::Report& report, ShownState state) {
  std::string text;
  if (report.outcome == replay::Outcome::kDiverged && report.divergence) {
    text += divergence_text(*report.divergence);
  } else if (report.outcome == replay::Outcome::kIdentical) {
    text += fmt::format("REPLAY IDENTICAL: {} events, {} calls; head {}\n", report.events,
                        report.calls, report.head.to_string());
    text += report.complete ? "  that is the recorded head, and the record ends there\n"
                            : "  that is the recorded hash of the last event replayed\n";
  } else {
    text += fmt::format("REPLAY UNVERIFIABLE: {} events, {} calls agree; head {}\n", report.events,
                        report.calls, report.head.to_string());
  }
  for (const std::string& missing : report.missing)
    text += fmt::format("missing: {}\n", escape_control(missing));
  for (const std::string& note : report.notes)
    text += fmt::format("note: {}\n", escape_control(note));
  if (state == ShownState::kShown) text += state_text(report.state);
  return text;
}

}  // namespace theater::views
