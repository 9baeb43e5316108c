#include "theater/log/check/log_check.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/testing/mutation_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace theater::log::log_check_test {

namespace fs = std::filesystem;

// A log in a folder that goes with the object.
class LogCheck : public ::testing::Test {
 protected:
  void put(const LogImage& files) {
    fs::create_directories(folder_ / "segments");
    for (const auto& [name, bytes] : files)
      ASSERT_TRUE(write_file(folder_ / name, bytes));
  }
  LogReport check(const CheckOptions& options = {}) {
    Result<LogReport> report = check_log(folder_, options);
    EXPECT_TRUE(report) << report.error().to_string();
    return report ? *std::move(report) : LogReport{};
  }
  // That the first finding is that one.
  void expect_first(const LogReport& report, Verdict verdict, std::string_view file,
                    std::string_view what) {
    EXPECT_EQ(verdict_name(report.verdict), verdict_name(verdict));
    ASSERT_FALSE(report.findings.empty());
    const Finding& first = report.findings.front();
    EXPECT_EQ(first.file, fs::path(file)) << first.to_string();
    EXPECT_NE(first.what.find(what), std::string::npos) << first.to_string();
  }

  TemporaryFolder temporary_;
  const fs::path& folder_ = temporary_.path();
  SampleLog log_ = sample_log(Newest::kUnsealed);
};

TEST_F(LogCheck, NeedsALog) {
  Result<LogReport> report = check_log(folder_ / "nothing");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::kNotFound);
  fs::create_directory(folder_ / "segments");
  report = check_log(folder_);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::kNotFound);
}

// No single changed bit makes version 1, so no damage passes for it.
TEST_F(LogCheck, RefusesALogOfTheVersionThatWasNeverReleased) {
  for (const char* name : {kFirst.data(), kSecond.data(), "segments/0000000001.bodies"}) {
    for (uint8_t version : {uint8_t{1}, uint8_t{3}}) {
      LogImage files = log_.files;
      files.at(name)[8] = version;
      put(files);
      Result<LogReport> report = check_log(folder_);
      if (version == 3) {
        ASSERT_TRUE(report) << report.error().to_string();
        EXPECT_EQ(verdict_name(report->verdict), "INVALID");
        continue;
      }
      ASSERT_FALSE(report) << name;
      EXPECT_EQ(report.error().code(), ErrorCode::kUnsupported);
      EXPECT_NE(report.error().to_string().find("has version 1, and this program knows version 2"),
                std::string::npos)
          << report.error().to_string();
      EXPECT_NE(report.error().hint().find("begin a new home"), std::string::npos);
    }
  }
}

TEST_F(LogCheck, SaysSoIfOnlyTheCheckpointIsLeft) {
  put({{"checkpoint", log_.files.at("checkpoint")}});
  expect_first(check(), Verdict::kInvalid, "segments", "no segment");
}

TEST_F(LogCheck, DoesNotFollowLinksOrOpenPipes) {
  put(log_.files);
  fs::path segment = folder_ / kFirst;
  fs::rename(segment, folder_ / "elsewhere");
  fs::create_symlink(folder_ / "elsewhere", segment);
  expect_first(check(), Verdict::kInvalid, kFirst, "no regular file");
  fs::remove(segment);
  ASSERT_EQ(mkfifo(segment.c_str(), 0600), 0);
  expect_first(check(), Verdict::kInvalid, kFirst, "no regular file");
  fs::remove(segment);
  fs::create_directory(segment);
  expect_first(check(), Verdict::kInvalid, kFirst, "no regular file");
  fs::remove(segment);
  fs::rename(folder_ / "elsewhere", segment);
  EXPECT_EQ(check().verdict, Verdict::kValid);

  fs::path bodies = folder_ / "segments/0000000000.bodies";
  fs::remove(bodies);
  ASSERT_EQ(mkfifo(bodies.c_str(), 0600), 0);
  expect_first(check(), Verdict::kInvalid, "segments/0000000000.bodies", "no regular file");
  fs::remove(bodies);
  fs::remove(folder_ / "checkpoint");
  ASSERT_EQ(mkfifo((folder_ / "checkpoint").c_str(), 0600), 0);
  EXPECT_EQ(check().verdict, Verdict::kInvalid);
}

