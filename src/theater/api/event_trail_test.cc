#include "theater/api/event_trail.h"

#include "theater/api/testing/node_api.h"

#include <gmock/gmock.h>

#include <string>

namespace theater::api::event_trail_test {

using ::testing::HasSubstr;
using ::testing::Not;

class EventTrailTest : public NodeApiTest {};

// A reader of the log does not know an actor before its first events are there.
TEST_F(EventTrailTest, ContinuesInTheLogWhereItWasInMemory) {
  views::PayloadTypes types(node->handlers());
  TrailSources sources(node->runtime(), types);
  sources.log() = must(log::LogReader::open(node->layout().log()));
  std::string actor = start();
  EventTrail trail(sources, {.actor = must(ActorId::parse(actor.substr(actor.rfind('/') + 1)))});
  StreamPiece first = must(trail.read(2));
  EXPECT_EQ(first.from, 0u);
  ASSERT_EQ(first.to, 2u);
  EXPECT_THAT(std::string(as_text(*first.text)), HasSubstr("id: 1\n"));

  must(sources.log()->refresh());
  StreamPiece second = must(trail.read(3));
  EXPECT_EQ(second.from, 2u);
  ASSERT_EQ(second.to, 3u);
  std::string text(as_text(*second.text));
  EXPECT_THAT(text, HasSubstr("id: 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("id: 0\n")));
}

}  // namespace theater::api::event_trail_test
