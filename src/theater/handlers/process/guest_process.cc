#include "theater/handlers/process/guest_process.h"

#include "theater/base/log.h"
#include "theater/handlers/process/process_values.h"
#include "theater/log/event/process_note.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace theater {

namespace {

constexpr const char* kProcessHandlers = "theater:simple/process-handlers";

const std::array<ExportFunction, 3>& process_functions_of_guest() {
  static const std::array<ExportFunction, 3> all = [] {
    std::array<ExportFunction, 3> made = {
        export_function<void(uint64_t, Bytes)>(kProcessHandlers, "handle-stdout"),
        export_function<void(uint64_t, Bytes)>(kProcessHandlers, "handle-stderr"),
        export_function<void(uint64_t, int32_t)>(kProcessHandlers, "handle-exit")};
    made[2].holds = true;
    return made;
  }();
  return all;
}

constexpr std::array kOutputs = {OutputStream::kOut, OutputStream::kErr};

size_t index_of(OutputStream which) {
  return static_cast<size_t>(which);
}

OutputStream other(OutputStream which) {
  return which == OutputStream::kOut ? OutputStream::kErr : OutputStream::kOut;
}

template <class... P>
Bytes encoded_params(const P&... params) {
  Bytes bytes;
  wit::encode_params(bytes, params...);
  return bytes;
}

std::string text_for_guest(const Error& error) {
  std::string text = "Failed to spawn process: " + error.to_string();
  return error.hint().empty() ? text : text + " (" + error.hint() + ")";
}

}  // namespace

const ProcessExports& process_exports() {
  static const ProcessExports exports{process_functions_of_guest()[0],
                                      process_functions_of_guest()[1],
                                      process_functions_of_guest()[2]};
  return exports;
}

std::span<const ExportFunction> process_export_functions() {
  return process_functions_of_guest();
}

GuestProcess::GuestProcess(Parts parts, const FramingRules& out, const FramingRules& err)
    : parts_(std::move(parts)),
      state_(State{.framers = {OutputFramer(out), OutputFramer(err)},
                   .expected = parts_.calls->expect()}) {}

void GuestProcess::expect_start(Responder<SpawnedProcess> reply) {
  state_.with([&](State& state) { state.reply = std::move(reply); });
}

void GuestProcess::attach(std::shared_ptr<KeptProcess> process,
                          std::shared_ptr<const SystemUser> user) {
  bool is_late = state_.with([&](State& state) {
    if (!state.is_over) {
      state.kept = process;
      state.user = std::move(user);
    }
    return state.is_abandoned;
  });
  if (is_late) process->kill();
  answer_start();
}

void GuestProcess::relays(Descriptor listener) {
  if (!parts_.begin_network) return;
  auto proxy = parts_.begin_network(std::move(listener));
  if (!proxy) {
    return log_line(LogLevel::kWarn, {.actor = parts_.actor, .part = "process"},
                    "process {}: it has no network: {}", parts_.id, proxy.error().to_string());
  }
  // One that is killed meanwhile takes it along.
  state_.with([&](State& state) {
    if (!state.is_abandoned) state.proxy = *std::move(proxy);
  });
}

void GuestProcess::started(const Result<void>& result) {
  state_.with([&](State& state) {
    state.started = result;
    if (result) return;
    state.is_over = true;
    state.is_end_given = true;
    state.is_told = true;
    state.has_failed = true;
    state.kept = nullptr;
    state.user = nullptr;
  });
  answer_start();
}

// The guest may use the process as soon as it has the id, so both threads have to have done theirs.
void GuestProcess::answer_start() {
  std::shared_ptr<void> expected;
  Responder<SpawnedProcess> reply;
  std::optional<Result<void>> result = state_.with([&](State& state) {
    bool is_ready = state.started && (state.kept != nullptr || state.is_over);
    if (!is_ready || !state.reply.pending()) return std::optional<Result<void>>();
    reply = std::move(state.reply);
    if (state.has_failed) expected = std::move(state.expected);
    return state.started;
  });
  if (!result) return;
  expected.reset();
  if (*result) return std::move(reply).answer(parts_.id);
  std::move(reply).answer(tl::unexpected(text_for_guest(result->error())));
}

void GuestProcess::lose() {
  state_.with([](State& state) {
    state.exit_code = kLostExitCode;
    state.is_over = true;
    for (OutputFramer& framer : state.framers)
      framer.finish();
  });
  give();
}

std::shared_ptr<KeptProcess> GuestProcess::kept() const {
  return state_.with([](const State& state) { return state.kept; });
}
std::optional<int32_t> GuestProcess::exit_code() const {
  return state_.with([](const State& state) { return state.exit_code; });
}
bool GuestProcess::is_running() const {
  return state_.with([](const State& state) { return !state.is_over; });
}
bool GuestProcess::is_told() const {
  return state_.with([](const State& state) { return state.is_told; });
}
bool GuestProcess::has_failed() const {
  return state_.with([](const State& state) { return state.has_failed; });
}
bool GuestProcess::is_abandoned() const {
  return state_.with([](const State& state) { return state.is_abandoned; });
}

