// Facts that a handler puts on its actor's record: what it does outside of the actor's calls, and
// must not do unseen. An HTTP request that is about to follow a redirection is an example.
//
// A note belongs to an event of the actor, such as the `intent` of the request. The node records it
// in the actor's next turn. A handler that must not act before the note waits for `written`.
#pragma once

#include "theater/base/error.h"
#include "theater/log/event/peers.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace theater {

class ActorRef;

// Hears once what became of a note. Move-only; one that is dropped hears kCancelled.
class NoteWritten {
 public:
  using Hear = std::function<void(const std::optional<Error>& failure)>;

  NoteWritten() = default;
  explicit NoteWritten(Hear hear) : hear_(std::move(hear)) {}
  ~NoteWritten() { drop(); }
  NoteWritten(NoteWritten&& other) noexcept : hear_(std::exchange(other.hear_, nullptr)) {}
  NoteWritten& operator=(NoteWritten&& other) noexcept {
    if (this == &other) return *this;
    drop();
    hear_ = std::exchange(other.hear_, nullptr);
    return *this;
  }

  void hear(const std::optional<Error>& failure) && {
    if (Hear hear = std::exchange(hear_, nullptr)) hear(failure);
  }

 private:
  void drop();

  Hear hear_;
};

// The notes of one session, which owns the object: notes that are not recorded when it is destroyed
// never will be. Other parts of the handler hold it weakly. Safe from any thread.
class ActorNotes {
 public:
  virtual ~ActorNotes() = default;

  // Records the note. `written` hears, on any thread and without locks held, that the note is where
  // the outside may act on it: on disk for a `sync` actor, in the chain for others. Or it hears why
  // the note never will be: kCancelled if the instance has ended, else the error that stopped the
  // log.
  virtual void note(log::Noted note, NoteWritten written) = 0;
};

// A note on its way to the actor's turn.
struct NoteRequest {
  log::Noted note;
  NoteWritten written;
  std::weak_ptr<const ActorNotes> session;  // Gone when the instance has ended.
};

// Notes on the chain of that actor.
std::shared_ptr<ActorNotes> notes_of(const std::shared_ptr<ActorRef>& actor);

}  // namespace theater
