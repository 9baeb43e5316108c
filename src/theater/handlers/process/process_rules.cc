#include "theater/handlers/process/process_rules.h"

#include "theater/base/check.h"
#include "theater/manifest/grant.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// The parameters of a callback besides the bytes of a piece.
constexpr uint64_t kCallOverhead = 64;
// A longer command is not spelt out in the grant that is missing.
constexpr size_t kCommandShownMax = 500;

std::string grant_text(ProcessPermissions wanted) {
  Permissions all;
  all.process = std::move(wanted);
  return to_grants(all).front();
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

// The path without `.`, `..` and double slashes; none if it is relative or no path.
std::optional<PathPattern> folder_pattern(const std::string& cwd) {
  if (!cwd.starts_with('/')) return std::nullopt;
  auto pattern = PathPattern::parse(cwd, "/");
  if (!pattern) return std::nullopt;
  return *std::move(pattern);
}

CommandPattern missing_command(const ProcessConfig& config) {
  CommandPattern whole = CommandPattern::of(config.program, config.args);
  if (whole.text.size() <= kCommandShownMax) return whole;
  CommandPattern any = CommandPattern::of(config.program, {});
  return {any.text + " *"};
}

}  // namespace

ProcessRules::ProcessRules(std::optional<ProcessPermissions> permissions, uint64_t payload_bytes)
    : permissions_(std::move(permissions)),
      piece_max_(payload_bytes > 2 * kCallOverhead ? payload_bytes - kCallOverhead
                                                   : kCallOverhead) {}

Refusal ProcessRules::refuses() const {
  if (permissions_) return std::nullopt;
  return "process";
}

NetworkReach ProcessRules::network() const {
  return permissions_ ? permissions_->network : NetworkReach();
}

NetworkRules ProcessRules::network_rules(const HostList& private_hosts) const {
  if (!permissions_) return NetworkRules(HostList(), NameList(), private_hosts);
  return NetworkRules(permissions_->hosts, permissions_->methods, private_hosts);
}

uint64_t ProcessRules::processes_max() const {
  return permissions_ ? std::min(permissions_->max_processes.value, kProcessesMax) : 0;
}

uint64_t ProcessRules::output_buffer_max() const {
  return permissions_ ? std::min(permissions_->max_output_buffer.value, kOutputBufferMax) : 0;
}

Refusal ProcessRules::refuses_spawn(const ProcessConfig& config, size_t running) const {
  if (!permissions_) return refuses();
  if (fault_of(config)) return std::nullopt;
  const ProcessPermissions& granted = *permissions_;
  std::optional<std::string> folder = folder_of(config);
  uint64_t buffer = std::max(config.buffer_size, config.chunk_size.value_or(0));
  bool has_command = granted.commands.is_unrestricted() ||
                     granted.commands.allows(CommandPattern::of(config.program, config.args));
  bool has_folder = !folder || granted.paths.allows({*folder});
  bool has_buffer = buffer <= output_buffer_max();
  bool has_room = running < processes_max();
  if (granted.programs.allows({config.program}) && has_command && has_folder && has_buffer &&
      has_room) {
    return std::nullopt;
  }
  ProcessPermissions wanted = *Permissions::unrestricted().process;
  wanted.network = NetworkReach();
  wanted.drop_unused_hosts();
  wanted.programs = NameList({{config.program}});
  wanted.paths = folder ? PathList({{*folder}}) : PathList();
  if (!has_command) wanted.commands = CommandList({missing_command(config)});
  if (!has_buffer) wanted.max_output_buffer.value = buffer;
  if (has_room) return grant_text(std::move(wanted));
  wanted.max_processes.value = running + 1;
  return fmt::format("{} (the actor has {} processes, and may have {})",
                     grant_text(std::move(wanted)), running, processes_max());
}

std::optional<std::string> ProcessRules::fault_of(const ProcessConfig& config) const {
  size_t size = config.program.size();
  bool nul = has_nul(config.program);
  for (const std::string& word : config.args) {
    size += word.size() + 1;
    nul = nul || has_nul(word);
  }
  for (const auto& [name, value] : config.env) {
    size += name.size() + value.size() + 2;
    nul = nul || has_nul(name) || has_nul(value);
    if (name.empty() || name.find('=') != std::string::npos)
      return fmt::format("`{}` is no name of a variable", name);
  }
  size_t words = 1 + config.args.size() + config.env.size();
  if (nul) return "the program, an argument or a variable has a NUL in it";
  if (words > kWordsMax || size > kWordsSizeMax) {
    return fmt::format(
        "its arguments and variables are {} with {} bytes together; at most {} with {} are passed "
        "on: write the rest to its input",
        words, size, kWordsMax, kWordsSizeMax);
  }
  if (config.program.empty() || config.program.find('*') != std::string::npos)
    return fmt::format("`{}` is no program: it is empty or has a `*`", config.program);
  if (config.cwd && !folder_pattern(*config.cwd))
    return fmt::format("`cwd` is `{}`, which is no absolute path", *config.cwd);
  if (config.buffer_size == 0) return "`buffer-size` is 0, so no output would fit";
  if (config.chunk_size == 0u) return "`chunk-size` is 0, so no output would fit";
  uint64_t piece = std::max(config.buffer_size, config.chunk_size.value_or(0));
  if (piece > piece_max_) {
    return fmt::format(
        "`buffer-size` or `chunk-size` is {}; a message of this actor has room for {} bytes of "
        "output (`payload_bytes` in [limits])",
        piece, piece_max_);
  }
  if (config.execution_timeout == 0u) return "`execution-timeout` is 0 seconds";
  if (config.execution_timeout > kTimeoutMax)
    return fmt::format("`execution-timeout` is more than {} seconds", kTimeoutMax);
  return std::nullopt;
}

std::optional<std::string> ProcessRules::folder_of(const ProcessConfig& config) const {
  if (config.cwd) {
    auto pattern = folder_pattern(*config.cwd);
    THEATER_CHECK(pattern.has_value(), "a config with a fault is used");
    return pattern->text;
  }
  if (!permissions_ || permissions_->paths.is_unrestricted()) return std::nullopt;
  const auto& folders = permissions_->paths.patterns();
  if (folders.size() != 1) return std::nullopt;
  return folders.front().text;
}

std::string ProcessRules::root_of(const std::string& folder) const {
  if (permissions_->paths.is_unrestricted()) return folder;
  for (const PathPattern& pattern : permissions_->paths.patterns()) {
    if (pattern.covers({folder})) return pattern.text;
  }
  THEATER_CHECK(false, "the folder {} is not granted", folder);
  std::abort();
}

}  // namespace theater
