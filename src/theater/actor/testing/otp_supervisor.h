// A small model of an OTP supervisor, for tests that compare others with it.
//
// The model is a program that does one thing after the other, as OTP's does: it takes the next exit
// from its mailbox, stops the children that it must stop, sleeps, starts them again, and only then
// looks at the next exit. A plan says which starts fail, which children go down as soon as they
// run, and which go down from outside.
#pragma once

#include "theater/actor/supervision/supervision.h"
#include "theater/manifest/supervision.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::testing {

// How a restart of a child goes.
enum class Fate { kRuns, kDoesNotStart, kCrashesAtOnce, kCompletesAtOnce };

struct SupervisorPlan {
  // A child goes down by itself, if it runs then.
  struct Exit {
    Supervision::Time after;  // Since the exit before.
    size_t child;
    Supervision::Down how;
  };

  SupervisionRules rules;
  std::vector<RestartKind> kinds;  // Of the children, in their order. All have come up at time 0.
  std::vector<Exit> exits;
  // Of the n-th restart of a child, from 0 on.
  std::function<Fate(size_t child, size_t n)> fate;
};

// The steps of a supervisor, as "start 2 at 1500".
using SupervisorTrace = std::vector<std::string>;

std::string trace_line(std::string_view step, size_t child, Supervision::Time now);

// The first difference of two, for people; empty if there is none.
std::string difference(const SupervisorTrace& one, const SupervisorTrace& other);

// Not thread-safe.
class OtpSupervisor {
 public:
  // `plan` outlives the object.
  explicit OtpSupervisor(const SupervisorPlan& plan);

  // Takes an exit of the plan, and does all that follows from it.
  void take(const SupervisorPlan::Exit& exit);

  const SupervisorTrace& trace() const { return trace_; }
  // The children that were started again, in that order; failed starts are among them.
  const std::vector<size_t>& starts() const { return starts_; }
  bool is_alive(size_t child) const { return children_[child].alive; }
  bool has_given_up() const { return failed_; }

 private:
  struct Child {
    RestartKind kind;
    bool alive = true;
    bool deleted = false;
    bool came_up = true;
    Supervision::Time started{0};
    Supervision::Time ended{0};
    size_t restarts = 0;
    uint32_t row = 0;
  };

  void exits(size_t child, Supervision::Down how);
  void handle_exit();
  std::optional<size_t> restart(size_t child);
  void terminate(size_t child);
  void sleep_before(size_t child);
  bool start(size_t child);
  void note(std::string_view step, size_t child) {
    trace_.push_back(trace_line(step, child, now_));
  }

  const SupervisorPlan& plan_;
  std::vector<Child> children_;
  std::deque<size_t> mailbox_;
  std::vector<Supervision::Time> history_;
  Supervision::Time now_{0};
  bool failed_ = false;
  SupervisorTrace trace_;
  std::vector<size_t> starts_;
};

}  // namespace theater::testing
