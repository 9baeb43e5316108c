#include "theater/log/export/check.h"

#include "theater/base/testing/must.h"
#include "theater/log/export/reader.h"
#include "theater/log/testing/export_sample.h"
#include "theater/log/testing/mutation_log.h"
#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace theater::log::check_test {

using ::testing::HasSubstr;

class ExportTest : public ::testing::Test {
 protected:
  static ExportCheckOptions with(const std::string& note) {
    ExportCheckOptions options;
    options.outside.push_back({.source = "a friend", .note = note});
    return options;
  }
  // The place of the first section of this kind.
  static ExportPart& first(ExportParts& parts, ExportSection kind) {
    auto found = std::find_if(parts.sections.begin(), parts.sections.end(),
                              [&](const ExportPart& part) { return part.kind == kind; });
    EXPECT_NE(found, parts.sections.end());
    return *found;
  }
  static void expect(const ExportReport& report, Verdict verdict, const std::string& text) {
    EXPECT_EQ(report.verdict, verdict);
    ASSERT_FALSE(report.findings.empty());
    EXPECT_THAT(report.findings[0].to_string(), HasSubstr(text));
  }

  ExportSample sample_;
};

TEST_F(ExportTest, OfAWholeChainIsValid) {
  Bytes bytes;
  ExportSummary summary = sample_.try_write(sample_.request(), bytes).value();
  EXPECT_EQ(summary.counts.events, sample_.events());
  EXPECT_EQ(summary.counts.proved, sample_.events());
  EXPECT_EQ(summary.counts.bodies, 2U);
  EXPECT_EQ(summary.counts.blobs, 6U);  // Two manifests, two components, two states.
  EXPECT_TRUE(summary.missing.empty());
  EXPECT_TRUE(summary.terminated);
  ExportReport report = check_bytes(bytes);
  EXPECT_EQ(report.verdict, Verdict::kValid) << report.findings[0].to_string();
  EXPECT_EQ(report.header.actor, sample_.actor());
  EXPECT_EQ(report.name, "sample");
  EXPECT_EQ(report.counts, summary.counts);
  EXPECT_EQ(report.head, summary.head);
  EXPECT_EQ(report.key, sample_.key());
  EXPECT_EQ(report.bytes, bytes.size());
  EXPECT_EQ(sample_.write(), bytes);
  EXPECT_EQ(bytes_of(parts_of(bytes)), bytes);
}

TEST_F(ExportTest, OfTheNodeItselfIsValid) {
  ExportRequest request = sample_.request();
  request.actor = check_bytes(sample_.write()).header.log_id;
  request.events = 4;  // genesis, node-started, key, node-stopped.
  Bytes bytes = sample_.write(request);
  ExportReport report = check_bytes(bytes);
  EXPECT_EQ(report.verdict, Verdict::kValid) << report.findings[0].to_string();
  // Another node's key, although its signature would be good.
  ExportParts parts = parts_of(bytes);
  VerifierKey key = sample_.key();
  key.key = other_key().public_key();
  first(parts, ExportSection::kKey).payload = to_bytes(to_text(key));
  expect(check_bytes(bytes_of(parts)), Verdict::kInvalid, "names another key");
}

TEST_F(ExportTest, WhatNoCheckpointCoversIsATailWithoutProof) {
  ExportRequest request = sample_.request();
  request.note = sample_.early_note();
  ExportReport report = check_bytes(sample_.write(request));
  uint64_t tail = sample_.events() - sample_.early_events();
  expect(report, Verdict::kUnverifiable,
         "the last " + std::to_string(tail) + " events are under no checkpoint");
  EXPECT_EQ(report.counts.proved, sample_.early_events());
  request.events = sample_.early_events();
  EXPECT_EQ(check_bytes(sample_.write(request)).verdict, Verdict::kValid);
  request.note.reset();
  expect(check_bytes(sample_.write(request)), Verdict::kUnverifiable, "under no checkpoint");
}

