#include "theater/log/event/event.h"

#include "theater/base/hex.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/testing/random_body.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <rapidcheck.h>

namespace theater::log::event_test {

Event small_event() {
  return {sample_hash(0x01), 2, 300, Note{1, inline_payload(to_bytes("hi"))}};
}

TEST(Event, EncodesPartsInOrder) {
  EXPECT_EQ(to_hex(encode_event(small_event())),
            "20"
            "0101010101010101010101010101010101010101010101010101010101010101"
            "02"      // seq
            "ac02"    // time
            "05"      // note
            "01"      // function
            "00"      // inline
            "026869"  // "hi"
  );
}

TEST(Event, HashIsTheLeafHashOfItsBytes) {
  Bytes bytes = encode_event(small_event());
  static constexpr uint8_t kZero[] = {0};
  EXPECT_EQ(event_hash(bytes), sha256({ByteView(kZero), ByteView(bytes)}));
}

TEST(Event, GivesParentAndBodyWithoutDecodingTheRest) {
  Bytes bytes = encode_event(small_event());
  EXPECT_EQ(event_parent(bytes).value(), sample_hash(0x01));
  EXPECT_EQ(to_hex(event_body(bytes).value()), "050100026869");
  EXPECT_FALSE(event_body(ByteView(bytes).first(10)));
}

TEST(Event, DecodedInPlaceBorrowsAndDecodedOwns) {
  Bytes bytes = encode_event(small_event());
  Event borrowed = decode_event_in_place(bytes).value();
  Event owned = decode_event(bytes).value();
  auto blob = [](const Event& event) { return inline_bytes(std::get<Note>(event.body).arguments); };
  EXPECT_TRUE(blob(borrowed)->is_borrowed());
  EXPECT_FALSE(blob(owned)->is_borrowed());
  EXPECT_EQ(borrowed, owned);
  bytes.back() ^= 1;
  EXPECT_NE(borrowed, owned);
}

TEST(Event, RefusesADigestOfAnotherLength) {
  Bytes bytes = encode_event(small_event());
  bytes.erase(bytes.begin() + 1);
  bytes[0] = 31;
  Result<Event> event = decode_event(bytes);
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().message(), "offset 0: a digest has 32 bytes, this has 31");
}

TEST(Event, RefusesBytesAfterTheEnd) {
  Bytes bytes = encode_event(small_event());
  bytes.push_back(0);
  EXPECT_FALSE(decode_event(bytes));
}

TEST(Event, RefusesEveryTruncation) {
  sample_actor_chain().for_each([](uint64_t seq, ByteView bytes, const Hash&) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_event(bytes.first(size))) << "event " << seq << " cut to " << size;
    }
  });
}

TEST(Event, VisitsEveryPayload) {
  size_t visited = 0;
  auto count = [&](const Payload&) { ++visited; };
  for_each_payload(Body(Host{0, {}, {}}), count);
  EXPECT_EQ(visited, 2u);
  for_each_payload(Body(Outcome{0, OutcomeUnknown{Payload()}}), count);
  EXPECT_EQ(visited, 3u);
  for_each_payload(Body(Outcome{0, OutcomeUnknown{}}), count);
  for_each_payload(Body(Failed{FailedKilled{}}), count);
  EXPECT_EQ(visited, 3u);
  for_each_payload(Body(Terminated{EndedCompleted{Payload()}}), count);
  EXPECT_EQ(visited, 4u);
}

TEST(Event, DetachedHashCoversPrefixSaltAndBytes) {
  Salt salt;
  salt.fill(7);
  Bytes all(1, 0x02);
  append(all, salt);
  append(all, as_bytes("secret"));
  EXPECT_EQ(detached_hash(salt, as_bytes("secret")), sha256(all));
}

RC_GTEST_PROP(EventProperty, AnyBodyIsReadBackAsItWas, (uint64_t seed)) {
  RandomBody random(seed);
  for (int i = 0; i < 100; ++i) {
    Event event = random.value<Event>();
    Bytes bytes = encode_event(event);
    Result<Event> read = decode_event(bytes);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == event);
    RC_ASSERT(encode_event(*read) == bytes);
  }
}

RC_GTEST_PROP(EventProperty, WhatDecodesHasNoOtherEncoding, (uint64_t seed)) {
  RandomBody random(seed);
  for (int i = 0; i < 100; ++i) {
    Bytes bytes = encode_event(random.value<Event>());
    bytes[random.below(bytes.size())] = static_cast<uint8_t>(random.below(256));
    if (Result<Event> read = decode_event(bytes)) RC_ASSERT(encode_event(*read) == bytes);
  }
}

}  // namespace theater::log::event_test
