#include "theater/net/name_lookup.h"

#include "theater/base/guarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace theater::name_lookup_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// Lookups that wait until they are let go; shared with threads that outlive their test.
class Gate {
 public:
  Resolver resolver() const {
    return [state = state_](const std::string&) -> Result<std::vector<IpAddress>> {
      state->with([](State& s) { ++s.waiting; });
      state->notify_all();
      state->wait([](const State& s) { return s.open; }, [](State& s) { --s.waiting; });
      state->notify_all();
      return std::vector<IpAddress>{*IpAddress::parse("192.0.2.1")};
    };
  }
  void wait_for(int waiting) {
    state_->wait([&](const State& s) { return s.waiting == waiting; }, [](State&) {});
  }
  ~Gate() {
    state_->with([](State& s) { s.open = true; });
    state_->notify_all();
    wait_for(0);
  }

 private:
  struct State {
    int waiting = 0;
    bool open = false;
  };
  std::shared_ptr<Guarded<State>> state_ = std::make_shared<Guarded<State>>();
};

auto in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

TEST(NameLookup, TakesAnAddressForItself) {
  auto never = [](const std::string&) -> Result<std::vector<IpAddress>> {
    return fail(ErrorCode::kIo, "it was asked");
  };
  EXPECT_EQ(look_up("::1", never, in(1s), {}).value().at(0).to_string(), "::1");
  EXPECT_EQ(look_up("10.0.0.1", never, in(1s), {}).value().at(0).to_string(), "10.0.0.1");
  EXPECT_EQ(look_up("a.example", never, in(10s), {}).error().code(), ErrorCode::kIo);
}

TEST(NameLookup, AsksTheSystem) {
  auto local = look_up("localhost", resolve_by_system, in(60s), {});
  ASSERT_TRUE(local) << local.error().to_string();
  ASSERT_FALSE(local->empty());
  EXPECT_EQ(local->front().kind(), AddressKind::kLoopback);
}

TEST(NameLookup, GoesOnWithoutAnAnswerWhenItsTimeHasCome) {
  Gate gate;
  auto answer = look_up("slow.example", gate.resolver(), in(50ms), {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_THAT(answer.error().message(), HasSubstr("slow.example"));
}

TEST(NameLookup, CanBeCalledOff) {
  Gate gate;
  std::stop_source stop;
  std::thread other([&] {
    gate.wait_for(1);
    stop.request_stop();
  });
  auto answer = look_up("slow.example", gate.resolver(), in(1h), stop.get_token());
  other.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kCancelled);
}

TEST(NameLookup, AreBoundedInNumber) {
  Gate gate;
  for (int i = 0; i < kLookupsMax; ++i) {
    auto late = look_up("slow.example", gate.resolver(), in(0ms), {});
    EXPECT_EQ(late.error().code(), ErrorCode::kDeadlineExceeded) << i;
  }
  auto answer = look_up("one-more.example", gate.resolver(), in(1h), {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace theater::name_lookup_test
