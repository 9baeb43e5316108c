#include "theater/handlers/runtime/runtime_session.h"

#include "theater/base/log.h"
#include "theater/manifest/grant.h"

#include <cmath>
#include <utility>

namespace theater {

namespace {

using Said = RuntimeSession::Said;

std::optional<LogLevel> level_from(std::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return std::nullopt;
}

Said checked_name(std::string_view what, std::string_view name) {
  if (name.empty()) return tl::unexpected(fmt::format("{} is empty", what));
  if (name.size() > RuntimeSession::kNameBytesMax) {
    return tl::unexpected(fmt::format("{} is longer than {} bytes: {}", what,
                                      RuntimeSession::kNameBytesMax, name.size()));
  }
  return {};
}

// The text of a grant for one thing.
std::string grant_for(const Permissions& permissions) {
  return to_grants(permissions).front();
}

}  // namespace

RuntimeSession::RuntimeSession(const SessionContext& context, const HostFacts& facts)
    : actor_(context.actor),
      permissions_(context.permissions),
      secrets_(context.secrets),
      declared_secrets_(context.declared_secrets),
      clock_(context.clock),
      facts_(facts),
      payload_bytes_max_(context.manifest.limits.payload_bytes) {}

void RuntimeSession::log(std::string_view message) const {
  actor_.show_line(LogLevel::kInfo, message);
}

Said RuntimeSession::log_at(std::string_view level, std::string_view message) const {
  std::optional<LogLevel> known = level_from(level);
  if (!known) {
    return tl::unexpected(
        fmt::format("Unknown log level '{}': use debug, info, warn or error", level.substr(0, 32)));
  }
  actor_.show_line(*known, message);
  return {};
}

log::ShortChain RuntimeSession::chain() const {
  return log::short_chain(actor_.chain(), payload_bytes_max_);
}

Bytes RuntimeSession::last_event_data() const {
  return log::last_event_data(actor_.chain(), payload_bytes_max_);
}

Said RuntimeSession::shutdown(std::optional<Bytes> data) {
  actor_.end_after_call(std::move(data));
  return {};
}

std::string RuntimeSession::actor_id() const {
  return actor_.id().to_string();
}

std::string RuntimeSession::actor_name() const {
  return actor_.name();
}

uint64_t RuntimeSession::now_ms() const {
  return clock_.wall_us() / 1000;
}

Refusal RuntimeSession::refuses_variable(std::string_view name) const {
  if (permissions_.environment && permissions_.environment->allows_var(name)) return std::nullopt;
  Permissions wanted;
  wanted.environment.emplace().vars = EnvironmentNames({std::string(name)}, {}, {});
  return grant_for(wanted);
}

std::optional<std::string> RuntimeSession::variable(std::string_view name) const {
  // Such names cannot be set, and the C library would read another one up to the NUL.
  if (name.empty() || name.find('\0') != name.npos || name.find('=') != name.npos) {
    return std::nullopt;
  }
  // As get-var of the handler `environment`.
  if (const HeldSecret* secret = secrets_.shown_by(name)) return secret->placeholder;
  if (is_secret_variable(declared_secrets_, name)) return std::nullopt;
  return facts_.environment(std::string(name));
}

Said RuntimeSession::record_metric(std::string_view name, double value) const {
  if (Said checked = checked_name("Metric name", name); !checked) return checked;
  if (std::isnan(value)) return tl::unexpected(std::string("Metric value is not a number"));
  return actor_.record_metric(name, value);
}

Said RuntimeSession::record_event(std::string_view type) const {
  return checked_name("Event type", type);
}

Refusal RuntimeSession::refuses_system_info() const {
  if (permissions_.runtime && permissions_.runtime->system_info) return std::nullopt;
  Permissions wanted;
  wanted.runtime.emplace().system_info = true;
  return grant_for(wanted);
}

SystemInfo RuntimeSession::system_info() const {
  return facts_.system_info();
}

}  // namespace theater
