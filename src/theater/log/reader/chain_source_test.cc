#include "theater/log/reader/chain_source.h"

#include "theater/base/testing/temporary_folder.h"
#include "theater/log/event/event.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/sample_chain.h"
#include "theater/log/testing/segment_builder.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace theater::log::chain_source_test {

const ActorId kLog = sample_actor(0x1d);
const ActorId kActor = sample_actor(0xa1);

class ChainSourceTest : public ::testing::Test {
 protected:
  static BuiltBody body(uint8_t byte) {
    BuiltBody body{.bytes = Bytes(byte, byte)};
    body.salt.fill(byte);
    return body;
  }

  TemporaryFolder temporary_;
  const std::filesystem::path& folder_ = temporary_.path();
};

TEST_F(ChainSourceTest, GivesAStoredChainWithItsBodies) {
  SegmentBuilder log(folder_, {.log_id = kLog, .segment_bytes = 500});
  log.record(kNodeActor, Genesis{.actor = kLog});
  log.record({1}, Genesis{.actor = kActor});
  log.commit();
  for (uint8_t byte = 1; byte < 30; ++byte) {
    std::vector<BuiltBody> bodies{body(byte)};
    log.record({1}, Host{.arguments = inline_payload({1}), .result = bodies[0].payload()}, bodies);
    log.record(kNodeActor, Note{});
    log.commit();
  }
  std::filesystem::remove(bodies_path(folder_, 1));

  std::unique_ptr<LogReader> reader = std::move(LogReader::open(folder_)).value();
  std::unique_ptr<ChainSource> source = stored_chain(*reader, kActor);
  size_t removed = 0;
  for (const BuiltEvent& built : log.events({1})) {
    std::optional<SourcedEvent> event = source->next().value();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->bytes, built.bytes);
    ASSERT_EQ(event->bodies.size(), built.bodies.size());
    for (size_t i = 0; i < built.bodies.size(); ++i) {
      if (!event->bodies[i]) {
        ++removed;
        continue;
      }
      EXPECT_EQ(*event->bodies[i]->shared, built.bodies[i].bytes);
      EXPECT_EQ(event->bodies[i]->salt, built.bodies[i].salt);
    }
  }
  EXPECT_FALSE(source->next().value());
  EXPECT_GT(removed, 0U);
  EXPECT_LT(removed, 10U);
}

TEST_F(ChainSourceTest, RefusesWhatIsNoEvent) {
  SegmentBuilder log(folder_, {.log_id = kLog});
  log.record(kNodeActor, Genesis{.actor = kLog});
  log.add(kNodeActor, Bytes{1, 2, 3});
  log.commit();
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(folder_)).value();
  std::unique_ptr<ChainSource> source = stored_chain(*reader, kLog);
  EXPECT_TRUE(source->next().value());
  Result<std::optional<SourcedEvent>> next = source->next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code(), ErrorCode::kCorrupt);
}

TEST(ChainInMemory, GivesEachEventOnce) {
  std::unique_ptr<ChainSource> source = chain_in_memory({Bytes{1}, Bytes{2, 3}});
  EXPECT_EQ(source->next().value()->bytes, Bytes{1});
  EXPECT_EQ(source->next().value()->bytes, (Bytes{2, 3}));
  EXPECT_FALSE(source->next().value());
  EXPECT_FALSE(source->next().value());
}

}  // namespace theater::log::chain_source_test
