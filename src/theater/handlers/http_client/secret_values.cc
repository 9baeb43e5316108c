#include "theater/handlers/http_client/secret_values.h"

#include "theater/base/file_handle.h"
#include "theater/base/log.h"
#include "theater/base/own_environment.h"
#include "theater/manifest/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

namespace theater {

namespace {

Result<SecretValue> checked(ByteView bytes) {
  if (bytes.size() > SecretValues::kSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "it has more than {} bytes", SecretValues::kSizeMax);
  }
  if (bytes.size() < SecretValues::kSizeMin) {
    return fail(ErrorCode::kInvalidArgument,
                "it has {} bytes, and a secret has at least {}: a search for a shorter one would "
                "find it by chance",
                bytes.size(), SecretValues::kSizeMin);
  }
  if (has_control_character(as_text(bytes))) {
    return fail(ErrorCode::kInvalidArgument,
                "it has a control character, or more than one line, which no header can carry");
  }
  return std::make_shared<const SecretBytes>(bytes);
}

ByteView without_line_break(ByteView bytes) {
  std::string_view text = as_text(bytes);
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() < bytes.size() && text.ends_with('\r')) text.remove_suffix(1);
  return as_bytes(text);
}

Result<SecretValue> read_value(const std::filesystem::path& path) {
  // One byte more than a value and its line break may have shows that there are too many.
  std::array<uint8_t, SecretValues::kSizeMax + 3> buffer;
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kReadThroughLink));
  size_t size = THEATER_TRY(file.read_at(0, buffer));
  Result<SecretValue> value = checked(without_line_break(std::span(buffer).first(size)));
  wipe(std::span<uint8_t>(buffer));
  return value;
}

Result<SecretValue> value_of(const SecretSource& source) {
  if (source.kind == SecretSource::Kind::kEnvironment) {
    std::shared_ptr<const SecretBytes> value = take_variable(source.name);
    if (value == nullptr) return fail(ErrorCode::kNotFound, "the variable is not set");
    return checked(value->view());
  }
  std::optional<std::filesystem::path> file = secret_file(source);
  if (file) return read_value(*file);
  return fail(ErrorCode::kNotFound,
              "the node has no $CREDENTIALS_DIRECTORY: systemd sets it for a service with "
              "LoadCredential=");
}

LogSource log_source() {
  return {.actor = {}, .part = "secrets"};
}

}  // namespace

SecretValues::SecretValues(Entries entries, const Clock& clock)
    : clock_(clock),
      has_files_(std::any_of(entries.begin(), entries.end(),
                             [](const auto& entry) {
                               return entry.second.source.kind != SecretSource::Kind::kEnvironment;
                             })),
      state_(State{std::move(entries), clock.monotonic(), false, {}}) {}

Result<std::shared_ptr<SecretValues>> SecretValues::open(std::span<const SecretRule> rules,
                                                         const Clock& clock) {
  Entries entries;
  std::string problems;
  for (const SecretRule& rule : rules) {
    Entry entry = read(rule.source);
    if (entry.value == nullptr) {
      problems += fmt::format("{}secret `{}` ({}): {}", problems.empty() ? "" : "\n", rule.name,
                              rule.source.to_string(), entry.why_none);
    }
    entries.emplace(rule.name, std::move(entry));
  }
  if (!problems.empty()) return fail(ErrorCode::kInvalidArgument, "{}", problems);
  auto* values = new SecretValues(std::move(entries), clock);  // tidy: owned by the shared_ptr
  return std::shared_ptr<SecretValues>(values);
}

std::optional<std::string> SecretValues::problem_with(const SecretSource& source) {
  std::optional<std::string> problem;
  if (source.kind == SecretSource::Kind::kEnvironment) {
    const char* value = ::getenv(source.name.c_str());
    if (value == nullptr) return "the variable is not set";
    if (auto checked_value = checked(as_bytes(value)); !checked_value)
      problem = checked_value.error().message();
    return problem;
  }
  if (auto value = value_of(source); !value) problem = value.error().to_string();
  return problem;
}

SecretValues::Entry SecretValues::read(const SecretSource& source) {
  Result<SecretValue> value = value_of(source);
  if (value) return {source, *std::move(value), {}};
  return {source, nullptr, value.error().to_string()};
}

Result<SecretValue> SecretValues::value(std::string_view name) const {
  return state_.with([&](const State& state) -> Result<SecretValue> {
    auto found = state.entries.find(name);
    if (found == state.entries.end())
      return fail(ErrorCode::kUnavailable, "this node has no value of the secret `{}`", name);
    const Entry& entry = found->second;
    if (entry.value != nullptr) return entry.value;
    return fail(ErrorCode::kUnavailable, "the secret `{}` has no value now ({}): {}", name,
                entry.source.to_string(), entry.why_none);
  });
}

void SecretValues::prepare(JobRunner& jobs, std::function<void()> then) {
  bool must_look = false;
  bool waits = has_files_ && state_.with([&](State& state) {
    bool is_fresh = clock_.monotonic() - state.looked < kLookPeriod;
    if ((is_fresh && !state.is_looking) || state.waiting.size() >= kWaitingMax) return false;
    state.waiting.push_back(then);
    must_look = !std::exchange(state.is_looking, true);
    return true;
  });
  if (!waits) return then();
  if (must_look && !jobs.submit([self = shared_from_this()] { self->look_again(); })) end_look();
}

void SecretValues::look_again() {
  Entries before = state_.with([](const State& state) { return state.entries; });
  for (auto& [name, old] : before) {
    if (old.source.kind == SecretSource::Kind::kEnvironment) continue;
    Entry entry = read(old.source);
    bool has = entry.value != nullptr;
    bool had = old.value != nullptr;
    if (has && had && entry.value->text() == old.value->text()) continue;
    if (has) {
      log_line(LogLevel::kInfo, log_source(), "the secret `{}` has another value now", name);
    } else if (had) {
      log_line(LogLevel::kWarn, log_source(),
               "the secret `{}` ({}) has no value any more, and requests with it are refused: {}",
               name, entry.source.to_string(), entry.why_none);
    }
    state_.with([&](State& state) { state.entries.at(name) = std::move(entry); });
  }
  state_.with([&](State& state) { state.looked = clock_.monotonic(); });
  end_look();
}

void SecretValues::end_look() {
  auto waiting = state_.with([](State& state) {
    state.is_looking = false;
    return std::exchange(state.waiting, {});
  });
  for (const std::function<void()>& then : waiting)
    then();
}

}  // namespace theater
