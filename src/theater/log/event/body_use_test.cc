#include "theater/log/event/body_use.h"

#include "theater/log/event/for_each_payload.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::log::body_use_test {

Payload some(std::string_view text = "x") {
  return inline_payload(to_bytes(as_bytes(text)));
}

Sent sent(Destination to, SentResult result = SentAccepted{}) {
  return {.function = 5,
          .arguments = some(),
          .kind = SentKind::kRequest,
          .to = std::move(to),
          .about = {},
          .result = std::move(result)};
}

// 'O' for each payload of the body that the component makes, 'I' for the others.
std::string marks(const Body& body) {
  std::string marks;
  for_each_payload(body,
                   [&](const Payload&) { marks += is_output(body, marks.size()) ? 'O' : 'I'; });
  return marks;
}

// As docs/formats/event.md marks them.
TEST(BodyUse, KnowsWhatTheComponentMakes) {
  EXPECT_EQ(marks(Call{0, FromClient{}, some()}), "I");
  EXPECT_EQ(marks(Returned{CallOk{some()}, StateUnchanged{}}), "O");
  EXPECT_EQ(marks(Returned{CallError{some()}, StateUnchanged{}}), "O");
  EXPECT_EQ(marks(Host{0, some(), some()}), "OI");
  EXPECT_EQ(marks(Note{0, some()}), "O");
  EXPECT_EQ(marks(Refused{0, some(), RefusedLimit{"x"}, RefusedValue{some()}}), "OI");
  EXPECT_EQ(marks(Intent{0, some()}), "O");
  EXPECT_EQ(marks(Outcome{0, OutcomeDone{some()}}), "I");
  EXPECT_EQ(marks(sent(Peer{sample_actor(1)}, SentFailed{some()})), "OI");
  EXPECT_EQ(marks(Answered{0, {}, some()}), "I");
  EXPECT_EQ(marks(ChildEnded{sample_actor(1), {}, EndedCompleted{some()}}), "I");
  EXPECT_EQ(marks(Terminated{EndedCompleted{some()}}), "I");
  EXPECT_EQ(marks(Control{Held{{{"a", some()}, {"b", some()}}}}), "II");
  EXPECT_EQ(marks(Control{Noted{"x", {}, some()}}), "I");
}

TEST(BodyUse, NamesTheEventThatEndsWithTheSameBytes) {
  Hash hash = sample_hash(7);
  EXPECT_EQ(
      body_use(Call{0, Sender{sample_actor(1), Durability::kSync, hash}, some()}, 0, false).twin,
      hash);
  EXPECT_EQ(body_use(Call{0, FromClient{}, some()}, 0, false).twin, std::nullopt);
  EXPECT_EQ(body_use(Answered{0, hash, some()}, 0, false).twin, hash);
  EXPECT_TRUE(body_use(sent(Peer{sample_actor(1)}), 0, false).is_cited);
  EXPECT_FALSE(body_use(sent(Peer{sample_actor(1)}, SentFailed{some()}), 1, false).is_cited);
  EXPECT_TRUE(body_use(Returned{CallOk{some()}, StateUnchanged{}}, 0, false).is_cited);
}

TEST(BodyUse, GivesEachFunctionAndPlaceItsOwnSeries) {
  std::vector<uint64_t> series{body_use(Host{1, some(), some()}, 0, false).series,
                               body_use(Host{1, some(), some()}, 1, false).series,
                               body_use(Host{2, some(), some()}, 0, false).series,
                               body_use(Note{1, some()}, 0, false).series};
  for (size_t i = 0; i < series.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_NE(series[i], series[j]);
}

KeepBytes kept(const Body& body, size_t ordinal = 0) {
  return body_use(body, ordinal, true).keep;
}

// Recovery delivers again what an actor on disk has not taken, and nothing else.
TEST(BodyUse, KeepsOutputsOnlyForADelivery) {
  Peer durable{sample_actor(1), Durability::kAsync};
  Peer memory{sample_actor(1), Durability::kMemory};
  EXPECT_EQ(kept(sent(durable)), KeepBytes::kUntilTaken);
  EXPECT_EQ(kept(sent(durable, SentFailed{some()})), KeepBytes::kNever);
  EXPECT_EQ(kept(sent(durable, SentFailed{some()}), 1), KeepBytes::kAlways);
  EXPECT_EQ(kept(sent(memory)), KeepBytes::kNever);
  EXPECT_EQ(kept(sent(ToClient{})), KeepBytes::kNever);
  EXPECT_EQ(kept(Host{0, some(), some()}), KeepBytes::kNever);
  EXPECT_EQ(kept(Host{0, some(), some()}, 1), KeepBytes::kAlways);
  EXPECT_EQ(kept(Call{0, FromClient{}, some()}), KeepBytes::kAlways);
  EXPECT_EQ(body_use(Host{0, some(), some()}, 0, false).keep, KeepBytes::kAlways);
}

}  // namespace theater::log::body_use_test