TEST_F(ExportTest, ShowsThatTheLogWentOnFromAnOlderCheckpoint) {
  expect(check_bytes(sample_.write(), with(sample_.early_note())), Verdict::kUnverifiable,
         "does not show");
  ExportRequest request = sample_.request();
  request.since = parse_checkpoint(sample_.early_note()).value().checkpoint;
  Bytes bytes = sample_.write(request);
  EXPECT_EQ(check_bytes(bytes).verdict, Verdict::kValid);
  EXPECT_EQ(check_bytes(bytes, with(sample_.early_note())).verdict, Verdict::kValid);
  EXPECT_EQ(check_bytes(bytes, with(sample_.note())).verdict, Verdict::kValid);
  // The log was another one then.
  Checkpoint forged = *request.since;
  forged.root.bytes[0] ^= 1;
  expect(check_bytes(bytes, with(sign_checkpoint(forged, sample_.home().key()))), Verdict::kInvalid,
         "another old root");
  forged = parse_checkpoint(sample_.note()).value().checkpoint;
  forged.root.bytes[0] ^= 1;
  expect(check_bytes(bytes, with(sign_checkpoint(forged, sample_.home().key()))), Verdict::kInvalid,
         "another root for the same");
  forged = *request.since;
  forged.origin = "theater-log/00";
  expect(check_bytes(bytes, with(sign_checkpoint(forged, sample_.home().key()))), Verdict::kInvalid,
         "is of theater-log/00");
  expect(check_bytes(bytes, with(sign_checkpoint(*request.since, other_key()))), Verdict::kInvalid,
         "the checkpoint from a friend");
  Bytes unused;
  request.since->root.bytes[0] ^= 1;
  EXPECT_EQ(sample_.try_write(request, unused).error().code(), ErrorCode::kCorrupt);
}

TEST_F(ExportTest, IsOfTheKeyThatIsAskedFor) {
  ExportCheckOptions options;
  options.key = sample_.key();
  EXPECT_EQ(check_bytes(sample_.write(), options).verdict, Verdict::kValid);
  options.key->key = other_key().public_key();
  expect(check_bytes(sample_.write(), options), Verdict::kInvalid, "the export has the key");
}

TEST_F(ExportTest, WhatWasRemovedIsMissing) {
  sample_.remove_first_body();
  sample_.remove_blob(sample_.component());
  Bytes bytes;
  ExportSummary summary = sample_.try_write(sample_.request(), bytes).value();
  EXPECT_EQ(summary.bodies_removed, 1U);
  EXPECT_EQ(summary.missing, std::vector<Hash>{sample_.component()});
  ExportReport report = check_bytes(bytes);
  expect(report, Verdict::kUnverifiable, "detached payloads of it that were removed: 1");
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_THAT(report.findings[1].to_string(), HasSubstr("the component"));
  EXPECT_EQ(report.counts.proved, sample_.events());
}

TEST_F(ExportTest, WithoutBodiesHasEachAsRemoved) {
  ExportRequest request = sample_.request();
  request.bodies = ExportBodies::kNone;
  size_t looked = 0;
  request.look = [&](ByteView, const std::vector<std::optional<StoredBody>>& bodies) {
    for (const auto& body : bodies) {
      EXPECT_FALSE(body);
      ++looked;
    }
    return Result<void>();
  };
  Bytes bytes;
  ExportSummary summary = sample_.try_write(request, bytes).value();
  EXPECT_EQ(summary.counts.bodies, 2U);
  EXPECT_EQ(summary.bodies_removed, 2U);
  EXPECT_EQ(looked, 2U);
  EXPECT_LT(bytes.size(), sample_.write().size());
  ExportReport report = check_bytes(bytes);
  EXPECT_EQ(report.verdict, Verdict::kUnverifiable);
  EXPECT_EQ(report.head, summary.head);
}

TEST_F(ExportTest, EachEventAndItsBodiesAreLookedAt) {
  ExportRequest request = sample_.request();
  size_t events = 0;
  size_t bodies = 0;
  request.look = [&](ByteView, const std::vector<std::optional<StoredBody>>& given) {
    ++events;
    for (const auto& body : given)
      bodies += body && !body->is_absent() ? 1 : 0;
    return Result<void>();
  };
  Bytes bytes;
  EXPECT_TRUE(sample_.try_write(request, bytes));
  EXPECT_EQ(events, sample_.events());
  EXPECT_EQ(bodies, 2u);
  request.look = [](ByteView, const auto&) -> Result<void> {
    return fail(ErrorCode::kCorrupt, "not that");
  };
  bytes.clear();
  EXPECT_EQ(sample_.try_write(request, bytes).error().message(), "not that");
}

TEST_F(ExportTest, ADamagedBlobIsNotExported) {
  std::string name = sample_.component().to_string();
  std::filesystem::resize_file(sample_.home().root() / "blobs" / name.substr(0, 2) / name, 10);
  Bytes bytes;
  Result<ExportSummary> summary = sample_.try_write(sample_.request(), bytes);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(summary.error().to_string(), HasSubstr("the component that event 1 names"));
}

