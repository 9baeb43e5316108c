#include "theater/views/chain_view.h"

#include "theater/handlers/registry.h"
#include "theater/log/event/event.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace theater::views::chain_view_test {

PayloadTypes& types() {
  static PayloadTypes types(make_handlers());
  return types;
}

constexpr uint64_t kTime = 1'767'225'600'000'000;

Bytes encoded(uint64_t seq, const log::Body& body) {
  Bytes bytes;
  log::encode_event(bytes, Hash{}, seq, kTime, body);
  return bytes;
}

log::Instance instance() {
  log::Instance instance;
  instance.functions = {"theater:simple/runtime/log"};
  return instance;
}

log::Host host_with(const log::StoredBody& arguments) {
  log::Host host;
  host.arguments = log::Detached{log::detached_hash(arguments.salt, arguments.bytes()),
                                 arguments.bytes().size()};
  host.result = log::inline_payload({});
  return host;
}

log::StoredBody sample_body() {
  log::StoredBody body;
  body.salt.fill(7);
  body.shared = std::make_shared<const Bytes>(to_bytes("\x05hello"));
  return body;
}

TEST(ChainView, ShowsTheBodiesOfDetachedPayloadsInJson) {
  log::StoredBody body = sample_body();
  Bytes event = encoded(2, host_with(body));
  Bodies bodies = {body};
  auto value = ChainValues("a", types()).event(event, log::event_hash(event), &bodies);
  ASSERT_TRUE(value);
  Json detached = (*value)["event"]["detached"];
  ASSERT_EQ(detached.size(), 1u);
  EXPECT_EQ(detached[0]["hash"], log::detached_hash(body.salt, body.bytes()).to_string());
  EXPECT_EQ(detached[0]["length"], 6);
  EXPECT_EQ(detached[0]["salt"], "07070707070707070707070707070707");
  EXPECT_EQ(detached[0]["bytes"], "\x05hello");
}

TEST(ChainView, ShowsTheBodiesOfWhatIsHeld) {
  log::StoredBody first = sample_body();
  log::StoredBody second = sample_body();
  second.shared = std::make_shared<const Bytes>(to_bytes("\x03you"));
  auto detached = [](const log::StoredBody& body) {
    return log::Detached{log::detached_hash(body.salt, body.bytes()), body.bytes().size()};
  };
  log::Held held{{{"budget", detached(first)}, {"timing", detached(second)}}};
  Bytes event = encoded(2, log::Control{held, log::ByRuntime{}});
  Bodies bodies = {first, second};
  auto value = ChainValues("a", types()).event(event, log::event_hash(event), &bodies);
  ASSERT_TRUE(value);
  Json shown = (*value)["event"]["detached"];
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[0]["bytes"], "\x05hello");
  EXPECT_EQ(shown[1]["bytes"], "\x03you");
}

TEST(ChainView, SaysThatABodyWasRemoved) {
  Bytes event = encoded(2, host_with(sample_body()));
  Bodies removed = {std::nullopt};
  auto value = ChainValues("a", types()).event(event, log::event_hash(event), &removed);
  ASSERT_TRUE(value);
  Json detached = (*value)["event"]["detached"];
  ASSERT_EQ(detached.size(), 1u);
  EXPECT_EQ(detached[0]["removed"], true);
  EXPECT_FALSE(detached[0].contains("bytes"));
  ChainText chain("a", types());
  ASSERT_TRUE(chain.event(event, log::event_hash(event), &removed));
  std::string text = chain.flush();
  EXPECT_NE(text.find("(removed)"), std::string::npos) << text;
}

TEST(ChainView, ShowsDetachedPayloads) {
  log::StoredBody body = sample_body();
  Bytes event = encoded(2, host_with(body));
  ChainText chain("a", types());
  ASSERT_TRUE(chain.skip(encoded(1, instance())));
  Bodies bodies = {body};
  ASSERT_TRUE(chain.event(event, log::event_hash(event), &bodies));
  std::string text = chain.flush();
  EXPECT_NE(text.find(R"( ["hello"])"
                      "\n"),
            std::string::npos)
      << text;
}

TEST(ChainView, EventsWithoutDetachedPayloadsSayNothingOfThem) {
  Bytes event = encoded(1, instance());
  auto value = ChainValues("a", types()).event(event, log::event_hash(event));
  ASSERT_TRUE(value);
  EXPECT_FALSE((*value)["event"].contains("detached"));
}

TEST(ChainView, ASkippedInstanceStillNamesTheFunctions) {
  log::Note note;
  note.arguments = log::inline_payload({});
  Bytes event = encoded(2, note);
  ChainText chain("a", types());
  ASSERT_TRUE(chain.skip(encoded(1, instance())));
  ASSERT_TRUE(chain.event(event, log::event_hash(event)));
  std::string text = chain.flush();
  EXPECT_NE(text.find("theater:simple/runtime/log"), std::string::npos) << text;
}

TEST(ChainView, AlignsTheLinesOfOneBatch) {
  log::Note note;
  note.arguments = log::inline_payload({});
  ChainText chain("a", types());
  std::string text = chain.heading(12, Hash{});
  for (const Bytes& event : {encoded(1, instance()), encoded(10, note)})
    ASSERT_TRUE(chain.event(event, log::event_hash(event)));
  text += chain.flush();
  EXPECT_EQ(text.find("chain of a: 12 events, head 0000"), 0u) << text;
  EXPECT_NE(text.find("\n   1  2026-01-01T00:00:00.000000Z"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  10  2026-01-01T00:00:00.000000Z"), std::string::npos) << text;
  EXPECT_NE(text.find("  runtime-setup               "), std::string::npos) << text;
}

TEST(ChainView, KeepsTheTextOfGuestsOnItsLine) {
  log::Instance forged;
  forged.functions = {"x/y\n  7  forged"};
  log::Note note;
  note.arguments = log::inline_payload(to_bytes("a\nb\xe2\x80\xae"));
  ChainText chain("a\nb", types());
  std::string text = chain.heading(3, Hash{});
  for (const Bytes& event : {encoded(1, forged), encoded(2, note)})
    ASSERT_TRUE(chain.event(event, log::event_hash(event)));
  text += chain.flush();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(raw "a\nb\u202e")"), std::string::npos) << text;
}

TEST(ChainView, RefusesWhatIsNoEvent) {
  ChainText chain("a", types());
  ChainValues values("a", types());
  Bytes junk = to_bytes("junk");
  EXPECT_FALSE(chain.event(junk, Hash{}));
  EXPECT_FALSE(values.event(junk, Hash{}));
  EXPECT_FALSE(chain.skip(junk));
}

}  // namespace theater::views::chain_view_test
