// A small log and everything that can be done to it: what the mutation tests are made of.
//
// The log has two segments, five groups, the node and three actors, with intents, requests and
// detached bodies, and a signed checkpoint. It is the same at each run.
#pragma once

#include "theater/base/signing_key.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/check/log_check.h"
#include "theater/log/segment/segment_format.h"
#include "theater/log/testing/segment_builder.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

// Files of a small log of two segments.
inline constexpr std::string_view kFirst = "segments/0000000000.segment";
inline constexpr std::string_view kSecond = "segments/0000000001.segment";
inline constexpr std::string_view kCheckpoint = "checkpoint";
inline const std::vector<std::string> kSegments{std::string(kFirst), std::string(kSecond)};

// A log's events, by segment and group: enough to write it again, with all checksums, roots,
// footers and body files, as a forger without a key can.
struct LogPlan {
  using Group = std::vector<BuiltEvent>;
  using Segment = std::vector<Group>;

  ActorId log_id;
  std::vector<Segment> segments;
  bool seals_newest = false;
  uint64_t room = 64;

  // All events in order.
  std::vector<BuiltEvent*> events();
  // Links every event of the actor to the one before it again, and counts `seq` again.
  void relink(ActorNumber actor);
};

// A log's files by their names below its folder.
using LogImage = std::map<std::string, Bytes>;

struct SampleLog {
  LogPlan plan;
  LogImage files;
};

const theater::SigningKey& sample_key();
const theater::SigningKey& other_key();

enum class Newest : uint8_t { kUnsealed, kSealed };
// Made with `variant`, so that logs of different variants have other ids and other events;
// `fork` changes the events, but not the id.
SampleLog sample_log(Newest newest, uint8_t variant = 0, uint8_t fork = 0);

// Writes the plan's files, without checkpoint.
LogImage write_plan(const LogPlan& plan);
// A checkpoint of all events of the plan.
std::string checkpoint_of(const LogPlan& plan, const theater::SigningKey& key);

// Where the parts of a segment are.
struct SegmentMap {
  struct Part {
    FrameKind kind = FrameKind::kEvent;
    uint64_t begin = 0;
    uint64_t end = 0;
    size_t group = 0;  // Of an event or trailer: which group of the segment; else their number.
  };
  struct Span {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  uint64_t header_end = 0;
  std::vector<Part> frames;
  std::vector<Span> groups;
  uint64_t end = 0;  // After the last group.
};
SegmentMap map_segment(const Bytes& segment);

// Where the records of a body file are.
std::vector<SegmentMap::Span> map_bodies(const Bytes& bodies);

// A folder that has one log after the other. Not thread-safe.
class LogBench {
 public:
  explicit LogBench(LogImage files);
  ~LogBench();
  LogBench(const LogBench&) = delete;
  LogBench& operator=(const LogBench&) = delete;

  const LogImage& files() const { return files_; }

  // Checks the log with one file in the place of another, or without it, and all others as they
  // were.
  LogReport check_with(const std::string& name, ByteView bytes, const CheckOptions& options = {});
  LogReport check_without(const std::string& name, const CheckOptions& options = {});
  // Checks these files.
  LogReport check(const LogImage& files, const CheckOptions& options = {});

 private:
  void put(const std::string& name, ByteView bytes);
  void put_back();

  TemporaryFolder temporary_;
  const std::filesystem::path& folder_ = temporary_.path();
  LogImage files_;
  std::set<std::string> changed_;  // Names whose files are not as in files_.
};

// Counts mutations of a class and those that were found; says what became of the first others.
class MutationCount {
 public:
  explicit MutationCount(std::string what) : what_(std::move(what)) {}
  // Prints the summary, and fails the test unless all were found.
  ~MutationCount();
  MutationCount(const MutationCount&) = delete;
  MutationCount& operator=(const MutationCount&) = delete;

  // `where`: which mutation it was.
  void add(bool found, const LogReport& report, const std::function<std::string()>& where);

 private:
  std::string what_;
  size_t made_ = 0;
  size_t found_ = 0;
  std::string others_;
};

// Whether the verdict is `verdict`, and what is wrong first is in `file`, from `begin` up to `end`.
bool is_found_at(const LogReport& report, Verdict verdict, std::string_view file, uint64_t begin,
                 uint64_t end);
// The same for what is wrong with the file as a whole, such as the checkpoint.
bool is_found_in(const LogReport& report, Verdict verdict, std::string_view file);
// Whether it is INVALID by the checkpoint from `kOutside` and nothing before it.
inline constexpr std::string_view kOutside = "a friend";
bool is_found_outside(const LogReport& report);
CheckOptions with_outside(std::string note);

}  // namespace theater::log
