#include "theater/log/event/verify.h"

#include "theater/log/testing/random_body.h"
#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <rapidcheck.h>

#include <vector>

namespace theater::log::verify_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<Bytes> events_of(const Chain& chain) {
  std::vector<Bytes> events;
  chain.for_each([&](uint64_t, ByteView bytes, const Hash&) { events.push_back(to_bytes(bytes)); });
  return events;
}

Result<void> verify(const std::vector<Bytes>& events, const Hash& head,
                    const ChainPosition& start = {}) {
  std::vector<ByteView> views(events.begin(), events.end());
  return verify_chain(views, head, start);
}

TEST(Verify, AcceptsWhatChainsMake) {
  for (const Chain& chain : {sample_actor_chain(), sample_node_chain(), Chain()}) {
    Result<void> verified = verify(events_of(chain), chain.head());
    EXPECT_TRUE(verified) << verified.error().to_string();
  }
}

TEST(Verify, FindsAChangeOfAnyByte) {
  Chain chain = sample_actor_chain();
  std::vector<Bytes> events = events_of(chain);
  for (size_t i = 0; i < events.size(); ++i) {
    for (size_t at = 0; at < events[i].size(); ++at) {
      for (uint8_t flip : {uint8_t{0x01}, uint8_t{0x80}, uint8_t{0xff}}) {
        events[i][at] ^= flip;
        Result<void> verified = verify(events, chain.head());
        ASSERT_FALSE(verified) << "event " << i << ", byte " << at;
        EXPECT_EQ(verified.error().code(), ErrorCode::kCorrupt);
        events[i][at] ^= flip;
      }
    }
  }
}

TEST(Verify, FindsADroppedAMovedAndAnAddedEvent) {
  Chain chain = sample_actor_chain();
  const std::vector<Bytes> events = events_of(chain);
  for (size_t i = 0; i < events.size(); ++i) {
    std::vector<Bytes> dropped = events;
    dropped.erase(dropped.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_FALSE(verify(dropped, chain.head())) << "dropped " << i;
    std::vector<Bytes> twice = events;
    twice.insert(twice.begin() + static_cast<ptrdiff_t>(i), events[i]);
    EXPECT_FALSE(verify(twice, chain.head())) << "doubled " << i;
    if (i == 0) continue;
    std::vector<Bytes> swapped = events;
    std::swap(swapped[i - 1], swapped[i]);
    EXPECT_FALSE(verify(swapped, chain.head())) << "swapped " << i;
  }
}

TEST(Verify, NamesTheEventAndWhatIsWrong) {
  Chain chain = sample_actor_chain();
  std::vector<Bytes> events = events_of(chain);
  auto message = [&](const std::vector<Bytes>& changed) {
    Result<void> verified = verify(changed, chain.head());
    return verified ? std::string() : verified.error().message();
  };

  std::vector<Bytes> changed = events;
  changed[3].back() ^= 1;  // The last character of a logged text.
  EXPECT_THAT(message(changed), StartsWith("event 4 (host): its parent is "));

  changed = events;
  changed[5].pop_back();
  EXPECT_THAT(message(changed), StartsWith("event 5 is not well formed: offset "));

  changed = events;
  changed.pop_back();
  EXPECT_THAT(message(changed), HasSubstr("but its head is "));

  changed = events;
  changed.erase(changed.begin());
  EXPECT_THAT(message(changed), StartsWith("event 0 (instance): it says that it is event 1"));
}

TEST(Verify, RefusesTimeThatGoesBack) {
  Bytes first = encode_event({Hash{}, 0, 100, Genesis{}});
  Bytes second = encode_event({event_hash(first), 1, 99, Control{Pause{}, ByRuntime{}}});
  Result<void> verified = verify({first, second}, event_hash(second));
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().message(), HasSubstr("its time 99 is before 100, that of event 0"));
}