TEST_F(LogCheck, RefusesASegmentThatIsTooLarge) {
  put(log_.files);
  fs::resize_file(folder_ / kFirst, kSegmentBytesMax + 1);
  expect_first(check(), Verdict::kInvalid, kFirst, "has 1073741825 bytes");
}

TEST_F(LogCheck, DoesNotLookThroughBodiesWithoutBound) {
  put(log_.files);
  fs::path bodies = "segments/0000000000.bodies";
  fs::resize_file(folder_ / bodies, uint64_t{1} << 43);
  expect_first(check(), Verdict::kInvalid, bodies.string(), "which no event speaks of");
}

TEST_F(LogCheck, IgnoresWhatIsNoPartOfTheLog) {
  put(log_.files);
  put({{"segments/notes.txt", {1}}, {"segments/0000000007.bodies", {1}}, {"other", {1}}});
  EXPECT_EQ(check().verdict, Verdict::kValid);
}

TEST_F(LogCheck, NamesSegmentsThatAreMissing) {
  put(log_.files);
  fs::rename(folder_ / "segments/0000000001.segment", folder_ / "segments/9999999999.segment");
  LogReport report = check();
  expect_first(report, Verdict::kInvalid, "segments/0000000001.segment", "9999999997 after it");
}

TEST_F(LogCheck, BoundsWhatItReports) {
  put(log_.files);
  for (int i = 2; i < 60; ++i) {
    std::string name = fmt::format("segments/{:010}.segment", 2 * i);
    put({{name, Bytes(100, 0xee)}});
  }
  LogReport report = check();
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_EQ(report.findings.size(), CheckOptions::kFindingsMax);
  EXPECT_GE(report.findings_left_out, 90u);
}

TEST_F(LogCheck, GarbageIsNoLog) {
  Bytes garbage(5000);
  for (size_t i = 0; i < garbage.size(); ++i)
    garbage[i] = static_cast<uint8_t>(i * i * 31 + i);
  put({{std::string(kFirst), garbage}, {"checkpoint", garbage}});
  expect_first(check(), Verdict::kInvalid, kFirst, "does not begin as a segment does");
}

TEST_F(LogCheck, ListsAFewRemovedBodiesAndCountsAll) {
  put(log_.files);
  fs::remove(folder_ / "segments/0000000000.bodies");
  fs::remove(folder_ / "segments/0000000001.bodies");
  LogReport report = check();
  EXPECT_EQ(report.verdict, Verdict::kUnverifiable);
  EXPECT_EQ(report.bodies_removed, 7u);
  EXPECT_EQ(report.findings.size(), 3u);
  // Of the two of one event, nothing tells where the second begins.
  EXPECT_EQ(report.findings_left_out, 3u);
}

TEST_F(LogCheck, ComparesTheFooterWithTheSegment) {
  LogImage files = log_.files;
  Bytes& segment = files.at(std::string(kFirst));
  uint64_t end = map_segment(segment).end;
  SegmentFooter footer = read_footer(read_frame(segment, end).value()->payload).value();
  segment.resize(static_cast<size_t>(end));
  Bytes shorter = segment;
  ++footer.actors[1].first_seq;
  append_footer(segment, footer, end);
  put(files);
  expect_first(check(), Verdict::kInvalid, kFirst, "the footer contradicts the segment");

  --footer.actors[1].first_seq;
  --footer.events;
  footer.actors[2].offsets.pop_back();
  append_footer(shorter, footer, end);
  put({{std::string(kFirst), shorter}});
  expect_first(check(), Verdict::kInvalid, kFirst, "the footer contradicts the segment");
}

TEST_F(LogCheck, TellsATornWriteFromDamage) {
  LogImage files = log_.files;
  Bytes& newest = files.at("segments/0000000001.segment");
  uint64_t end = map_segment(newest).end;
  newest.resize(static_cast<size_t>(end));
  append_event_frame(newest, ActorNumber{2}, as_bytes("something"), std::nullopt);
  put(files);
  LogReport report = check();
  expect_first(report, Verdict::kUnverifiable, "segments/0000000001.segment",
               "25 bytes after the last whole group");
  EXPECT_EQ(report.findings.front().offset, end);
}

