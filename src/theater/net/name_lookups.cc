#include "theater/net/name_lookups.h"

#include "theater/base/thread_name.h"

#include <algorithm>
#include <list>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace theater {

struct NameLookups::State {
  bool is_open = true;
  size_t telling = 0;  // Callbacks that run.
  size_t threads = 0;
  uint64_t tickets = 0;
  std::unordered_map<std::string, size_t> threads_of;  // By asker; those with none are not there.
  std::list<Wanted> waiting;

  bool takes(const std::string& asker) const {
    auto found = threads_of.find(asker);
    return threads < kThreadsMax &&
           (found == threads_of.end() || found->second < kThreadsOfAskerMax);
  }
  void begin(const std::string& asker) {
    ++threads;
    ++threads_of[asker];
  }
  void end(const std::string& asker) {
    --threads;
    auto found = threads_of.find(asker);
    if (--found->second == 0) threads_of.erase(found);
  }
  // Begins the oldest lookup whose asker may have a thread.
  std::optional<Wanted> next() {
    auto found = std::find_if(waiting.begin(), waiting.end(),
                              [&](const Wanted& one) { return takes(one.asker); });
    if (found == waiting.end()) return std::nullopt;
    Wanted wanted = std::move(*found);
    waiting.erase(found);
    begin(wanted.asker);
    return wanted;
  }
};

NameLookups::NameLookups(Resolver resolver)
    : resolver_(std::move(resolver)), shared_(std::make_shared<Guarded<State>>()) {}

NameLookups::~NameLookups() {
  shared_->with([](State& state) {
    state.is_open = false;
    state.waiting.clear();
  });
  shared_->wait([](const State& state) { return state.telling == 0; }, [](State&) {});
}

void NameLookups::work(const Shared& shared, const Resolver& resolver, Wanted wanted) {
  name_this_thread("lookup");
  for (std::optional<Wanted> at = std::move(wanted); at;) {
    Answer answer = resolver(at->host);
    bool is_open = shared->with([](State& state) {
      if (state.is_open) ++state.telling;
      return state.is_open;
    });
    if (is_open) at->then(std::move(answer));
    // Dropped before the owner may be gone.
    at->then = nullptr;
    at = shared->with([&](State& state) {
      if (is_open) --state.telling;
      state.end(at->asker);
      return state.next();
    });
    shared->notify_all();
  }
}

Result<NameLookups::Ticket> NameLookups::start(const std::string& asker, const std::string& host,
                                               Then then) {
  Wanted wanted{{}, asker, host, std::move(then)};
  enum class Place : uint8_t { kThread, kQueue, kNone };
  Ticket ticket;
  Place place = shared_->with([&](State& state) {
    ticket = wanted.ticket = Ticket{++state.tickets};
    if (state.takes(asker)) {
      state.begin(asker);
      return Place::kThread;
    }
    if (state.waiting.size() >= kWaitingMax) return Place::kNone;
    state.waiting.push_back(std::move(wanted));
    return Place::kQueue;
  });
  if (place == Place::kQueue) return ticket;
  if (place == Place::kNone) {
    return fail(ErrorCode::kResourceExhausted,
                "{} lookups of names wait already, and no more may: try later", kWaitingMax);
  }
  try {
    std::thread([shared = shared_, resolver = resolver_, wanted = std::move(wanted)]() mutable {
      work(shared, resolver, std::move(wanted));
    }).detach();
  } catch (const std::system_error& error) {
    shared_->with([&](State& state) { state.end(asker); });
    return fail(ErrorCode::kResourceExhausted, "there is no thread to look up `{}` with: {}", host,
                error.what());
  }
  return ticket;
}

void NameLookups::withdraw(Ticket ticket) {
  // Destroyed without the lock.
  std::list<Wanted> withdrawn;
  shared_->with([&](State& state) {
    auto found = std::find_if(state.waiting.begin(), state.waiting.end(),
                              [&](const Wanted& one) { return one.ticket == ticket; });
    if (found != state.waiting.end()) withdrawn.splice(withdrawn.begin(), state.waiting, found);
  });
}

}  // namespace theater
