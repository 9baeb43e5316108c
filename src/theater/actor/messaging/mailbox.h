// What waits for an actor, in three lanes: control, completions and messages, looked at in that
// order.
//
// The message lane is bounded by count and by bytes. A sender first takes a place, then records
// its `sent`, then pushes; so a full mailbox refuses the sender before anything is recorded as
// sent, and what was recorded always has its place. The other lanes need no bound: completions are
// at most two a waiting call, one an open request and a few a child, and control items come from
// the runtime.
//
// Closing refuses new places. Messages whose place was taken before still arrive, and an actor that
// ends waits for them, so that none is lost without a word.
#pragma once

#include "theater/actor/messaging/message.h"
#include "theater/actor/messaging/responder.h"
#include "theater/actor/supervision/child_event.h"
#include "theater/base/error.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace theater {

struct ActorView;

struct MailboxLimits {
  uint32_t messages = 1'000;
  uint64_t bytes = uint64_t{64} << 20;
};

// Asks the actor to end when its current call has returned.
struct StopRequest {
  log::Originator by;
};
// Keeps the actor from taking messages: at once or not at all, or `later`, as soon as it is free.
// `answer` is called with no error when the pause is in effect, or with the reason why it is not.
struct PauseRequest {
  log::Originator by;
  bool later = false;
  std::function<void(std::optional<Error>)> answer;
};
// Ends a pause, and answers in the same way.
struct ResumeRequest {
  log::Originator by;
  std::function<void(std::optional<Error>)> answer;
};
// Ends the actor at once, in the midst of a call.
struct KillRequest {
  log::Originator by;
};
// Calls `look` on the worker that has the actor, between two steps of its guest.
struct InspectRequest {
  std::function<void(const ActorView&)> look;
};
// Calls `done` when the actor has nothing to do: no call in progress and no message that it may
// take, or no life left.
struct IdleRequest {
  std::function<void()> done;
};
// Ends the instance for a fresh one: when the current call has returned, or at once. The actor then
// waits, and tells its supervisor so.
struct StopInstanceRequest {
  log::Originator by;
  bool by_force = false;
};
// Gives an actor that waits a fresh instance.
struct RestartRequest {};
// Lets an actor that waits end.
struct TerminateRequest {};
// Call number `call` has taken as long as it may.
struct CallOverdue {
  uint64_t call = 0;
};
using ControlItem =
    std::variant<StopRequest, PauseRequest, ResumeRequest, KillRequest, InspectRequest, IdleRequest,
                 StopInstanceRequest, RestartRequest, TerminateRequest, CallOverdue>;

struct AnsweredRequest {
  uint64_t call = 0;
  RequestAnswer answer;
  bool reserved = false;
};
// Request number `call` has waited long enough.
struct TimedOutRequest {
  uint64_t call = 0;
};
// The intent of call number `call` is on disk, or never will be.
struct IntentCommitted {
  uint64_t call = 0;
  std::optional<Error> failure;
};
using Completed =
    std::variant<CallAnswer, AnsweredRequest, TimedOutRequest, ChildEvent, IntentCommitted>;

enum class Placement : uint8_t { kReserved, kFull, kClosed };

// Safe from any thread; `take…` and `close` only by the actor's owner.
class Mailbox {
 public:
  explicit Mailbox(MailboxLimits limits) : limits_(limits) {}

  // Takes a place for a message of `size` bytes. A single message larger than the bound in bytes
  // finds it full. After kReserved, exactly one push or give_up of that size must follow.
  Placement reserve(size_t size);
  // The same for what must not be refused, whatever waits already; false only if the mailbox is
  // closed. Its bound is its sender's affair.
  bool reserve_always(size_t size);
  // Takes a place for an answer. False if the mailbox is closed.
  bool reserve_answer();

  // Gives back a place for a message of that size, which will not come.
  void release(size_t size);

  void push(Message message);
  void push(ControlItem item);
  // `reserved`: a place was taken with reserve_answer().
  void push(Completed completed, bool reserved = false);

  // Moves what is there to the end of `control` and `completed`. Costs next to nothing if there is
  // nothing.
  void take_urgent(std::vector<ControlItem>& control, std::vector<Completed>& completed);
  // The oldest message, which from here on counts no more against the bound; none if none waits.
  std::optional<Message> take_message();

  // Calls `visit` for each message that waits, oldest first, if nothing is on its way: every place
  // that was taken has been pushed to, and no completion waits. Else false, and nothing is called.
  // `visit` must not use the mailbox.
  bool visit_if_settled(const std::function<void(const Message&)>& visit) const;

  // Refuses new places from here on. Returns whether all places taken so far have been used.
  bool close();

  // Messages that were not taken yet, those on their way included.
  size_t waiting() const { return difference(placed_, taken_); }
  // The most that there ever were; a little more where a place was given while one was freed.
  size_t waiting_max() const { return waiting_max_.load(std::memory_order_relaxed); }
  const MailboxLimits& limits() const { return limits_; }

 private:
  struct Lanes {
    std::vector<ControlItem> control;
    std::vector<Completed> completed;
    std::vector<Message> messages;
    size_t places = 0;  // Taken and not pushed to yet.
    bool closed = false;
  };

  // Of two numbers, the second never past the first. Whoever sees a message as taken sees
  // it as placed, if it looks in this order.
  static uint64_t difference(const std::atomic<uint64_t>& all, const std::atomic<uint64_t>& gone) {
    uint64_t seen = gone.load(std::memory_order_acquire);
    return all.load(std::memory_order_relaxed) - seen;
  }
  void place(Lanes& lanes, size_t size);
  bool fetch_messages();

  MailboxLimits limits_;
  // How many messages, and of how many bytes, were given a place and were taken, since the
  // beginning; a place that was given up is not counted. The first two are written under the lock
  // only, the others by the owner only, so none of them needs to be changed atomically; and as what
  // is taken only grows, a sender that sees an old number may be refused a moment too long, but the
  // bounds hold.
  std::atomic<uint64_t> placed_{0};
  std::atomic<uint64_t> placed_bytes_{0};
  std::atomic<uint64_t> taken_{0};
  std::atomic<uint64_t> taken_bytes_{0};
  std::atomic<size_t> waiting_max_{0};  // Written under the lock only.
  // The owner's: what was in the lane when it last looked, and the first of it that is not taken.
  std::vector<Message> fetched_;
  size_t next_fetched_ = 0;
  std::atomic<bool> urgent_{false};  // Whether control or completed may hold something.
  Guarded<Lanes> lanes_;
};

}  // namespace theater