TEST_F(ExportTest, ACheckpointOfSomebodyElseIsNotExported) {
  ExportRequest request = sample_.request();
  request.note = sign_checkpoint(parse_checkpoint(*request.note).value().checkpoint, other_key());
  Bytes bytes;
  Result<ExportSummary> summary = sample_.try_write(request, bytes);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code(), ErrorCode::kCorrupt);
  EXPECT_TRUE(bytes.empty());
}

TEST_F(ExportTest, AFailedWriteEndsIt) {
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(sample_.folder())).value();
  auto blobs = std::move(BlobStore::open_read_only(sample_.home().root() / "blobs")).value();
  int writes = 0;
  Result<ExportSummary> summary =
      write_export(*reader, *blobs, sample_.request(), [&](ByteView) -> Result<void> {
        if (++writes < 9) return {};
        return fail(ErrorCode::kResourceExhausted, "full");
      });
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().message(), "full");
  EXPECT_EQ(writes, 9);
}

TEST_F(ExportTest, OfAnotherActorOrLogContradictsItsHeader) {
  Bytes bytes = sample_.write();
  ExportParts parts = parts_of(bytes);
  ExportHeader header = check_bytes(bytes).header;
  parts.header.clear();
  append_export_header(parts.header, {.log_id = header.log_id, .actor = sample_.other_actor()});
  expect(check_bytes(bytes_of(parts)), Verdict::kInvalid, "but the header says");
  parts.header.clear();
  append_export_header(parts.header, {.log_id = sample_.other_actor(), .actor = header.actor});
  expect(check_bytes(bytes_of(parts)), Verdict::kInvalid, "the key is of");
}

TEST_F(ExportTest, OnlyTheChainOfTheNodeHasNoManifest) {
  ExportHeader header = check_bytes(sample_.write()).header;
  ExportParts parts = parts_of(sample_.write());
  parts.header.clear();
  append_export_header(parts.header, {.log_id = header.actor, .actor = header.actor});
  expect(check_bytes(bytes_of(parts)), Verdict::kInvalid, "of the node's chain has a manifest");

  ExportRequest request = sample_.request();
  request.actor = header.log_id;
  request.events = 4;
  parts = parts_of(sample_.write(request));
  parts.header.clear();
  append_export_header(parts.header, {.log_id = header.actor, .actor = header.log_id});
  expect(check_bytes(bytes_of(parts)), Verdict::kInvalid, "of an actor has no manifest");
}

TEST_F(ExportTest, NamesTheManifestOfAnUpdateThatIsMissing) {
  Hash manifest = sha256(as_bytes("name = \"sample\" # again\n"));
  sample_.remove_blob(manifest);
  Bytes bytes;
  ExportSummary summary = sample_.try_write(sample_.request(), bytes).value();
  EXPECT_EQ(summary.missing.size(), 1U);
  expect(check_bytes(bytes), Verdict::kUnverifiable, "the manifest " + manifest.to_string());
}

// A restart keeps the state that a call left, and no store has its bytes: a replay makes them.
TEST(Export, AStateThatACallLeftIsNotMissing) {
  LogHome home;
  std::unique_ptr<Log> log = home.open(quiet());
  TestActor actor(*log);
  SomeState left{content_of(Bytes(9, 0x77))};
  Call call{.function = 0, .from = FromRuntime{}, .arguments = inline_payload({})};
  actor.record(call);
  actor.record(Returned{.result = CallOk{inline_payload({})}, .state = StateSet{left.value}});
  actor.record(call);
  actor.record(Failed{FailedTrap{TrapCode::kUnreachable}});
  Instance again = sample_instance();
  again.why = InstanceReason::kRestart;
  again.incarnation = 1;
  again.state = left;
  again.init_runs = false;
  actor.record(again);
  actor.record(Terminated{});
  must(log->close());

  Bytes bytes;
  auto reader = LogReader::open(home.folder()).value();
  ExportRequest request{.actor = actor.id(), .events = actor.chain().position().seq};
  ExportSummary summary = write_export(*reader, home.blobs(), request, [&](ByteView part) {
                            append(bytes, part);
                            return Result<void>();
                          }).value();
  // The log of this test has no store with the others.
  EXPECT_THAT(summary.missing, ::testing::Contains(sample_hash(1)));
  EXPECT_THAT(summary.missing, ::testing::Not(::testing::Contains(left.value.digest)));
  ExportReport report = check_bytes(bytes);
  EXPECT_EQ(report.verdict, Verdict::kUnverifiable) << report.findings[0].to_string();
  EXPECT_EQ(report.blobs_missing, summary.missing.size());
}

