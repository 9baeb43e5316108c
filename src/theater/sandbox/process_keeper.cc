#include "theater/sandbox/process_keeper.h"

#include "theater/base/open_files.h"
#include "theater/base/thread_name.h"
#include "theater/sandbox/keeper_inbox.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace theater {

namespace {

using KeeperTime = std::chrono::steady_clock;

constexpr size_t kReadMax = size_t{64} << 10;
constexpr std::chrono::milliseconds kGroupsPause{5};
constexpr std::chrono::milliseconds kGroupsPauseMax{1000};
constexpr uint64_t kKinds = 8;  // More than there are of Watched.
constexpr std::array kBothStreams = {OutputStream::kOut, OutputStream::kErr};

// A write to a pipe that no process reads is an error, not a signal.
void block_broken_pipes() {
  sigset_t broken;
  ::sigemptyset(&broken);
  ::sigaddset(&broken, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken, nullptr);
}

}  // namespace

struct ProcessKeeper::Kept {
  uint64_t number = 0;
  std::shared_ptr<KeptProcess> handle;
  std::shared_ptr<ProcessListener> listener;
  CommandProcess process;
  std::optional<KeeperTime::time_point> deadline;
  std::chrono::milliseconds grace{0};
  bool is_timed_out = false;
  bool has_exited = false;
  bool is_input_watched = false;
  std::array<bool, 2> is_watched{};

  Descriptor& output(OutputStream which) {
    return which == OutputStream::kOut ? process.out : process.err;
  }
};

ProcessKeeper::ProcessKeeper()
    : inbox_(std::make_shared<KeeperInbox>()), events_(::epoll_create1(EPOLL_CLOEXEC)) {
  inbox_->wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (inbox_->wake.open()) watch(inbox_->wake, 0, Watched::kWake, EPOLLIN);
}

ProcessKeeper::~ProcessKeeper() {
  stop();
}

void ProcessKeeper::stop() {
  std::thread thread = inbox_->content.with([](KeeperInbox::Content& content) {
    content.is_stopping = true;
    return std::move(content.thread);
  });
  inbox_->notify();
  if (thread.joinable()) thread.join();
}

Result<std::shared_ptr<KeptProcess>> ProcessKeeper::start(
    KeptStart start, std::shared_ptr<ProcessListener> listener) {
  if (!inbox_->wake.open() || !events_.open()) {
    return fail(ErrorCode::kResourceExhausted,
                "no process can be started: the system had no eventfd or epoll left");
  }
  THEATER_TRY_VOID(check_file_room(FileHolder::kGuest));
  if (count_.fetch_add(1) >= kProcessesMax) {
    count_.fetch_sub(1);
    return fail(ErrorCode::kResourceExhausted,
                "{} processes run on this node already; try again when one has ended",
                kProcessesMax);
  }
  uint64_t number = ++last_number_;
  auto handle = std::make_shared<KeptProcess>(inbox_, number, start.command.takes_input);
  auto begun = std::make_unique<BegunProcess>(
      BegunProcess{number, std::move(start), handle, std::move(listener)});
  bool is_taken = inbox_->content.with([&](KeeperInbox::Content& content) {
    if (content.is_stopping) return false;
    content.begun.push_back(std::move(begun));
    if (!content.thread.joinable()) content.thread = std::thread([this] { work(); });
    return true;
  });
  if (!is_taken) {
    count_.fetch_sub(1);
    return fail(ErrorCode::kCancelled, "the node starts no process any more, since it closes");
  }
  inbox_->notify();
  return handle;
}

void ProcessKeeper::work() {
  name_this_thread("processes");
  block_broken_pipes();
  buffer_.resize(kReadMax);
  while (take_inbox()) {
    look_at_times();
    look_at_groups();
    wait_for_something();
  }
}

// Takes what other threads have left. False once the keeper stops and all processes are over.
bool ProcessKeeper::take_inbox() {
  std::vector<std::unique_ptr<BegunProcess>> begun;
  std::vector<std::shared_ptr<KeptProcess>> changed;
  inbox_->content.with([&](KeeperInbox::Content& content) {
    begun = std::exchange(content.begun, {});
    changed = std::exchange(content.changed, {});
    is_stopping_ = content.is_stopping;
  });
  for (auto& one : begun)
    begin(std::move(*one));
  for (const auto& handle : changed) {
    auto is_resumed = handle->take_changes();
    auto found = kept_.find(handle->number_);
    if (found == kept_.end()) continue;
    Kept& kept = *found->second;
    look_at_input(kept);
    for (OutputStream which : kBothStreams) {
      if (is_resumed[static_cast<size_t>(which)]) set_watched(kept, which, true);
    }
    if (kept.has_exited) drain(kept);
  }
  if (!is_stopping_) return true;
  for (auto at = kept_.begin(); at != kept_.end();) {
    Kept& kept = *(at++)->second;
    (void)kept.handle->kill();
    if (kept.has_exited) drain(kept);
  }
  if (!kept_.empty()) return true;
  inbox_->content.with([](KeeperInbox::Content& content) { content.is_gone = true; });
  return false;
}