TEST(Verify, LeavesTheLinksToTheCallerWhereItIsAskedTo) {
  auto event = [](uint64_t seq, uint64_t time, Body body) {
    return Event{event_hash(as_bytes("any")), seq, time, std::move(body)};
  };
  Control pause{Pause{}, ByRuntime{}};
  Genesis genesis;
  genesis.manifest = sample_hash(1);
  ChainVerifier verifier;
  EXPECT_TRUE(verifier.accept_unlinked(event(0, 100, genesis)));
  EXPECT_THAT(verifier.accept_unlinked(event(2, 100, pause)).error().message(),
              HasSubstr("it says that it is event 2"));
  EXPECT_THAT(verifier.accept_unlinked(event(1, 99, pause)).error().message(),
              HasSubstr("its time 99 is before 100"));
  EXPECT_THAT(verifier.accept_unlinked(event(1, 100, Genesis{})).error().message(),
              StartsWith("event 1 (genesis): "));
  EXPECT_TRUE(verifier.accept_unlinked(event(1, 100, pause)));
  EXPECT_EQ(verifier.position().seq, 2u);
}

TEST(Verify, ReadsAPartOfAChainWithoutItsGrammar) {
  Chain chain = sample_actor_chain();
  std::vector<Bytes> events = events_of(chain);
  std::vector<Bytes> tail(events.begin() + 10, events.end());
  ChainPosition start{10, chain.hash(9), decode_event(chain.event(9))->time};
  EXPECT_TRUE(verify(tail, chain.head(), start));
  start.head = chain.hash(8);
  EXPECT_FALSE(verify(tail, chain.head(), start));
}

// What random names and words have next to no chance of.
void mend(RandomBody& random, Operation& operation, uint64_t seq) {
  if (auto* started = std::get_if<Started>(&operation)) {
    started->restart = kRestartWords[random.below(kRestartWords.size())];
    started->grants = {"a", "b"};
  } else if (auto* updated = std::get_if<Updated>(&operation)) {
    updated->grants = {"a", "b"};
  } else if (auto* held = std::get_if<Held>(&operation)) {
    for (size_t i = 0; i < held->value.size(); ++i)
      std::get<std::string>(held->value[i]) = fmt::format("part {}", i);
  } else if (auto* noted = std::get_if<Noted>(&operation)) {
    noted->what = "redirect";
    if (noted->about) noted->about = random.below(seq + 1);
  }
}

// Appends random bodies, mended so that they fit, whenever the grammar lets them stand.
Chain random_life(RandomBody& random, size_t events) {
  Chain chain;
  ChainGrammar life;
  for (size_t tries = 0; chain.size() < events && tries < events * 200; ++tries) {
    Body body = random.body();
    auto mend_body = [&]<class T>(T& part) {
      if constexpr (requires { part.function; }) {
        if (life.functions().size() > 0) {
          part.function = static_cast<uint32_t>(part.function % life.functions().size());
        }
      }
      if constexpr (std::is_same_v<T, Genesis>) part.log_version = kLogVersion;
      if constexpr (std::is_same_v<T, Instance>) {
        part.functions = {"a", "b"};
        part.init_runs = false;
        part.incarnation = life.incarnation() + random.below(2);
      }
      if constexpr (std::is_same_v<T, Control>) mend(random, part.operation, chain.size());
      if constexpr (std::is_same_v<T, Outcome>) {
        if (!life.open_intents().empty()) part.intent = *life.open_intents().begin();
      }
      if constexpr (std::is_same_v<T, Answered>) {
        if (!life.open_requests().empty()) part.sent = *life.open_requests().begin();
      }
    };
    std::visit(mend_body, body);
    bool ends = std::holds_alternative<Terminated>(body) && random.below(10) != 0;
    auto take = [&](const Body& taken) {
      ChainGrammar next = life;
      if (!next.accept(chain.size(), taken)) return;
      life = next;
      chain.append(taken, random.below(1'000'000));
    };
    if (ends) continue;
    if (std::holds_alternative<Snapshot>(body)) take(Control{Held{}, ByRuntime{}});
    take(body);
  }
  return chain;
}

RC_GTEST_PROP(VerifyProperty, AcceptsEveryLifeAndFindsAChangeInIt, (uint64_t seed)) {
  RandomBody random(seed);
  Chain chain = random_life(random, 60);
  RC_ASSERT(chain.size() >= 1);
  std::vector<Bytes> events = events_of(chain);
  RC_ASSERT(verify(events, chain.head()).has_value());
  for (int i = 0; i < 50; ++i) {
    Bytes& event = events[random.below(events.size())];
    uint8_t& byte = event[random.below(event.size())];
    auto flip = static_cast<uint8_t>(1 + random.below(255));
    byte ^= flip;
    RC_ASSERT_FALSE(verify(events, chain.head()).has_value());
    byte ^= flip;
  }
}

}  // namespace theater::log::verify_test
