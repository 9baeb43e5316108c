// The end of a runtime: by the end of its actors, or by leaving them to the next node.
#include "theater/actor/cell/cell.h"
#include "theater/runtime/runtime.h"

#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

namespace theater {

void Runtime::close(Closing how, std::chrono::milliseconds deadline) {
  if (std::exchange(is_closed_, true)) return;
  gate_.close();
  // Answers that wait for the disk give places back to their actors, which exist until the flush.
  std::vector<std::shared_ptr<ActorCell>> left;
  if (how == Closing::kEnd) {
    stop_spawning();
    end_actors(known_.living());
  } else {
    services_.stage.store(NodeStage::kCloses);
    rest_actors(deadline);
    end_memory_roots();
    services_.stage.store(NodeStage::kStandsStill);
    stop_spawning();
    // Its workers finish the turns that they are in.
    scheduler_.stop();
    left = leave_actors();
  }
  if (own_handler_jobs_) own_handler_jobs_->stop();
  // What they have said may still wait for the disk, and wakes them when it is there.
  if (recording_ != nullptr) (void)recording_->log.flush();
  scheduler_.stop();
}

void Runtime::hurry_close() {
  rest_->with([](Rest& rest) { rest.is_due = true; });
  rest_->notify_all();
}

void Runtime::stop_spawning() {
  supervisor_.stop();
  known_.close();
  spawner_.stop_reading();
  jobs_.stop();
  if (own_web_jobs_) own_web_jobs_->stop();
  if (own_compile_jobs_) own_compile_jobs_->stop();
}

// Asks each actor once, and again those that were made meanwhile.
void Runtime::rest_actors(std::chrono::milliseconds deadline) {
  auto is_over = [](const Rest& rest) { return rest.is_due || rest.moving == 0; };
  Timers::Id timer = services_.timers.after(deadline, [rest = rest_] {
    rest->with([](Rest& now) { now.is_due = true; });
    rest->notify_all();
  });
  auto rested = [rest = rest_] {
    rest->with([](Rest& now) { --now.moving; });
    rest->notify_all();
  };
  std::unordered_set<ActorId> asked;
  bool is_due = false;
  for (bool has_new = true; has_new && !is_due;) {
    has_new = false;
    for (const auto& cell : known_.living()) {
      // An actor that has not begun waits for another that is not at rest.
      if (!cell->may_begin() || !asked.insert(cell->id()).second) continue;
      has_new = true;
      rest_->with([](Rest& now) { ++now.moving; });
      cell->when_at_rest(rested);
    }
    scheduler_.run_until([&] { return rest_->with(is_over); });
    is_due = rest_->wait(is_over, [](const Rest& rest) { return rest.is_due; });
  }
  services_.timers.cancel(timer);
}

void Runtime::end_actors(const std::vector<std::shared_ptr<ActorCell>>& cells) {
  // Shared with the workers.
  auto left = std::make_shared<Guarded<size_t>>(cells.size());
  for (const auto& cell : cells) {
    cell->kill(log::ByRuntime{});
    known_.when_ended(cell->id(), [left](const Result<EndReport>&) {
      left->with([](size_t& count) { --count; });
      left->notify_all();
    });
  }
  auto is_over = [](const size_t& count) { return count == 0; };
  scheduler_.run_until([&] { return left->with(is_over); });
  left->wait(is_over, [](size_t&) {});
}

// The log knows nothing of them, so no node recovers them.
void Runtime::end_memory_roots() {
  std::vector<std::shared_ptr<ActorCell>> roots = known_.living();
  std::erase_if(roots, [](const auto& cell) {
    return cell->is_child() || cell->durability() != log::Durability::kMemory;
  });
  end_actors(roots);
}

std::vector<std::shared_ptr<ActorCell>> Runtime::leave_actors() {
  Error why(ErrorCode::kUnavailable, std::string(ClientGate::kClosed));
  std::vector<std::shared_ptr<ActorCell>> left = known_.living();
  for (const auto& cell : left) {
    cell->leave(why);
    services_.router.remove(cell->id());
    known_.leave(cell->id(), why);
  }
  return left;
}

}  // namespace theater
