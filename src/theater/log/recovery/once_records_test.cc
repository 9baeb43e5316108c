#include "theater/log/recovery/once_records.h"

#include "theater/log/event/event.h"
#include "theater/log/testing/log_home.h"
#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace theater::log::once_records_test {

using ::testing::IsEmpty;

Once once_of(std::string_view text) {
  return {sha256(as_bytes(text)), sha256(as_bytes("asked"))};
}

Call call_of(std::optional<Once> once) {
  return {.function = 0,
          .from = NamedClient{.name = "token ci", .once = once, .trace = {}},
          .arguments = inline_payload({})};
}

struct OnceRecordsTest : ::testing::Test {
  std::vector<OnceRecord> read(uint64_t since_us = kSampleTime) {
    EXPECT_TRUE(log->flush());
    auto reader = *LogReader::open(home.folder());
    auto records = read_once_records(*reader, since_us);
    EXPECT_TRUE(records) << records.error().to_string();
    std::sort(records->begin(), records->end(),
              [](const auto& a, const auto& b) { return a.seq < b.seq; });
    return *records;
  }

  static void call(TestActor& actor, std::optional<Once> once) {
    actor.record(call_of(once));
    actor.record(Returned{.result = CallOk{inline_payload({})}, .state = StateUnchanged{}});
  }

  LogHome home;
  std::unique_ptr<Log> log = home.open(quiet());
};

TEST_F(OnceRecordsTest, AreThoseOfCallsAndStarts) {
  TestActor actor(*log);
  call(actor, std::nullopt);
  call(actor, once_of("a"));
  actor.record(Call{.function = 0, .from = FromClient{}, .arguments = inline_payload({})});
  actor.record(Returned{.result = CallOk{inline_payload({})}, .state = StateUnchanged{}});
  actor.record(Control{Started{{}, "temporary", {}, once_of("b")}, ByClient{"me"}});
  actor.record(Control{Started{{}, "temporary", {}, {}}, ByClient{"me"}});
  actor.record(Control{Pause{}, ByClient{"me"}});
  EXPECT_EQ(read(), (std::vector<OnceRecord>{
                        {once_of("a"), actor.id(), 4, kSampleTime, actor.chain().hash(4)},
                        {once_of("b"), actor.id(), 8, kSampleTime, actor.chain().hash(8)}}));
}

TEST_F(OnceRecordsTest, OldOnesAreLeftOut) {
  TestActor actor(*log);
  call(actor, once_of("a"));
  EXPECT_EQ(read().size(), 1u);
  EXPECT_THAT(read(kSampleTime + 1), IsEmpty());
}

// More than the first range of the search.
TEST_F(OnceRecordsTest, AreFoundFarBack) {
  TestActor actor(*log);
  call(actor, once_of("first"));
  for (int i = 0; i < 20'000; ++i)
    call(actor, std::nullopt);
  call(actor, once_of("last"));
  std::vector<OnceRecord> records = read();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].once, once_of("first"));
  EXPECT_EQ(records[1].once, once_of("last"));
}

TEST_F(OnceRecordsTest, ASearchIsStopped) {
  TestActor actor(*log);
  EXPECT_TRUE(log->flush());
  auto reader = *LogReader::open(home.folder());
  std::stop_source stop;
  stop.request_stop();
  auto records = read_once_records(*reader, 0, stop.get_token());
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code(), ErrorCode::kCancelled);
}

}  // namespace theater::log::once_records_test
