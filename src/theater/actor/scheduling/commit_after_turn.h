// Turns that leave something behind for the disk: the committer of the log is woken up for it when
// the turn is over, or the worker commits itself, if it has nothing else to do. A message whose
// effect waits for the disk then wakes up no thread at all: the worker that ran the actor writes
// what it recorded, and runs it again.
#pragma once

#include "theater/actor/scheduling/scheduler.h"
#include "theater/log/writer/event_sink.h"

namespace theater {

class CommitAfterTurn final : public TurnObserver {
 public:
  // `log` outlives the object.
  explicit CommitAfterTurn(log::EventSink& log) : log_(log) {}

  void before() override { log_.defer_wakeups(); }
  bool after(Worker worker) override {
    return log_.end_deferral(worker == Worker::kIdle ? log::CommitBy::kCallingThread
                                                     : log::CommitBy::kCommitter);
  }

 private:
  log::EventSink& log_;
};

}  // namespace theater