void ProcessKeeper::begin(BegunProcess begun) {
  auto give_up = [&](Result<void> why) {
    begun.start.reset();
    begun.handle->end();
    count_.fetch_sub(1);
    begun.listener->started(why);
  };
  if (is_stopping_ || begun.handle->is_killed()) {
    return give_up(fail(ErrorCode::kCancelled, "the process was ended before it began"));
  }
  Result<CommandProcess> process = start_process(begun.start->command, begun.start->wall);
  if (!process) return give_up(Failure(std::move(process).error()));
  auto kept = std::make_unique<Kept>();
  kept->number = begun.number;
  kept->handle = std::move(begun.handle);
  kept->listener = std::move(begun.listener);
  kept->process = *std::move(process);
  if (begun.start->time_max) kept->deadline = KeeperTime::now() + *begun.start->time_max;
  kept->grace = begun.start->grace;
  if (kept->process.group.groups() != nullptr) groups_ = kept->process.group.groups();
  begun.start.reset();
  (void)kept->handle->begin(kept->process);
  watch(kept->process.process, begun.number, Watched::kProcess, EPOLLIN);
  if (kept->process.requests.open())
    watch(kept->process.requests, begun.number, Watched::kRequests, EPOLLIN);
  for (OutputStream which : kBothStreams)
    set_watched(*kept, which, true);
  auto listener = kept->listener;
  Descriptor relay_listener = std::move(kept->process.relay_listener);
  kept_.emplace(begun.number, std::move(kept));
  if (relay_listener.open()) listener->relays(std::move(relay_listener));
  listener->started({});
}

void ProcessKeeper::wait_for_something() {
  std::optional<KeeperTime::time_point> next = groups_due_;
  for (const auto& [number, kept] : kept_) {
    if (kept->deadline && !kept->has_exited && (!next || *kept->deadline < *next))
      next = kept->deadline;
  }
  int timeout_ms = -1;
  if (next) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - KeeperTime::now()).count();
    timeout_ms = static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
  }
  std::array<epoll_event, 64> happened{};
  int count = ::epoll_wait(events_.number(), happened.data(), happened.size(), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = happened[static_cast<size_t>(i)];
    handle(event.data.u64, event.events);
  }
}

void ProcessKeeper::handle(uint64_t event, uint32_t what) {
  auto watched = static_cast<Watched>(event % kKinds);
  if (watched == Watched::kWake) {
    uint64_t count = 0;
    (void)!::read(inbox_->wake.number(), &count, sizeof count);
    return;
  }
  auto found = kept_.find(event / kKinds);
  if (found == kept_.end()) return;  // An event before it in the same round was its last.
  Kept& kept = *found->second;
  switch (watched) {
    case Watched::kProcess:
      return collect(kept);
    case Watched::kOut:
      return look_at_output(kept, OutputStream::kOut);
    case Watched::kErr:
      return look_at_output(kept, OutputStream::kErr);
    case Watched::kRequests:
      return answer_request(kept, what);
    case Watched::kInput:
      return look_at_input(kept);
    case Watched::kWake:
      return;
  }
}

void ProcessKeeper::look_at_times() {
  auto now = KeeperTime::now();
  for (const auto& [number, kept] : kept_) {
    if (!kept->deadline || kept->has_exited || now < *kept->deadline) continue;
    bool is_first = !std::exchange(kept->is_timed_out, true);
    if (is_first) kept->listener->timed_out();
    if (is_first && kept->grace.count() > 0) {
      kept->handle->signal_all(SIGTERM);
      kept->deadline = now + kept->grace;
    } else {
      kept->handle->signal_all(SIGKILL);
      kept->deadline.reset();
    }
  }
}

void ProcessKeeper::look_at_groups() {
  if (groups_ == nullptr || !groups_->has_left()) {
    groups_due_.reset();
    return;
  }
  auto now = KeeperTime::now();
  if (groups_due_ && now < *groups_due_) return;
  groups_pause_ = groups_due_ ? std::min(2 * groups_pause_, kGroupsPauseMax) : kGroupsPause;
  groups_due_ = now + groups_pause_;
  groups_->remove_left();
}

