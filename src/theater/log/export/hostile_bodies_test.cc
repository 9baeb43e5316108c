// Exports and logs that are small, and whose bodies are not.
#include "theater/base/testing/must.h"
#include "theater/base/zstd.h"
#include "theater/log/event/chain.h"
#include "theater/log/export/check.h"
#include "theater/log/export/reader.h"
#include "theater/log/segment/body_allowance.h"
#include "theater/log/testing/export_sample.h"
#include "theater/log/testing/log_home.h"
#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace theater::log::hostile_bodies_test {

using ::testing::HasSubstr;

constexpr size_t kBodyBytes = size_t{8} << 20;

// An export in which each call has the same body of 8 MiB: the first one as a frame of zstd, and
// all others as a tail of the first, of which they take every byte.
Bytes export_of_calls(uint64_t calls) {
  ExportSample sample;
  ExportParts usual = parts_of(sample.write());
  Bytes out = usual.header;
  auto add = [&](ExportSection kind, ByteView payload) {
    append_export_section_head(out, kind, payload);
    append(out, payload);
  };
  for (size_t i = 0; i < 2; ++i)  // The statement and the key.
    add(usual.sections[i].kind, usual.sections[i].payload);
  Chain chain;
  ExportEnd end;
  auto record = [&](const Body& body) {
    EventRef made = chain.append(body, kSampleTime);
    add(ExportSection::kEvent, chain.event(made.seq.value));
    ++end.events;
  };
  auto name_blob = [&](const Hash& digest) {
    add(ExportSection::kMissingBlob, digest.bytes);
    ++end.blobs;
  };
  name_blob(sample_hash(1));
  record(
      Genesis{.actor = sample.actor(), .name = "sample", .parent = {}, .manifest = sample_hash(1)});
  Instance instance = sample_instance();
  instance.init_runs = false;
  name_blob(instance.component);
  record(instance);

  Bytes body(kBodyBytes, 0x61);
  Salt salt{};
  salt.fill(0x5a);
  Bytes room;
  ZstdCompressor zstd;
  PackedBody packed{.form = BodyForm::kZstd,
                    .length = static_cast<uint32_t>(body.size()),
                    .salt = salt,
                    .stored = zstd.compress(room, body)};
  Payload payload = Detached{detached_hash(salt, body), body.size()};
  for (; end.bodies < calls; ++end.bodies) {
    record(Call{.function = 0, .from = FromRuntime{}, .arguments = payload});
    uint64_t offset = out.size();
    Bytes section;
    append_export_body_head(section, packed);
    append(section, packed.stored);
    add(ExportSection::kBody, section);
    if (packed.form == BodyForm::kZstd) {
      packed = {.form = BodyForm::kTail, .length = packed.length, .salt = salt, .base = offset};
    }
    record(Returned{.result = CallOk{inline_payload({})}, .state = StateUnchanged{}});
  }
  Bytes counts;
  append_export_end(counts, end);
  add(ExportSection::kEnd, counts);
  return out;
}

// Each but the first costs 16 MiB, so all of them would be 32 GiB.
TEST(HostileBodies, OfASmallExportAreReadUpToTheUsualBound) {
  constexpr uint64_t kCalls = 2000;
  Bytes bytes = export_of_calls(kCalls);
  ASSERT_LT(bytes.size(), size_t{1} << 20);
  uint64_t bytes_max = BodyAllowance::usual(bytes.size());
  ExportReport report = check_bytes(bytes);
  EXPECT_EQ(report.verdict, Verdict::kUnverifiable);
  EXPECT_EQ(report.counts.events, 2 + 2 * kCalls);
  EXPECT_EQ(report.counts.bodies, kCalls);
  EXPECT_NEAR(static_cast<double>(kCalls - report.bodies_removed),
              static_cast<double>(bytes_max) / (2 * kBodyBytes), 2);
  EXPECT_THAT(report.findings.back().what,
              HasSubstr(fmt::format("of {} bytes make more than {} bytes, and so many are read at "
                                    "most; `theater verify --bodies-max` sets another bound",
                                    bytes.size(), bytes_max)));
}

TEST(HostileBodies, AreReadUpToTheBoundThatTheReaderSets) {
  Bytes bytes = export_of_calls(10);
  for (auto [bytes_max, read] : {std::pair(uint64_t{0}, 0U),
                                 {kBodyBytes, 0U},  // The stored bytes count, too.
                                 {2 * kBodyBytes, 1U},
                                 {8 * kBodyBytes, 4U},
                                 {uint64_t{1} << 40, 10U}}) {
    ExportReport report = check_bytes(bytes, {.bodies_max = bytes_max});
    EXPECT_EQ(report.bodies_removed, 10 - read) << bytes_max;
    EXPECT_EQ(report.verdict, Verdict::kUnverifiable);
  }
}

// What is wrong with an export is found past the bound, too.
TEST(HostileBodies, HideNoOtherFault) {
  Bytes bytes = export_of_calls(10);
  ExportParts parts = parts_of(bytes);
  ExportPart& last = parts.sections[parts.sections.size() - 2];
  ASSERT_EQ(last.kind, ExportSection::kEvent);
  last.payload[10] ^= 1;  // Of the hash of the event before.
  EXPECT_EQ(check_bytes(bytes_of(parts), {.bodies_max = 0}).verdict, Verdict::kInvalid);
}

TEST(HostileBodies, OfALogAreReadUpToTheBound) {
  LogHome home;
  auto log = home.open(quiet());
  TestActor actor(*log);
  constexpr uint64_t kGroups = 20;
  for (uint64_t i = 0; i < kGroups; ++i)
    actor.record_every_form();
  ASSERT_TRUE(log->close());
  LogReport usual = must(check_log(home.folder()));
  EXPECT_EQ(usual.verdict, Verdict::kValid);
  EXPECT_EQ(usual.bodies_removed, 0U);
  EXPECT_FALSE(usual.has_refused_bodies);
  uint64_t made = usual.bodies - usual.bodies_recomputable;
  CheckOptions options;
  uint64_t removed = made + 1;
  for (uint64_t bytes_max : {0, 1'000, 5'000}) {
    options.bodies_max = bytes_max;
    LogReport report = must(check_log(home.folder(), options));
    EXPECT_EQ(report.verdict, Verdict::kUnverifiable);
    EXPECT_TRUE(report.has_refused_bodies);
    EXPECT_EQ(report.bodies_recomputable, usual.bodies_recomputable);
    EXPECT_LT(report.bodies_removed, removed) << bytes_max;
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_THAT(report.findings[0].what, HasSubstr("not all detached payloads were read"));
    removed = report.bodies_removed;
  }
  EXPECT_GT(removed, 0U);
}

TEST(BodyAllowance, GivesNothingAfterTheFirstThatIsTooMuch) {
  BodyAllowance allowance(100);
  EXPECT_TRUE(allowance.take(60));
  EXPECT_TRUE(allowance.take(40));
  EXPECT_FALSE(allowance.is_spent());
  EXPECT_FALSE(allowance.take(1));
  EXPECT_TRUE(allowance.is_spent());
  EXPECT_FALSE(allowance.take(0));
}

TEST(BodyAllowance, GrowsWithTheFilesAndDoesNotOverflow) {
  EXPECT_EQ(BodyAllowance::usual(0), uint64_t{4} << 30);
  EXPECT_EQ(BodyAllowance::usual(1000), (uint64_t{4} << 30) + 2'048'000);
  EXPECT_EQ(BodyAllowance::usual(uint64_t{1} << 60), std::numeric_limits<uint64_t>::max());
}

}  // namespace theater::log::hostile_bodies_test
