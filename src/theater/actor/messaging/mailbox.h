// The items that wait for an actor, in three lanes: control, completions and messages. The actor
// takes them in that order.
//
// The message lane is bounded by count and by bytes. A sender first takes a place, then records its
// `sent`, then pushes. So a full mailbox refuses the sender before anything is recorded as sent,
// and a recorded message always has its place. The other lanes need no bound: completions are at
// most two for a waiting call, one for an open request, a few for a child and one for a request
// over the network, and control items come from the runtime.
//
// A closed mailbox refuses new places. Messages whose place was taken before still arrive, and an
// actor that ends waits for them, so that no message is lost without a record.
#pragma once

#include "theater/actor/messaging/actor_notes.h"
#include "theater/actor/messaging/message.h"
#include "theater/actor/messaging/responder.h"
#include "theater/actor/supervision/child_event.h"
#include "theater/base/error.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace theater {

struct ActorUpdate;
struct ActorView;

struct MailboxLimits {
  uint32_t messages = 1'000;
  uint64_t bytes = uint64_t{64} << 20;
};

// Asks the actor to end when its current call has returned.
struct StopRequest {
  log::Originator by;
};
// Keeps the actor from taking messages: at once or not at all, or with `later` as soon as it is
// free. `answer` is called with no error when the pause is in effect, or with the reason why not.
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
// Ends the actor at once, also during a call.
struct KillRequest {
  log::Originator by;
};
// Calls `look` on the worker that has the actor, between two steps of its guest.
struct InspectRequest {
  std::function<void(const ActorView&)> look;
};
// Calls `done` when no call is in progress and the actor may take no message, or when the actor has
// ended.
struct IdleRequest {
  std::function<void()> done;
};
// The same in a node that closes: calls `done` when no call, start or end of the actor is in
// progress, however many messages wait.
struct RestRequest {
  std::function<void()> done;
};
// Ends the instance for a fresh one: when the current call has returned, or at once. The actor then
// waits and notifies its supervisor. `answer`, which may be empty, is called when the next instance
// is up, or with the reason why none comes.
struct StopInstanceRequest {
  log::Originator by;
  bool by_force = false;
  std::function<void(std::optional<Error>)> answer = {};
};
// Gives the actor new code when it is between two calls. `answer` is called when an instance of it
// is up and on record, or with the reason why none is.
struct UpdateRequest {
  std::shared_ptr<const ActorUpdate> update;
  std::function<void(std::optional<Error>)> answer;
};
// Gives a waiting actor a fresh instance.
struct RestartRequest {};
// Lets a waiting actor end. `why` replaces the reason of its failure, unless it is empty.
struct TerminateRequest {
  std::string why;
};
// The time of call number `call` is over.
struct CallOverdue {
  uint64_t call = 0;
};
using ControlItem = std::variant<StopRequest, PauseRequest, ResumeRequest, KillRequest,
                                 InspectRequest, IdleRequest, RestRequest, StopInstanceRequest,
                                 UpdateRequest, RestartRequest, TerminateRequest, CallOverdue>;

struct AnsweredRequest {
  uint64_t call = 0;
  RequestAnswer answer;
  bool reserved = false;
};
// The deadline of request number `call` has come.
struct TimedOutRequest {
  uint64_t call = 0;
};
// The intent of call number `call` is on disk, or never will be.
struct IntentCommitted {
  uint64_t call = 0;
  std::optional<Error> failure;
};
using Completed = std::variant<CallAnswer, AnsweredRequest, TimedOutRequest, ChildEvent,
                               IntentCommitted, NoteRequest>;

enum class Placement : uint8_t { kReserved, kFull, kClosed };

// Safe from any thread, except `take…` and `close`, which only the actor's owner calls.
class Mailbox {
 public:
  explicit Mailbox(MailboxLimits limits) : limits_(limits) {}

  // Takes a place for a message of `size` bytes. For a message larger than the bound in bytes the
  // mailbox is full. After kReserved, exactly one push or release of that size must follow.
  Placement reserve(size_t size);
  // The same for a message that must not be refused, however many wait; false only if the mailbox
  // is closed. The sender bounds the number of such messages.
  bool reserve_always(size_t size);
  // Takes a place for an answer. False if the mailbox is closed.
  bool reserve_answer();

  // Returns the place of a message of that size that will not come.
  void release(size_t size);

  void push(Message message);
  void push(ControlItem item);
  // `reserved`: a place was taken with reserve_answer().
  void push(Completed completed, bool reserved = false);

  // Moves all waiting items to the end of `control` and `completed`. Costs almost nothing if there
  // are none.
  void take_urgent(std::vector<ControlItem>& control, std::vector<Completed>& completed);
  // The oldest message, which no longer counts against the bound; none if none waits.
  std::optional<Message> take_message();

  // Calls `visit` for each waiting message, oldest first, if nothing is on its way: each taken
  // place has its message, and no completion waits. Else returns false without a call. `visit` must
  // not use the mailbox.
  bool visit_if_settled(const std::function<void(const Message&)>& visit) const;

  // Refuses new places from here on. Returns whether all places taken so far have been used.
  bool close();

  // Refuses new places, and gives all waiting messages, oldest first. All items that arrive later
  // are destroyed.
  std::vector<Message> drop();

  // Messages that the actor has not taken yet, with those on their way.
  size_t waiting() const { return difference(placed_, taken_); }
  // The largest number so far; a little too large where a place was given while one was freed.
  size_t waiting_max() const { return waiting_max_.load(std::memory_order_relaxed); }
  const MailboxLimits& limits() const { return limits_; }

 private:
  struct Lanes {
    std::vector<ControlItem> control;
    std::vector<Completed> completed;
    std::vector<Message> messages;
    size_t places = 0;  // Taken places without their messages.
    bool closed = false;
    bool dropped = false;
  };

  // The difference of two numbers, the second never past the first. A reader in this order that
  // sees a message as taken also sees it as placed.
  static uint64_t difference(const std::atomic<uint64_t>& all, const std::atomic<uint64_t>& gone) {
    uint64_t seen = gone.load(std::memory_order_acquire);
    return all.load(std::memory_order_relaxed) - seen;
  }
  void place(Lanes& lanes, size_t size);
  bool fetch_messages();

  MailboxLimits limits_;
  // The messages and bytes that got a place, and those that were taken, since the beginning;
  // returned places do not count. The first two are written only under the lock, the others only by
  // the owner, so no change needs to be atomic. The taken numbers only grow: a sender that sees an
  // old one may be refused a moment too long, but the bounds hold.
  std::atomic<uint64_t> placed_{0};
  std::atomic<uint64_t> placed_bytes_{0};
  std::atomic<uint64_t> taken_{0};
  std::atomic<uint64_t> taken_bytes_{0};
  std::atomic<size_t> waiting_max_{0};  // Written only under the lock.
  // For the owner: the messages of its last look into the lane, and the next one to take.
  std::vector<Message> fetched_;
  size_t next_fetched_ = 0;
  std::atomic<bool> urgent_{false};  // Whether control or completed may hold something.
  Guarded<Lanes> lanes_;
};

}  // namespace theater
