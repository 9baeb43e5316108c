#include "theater/log/event/chain.h"

#include "theater/base/random.h"
#include "theater/log/event/verify.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

namespace theater::log::chain_test {

Body note(std::string_view text) {
  return Note{0, inline_payload(to_bytes(text))};
}

TEST(Chain, BeginsWithZeros) {
  Chain chain;
  EXPECT_TRUE(chain.head().is_zero());
  EXPECT_EQ(chain.size(), 0u);
  EXPECT_EQ(chain.kept(), 0u);
}

TEST(Chain, LinksAndNumbersEvents) {
  Chain chain;
  EventRef first = chain.append(Genesis{}, 10);
  EventRef second = chain.append(note("x"), 20);
  EXPECT_EQ(first.seq.value, 0u);
  EXPECT_EQ(second.seq.value, 1u);
  EXPECT_EQ(chain.head(), second.hash);

  Event event = decode_event(chain.event(1)).value();
  EXPECT_EQ(event.parent, first.hash);
  EXPECT_EQ(event.seq, 1u);
  EXPECT_EQ(event.time, 20u);
  EXPECT_EQ(event.body, note("x"));
  EXPECT_EQ(event_hash(chain.event(0)), first.hash);
  EXPECT_EQ(chain.hash(0), first.hash);
  EXPECT_EQ(chain.hash(1), second.hash);
}

TEST(Chain, TimeNeverGoesBack) {
  Chain chain;
  chain.append(Genesis{}, 50);
  chain.append(note("x"), 40);
  EXPECT_EQ(decode_event(chain.event(1))->time, 50u);
  chain.append(note("x"), 60);
  EXPECT_EQ(decode_event(chain.event(2))->time, 60u);
}

TEST(Chain, EncodesBorrowedPayloadsLikeOwnedOnes) {
  Bytes bytes = to_bytes("payload");
  Chain owned, borrowed;
  owned.append(Note{3, inline_payload(bytes)}, 1);
  borrowed.append(Note{3, borrowed_payload(bytes)}, 1);
  EXPECT_EQ(owned.head(), borrowed.head());
}

TEST(Chain, DropsTheOldestAtItsBoundAndKeepsItsLinks) {
  constexpr size_t kBound = 1000;
  Chain small(kBound), large;
  for (int i = 0; i < 500; ++i) {
    Body body = note(std::string(static_cast<size_t>(i) % 90, 'x'));
    small.append(body, static_cast<uint64_t>(i));
    large.append(body, static_cast<uint64_t>(i));
    ASSERT_LE(small.kept_bytes(), kBound);
    ASSERT_EQ(small.dropped() + small.kept(), small.size());
    ASSERT_EQ(small.dropped(), small.first_seq());
  }
  EXPECT_EQ(small.head(), large.head());
  EXPECT_GT(small.dropped(), 400u);
  EXPECT_GT(small.kept_bytes(), kBound - 200);
  small.for_each([&](uint64_t seq, ByteView bytes, const Hash& hash) {
    EXPECT_EQ(as_text(bytes), as_text(large.event(seq)));
    EXPECT_EQ(hash, large.hash(seq));
  });
}

// Over many blocks of memory, with events of all sizes, some larger than a block.
TEST(Chain, KeepsTheNewestEventsOverManyBlocks) {
  constexpr size_t kBound = 300'000;
  SeededRandom random(uint64_t{3});
  Chain chain(kBound);
  Chain copy(kBound);
  std::deque<Bytes> events;  // The newest.
  std::vector<std::string> names;
  for (uint64_t i = 0; i < 6'000; ++i) {
    Body body = note(std::string(random.below(random.below(300) == 0 ? 200'000 : 900), 'x'));
    // Now and then a fresh instance, whose functions are called after its number.
    if (random.below(500) == 0) {
      Instance instance = sample_instance();
      instance.functions = {"module/function-" + std::to_string(i)};
      body = instance;
    }
    chain.append(body, i);
    copy.append_encoded(chain.event(i), i);
    events.push_back(to_bytes(chain.event(i)));
    size_t kept = 0;
    for (const Bytes& event : events)
      kept += event.size();
    while (kept > kBound && events.size() > 1) {
      Event dropped = *decode_event(events.front());
      if (auto* instance = std::get_if<Instance>(&dropped.body)) names = instance->functions;
      kept -= events.front().size();
      events.pop_front();
    }
    ASSERT_EQ(chain.kept(), events.size());
    ASSERT_EQ(chain.kept_bytes(), kept);
    if (i % 100 != 0) continue;
    for (size_t k = 0; k < events.size(); ++k) {
      ASSERT_EQ(as_text(chain.event(chain.first_seq() + k)), as_text(events[k]));
      ASSERT_EQ(as_text(copy.event(chain.first_seq() + k)), as_text(events[k]));
    }
    ASSERT_EQ(chain.functions_at_first().names(), names);
    ASSERT_EQ(copy.functions_at_first().names(), names);
  }
  EXPECT_GT(chain.dropped(), 4'000u);
  EXPECT_FALSE(names.empty());
}

// As a copy that drops events until it keeps as few.
TEST(Chain, SinceKeepsTheEventsFromAPositionOn) {
  constexpr size_t kBound = 300'000;
  SeededRandom random(uint64_t{4});
  Chain chain(kBound);
  EXPECT_EQ(chain.since(5).kept(), 0u);
  for (uint64_t i = 0; i < 3'000; ++i) {
    Body body = note(std::string(random.below(900), 'x'));
    if (random.below(200) == 0) {
      Instance instance = sample_instance();
      instance.functions = {"module/function-" + std::to_string(i)};
      body = instance;
    }
    chain.append(body, i);
    if (i % 50 != 0) continue;
    uint64_t seq = random.below(chain.end_seq() + 2);
    Chain copy = chain.since(seq);
    Chain dropped = chain;
    dropped.keep_at_most(copy.kept_bytes());
    dropped.keep_at_most(kBound);
    ASSERT_EQ(copy.first_seq(), std::clamp(seq, chain.first_seq(), chain.end_seq() - 1));
    ASSERT_EQ(copy.first_seq(), dropped.first_seq());
    ASSERT_EQ(copy.kept_bytes(), dropped.kept_bytes());
    ASSERT_EQ(copy.dropped(), dropped.dropped());
    ASSERT_EQ(copy.functions_at_first(), dropped.functions_at_first());
    copy.append(note("next"), i);
    dropped.append(note("next"), i);
    ASSERT_EQ(copy.position(), dropped.position());
    copy.for_each([&](uint64_t at, ByteView bytes, const Hash& hash) {
      ASSERT_EQ(as_text(bytes), as_text(dropped.event(at)));
      ASSERT_EQ(hash, dropped.hash(at));
    });
  }
  EXPECT_GT(chain.dropped(), 1'000u);
}

TEST(Chain, KeepsAnEventLargerThanItsBound) {
  Chain chain(100);
  chain.append(Genesis{}, 0);
  chain.append(note(std::string(1000, 'x')), 0);
  EXPECT_EQ(chain.kept(), 1u);
  EXPECT_EQ(chain.first_seq(), 1u);
  EXPECT_EQ(event_hash(chain.event(1)), chain.head());
}

TEST(Chain, RemembersTheFunctionTableOfADroppedInstance) {
  Chain chain(2000);
  chain.append(Genesis{}, 0);
  chain.append(sample_instance(), 0);
  EXPECT_EQ(chain.functions_at_first().size(), 0u);
  while (chain.first_seq() < 2)
    chain.append(note("x"), 0);
  EXPECT_EQ(chain.functions_at_first().names(), sample_instance().functions);
}

TEST(Chain, GoesOnFromAPosition) {
  Chain whole;
  whole.append(Genesis{}, 100);
  Chain rest(Chain::kBytesMax, whole.position());
  whole.append(note("x"), 90);
  rest.append(note("x"), 90);
  EXPECT_EQ(rest.head(), whole.head());
  EXPECT_EQ(rest.first_seq(), 1u);
  EXPECT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest.dropped(), 0u);
}

TEST(ChainDeathTest, AnEventThatIsNotKeptIsABug) {
  Chain chain;
  chain.append(Genesis{}, 0);
  EXPECT_DEATH((void)chain.event(1), "event 1 is not in");
}

TEST(Chain, TakesEventsThatAreEncodedAlready) {
  Chain chain(200);
  Chain copy(200);
  for (uint64_t i = 0; i < 50; ++i) {
    chain.append(note(std::string(i, 'x')), 10 * i);
    EventRef ref = copy.append_encoded(chain.event(i), 10 * i);
    EXPECT_EQ(ref.hash, chain.head());
    EXPECT_EQ(ref.seq.value, i);
  }
  EXPECT_EQ(copy.position(), chain.position());
  EXPECT_EQ(copy.first_seq(), chain.first_seq());
  EXPECT_EQ(to_bytes(copy.event(49)), to_bytes(chain.event(49)));
}

TEST(ChainDeathTest, TakesNoEncodedEventThatDoesNotFollow) {
  Chain chain;
  chain.append(note("a"), 10);
  chain.append(note("b"), 20);
  Bytes second = to_bytes(chain.event(1));
  EXPECT_DEATH(Chain().append_encoded(second, 20), "does not follow");
  EXPECT_DEATH(chain.append_encoded(second, 20), "does not follow");
}

}  // namespace theater::log::chain_test