TEST_F(LogCheck, RefusesTwoChainsOfOneActor) {
  LogPlan plan = log_.plan;
  for (BuiltEvent* event : plan.events()) {
    if (event->actor == ActorNumber{3}) event->actor = ActorNumber{4};
  }
  // The same chain once more, under another number.
  LogPlan::Group again;
  for (const BuiltEvent& event : plan.segments[1][0])
    if (event.actor == ActorNumber{4}) again.push_back(event);
  for (BuiltEvent& event : again)
    event.actor = ActorNumber{5};
  plan.segments[1].push_back(again);
  LogImage files = write_plan(plan);
  files["checkpoint"] = to_bytes(checkpoint_of(plan, sample_key()));
  put(files);
  expect_first(check(), Verdict::kInvalid, "segments/0000000001.segment", "has two chains");
}

TEST_F(LogCheck, RefusesAGenesisOfTheWrongKind) {
  for (auto [number, what] : {std::pair<uint64_t, const char*>{0, "node's chain has a manifest"},
                              {3, "the genesis of an actor has no manifest"}}) {
    LogPlan plan = log_.plan;
    for (BuiltEvent* built : plan.events()) {
      Event event = decode_event(built->bytes).value();
      auto* genesis = std::get_if<Genesis>(&event.body);
      if (genesis == nullptr || built->actor != ActorNumber{number}) continue;
      genesis->manifest = number == 0 ? std::optional(Hash{}) : std::nullopt;
      built->bytes = encode_event(event);
    }
    plan.relink(ActorNumber{number});
    LogImage files = write_plan(plan);
    files["checkpoint"] = to_bytes(checkpoint_of(plan, sample_key()));
    put(files);
    LogReport report = check();
    EXPECT_EQ(report.verdict, Verdict::kInvalid);
    EXPECT_NE(report.findings.front().what.find(what), std::string::npos)
        << report.findings.front().what;
  }
}

TEST_F(LogCheck, RefusesAnotherKeyThanTheOneAskedFor) {
  put(log_.files);
  CheckOptions options;
  options.key = VerifierKey{log_origin(log_.plan.log_id), other_key().public_key()};
  LogReport report = check(options);
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_NE(report.findings.front().what.find("names the key"), std::string::npos);
  options.key->key = sample_key().public_key();
  EXPECT_EQ(check(options).verdict, Verdict::kValid);
}

// Large enough for all threads, in many chunks and several segments.
LogPlan large_plan(const LogPlan& small) {
  LogPlan plan = small;
  BuiltEvent note;
  for (const BuiltEvent* event : plan.events())
    if (event->actor == ActorNumber{2}) note = *event;
  for (int segment = 0; segment < 4; ++segment) {
    LogPlan::Segment made;
    for (int group = 0; group < 40; ++group)
      made.emplace_back(150, note);
    plan.segments.push_back(std::move(made));
  }
  plan.relink(ActorNumber{2});
  return plan;
}

std::vector<std::string> lines(const LogReport& report) {
  std::vector<std::string> all{fmt::format("{} {} {} {}", verdict_name(report.verdict),
                                           report.events, report.findings_left_out,
                                           report.root.to_string())};
  for (const Finding& finding : report.findings)
    all.push_back(finding.to_string());
  return all;
}

TEST_F(LogCheck, FindsTheSameWithManyThreads) {
  LogPlan plan = large_plan(log_.plan);
  LogImage files = write_plan(plan);
  files["checkpoint"] = to_bytes(checkpoint_of(plan, sample_key()));
  put(files);
  uint64_t called = 0;
  CheckOptions options;
  options.progress = [&](uint64_t done, uint64_t of) {
    EXPECT_LE(done, of);
    ++called;
  };
  LogReport report = check(options);
  EXPECT_GT(report.bytes, uint64_t{1} << 20) << "one thread only";
  EXPECT_EQ(lines(report).size(), 1u) << lines(report).back();
  EXPECT_EQ(report.verdict, Verdict::kValid);
  EXPECT_EQ(report.events, plan.events().size());
  EXPECT_GT(called, 0u);

  for (const char* name : {"segments/0000000002.segment", "segments/0000000004.segment"}) {
    Bytes& segment = files.at(name);
    for (size_t at : {segment.size() / 4, segment.size() / 2})
      segment[at] ^= 1;
  }
  put(files);
  std::vector<std::string> first = lines(check());
  ASSERT_EQ(first.size(), 5u) << ::testing::PrintToString(first);
  EXPECT_NE(first[1].find("checksum"), std::string::npos) << first[1];
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(lines(check()), first);
}

}  // namespace theater::log::log_check_test
