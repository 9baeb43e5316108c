#include "theater/log/event/chain_functions.h"

#include "theater/log/event/view.h"
#include "theater/log/testing/sample_chain.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>

namespace theater::log::chain_functions_test {

constexpr uint64_t kNoLimit = UINT64_MAX;

TEST(ChainFunctions, ShowTheSameEventsAsAView) {
  Chain chain = sample_actor_chain();
  std::vector<EventView> views = view_chain(chain);
  ShortChain seen = short_chain(chain, kNoLimit);
  ASSERT_EQ(seen.events.size(), views.size());
  for (size_t i = 0; i < views.size(); ++i) {
    EXPECT_EQ(seen.events[i].hash, short_hash(views[i].hash));
    EXPECT_EQ(seen.events[i].event.event_type, views[i].event_type);
    EXPECT_EQ(as_text(seen.events[i].event.data), views[i].data);
  }
  EXPECT_EQ(as_text(last_event_data(chain, kNoLimit)), views.back().data);
}

TEST(ChainFunctions, ShowNothingOfNothing) {
  EXPECT_TRUE(short_chain(Chain(), kNoLimit).events.empty());
  EXPECT_TRUE(last_event_data(Chain(), kNoLimit).empty());
}

TEST(ChainFunctions, NameFunctionsByATableThatWasDropped) {
  // The `instance` is dropped, and what it says of functions is not.
  Chain chain(2000);
  sample_actor_chain().for_each([&](uint64_t, ByteView bytes, const Hash&) {
    Event event = *decode_event(bytes);
    if (event.seq < 4) chain.append(event.body, event.time);
  });
  std::string name = short_chain(chain, kNoLimit).events.back().event.event_type;
  for (int i = 0; i < 100; ++i)
    chain.append(decode_event(chain.event(chain.end_seq() - 1))->body, 0);
  ASSERT_GT(chain.dropped(), 4u);
  ShortChain seen = short_chain(chain, kNoLimit);
  EXPECT_EQ(seen.events.size(), chain.kept());
  EXPECT_EQ(seen.events.back().event.event_type, name);
}

TEST(ChainFunctions, StayWithinTheLimit) {
  Chain chain = sample_actor_chain();
  size_t all = wit::encode(short_chain(chain, kNoLimit)).size();
  for (uint64_t limit : {uint64_t{0}, uint64_t{100}, uint64_t{1000}, uint64_t{all / 2}}) {
    ShortChain seen = short_chain(chain, limit);
    EXPECT_LT(seen.events.size(), chain.kept());
    EXPECT_LE(wit::encode(seen).size(), std::max<uint64_t>(limit, 1));
    EXPECT_LE(last_event_data(chain, limit).size(), limit);
  }
}

TEST(ChainFunctions, AreFoundByTheirPlainNames) {
  Chain chain = sample_actor_chain();
  const ChainFunction* get_chain = find_chain_function("theater:simple/runtime/get-chain");
  ASSERT_NE(get_chain, nullptr);
  EXPECT_EQ(get_chain->compute(chain, 500), wit::encode(short_chain(chain, 500)));
  EXPECT_EQ(*get_chain->type.result, wit::type_of<ShortChain>());
  const ChainFunction* get_state = find_chain_function("theater:simple/runtime/get-state");
  ASSERT_NE(get_state, nullptr);
  EXPECT_EQ(get_state->compute(chain, kNoLimit), wit::encode(last_event_data(chain, kNoLimit)));
  EXPECT_EQ(find_chain_function("theater:simple/runtime@0.1.0/get-state"), nullptr);
  EXPECT_EQ(find_chain_function("theater:simple/runtime/log"), nullptr);
}

}  // namespace theater::log::chain_functions_test