void ProcessKeeper::watch(const Descriptor& descriptor, uint64_t number, Watched what,
                          uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = number * kKinds + static_cast<uint64_t>(what);
  (void)::epoll_ctl(events_.number(), EPOLL_CTL_ADD, descriptor.number(), &event);
}

void ProcessKeeper::unwatch(const Descriptor& descriptor) {
  (void)::epoll_ctl(events_.number(), EPOLL_CTL_DEL, descriptor.number(), nullptr);
}

// The epoll reports the end of a pipe always, so an output that is not wanted is not in it.
void ProcessKeeper::set_watched(Kept& kept, OutputStream which, bool wanted) {
  bool& is_watched = kept.is_watched[static_cast<size_t>(which)];
  const Descriptor& output = kept.output(which);
  if (!output.open() || is_watched == wanted) return;
  is_watched = wanted;
  if (!wanted) return unwatch(output);
  watch(output, kept.number, which == OutputStream::kOut ? Watched::kOut : Watched::kErr, EPOLLIN);
}

void ProcessKeeper::close_output(Kept& kept, OutputStream which) {
  set_watched(kept, which, false);
  kept.output(which).reset();
}

ProcessKeeper::ReadStep ProcessKeeper::read(Kept& kept, OutputStream which) {
  const Descriptor& from = kept.output(which);
  if (!from.open()) return ReadStep::kOver;
  size_t room = std::min(kept.listener->room(which), buffer_.size());
  if (room == 0) return ReadStep::kNoRoom;
  ssize_t got = ::read(from.number(), buffer_.data(), room);
  if (got < 0 && errno == EINTR) return ReadStep::kMore;
  if (got < 0 && errno == EAGAIN) return ReadStep::kNothing;
  if (got <= 0) return ReadStep::kOver;
  kept.listener->output(which, ByteView(buffer_.data(), static_cast<size_t>(got)));
  return ReadStep::kMore;
}

// Reads once, so that no process keeps the thread for itself.
void ProcessKeeper::look_at_output(Kept& kept, OutputStream which) {
  switch (read(kept, which)) {
    case ReadStep::kMore:
    case ReadStep::kNothing:
      break;
    case ReadStep::kNoRoom:
      set_watched(kept, which, false);
      break;
    case ReadStep::kOver:
      close_output(kept, which);
      break;
  }
  if (kept.has_exited) drain(kept);
}

void ProcessKeeper::look_at_input(Kept& kept) {
  Descriptor& in = kept.process.in;
  if (!in.open()) return;
  auto step = kept.handle->write_input(in.number());
  bool is_wanted = step == KeptProcess::InputStep::kWaitForRoom;
  if (is_wanted != kept.is_input_watched) {
    kept.is_input_watched = is_wanted;
    is_wanted ? watch(in, kept.number, Watched::kInput, EPOLLOUT) : unwatch(in);
  }
  if (step == KeptProcess::InputStep::kClose) in.reset();
}

// One at a time, so that no process keeps the thread for itself.
void ProcessKeeper::answer_request(Kept& kept, uint32_t what) {
  Descriptor& requests = kept.process.requests;
  if ((what & EPOLLIN) != 0) return answer_path_request(requests, kept.process.path_rights);
  unwatch(requests);  // All processes that could call are gone.
  requests.reset();
}

void ProcessKeeper::collect(Kept& kept) {
  int32_t exit_code = kept.handle->collect();
  kept.has_exited = true;
  kept.process.group.remove();
  for (Descriptor* done :
       {&kept.process.process, &kept.process.requests, &kept.process.in, &kept.process.program}) {
    if (!done->open()) continue;
    if (done != &kept.process.program) unwatch(*done);
    done->reset();
  }
  kept.listener->exited(exit_code);
  drain(kept);
}

// Gives what the pipes of an ended process still hold, as far as the listener has room.
void ProcessKeeper::drain(Kept& kept) {
  bool is_over = true;
  for (OutputStream which : kBothStreams) {
    ReadStep step = is_stopping_ ? ReadStep::kOver : ReadStep::kMore;
    while (step == ReadStep::kMore)
      step = read(kept, which);
    set_watched(kept, which, false);
    if (step == ReadStep::kNoRoom) {
      is_over = false;
    } else {
      close_output(kept, which);
    }
  }
  if (!is_over) return;
  auto listener = kept.listener;
  kept_.erase(kept.number);  // Closes all that is left of it.
  count_.fetch_sub(1);
  listener->over();
}

}  // namespace theater
