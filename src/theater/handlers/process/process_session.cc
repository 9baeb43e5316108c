#include "theater/handlers/process/process_session.h"

#include "theater/base/check.h"
#include "theater/handlers/held_ids.h"

#include <algorithm>
#include <csignal>
#include <utility>

namespace theater {

namespace {

constexpr uint32_t kSignalMax = 31;
// Of a process that was lost, which needs no room for output.
constexpr FramingRules kNoOutput{FramingRules::Mode::kRaw, 1, 2};

tl::unexpected<std::string> no_process(uint64_t id) {
  return tl::unexpected(fmt::format("Process {} not found", id));
}
tl::unexpected<std::string> no_stdin(uint64_t id) {
  return tl::unexpected(fmt::format("Process {} not found or has no stdin", id));
}
tl::unexpected<std::string> not_spawned(std::string_view why) {
  return tl::unexpected(fmt::format("Failed to spawn process: {}", why));
}

FramingRules framing_of(const OutputMode& mode, const ProcessConfig& config, uint64_t capacity) {
  using Mode = FramingRules::Mode;
  constexpr std::array kModes = {Mode::kRaw, Mode::kLine, Mode::kJson, Mode::kChunked};
  FramingRules rules;
  rules.mode = kModes[mode.index()];
  rules.piece_max = config.buffer_size;
  if (rules.mode == Mode::kChunked)
    rules.piece_max = config.chunk_size.value_or(config.buffer_size);
  rules.capacity = std::max<size_t>(capacity, rules.piece_max + 1);
  return rules;
}

// Runs as a job: plans the process and hands it to the keeper.
void begin_process(const ProcessRequest& request, const ProcessPowers& powers,
                   const std::shared_ptr<GuestProcess>& process) {
  if (process->is_abandoned()) return;
  Result<PlannedProcess> planned = plan_process(request, powers);
  if (!planned) return process->started(Failure(std::move(planned).error()));
  auto kept = powers.keeper->start(std::move(planned->start), process);
  if (!kept) return process->started(Failure(std::move(kept).error()));
  process->attach(*std::move(kept), std::move(planned->user));
}

}  // namespace

ProcessSession::ProcessSession(const SessionContext& context, const ProcessParts& parts)
    : actor_(context.actor),
      timers_(context.timers),
      jobs_(context.jobs),
      clock_(context.clock),
      private_hosts_(context.private_hosts == nullptr ? HostList() : *context.private_hosts),
      proxies_(parts.proxies),
      rules_(context.permissions.process, context.manifest.limits.payload_bytes),
      powers_{parts.keeper,         parts.users,    parts.home,      context.actor.id(),
              context.command_user, parts.features, rules_.network()} {}

ProcessSession::~ProcessSession() {
  for (const auto& [id, process] : processes_)
    process->abandon();
}

void ProcessSession::restore(ByteView held) {
  auto ids = read_held_ids(held);
  THEATER_CHECK(ids.has_value(), "{}", ids.error().to_string());
  for (uint64_t id : *ids) {
    auto process = std::make_shared<GuestProcess>(
        GuestProcess::Parts{id, 0, actor_.name(), actor_.guest_calls(), {}, timers_}, kNoOutput,
        kNoOutput);
    processes_.emplace(id, process);
    process->lose();
  }
}

size_t ProcessSession::running() const {
  return static_cast<size_t>(
      std::ranges::count_if(processes_, [](const auto& one) { return one.second->is_running(); }));
}

Refusal ProcessSession::refuses_spawn(const ProcessConfig& config) const {
  return rules_.refuses_spawn(config, running());
}

// Keeps no more of a process that its guest has heard the end of than that end.
void ProcessSession::forget_told() {
  std::erase_if(processes_, [&](const auto& one) {
    const auto& [id, process] = one;
    if (!process->is_told()) return false;
    if (!process->has_failed()) ended_[id] = {*process->exit_code(), process->start_time()};
    return true;
  });
  while (ended_.size() > kEndedMax)
    ended_.erase(ended_.begin());
}

BeginNetwork ProcessSession::network_of(uint64_t id) const {
  if (rules_.network().kind != NetworkReach::Kind::kProxy || proxies_ == nullptr) return {};
  auto owner = std::make_shared<ProcessNetwork>(rules_.network_rules(private_hosts_), id, notes_);
  return [proxies = proxies_, owner, asker = powers_.actor.to_string()](
             Descriptor listening) -> Result<std::unique_ptr<ForwardProxy>> {
    ListeningSocket socket = THEATER_TRY(ListeningSocket::adopt(std::move(listening)));
    return proxies->serve(std::move(socket), asker, owner);
  };
}

std::shared_ptr<GuestProcess> ProcessSession::make_process(uint64_t id,
                                                           const ProcessConfig& config) {
  if (notes_ == nullptr) notes_ = actor_.notes();
  uint64_t capacity = rules_.output_buffer_max();
  return std::make_shared<GuestProcess>(
      GuestProcess::Parts{id, clock_.wall_us() / 1000, actor_.name(), actor_.guest_calls(), notes_,
                          timers_, network_of(id)},
      framing_of(config.stdout_mode, config, capacity),
      framing_of(config.stderr_mode, config, capacity));
}

void ProcessSession::spawn(Responder<SpawnedProcess> reply, const ProcessConfig& config) {
  if (auto fault = rules_.fault_of(config)) return std::move(reply).answer(not_spawned(*fault));
  for (const ExportFunction& function : process_export_functions()) {
    if (actor_.guest_calls()->exports(function)) continue;
    return std::move(reply).answer(not_spawned(fmt::format(
        "the component does not export {}, which hears of processes", function.name.to_string())));
  }
  forget_told();
  // The output of ended processes waits in memory, so they cannot be any number.
  if (processes_.size() >= 2 * rules_.processes_max()) {
    return std::move(reply).answer(not_spawned(fmt::format(
        "the actor has not heard the end of {} processes, which have ended: it returns from its "
        "calls too seldom",
        processes_.size() - running())));
  }
  uint64_t id = actor_.intent();
  auto process = make_process(id, config);
  process->expect_start(std::move(reply));
  processes_.emplace(id, process);
  ProcessRequest request{config, rules_.folder_of(config), {}};
  if (request.folder) request.root = rules_.root_of(*request.folder);
  bool is_taken = jobs_.submit([request = std::move(request), powers = powers_, process] {
    begin_process(request, powers, process);
  });
  if (is_taken) return;
  process->started(
      fail(ErrorCode::kResourceExhausted, "the node has too much to do already; try again later"));
}

std::shared_ptr<GuestProcess> ProcessSession::find(uint64_t id) const {
  auto found = processes_.find(id);
  return found == processes_.end() || found->second->has_failed() ? nullptr : found->second;
}

ProcessSession::Said<uint32_t> ProcessSession::write_stdin(uint64_t id, ByteView bytes) {
  auto process = find(id);
  auto kept = process == nullptr ? nullptr : process->kept();
  if (kept == nullptr) return no_stdin(id);
  std::optional<size_t> taken = kept->reserve_input(bytes.size());
  if (!taken) return no_stdin(id);
  if (bytes.empty()) {
    kept->stop_input();
    actor_.to_outside([kept](const std::optional<Error>&) { kept->close_input(); });
    return 0;
  }
  if (*taken == 0) return 0;
  actor_.to_outside(
      [kept, piece = to_bytes(bytes.first(*taken))](const std::optional<Error>& failure) {
        failure ? kept->drop_input(piece.size()) : kept->put_input(piece);
      });
  return static_cast<uint32_t>(*taken);
}

ProcessSession::Said<ProcessStatus> ProcessSession::status(uint64_t id) const {
  if (auto process = find(id)) {
    std::optional<int32_t> exit_code = process->exit_code();
    return ProcessStatus{id, !exit_code, exit_code, process->start_time()};
  }
  auto found = ended_.find(id);
  if (found == ended_.end()) return no_process(id);
  return ProcessStatus{id, false, found->second.exit_code, found->second.start_time};
}

ProcessSession::Said<void> ProcessSession::signal(uint64_t id, uint32_t number) const {
  auto process = find(id);
  if (process == nullptr) return no_process(id);
  if (number == 0 || number > kSignalMax) {
    return tl::unexpected(
        fmt::format("{} is no signal: they have the numbers 1 to {}", number, kSignalMax));
  }
  auto kept = process->kept();
  Result<void> sent = kept == nullptr ? fail(ErrorCode::kNotFound, "the program has ended")
                                      : kept->signal(static_cast<int>(number));
  if (!sent)
    return tl::unexpected(
        fmt::format("Failed to signal process {}: {}", id, sent.error().message()));
  return {};
}

ProcessSession::Said<void> ProcessSession::kill(uint64_t id) const {
  auto process = find(id);
  if (process == nullptr) return no_process(id);
  auto kept = process->kept();
  if (kept != nullptr && kept->kill()) return {};
  return tl::unexpected(fmt::format("Failed to kill process {}: the program has ended", id));
}

}  // namespace theater
