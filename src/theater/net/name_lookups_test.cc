#include "theater/net/name_lookups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace theater::name_lookups_test {

// A resolver whose lookups wait until they are let through; shared with threads that outlive it.
class Gate {
 public:
  ~Gate() {
    let_through();
    state_->wait([](const State& state) { return state.inside == 0; }, [](State&) {});
  }
  Resolver resolver() const {
    return [state = state_](const std::string& name) -> Result<std::vector<IpAddress>> {
      state->with([&](State& it) {
        ++it.inside;
        it.most = std::max(it.most, it.inside);
        it.names.insert(name);
      });
      state->notify_all();
      state->wait([](const State& it) { return it.is_open; }, [](State& it) { --it.inside; });
      state->notify_all();
      return std::vector{IpAddress::v4({192, 0, 2, 1})};
    };
  }
  void wait_for(size_t inside) {
    state_->wait([&](const State& state) { return state.inside == inside; }, [](State&) {});
  }
  void let_through() {
    state_->with([](State& state) { state.is_open = true; });
    state_->notify_all();
  }
  size_t most() const {
    return state_->with([](const State& state) { return state.most; });
  }
  bool has_seen(const std::string& name) const {
    return state_->with([&](const State& state) { return state.names.contains(name); });
  }

 private:
  struct State {
    size_t inside = 0;
    size_t most = 0;
    bool is_open = false;
    std::set<std::string> names;
  };
  std::shared_ptr<Guarded<State>> state_ = std::make_shared<Guarded<State>>();
};

// Counts answers.
class Answers {
 public:
  NameLookups::Then one() {
    return [this](const NameLookups::Answer& answer) {
      count_.with([&](size_t& count) { count += answer.has_value() ? 1 : 0; });
      count_.notify_all();
    };
  }
  void wait_for(size_t number) {
    count_.wait([&](size_t count) { return count == number; }, [](size_t) {});
  }
  size_t count() const {
    return count_.with([](size_t count) { return count; });
  }

 private:
  Guarded<size_t> count_{size_t{0}};
};

TEST(NameLookups, HaveABoundForAllAndForEachAsker) {
  Gate gate;
  Answers answers;
  NameLookups lookups(gate.resolver());
  size_t started = 0;
  for (int asker = 0; asker < 20; ++asker) {
    for (int name = 0; name < 10; ++name) {
      ASSERT_TRUE(lookups.start(std::to_string(asker), "a.example", answers.one()));
      ++started;
    }
  }
  gate.wait_for(NameLookups::kThreadsMax);
  gate.let_through();
  answers.wait_for(started);
  EXPECT_LE(gate.most(), NameLookups::kThreadsMax);
}

TEST(NameLookups, OfOneAskerDoNotHoldUpThoseOfAnother) {
  Gate gate;
  Answers mine;
  Answers others;
  NameLookups lookups(gate.resolver());
  for (int name = 0; name < 1000; ++name)
    ASSERT_TRUE(lookups.start("me", "dead.example", mine.one()));
  gate.wait_for(NameLookups::kThreadsOfAskerMax);
  ASSERT_TRUE(lookups.start("other", "other.example", others.one()));
  gate.wait_for(NameLookups::kThreadsOfAskerMax + 1);
  EXPECT_TRUE(gate.has_seen("other.example"));
  EXPECT_EQ(mine.count(), 0u);
  gate.let_through();
  mine.wait_for(1000);
  others.wait_for(1);
}

TEST(NameLookups, CanBeWithdrawnWhileTheyWait) {
  Gate gate;
  Answers answers;
  NameLookups lookups(gate.resolver());
  std::vector<NameLookups::Ticket> tickets;
  for (size_t at = 0; at < NameLookups::kThreadsOfAskerMax + 10; ++at)
    tickets.push_back(*lookups.start("me", std::to_string(at), answers.one()));
  gate.wait_for(NameLookups::kThreadsOfAskerMax);
  // The first has begun, so it answers all the same.
  lookups.withdraw(tickets.front());
  lookups.withdraw(tickets.back());
  gate.let_through();
  answers.wait_for(tickets.size() - 1);
  EXPECT_FALSE(gate.has_seen(std::to_string(tickets.size() - 1)));
}

TEST(NameLookups, WaitInABoundedQueue) {
  Gate gate;
  Answers answers;
  NameLookups lookups(gate.resolver());
  size_t most = NameLookups::kThreadsOfAskerMax + NameLookups::kWaitingMax;
  for (size_t at = 0; at < most; ++at)
    ASSERT_TRUE(lookups.start("me", "a.example", answers.one()));
  auto one_more = lookups.start("me", "a.example", answers.one());
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code(), ErrorCode::kResourceExhausted);
}

TEST(NameLookups, TellNothingAfterTheEnd) {
  Gate gate;
  Answers answers;
  {
    NameLookups lookups(gate.resolver());
    ASSERT_TRUE(lookups.start("me", "a.example", answers.one()));
    gate.wait_for(1);
  }
  gate.let_through();
  gate.wait_for(0);
  EXPECT_EQ(answers.count(), 0u);
}

}  // namespace theater::name_lookups_test
