// What waits for an actor, in three lanes: control, completions and messages, looked at in that
// order.
//
// The message lane is bounded by count and by octets. A sender first takes a place, then records
// its `sent`, then pushes; so a full mailbox refuses the sender before anything is recorded as
// sent, and what was recorded always has its place. The other lanes need no bound: completions are
// at most one a waiting call and one an open request, and control items come from the runtime.
//
// Closing refuses new places. Messages whose place was taken before still arrive, and an actor that
// ends waits for them, so that none is lost without a word.
#pragma once

#include "theater/actor/message.h"
#include "theater/actor/reply.h"
#include "theater/base/error.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace theater {

class ActorCell;

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
  std::function<void(const ActorCell&)> look;
};
// Calls `done` when the actor has nothing to do: no call in progress and no message that it may
// take, or no life left.
struct IdleRequest {
  std::function<void()> done;
};
using ControlItem = std::variant<StopRequest, PauseRequest, ResumeRequest, KillRequest,
                                 InspectRequest, IdleRequest>;

struct AnsweredRequest {
  uint64_t call = 0;
  RequestAnswer answer;
  bool reserved = false;
};
using Completed = std::variant<CallAnswer, AnsweredRequest>;

enum class Placement : uint8_t { kReserved, kFull, kClosed };

// Safe from any thread; `take…`, `release` and `close` only by the actor's owner.
class Mailbox {
 public:
  explicit Mailbox(MailboxLimits limits) : limits_(limits) {}

  // Takes a place for a message of `size` octets. A single message larger than the bound in octets
  // finds it full. After kReserved, exactly one push of that size must follow.
  Placement reserve(size_t size);
  // Takes a place for an answer. False if the mailbox is closed.
  bool reserve_answer();

  void push(Message message);
  void push(ControlItem item);
  // `reserved`: a place was taken with reserve_answer().
  void push(Completed completed, bool reserved = false);

  // Moves what is there to the end of `control` and `completed`. Costs next to nothing if there is
  // nothing.
  void take_urgent(std::vector<ControlItem>& control, std::vector<Completed>& completed);
  // Moves up to `count_max` of the oldest messages to the end of `messages`. They keep counting
  // against the bound until they are released.
  void take_messages(std::deque<Message>& messages, size_t count_max);
  void release(size_t size);

  // Refuses new places from here on. Returns whether all places taken so far have been used.
  bool close();

  size_t waiting() const { return count_.load(std::memory_order_relaxed); }
  const MailboxLimits& limits() const { return limits_; }

 private:
  struct Lanes {
    std::vector<ControlItem> control;
    std::vector<Completed> completed;
    std::deque<Message> messages;
    size_t places = 0;  // Taken and not pushed to yet.
    bool closed = false;
  };

  MailboxLimits limits_;
  // Places taken and messages not released. Grow under the lock only, so that the bound is exact.
  std::atomic<size_t> count_{0};
  std::atomic<size_t> bytes_{0};
  std::atomic<bool> urgent_{false};  // Whether control or completed may hold something.
  Guarded<Lanes> lanes_;
};

}  // namespace theater