void GuestProcess::abandon() {
  std::shared_ptr<KeptProcess> kept;
  std::shared_ptr<void> expected;
  std::unique_ptr<ForwardProxy> proxy;
  Timers::Id retry = state_.with([&](State& state) {
    state.is_abandoned = true;
    proxy = std::move(state.proxy);
    kept = state.kept;
    expected = std::move(state.expected);
    return std::exchange(state.retry, 0);
  });
  if (retry != 0) parts_.timers.cancel(retry);
  if (kept == nullptr) return;
  kept->kill();
  for (OutputStream which : kOutputs)
    kept->resume(which);
}

size_t GuestProcess::room(OutputStream which) {
  return state_.with([&](State& state) {
    if (state.is_abandoned) return SIZE_MAX;
    size_t room = state.framers[index_of(which)].room();
    if (room == 0) state.is_full[index_of(which)] = true;
    return room;
  });
}

void GuestProcess::output(OutputStream which, ByteView bytes) {
  state_.with([&](State& state) {
    if (!state.is_abandoned) state.framers[index_of(which)].put(bytes);
  });
  give();
}

void GuestProcess::exited(int32_t exit_code) {
  state_.with([&](State& state) { state.exit_code = exit_code; });
}

void GuestProcess::over() {
  std::shared_ptr<const SystemUser> user;
  std::unique_ptr<ForwardProxy> proxy;
  state_.with([&](State& state) {
    state.is_over = true;
    state.kept = nullptr;
    user = std::move(state.user);
    proxy = std::move(state.proxy);
    for (OutputFramer& framer : state.framers)
      framer.finish();
  });
  answer_start();
  give();
}

std::optional<GuestProcess::Event> GuestProcess::next_piece(State& state,
                                                            OutputStream which) const {
  std::optional<Bytes> piece = state.framers[index_of(which)].next();
  if (!piece) return std::nullopt;
  const ProcessExports& exports = process_exports();
  return Event{which == OutputStream::kOut ? &exports.out : &exports.err,
               encoded_params(parts_.id, *piece)};
}

std::optional<GuestProcess::Event> GuestProcess::next_event(State& state) const {
  for (OutputStream which : {state.next, other(state.next)}) {
    if (auto piece = next_piece(state, which)) {
      state.next = other(which);
      return piece;
    }
  }
  if (!state.is_over || state.is_end_given) return std::nullopt;
  state.is_end_given = true;
  return Event{&process_exports().exit, encoded_params(parts_.id, *state.exit_code)};
}

void GuestProcess::give() {
  std::shared_ptr<KeptProcess> kept;
  std::array<bool, 2> has_room{};
  std::array<std::optional<std::string>, 2> complaints;
  std::optional<Event> event = state_.with([&](State& state) -> std::optional<Event> {
    if (state.is_abandoned || state.is_with_guest) return std::nullopt;
    std::optional<Event> first = next_event(state);
    state.is_with_guest = first.has_value();
    kept = state.kept;
    for (OutputStream which : kOutputs) {
      size_t index = index_of(which);
      complaints[index] = state.framers[index].take_complaint();
      has_room[index] = state.is_full[index] && state.framers[index].room() > 0;
      if (has_room[index]) state.is_full[index] = false;
    }
    return first;
  });
  for (OutputStream which : kOutputs) {
    size_t index = index_of(which);
    if (complaints[index]) complain(which, *complaints[index]);
    if (has_room[index] && kept != nullptr) kept->resume(which);
  }
  if (event) call(*std::move(event));
}

void GuestProcess::call(Event event) {
  bool is_last = event.function == &process_exports().exit;
  auto given = parts_.calls->call(
      *event.function, Bytes(event.params), ReplyTo::Reach::kNode,
      [process = shared_from_this()](const RequestAnswer&) { process->taken(); });
  std::shared_ptr<void> expected;
  if (given) {
    if (!is_last) return;
    state_.with([&](State& state) {
      state.is_told = true;
      expected = std::move(state.expected);
    });
    return;
  }
  auto again = [process = shared_from_this(), event = std::move(event)] {
    bool is_wanted = process->state_.with([](State& state) {
      state.retry = 0;
      return !state.is_abandoned;
    });
    if (is_wanted) process->call(event);
  };
  Timers::Id timer = parts_.timers.after(kRetry, std::move(again));
  bool is_late = state_.with([&](State& state) {
    if (!state.is_abandoned) state.retry = timer;
    return state.is_abandoned;
  });
  if (is_late) parts_.timers.cancel(timer);
}

// The guest has handled its event.
void GuestProcess::taken() {
  state_.with([](State& state) { state.is_with_guest = false; });
  give();
}

void GuestProcess::complain(OutputStream which, const std::string& what) const {
  std::string text =
      fmt::format("{} on {}", what, which == OutputStream::kOut ? "stdout" : "stderr");
  log_line(LogLevel::kWarn, {.actor = parts_.actor, .part = "process"},
           "process {}: output that is no JSON is dropped: {}", parts_.id, text);
  auto notes = parts_.notes.lock();
  if (notes == nullptr) return;
  notes->note({std::string(log::kNotJson), parts_.id, log::inline_payload(wit::encode(text))}, {});
}

}  // namespace theater