TEST_F(ExportTest, ASectionElsewhereIsFound) {
  const ExportParts whole = parts_of(sample_.write());
  size_t moved = 0;
  for (size_t from = 0; from < whole.sections.size(); ++from) {
    for (size_t to = 0; to < whole.sections.size(); ++to) {
      ExportParts parts = whole;
      ExportPart part = parts.sections[from];
      parts.sections.erase(parts.sections.begin() + static_cast<ptrdiff_t>(from));
      if (to != from) {
        parts.sections.insert(parts.sections.begin() + static_cast<ptrdiff_t>(to), part);
      }
      // Left out if `to` is `from`.
      Verdict verdict = check_bytes(bytes_of(parts)).verdict;
      EXPECT_EQ(verdict, Verdict::kInvalid) << "section " << from << " to " << to;
      parts = whole;
      parts.sections.insert(parts.sections.begin() + static_cast<ptrdiff_t>(to), part);
      EXPECT_EQ(check_bytes(bytes_of(parts)).verdict, Verdict::kInvalid)
          << "section " << from << " again at " << to;
      ++moved;
    }
  }
  EXPECT_GE(moved, 400U);
}

TEST_F(ExportTest, ItsVersionIsTheOneThatIsKnown) {
  Bytes bytes = sample_.write();
  for (uint8_t version : {uint8_t{1}, uint8_t{3}}) {
    bytes[8] = version;
    Result<ExportReport> report = check_export(export_in_memory(bytes));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kUnsupported);
  }
}

TEST_F(ExportTest, IsReadAsAChain) {
  auto reader = std::move(ExportReader::open(export_in_memory(sample_.write()))).value();
  ExportSource source(*reader);
  std::unique_ptr<LogReader> log = std::move(LogReader::open(sample_.folder())).value();
  std::unique_ptr<ChainSource> stored = stored_chain(*log, sample_.actor());
  uint64_t events = 0;
  while (auto expected = stored->next().value()) {
    std::optional<SourcedEvent> event = source.next().value();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->bytes, expected->bytes);
    ASSERT_EQ(event->bodies.size(), expected->bodies.size());
    for (size_t i = 0; i < event->bodies.size(); ++i) {
      EXPECT_EQ(*event->bodies[i]->shared, *expected->bodies[i]->shared);
      EXPECT_EQ(event->bodies[i]->salt, expected->bodies[i]->salt);
    }
    ++events;
  }
  EXPECT_EQ(source.next().value(), std::nullopt);
  EXPECT_EQ(events, sample_.events());
  EXPECT_EQ(reader->blob(sample_.component()).value(), Bytes(300, 0xc0));
  EXPECT_EQ(reader->blob(Hash{}).error().code(), ErrorCode::kNotFound);
}

// The reader has 256 KiB of the file in memory, more only for a section that is larger.
TEST(Export, HasSectionsOfAnySize) {
  LogHome home;
  const std::vector<size_t> sizes{1, 262131, 262132, 262133, 3, 700000, 0, 300000};
  ActorId actor;
  uint64_t events = 0;
  {
    std::unique_ptr<Log> log = home.open(quiet());
    TestActor author(*log);
    for (size_t size : sizes)
      author.record_detached(Bytes(size, static_cast<uint8_t>(size % 251)));
    actor = author.id();
    events = author.chain().position().seq;
    ASSERT_TRUE(log->close());
  }
  std::unique_ptr<LogReader> log = std::move(LogReader::open(home.folder())).value();
  Bytes bytes;
  ASSERT_TRUE(write_export(*log, home.blobs(), {.actor = actor, .events = events},
                           [&](ByteView more) -> Result<void> {
                             append(bytes, more);
                             return {};
                           }));
  auto reader = std::move(ExportReader::open(export_in_memory(bytes))).value();
  std::vector<size_t> found;
  while (auto event = reader->next().value()) {
    for (const std::optional<StoredBody>& body : event->bodies) {
      ASSERT_TRUE(body);
      found.push_back(body->bytes().size());
      EXPECT_EQ(*body->shared, Bytes(found.back(), static_cast<uint8_t>(found.back() % 251)));
    }
  }
  EXPECT_EQ(found, sizes);
  EXPECT_EQ(reader->counts().events, events);
}

}  // namespace theater::log::check_test
