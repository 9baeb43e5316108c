// Bodies packed into a file in memory, and unpacked again.
#include "theater/log/segment/body_packer.h"

#include "theater/base/zstd.h"
#include "theater/log/segment/body_unpacker.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sys/resource.h>

#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace theater::log::body_packer_test {

constexpr ActorNumber kAgent{1};
constexpr ActorNumber kModel{2};

Hash event_number(uint64_t number) {
  return sha256(as_bytes(std::to_string(number)));
}

Bytes text(size_t words, uint32_t seed = 1) {
  static const std::vector<std::string> kWords{"the ",  "agent ", "asked ",  "a ",  "model ",
                                               "what ", "it ",    "should ", "do ", "next "};
  std::string made;
  for (size_t i = 0; i < words; ++i) {
    seed = seed * 1664525 + 1013904223;
    made += kWords[(seed >> 20) % kWords.size()];
  }
  return to_bytes(as_bytes(made));
}

// A file of records.
class PackedFile {
 public:
  uint64_t add(const BodyPacker::Input& input) {
    return write(packer_.pack(input, end()), input.bytes);
  }
  uint64_t add_absent(const BodyPacker::Input& input) {
    return write(packer_.pack_absent(input), input.bytes);
  }
  uint64_t end() const { return kBodiesHeaderSize + file_.size(); }
  BodyForm form(uint64_t offset) const { return load(offset)->packed.form; }
  uint64_t base(uint64_t offset) const { return load(offset)->packed.base; }
  void remove(uint64_t offset) { removed_.push_back(offset); }

  Result<UnpackedBody> read(uint64_t offset, BodyUnpacker& unpacker) const {
    return unpacker.read(offset, [&](uint64_t at) { return load(at); });
  }
  Result<UnpackedBody> read(uint64_t offset) const {
    BodyUnpacker unpacker;
    return read(offset, unpacker);
  }
  // Each body as it was added, whatever was read before it.
  void expect_all() const {
    BodyUnpacker unpacker;
    for (const auto& [offset, bytes] : added_) {
      if (form(offset) == BodyForm::kAbsent) continue;
      EXPECT_EQ(*read(offset).value().bytes, bytes) << offset;
      EXPECT_EQ(*read(offset, unpacker).value().bytes, bytes) << offset;
    }
  }

 private:
  uint64_t write(const PackedBody& packed, ByteView bytes) {
    uint64_t offset = end();
    append_body(file_, packed);
    added_.emplace(offset, to_bytes(bytes));
    return offset;
  }
  Result<LoadedBody> load(uint64_t offset) const {
    LoadedBody record;
    if (offset + kBodyHeadSize > end()) {
      record.state = LoadedBody::State::kBeyondEnd;
      return record;
    }
    ByteView rest = ByteView(file_).subspan(static_cast<size_t>(offset - kBodiesHeaderSize));
    BodyHead head = read_body_head(rest.first(kBodyHeadSize));
    record.bytes = to_bytes(rest.subspan(kBodyHeadSize, head.stored));
    record.record_size = head.record_size();
    record.packed = THEATER_TRY(packed_body(head, record.bytes, offset));
    for (uint64_t removed : removed_)
      if (removed == offset) record.state = LoadedBody::State::kRemoved;
    return record;
  }

  BodyPacker packer_;
  Bytes file_;
  std::map<uint64_t, Bytes> added_;
  std::vector<uint64_t> removed_;
};

BodyPacker::Input said(ByteView bytes, uint64_t event, ActorNumber actor = kAgent) {
  return {.bytes = bytes,
          .actor = actor,
          .event = event_number(event),
          .use = {.series = 7, .is_output = true, .is_cited = true}};
}

BodyPacker::Input taken(ByteView bytes, uint64_t event) {
  BodyPacker::Input input = said(bytes, event + 1'000'000, kModel);
  input.use = {.series = 2, .twin = event_number(event)};
  return input;
}

