#include "theater/log/event/chain_event.h"

#include "theater/log/event/view.h"
#include "theater/log/testing/sample_chain.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>

namespace theater::log::chain_event_test {

TEST(ChainEvents, AreTheViewsOfTheChain) {
  Chain chain = sample_actor_chain();
  std::vector<EventView> views = view_chain(chain);
  auto events = chain_events(chain, SIZE_MAX);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), views.size());
  for (size_t i = 0; i < views.size(); ++i) {
    const ChainEvent& event = (*events)[i];
    EXPECT_EQ(event.hash, to_bytes(views[i].hash.view()));
    std::optional<Bytes> before;
    if (i > 0) before = (*events)[i - 1].hash;
    EXPECT_EQ(event.parent_hash, before);
    EXPECT_EQ(event.event_type, views[i].event_type);
    EXPECT_EQ(as_text(event.data), views[i].data);
    EXPECT_EQ(event.timestamp, views[i].time / 1000);
    EXPECT_EQ(event.description, views[i].description);
  }
}

TEST(ChainEvents, AreAllThereOrNone) {
  Chain chain = sample_actor_chain();
  size_t size = wit::encode(*chain_events(chain, SIZE_MAX)).size();
  // The length of the list counts as 5 bytes, however short it is.
  EXPECT_TRUE(chain_events(chain, size + 5));
  EXPECT_FALSE(chain_events(chain, size - 1));
  EXPECT_FALSE(chain_events(chain, size / 2));
  EXPECT_FALSE(chain_events(chain, 0));
  EXPECT_TRUE(chain_events(Chain(), 5)->empty());
}

}  // namespace theater::log::chain_event_test
