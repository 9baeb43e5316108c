#include "theater/handlers/runtime/runtime_session.h"

#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/log/view.h"
#include "theater/manifest/grant.h"

#include <algorithm>
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

// A viewer that stands before event `first`, with the function table that is current there.
log::EventViewer viewer_before(const log::Chain& chain, uint64_t first) {
  log::FunctionTable functions = chain.functions_at_first();
  for (uint64_t seq = chain.first_seq(); seq < first; ++seq) {
    Result<log::Event> event = log::decode_event_in_place(chain.event(seq));
    THEATER_CHECK(event, "event {} of our own making does not decode", seq);
    if (auto* instance = std::get_if<log::Instance>(&event->body)) {
      functions = log::FunctionTable::from_names(instance->functions);
    }
  }
  return log::EventViewer(std::move(functions));
}

log::EventView view_of(log::EventViewer& viewer, const log::Chain& chain, uint64_t seq) {
  Result<log::EventView> view = viewer.view(chain.event(seq), chain.hash(seq));
  THEATER_CHECK(view, "event {} of our own making does not decode", seq);
  return *std::move(view);
}

// Octets that an event takes in the encoded chain, at most.
size_t encoded_size_max(const ShortMetaEvent& meta) {
  return meta.event.event_type.size() + meta.event.data.size() + 2 * 10 + 3 * 5 + 1;
}

}  // namespace

RuntimeSession::RuntimeSession(const SessionContext& context, const HostFacts& facts)
    : actor_(context.actor),
      permissions_(context.permissions),
      clock_(context.clock),
      facts_(facts),
      view_bytes_max_(std::min<uint64_t>(kViewBytesMax, context.manifest.limits.payload_bytes)) {}

void RuntimeSession::log(std::string_view message) const {
  if (!log_enabled(LogLevel::kInfo)) return;
  write_log(LogLevel::kInfo, {.actor = actor_.name(), .part = {}}, message);
}

Said RuntimeSession::log_at(std::string_view level, std::string_view message) const {
  std::optional<LogLevel> known = level_from(level);
  if (!known) {
    return tl::unexpected(
        fmt::format("Unknown log level '{}': use debug, info, warn or error", level.substr(0, 32)));
  }
  if (log_enabled(*known)) write_log(*known, {.actor = actor_.name(), .part = {}}, message);
  return {};
}

ShortChain RuntimeSession::chain() const {
  const log::Chain& chain = actor_.chain();
  // An event's JSON is longer than its bytes, so what is before `first` cannot fit.
  uint64_t first = chain.end_seq();
  for (size_t bytes = 0; first > chain.first_seq(); --first) {
    bytes += chain.event(first - 1).size();
    if (bytes > view_bytes_max_) break;
  }
  log::EventViewer viewer = viewer_before(chain, first);
  ShortChain result;
  std::vector<size_t> sizes;
  size_t total = 5;
  for (uint64_t seq = first; seq < chain.end_seq(); ++seq) {
    log::EventView view = view_of(viewer, chain, seq);
    ShortMetaEvent meta;
    meta.hash = log::short_hash(view.hash);
    meta.event.event_type = std::move(view.event_type);
    if (view.parent) meta.event.parent = log::short_hash(*view.parent);
    meta.event.data = to_bytes(view.data);
    sizes.push_back(encoded_size_max(meta));
    total += sizes.back();
    result.events.push_back(std::move(meta));
  }
  size_t dropped = 0;
  while (total > view_bytes_max_ && dropped < sizes.size())
    total -= sizes[dropped++];
  result.events.erase(result.events.begin(),
                      result.events.begin() + static_cast<std::ptrdiff_t>(dropped));
  return result;
}

Bytes RuntimeSession::last_event_data() const {
  const log::Chain& chain = actor_.chain();
  if (chain.kept() == 0) return {};
  uint64_t last = chain.end_seq() - 1;
  if (chain.event(last).size() > view_bytes_max_) return {};
  log::EventViewer viewer = viewer_before(chain, last);
  log::EventView view = view_of(viewer, chain, last);
  // Five octets of length come before the bytes.
  if (view.data.size() + 5 > view_bytes_max_) return {};
  return to_bytes(view.data);
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
  return facts_.environment(std::string(name));
}

Said RuntimeSession::record_metric(std::string_view name, double value) const {
  if (Said checked = checked_name("Metric name", name); !checked) return checked;
  if (std::isnan(value)) return tl::unexpected(std::string("Metric value is not a number"));
  return {};
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