TEST(BodyPacker, AHistoryThatGrowsCostsWhatWasAdded) {
  PackedFile file;
  Bytes history = text(40'000);
  uint64_t plain = 0;
  for (uint64_t turn = 0; turn < 40; ++turn) {
    append(history, text(150, static_cast<uint32_t>(turn) + 9));
    file.add(said(history, turn));
    plain += history.size();
  }
  EXPECT_LT(file.end(), plain / 12);
  file.expect_all();
}

TEST(BodyPacker, ASeriesBeginsAnewBeforeReadersRefuseIt) {
  PackedFile file;
  Bytes history = text(1000);
  std::vector<uint64_t> offsets;
  for (uint64_t turn = 0; turn < 40; ++turn) {
    append(history, text(3, static_cast<uint32_t>(turn)));
    offsets.push_back(file.add(said(history, turn)));
    EXPECT_EQ(file.form(offsets.back()),
              turn % (BodyPacker::kSeriesMax + 1) == 0 ? BodyForm::kZstd : BodyForm::kSplice);
    // The receiver's, which needs one more.
    EXPECT_EQ(file.form(file.add(taken(history, turn))), BodyForm::kTail);
  }
  file.expect_all();
}

// A request that ends as the one before it, such as one with the list of tools behind its messages.
TEST(BodyPacker, AnotherMiddleCostsWhatItAdds) {
  PackedFile file;
  Bytes messages = text(5000);
  Bytes tools = text(1000, 2);
  for (uint64_t turn = 0; turn < 10; ++turn) {
    append(messages, text(100, static_cast<uint32_t>(turn) + 3));
    Bytes request = messages;
    append(request, tools);
    uint64_t before = file.end();
    uint64_t offset = file.add(said(request, turn));
    if (turn == 0) continue;
    EXPECT_EQ(file.form(offset), BodyForm::kSplice);
    EXPECT_LT(file.end() - before, kBodyHeadSize + 300);
  }
  file.expect_all();
}

TEST(BodyPacker, TheSameBodyAgainCostsItsHead) {
  PackedFile file;
  Bytes body = text(2000);
  file.add(said(body, 1));
  uint64_t before = file.end();
  EXPECT_EQ(file.form(file.add(said(body, 2))), BodyForm::kSplice);
  EXPECT_EQ(file.end() - before, kBodyHeadSize + Splice::kHeadSize);
  // Of a body that repeats itself, no byte is taken twice.
  Bytes shorter(1000, 'a');
  Bytes longer(1100, 'a');
  file.add(said(shorter, 3));
  EXPECT_EQ(file.form(file.add(said(longer, 4))), BodyForm::kSplice);
  EXPECT_EQ(file.form(file.add(said(shorter, 5))), BodyForm::kSplice);
  file.expect_all();
}

// A long middle may repeat what the base has elsewhere, so it is compressed after the whole base.
TEST(BodyPacker, ABodyThatMovedIsCompressedAfterTheOneBefore) {
  PackedFile file;
  Bytes history = text(5000);
  file.add(said(history, 1));
  Bytes moved = text(10, 7);
  append(moved, ByteView(history).subspan(3000));
  append(moved, text(10, 8));
  uint64_t before = file.end();
  EXPECT_EQ(file.form(file.add(said(moved, 2))), BodyForm::kZstdAfter);
  EXPECT_LT(file.end() - before, moved.size() / 8);
  file.expect_all();
}

TEST(BodyPacker, WhatAReceiverTakesIsKeptOnce) {
  PackedFile file;
  Bytes body = text(2000);
  Bytes sent = to_bytes(as_bytes("the id of the receiver"));
  append(sent, body);
  Bytes call = to_bytes(as_bytes("of-request"));
  append(call, body);
  uint64_t first = file.add(said(sent, 1));
  uint64_t before = file.end();
  uint64_t second = file.add(taken(call, 1));
  EXPECT_EQ(file.form(second), BodyForm::kTail);
  EXPECT_EQ(file.base(second), first);
  EXPECT_LT(file.end() - before, kBodyHeadSize + 20);
  file.expect_all();
}

// Another text under the hash of the sender's event is kept as it is.
TEST(BodyPacker, ATwinThatDiffersIsNoBase) {
  PackedFile file;
  file.add(said(text(500), 1));
  uint64_t second = file.add(taken(text(600, 5), 1));
  EXPECT_EQ(file.form(second), BodyForm::kZstd);
  file.expect_all();
}

TEST(BodyPacker, KeepsShortAndRandomBytesAsTheyAre) {
  PackedFile file;
  EXPECT_EQ(file.form(file.add(said(text(5), 1))), BodyForm::kRaw);
  Bytes random;
  uint32_t seed = 3;
  for (size_t i = 0; i < 5000; ++i) {
    seed = seed * 1664525 + 1013904223;
    random.push_back(static_cast<uint8_t>(seed >> 24));
  }
  EXPECT_EQ(file.form(file.add(said(random, 2))), BodyForm::kRaw);
  // Nothing is gained by a base that a body does not resemble.
  EXPECT_EQ(file.form(file.add(said(text(3000), 3))), BodyForm::kZstd);
  file.expect_all();
}

TEST(BodyPacker, ABodyThatIsLeftOutHandsItsSeriesToItsTwin) {
  PackedFile file;
  Bytes history = text(3000);
  file.add(said(history, 1));
  append(history, text(100, 3));
  file.add_absent(said(history, 2));
  uint64_t twin = file.add(taken(history, 2));
  append(history, text(100, 4));
  uint64_t next = file.add(said(history, 3));
  EXPECT_EQ(file.form(next), BodyForm::kSplice);
  EXPECT_EQ(file.base(next), twin);
  file.expect_all();
}

TEST(BodyPacker, WhatFollowsATailNeedsItsBaseOnly) {
  PackedFile file;
  Bytes history = text(3000);
  uint64_t sent = file.add(said(history, 1));
  EXPECT_EQ(file.form(file.add(taken(history, 1))), BodyForm::kTail);
  append(history, text(100, 3));
  file.add_absent(said(history, 2));
  uint64_t next = file.add(taken(history, 2));
  EXPECT_EQ(file.form(next), BodyForm::kSplice);
  EXPECT_EQ(file.base(next), sent);
  file.expect_all();
}

TEST(BodyPacker, OtherActorsAndSeriesAreNoBases) {
  PackedFile file;
  Bytes body = text(500);
  file.add(said(body, 1));
  EXPECT_EQ(file.form(file.add(said(body, 2, kModel))), BodyForm::kZstd);
  BodyPacker::Input other = said(body, 3);
  other.use.series = 8;
  EXPECT_EQ(file.form(file.add(other)), BodyForm::kZstd);
}

TEST(BodyUnpacker, WhatNeedsARemovedBodyIsLost) {
  PackedFile file;
  Bytes history = text(500);
  std::vector<uint64_t> offsets;
  for (uint64_t turn = 0; turn < 5; ++turn) {
    append(history, text(3, static_cast<uint32_t>(turn)));
    offsets.push_back(file.add(said(history, turn)));
  }
  file.remove(offsets[1]);
  using State = UnpackedBody::State;
  std::vector<State> states;
  for (uint64_t offset : offsets)
    states.push_back(file.read(offset).value().state);
  EXPECT_EQ(states, (std::vector{State::kWhole, State::kRemoved, State::kLost, State::kLost,
                                 State::kLost}));
  EXPECT_EQ(file.read(file.end()).value().state, State::kBeyondEnd);
}

// A file of records, each of which takes all of the one before, by their positions.
Result<UnpackedBody> read_chain(uint64_t bases, bool is_cached) {
  Bytes body = text(20);
  auto load = [&](uint64_t at) -> Result<LoadedBody> {
    LoadedBody record;
    bool is_first = at == 0;
    record.bytes = is_first ? body : Bytes();
    record.record_size = 1;
    record.packed = {.form = is_first ? BodyForm::kRaw : BodyForm::kTail,
                     .length = static_cast<uint32_t>(body.size()),
                     .base = is_first ? 0 : at - 1,
                     .stored = record.bytes};
    return record;
  };
  BodyUnpacker unpacker;
  for (uint64_t at = 0; is_cached && at < bases; ++at)
    (void)unpacker.read(at, load);
  return unpacker.read(bases, load);
}

TEST(BodyUnpacker, RefusesABodyThatNeedsTooManyOthers) {
  for (bool is_cached : {false, true}) {
    EXPECT_TRUE(read_chain(BodyUnpacker::kBasesMax, is_cached));
    Result<UnpackedBody> deep = read_chain(BodyUnpacker::kBasesMax + 1, is_cached);
    ASSERT_FALSE(deep) << is_cached;
    EXPECT_EQ(deep.error().code(), ErrorCode::kCorrupt);
  }
}

TEST(BodyUnpacker, RefusesASpliceThatTakesMoreThanItsBaseHas) {
  Bytes base = text(20);
  auto size = static_cast<uint32_t>(base.size());
  Bytes room;
  Bytes frame = to_bytes(ZstdCompressor().compress(room, as_bytes("middle"), base));
  auto read = [&](uint32_t beginning, uint32_t end, uint32_t middle) {
    return BodyUnpacker().read(1, [&](uint64_t at) -> Result<LoadedBody> {
      LoadedBody record;
      record.record_size = 1;
      if (at == 0) {
        record.bytes = base;
      } else {
        append_splice(record.bytes, {.beginning = beginning,
                                     .end = end,
                                     .frame = middle > 0 ? ByteView(frame) : ByteView()});
      }
      BodyHead head{.stored = static_cast<uint32_t>(record.bytes.size()),
                    .length = at == 0 ? size : beginning + middle + end,
                    .form = static_cast<uint32_t>(at == 0 ? BodyForm::kRaw : BodyForm::kSplice)};
      record.packed = THEATER_TRY(packed_body(head, record.bytes, at));
      return record;
    });
  };
  EXPECT_EQ(read(size, 0, 6).value().bytes->size(), base.size() + 6);
  EXPECT_EQ(read(size, size, 0).value().bytes->size(), 2 * base.size());
  EXPECT_EQ(read(size, size, 6).value().bytes->size(), 2 * base.size() + 6);
  EXPECT_EQ(read(size + 1, 0, 6).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(read(0, size + 1, 6).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(read(size, 0, 5).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(read(size, 0, 7).error().code(), ErrorCode::kCorrupt);
}

TEST(BodyUnpacker, RefusesABaseWithoutBytesOrWithTooFew) {
  Bytes body = text(20);
  auto with_base = [&](BodyForm form, const Bytes& stored) {
    return BodyUnpacker().read(1, [&](uint64_t at) -> Result<LoadedBody> {
      LoadedBody record;
      record.bytes = at == 0 ? stored : Bytes();
      record.record_size = 1;
      record.packed = {.form = at == 0 ? form : BodyForm::kTail,
                       .length = static_cast<uint32_t>(body.size()),
                       .stored = record.bytes};
      return record;
    });
  };
  EXPECT_EQ(with_base(BodyForm::kAbsent, {}).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(with_base(BodyForm::kRaw, Bytes(3)).error().code(), ErrorCode::kCorrupt);
  EXPECT_TRUE(with_base(BodyForm::kRaw, body));
}

// The most memory that this process had until now.
size_t memory_peak_bytes() {
  struct rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) << 10;
}

TEST(BodyUnpacker, GivesNoMemoryToALengthThatTheRecordCannotHave) {
  constexpr uint32_t kLength = kBodyBytesMax;
  Bytes base = text(20);
  Bytes room;
  Bytes frame = to_bytes(ZstdCompressor().compress(room, base));
  Bytes splice;
  append_splice(splice, {.beginning = 1, .end = 1, .frame = frame});
  for (BodyForm form : {BodyForm::kRaw, BodyForm::kZstd, BodyForm::kZstdAfter, BodyForm::kTail,
                        BodyForm::kSplice}) {
    bool is_frame = form == BodyForm::kZstd || form == BodyForm::kZstdAfter;
    Bytes stored = is_frame ? frame : form == BodyForm::kSplice ? splice : Bytes(3);
    size_t before = memory_peak_bytes();
    Result<UnpackedBody> read = BodyUnpacker().read(100, [&](uint64_t at) -> Result<LoadedBody> {
      LoadedBody record;
      record.bytes = at == 0 ? base : stored;
      record.record_size = 1;
      BodyHead head{.stored = static_cast<uint32_t>(record.bytes.size()),
                    .length = at == 0 ? static_cast<uint32_t>(base.size()) : kLength,
                    .form = static_cast<uint32_t>(at == 0 ? BodyForm::kRaw : form)};
      record.packed = THEATER_TRY(packed_body(head, record.bytes, at));
      return record;
    });
    ASSERT_FALSE(read) << static_cast<uint32_t>(form);
    EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
    EXPECT_LT(memory_peak_bytes() - before, kLength / 4) << read.error().message();
  }
}

// A record whose checksum is right, in the middle of another one.
TEST(BodyUnpacker, RefusesABaseThatDoesNotEndBeforeIt) {
  Bytes body = text(20);
  auto read = [&](uint64_t size) {
    return BodyUnpacker().read(10, [&](uint64_t at) -> Result<LoadedBody> {
      LoadedBody record;
      record.bytes = at == 3 ? body : Bytes();
      record.record_size = size;
      record.packed = {.form = at == 3 ? BodyForm::kRaw : BodyForm::kTail,
                       .length = static_cast<uint32_t>(body.size()),
                       .base = at == 3 ? uint64_t{0} : uint64_t{3},
                       .stored = record.bytes};
      return record;
    });
  };
  EXPECT_TRUE(read(7));
  EXPECT_EQ(read(8).error().code(), ErrorCode::kCorrupt);
}

// Whatever is said, taken and left out in whatever order comes back.
RC_GTEST_PROP(BodyPackerProperty, BodiesComeBack,
              (const std::vector<std::pair<uint8_t, Bytes>>& steps)) {
  PackedFile file;
  Bytes history = text(30);
  uint64_t event = 0;
  for (const auto& [what, bytes] : steps) {
    append(history, bytes);
    if (what % 7 == 0) history.resize(history.size() / 2);
    if (what % 5 == 0) append(history, text(what));
    if (what % 11 == 0) history.insert(history.begin() + std::ssize(history) / 3, what);
    ++event;
    if (what % 3 == 0) file.add_absent(said(history, event));
    if (what % 3 == 1) file.add(said(history, event));
    if (what % 2 == 0) file.add(taken(history, event));
  }
  file.expect_all();
}

}  // namespace theater::log::body_packer_test
