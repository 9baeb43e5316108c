#include "theater/cli/commands/actor_text.h"

#include "theater/cli/terminal/output.h"
#include "theater/views/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <ctime>

namespace theater::cli {

namespace {

using views::Json;

constexpr uint64_t kSlowUs = 30'000'000;
constexpr size_t kShortIdDigits = 12;

// For how long it is since the time in the member `name`.
std::string age_of(const Json& actor, const char* name, uint64_t now_us) {
  auto since = read_utc(member_text(actor, name));
  return since ? age_text(*since, now_us) : "-";
}

std::string cpu_text(const Json& actor) {
  auto found = actor.find("cpu_ms");
  if (found == actor.end() || !found->is_number()) return "-";
  double ms = found->get<double>();
  if (!std::isfinite(ms) || ms < 0 || ms > 1e12) return "-";
  return views::duration_text(static_cast<uint64_t>(ms * 1e6));
}

// A function without its interface, which would fill the line.
std::string short_function(const std::string& function) {
  size_t slash = function.rfind('/');
  return slash == std::string::npos ? function : function.substr(slash + 1);
}

// The step of an actor that starts, or else the function that runs.
std::string doing_text(const Json& actor) {
  std::string step = member_text(actor, "step", "");
  std::string function = member_text(actor, "function", "");
  if (!step.empty() && function.empty()) return step;
  return short_function(function);
}

}  // namespace

std::optional<uint64_t> read_utc(std::string_view text) {
  std::tm parts{};
  std::string copy(text);
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  uint64_t fraction = 0;
  if (*rest == '.') {
    uint64_t unit = 100'000;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10)
      fraction += unit * static_cast<uint64_t>(*rest - '0');
  }
  if (*rest != 'Z' || rest[1] != '\0') return std::nullopt;
  time_t seconds = ::timegm(&parts);
  if (seconds < 0) return std::nullopt;
  return static_cast<uint64_t>(seconds) * 1'000'000 + fraction;
}

std::string age_text(uint64_t since_us, uint64_t now_us) {
  // The server's clock may be ahead.
  uint64_t seconds = now_us > since_us ? (now_us - since_us) / 1'000'000 : 0;
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 86'400) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86'400);
}

std::string member_text(const Json& object, const char* name, std::string_view otherwise) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::string(otherwise);
  if (found->is_string()) return found->get<std::string>();
  return found->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string short_id_of(const Json& actor) {
  return member_text(actor, "id").substr(0, kShortIdDigits);
}

std::string_view state_colour(std::string_view state) {
  if (state == "Failed") return "31";
  if (state == "Paused" || state == "ShuttingDown") return "33";
  if (state == "Processing" || state == "Starting") return "32";
  return state == "Stopped" ? "2" : "";
}

Table actor_table() {
  using Kind = Column::Kind;
  return Table({{"ID"},
                {"NAME", Kind::kShrinkingText},
                {"STATE"},
                {"FOR", Kind::kNumber},
                {"AGE", Kind::kNumber},
                {"MAILBOX", Kind::kNumber},
                {"CPU", Kind::kNumber},
                {"FUNCTION", Kind::kShrinkingText}});
}

std::vector<Cell> actor_row(const Json& actor, uint64_t now_us) {
  std::string state = member_text(actor, "state");
  std::string_view colour = state_colour(state);
  std::string function = doing_text(actor);
  if (function.empty()) function = short_function(member_text(actor, "last_function", ""));
  return {{short_id_of(actor)},
          {member_text(actor, "name")},
          {std::move(state), colour},
          {age_of(actor, "since", now_us)},
          {age_of(actor, "started", now_us)},
          {member_text(actor, "mailbox")},
          {cpu_text(actor)},
          {std::move(function)}};
}

void print_warnings(const Json& started) {
  auto warnings = started.find("warnings");
  if (warnings == started.end() || !warnings->is_array()) return;
  for (const Json& warning : *warnings) {
    if (warning.is_string()) print_warning(printable(warning.get<std::string>()));
  }
}

std::string actor_facts(const Json& actor, uint64_t now_us) {
  std::vector<std::pair<std::string, std::string>> facts;
  for (const auto& [name, value] : actor.items()) {
    if (value.is_null()) continue;
    std::string text = member_text(actor, name.c_str());
    if (name == "since" || name == "started")
      text += fmt::format(" ({})", age_of(actor, name.c_str(), now_us));
    if (name == "cpu_ms") text = cpu_text(actor);
    if (name == "memory_bytes" && value.is_number_integer() && value.get<int64_t>() >= 0)
      text = views::bytes_text(value.get<uint64_t>());
    std::string label = name == "cpu_ms" ? "cpu" : name == "memory_bytes" ? "memory" : name;
    facts.emplace_back(std::move(label), std::move(text));
  }
  return facts_text(facts);
}

std::optional<std::string> slow_warning(const Json& actor, uint64_t now_us) {
  std::string state = member_text(actor, "state");
  if (state != "Starting" && state != "Processing") return std::nullopt;
  auto since = read_utc(member_text(actor, "since"));
  if (!since || now_us < *since + kSlowUs) return std::nullopt;
  std::string doing = doing_text(actor);
  return fmt::format("`{}` has been in {} for {}", member_text(actor, "name"),
                     doing.empty() ? state : doing, age_text(*since, now_us));
}

}  // namespace theater::cli
