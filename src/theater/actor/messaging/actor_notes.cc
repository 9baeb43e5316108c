#include "theater/actor/messaging/actor_notes.h"

#include "theater/actor/messaging/actor_ref.h"

namespace theater {

namespace {

class NotesOfActor final : public ActorNotes, public std::enable_shared_from_this<NotesOfActor> {
 public:
  explicit NotesOfActor(std::weak_ptr<ActorRef> actor) : actor_(std::move(actor)) {}

  void note(log::Noted note, NoteWritten written) override {
    auto actor = actor_.lock();
    if (actor == nullptr) return;
    actor->note({std::move(note), std::move(written), weak_from_this()});
  }

 private:
  std::weak_ptr<ActorRef> actor_;
};

}  // namespace

void NoteWritten::drop() {
  std::move(*this).hear(
      Error(ErrorCode::kCancelled, "the actor's instance ended before the note was on record"));
}

std::shared_ptr<ActorNotes> notes_of(const std::shared_ptr<ActorRef>& actor) {
  return std::make_shared<NotesOfActor>(actor);
}

}  // namespace theater
