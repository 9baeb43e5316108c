// Bytes, frames, files and bodies of a log damaged in every way, one at a time: check_log() must
// find each, in the right segment and at the right place.
//
// Each byte of each file is flipped: headers of segments, body files and checkpoint bit by bit,
// the rest of segments with two patterns (kPatterns). Nothing goes unseen: the list of bytes that
// may be changed freely is empty.
#include "theater/log/segment/body_format.h"
#include "theater/log/testing/mutation_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace theater::log::mutation_test {

const std::vector<std::string> kBodies{"segments/0000000000.bodies", "segments/0000000001.bodies"};

// The bits that are flipped where not all are: one, and all at once.
constexpr uint8_t kPatterns[] = {0x01, 0xff};

using Span = SegmentMap::Span;

// What a change at `offset` must be found within.
Span place_of(const SegmentMap& map, const Bytes& segment, uint64_t offset) {
  if (offset < map.header_end) return {0, map.header_end};
  for (const Span& group : map.groups)
    if (offset < group.end) return group;
  return {map.end, segment.size()};
}

void flip(LogBench& bench, const std::string& file, const Span& range,
          std::span<const uint8_t> patterns, MutationCount& count,
          const std::function<bool(const LogReport&, uint64_t)>& is_found) {
  Bytes bytes = bench.files().at(file);
  for (uint64_t offset = range.begin; offset < range.end; ++offset) {
    for (uint8_t pattern : patterns) {
      bytes[offset] ^= pattern;
      LogReport report = bench.check_with(file, bytes);
      count.add(is_found(report, offset), report,
                [&] { return fmt::format("{} offset {} ^ {:#04x}", file, offset, pattern); });
      bytes[offset] ^= pattern;
    }
  }
}

constexpr uint8_t kEachBit[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80};

void flip_segments(Newest newest, std::string_view name) {
  LogBench bench(sample_log(newest).files);
  MutationCount headers(fmt::format("flips of each bit of the headers of segments, {}", name));
  MutationCount groups(fmt::format("flips of groups, {}", name));
  MutationCount ends(fmt::format("flips after the groups, {}", name));
  for (const std::string& file : kSegments) {
    const Bytes& bytes = bench.files().at(file);
    SegmentMap map = map_segment(bytes);
    auto is_found = [&](const LogReport& report, uint64_t offset) {
      Span place = place_of(map, bytes, offset);
      return is_found_at(report, Verdict::kInvalid, file, place.begin, place.end);
    };
    // What is after the last group of the newest segment may be a write that a crash tore.
    auto is_found_after = [&](const LogReport& report, uint64_t) {
      Verdict verdict = file == kSecond ? Verdict::kUnverifiable : Verdict::kInvalid;
      return is_found_at(report, verdict, file, map.end, bytes.size());
    };
    flip(bench, file, {0, map.header_end}, kEachBit, headers, is_found);
    flip(bench, file, {map.header_end, map.end}, kPatterns, groups, is_found);
    flip(bench, file, {map.end, bytes.size()}, kPatterns, ends, is_found_after);
  }
}

TEST(Mutation, TheLogItselfIsValid) {
  for (Newest newest : {Newest::kUnsealed, Newest::kSealed}) {
    SampleLog log = sample_log(newest);
    LogBench bench(log.files);
    CheckOptions options = with_outside(checkpoint_of(log.plan, sample_key()));
    ActorId asked;
    asked.bytes.fill(0x40);
    asked.bytes[0] = 0;
    options.actor = asked;
    LogReport report = bench.check(log.files, options);
    EXPECT_EQ(verdict_name(report.verdict), "VALID")
        << (report.findings.empty() ? "" : report.findings.front().to_string());
    EXPECT_TRUE(report.findings.empty());
    EXPECT_EQ(report.events, log.plan.events().size());
    EXPECT_EQ(report.actors, 3u);
    EXPECT_EQ(report.groups, 5u);
    EXPECT_EQ(report.segments, 2u);
    EXPECT_EQ(report.bodies, 7u);
    EXPECT_EQ(report.bodies_removed, 0u);
    EXPECT_EQ(report.bodies_recomputable, 1u);
    EXPECT_EQ(report.key, sample_key().public_key());
    ASSERT_TRUE(report.checkpoint);
    EXPECT_EQ(report.checkpoint->root, report.root);
    ASSERT_TRUE(report.chain);
    EXPECT_EQ(report.chain->name, "short");
    EXPECT_EQ(report.chain->events, 6u);
    EXPECT_TRUE(report.chain->terminated);
  }
}

TEST(Mutation, FlipsInSegmentsWithAnUnsealedNewest) {
  flip_segments(Newest::kUnsealed, "newest unsealed");
}

TEST(Mutation, FlipsInSegmentsWithASealedNewest) {
  flip_segments(Newest::kSealed, "newest sealed");
}

// A segment that was sealed was whole before: that is known without a checkpoint.
TEST(Mutation, FlipsInASealedNewestSegmentWithoutCheckpoint) {
  LogImage files = sample_log(Newest::kSealed).files;
  files.erase(std::string(kCheckpoint));
  LogBench bench(files);
  std::string file(kSecond);
  const Bytes& bytes = bench.files().at(file);
  SegmentMap map = map_segment(bytes);
  MutationCount count("flips of groups of a sealed newest segment without a checkpoint");
  flip(bench, file, {map.header_end, map.end}, std::span(kPatterns).first(1), count,
       [&](const LogReport& report, uint64_t offset) {
         Span place = place_of(map, bytes, offset);
         return is_found_at(report, Verdict::kInvalid, file, place.begin, place.end);
       });
}

TEST(Mutation, FlipsInBodyFiles) {
  LogBench bench(sample_log(Newest::kUnsealed).files);
  MutationCount count("flips of each bit of body files");
  for (const std::string& file : kBodies) {
    std::vector<Span> places = map_bodies(bench.files().at(file));
    places.insert(places.begin(), Span{0, kBodiesHeaderSize});
    for (const Span& place : places) {
      flip(bench, file, place, kEachBit, count, [&](const LogReport& report, uint64_t) {
        // Those that need the body may be listed first.
        return report.verdict == Verdict::kInvalid &&
               std::any_of(report.findings.begin(), report.findings.end(),
                           [&](const Finding& finding) {
                             return finding.verdict == Verdict::kInvalid && finding.file &&
                                    *finding.file == file && finding.offset == place.begin;
                           });
      });
    }
  }
}

TEST(Mutation, FlipsInTheCheckpoint) {
  LogBench bench(sample_log(Newest::kUnsealed).files);
  MutationCount count("flips of each bit of the checkpoint");
  std::string file(kCheckpoint);
  flip(bench, file, {0, bench.files().at(file).size()}, kEachBit, count,
       [&](const LogReport& report, uint64_t) {
         return is_found_in(report, Verdict::kInvalid, kCheckpoint);
       });
}

// The part of `bytes` that `span` is.
ByteView part(const Bytes& bytes, const Span& span) {
  return ByteView(bytes).subspan(static_cast<size_t>(span.begin),
                                 static_cast<size_t>(span.end - span.begin));
}

// From the frame's group up to the end of the one at `last`, or of the file.
Span groups_of(const SegmentMap& map, const Bytes& bytes, const SegmentMap::Part& frame,
               size_t last) {
  uint64_t begin = frame.group < map.groups.size() ? map.groups[frame.group].begin : map.end;
  return {begin, last < map.groups.size() ? map.groups[last].end : bytes.size()};
}

class FrameMutation {
 public:
  FrameMutation(LogBench& bench, const std::string& file)
      : bench_(bench), file_(file), bytes_(bench.files().at(file)), map_(map_segment(bytes_)) {}

  const SegmentMap& map() const { return map_; }

  void drop(size_t i, MutationCount& count) {
    const SegmentMap::Part& frame = map_.frames[i];
    // Without its trailer a group goes on with the next one.
    size_t last = frame.group + (frame.kind == FrameKind::kTrailer ? 1 : 0);
    check({part(bytes_, {0, frame.begin}), part(bytes_, {frame.end, bytes_.size()})},
          groups_of(map_, bytes_, frame, last), count, i);
  }

  void twice(size_t i, MutationCount& count) {
    const SegmentMap::Part& frame = map_.frames[i];
    Span place = groups_of(map_, bytes_, frame, frame.group);
    place.end += frame.end - frame.begin;
    check({part(bytes_, {0, frame.end}), part(bytes_, {frame.begin, bytes_.size()})}, place, count,
          i);
  }

  void swap_with_next(size_t i, MutationCount& count) {
    const SegmentMap::Part& frame = map_.frames[i];
    const SegmentMap::Part& next = map_.frames[i + 1];
    check({part(bytes_, {0, frame.begin}), part(bytes_, {next.begin, next.end}),
           part(bytes_, {frame.begin, frame.end}), part(bytes_, {next.end, bytes_.size()})},
          groups_of(map_, bytes_, frame, next.group), count, i);
  }

 private:
  void check(std::initializer_list<ByteView> parts, const Span& place, MutationCount& count,
             size_t i) {
    Bytes bytes;
    for (ByteView one : parts)
      append(bytes, one);
    LogReport report = bench_.check_with(file_, bytes);
    // What is changed after the last group of the newest segment is no part of the proof.
    bool is_after =
        file_ == kSecond && as_text(bytes).starts_with(as_text(bytes_).substr(0, map_.end));
    Verdict verdict = is_after ? report.verdict : Verdict::kInvalid;
    EXPECT_NE(verdict_name(report.verdict), "VALID");
    count.add(is_found_at(report, verdict, file_, place.begin, place.end), report,
              [&] { return fmt::format("{} frame {}", file_, i); });
  }

  LogBench& bench_;
  std::string file_;
  const Bytes& bytes_;
  SegmentMap map_;
};

TEST(Mutation, FramesDroppedDoubledAndSwappedAsTheyAre) {
  MutationCount dropped("frames dropped");
  MutationCount doubled("frames doubled");
  MutationCount swapped("frames swapped with the next");
  for (Newest newest : {Newest::kUnsealed, Newest::kSealed}) {
    LogBench bench(sample_log(newest).files);
    for (const std::string& file : kSegments) {
      FrameMutation mutation(bench, file);
      for (size_t i = 0; i < mutation.map().frames.size(); ++i) {
        mutation.drop(i, dropped);
        mutation.twice(i, doubled);
        if (i + 1 < mutation.map().frames.size()) mutation.swap_with_next(i, swapped);
      }
    }
  }
}

// Where a segment that is cut at `cut` must be found to be cut.
struct CutPlace {
  bool is_seen = true;  // The cut itself; else it falls between two groups.
  Span span;
};

CutPlace place_of_cut(const SegmentMap& map, const Bytes& bytes, uint64_t cut) {
  if (cut == 0) return {false, {}};
  if (cut < map.header_end) return {true, {0, 1}};
  if (cut == map.header_end) return {false, {}};
  for (const Span& group : map.groups) {
    if (cut < group.end) return {true, group};
    if (cut == group.end) return {false, {}};
  }
  return {true, {map.end, bytes.size()}};
}

// Whether groups are missing at the end of the first segment: bodies of theirs are left, or else
// the second begins too late.
bool is_found_after(const LogReport& report, std::string_view file) {
  return file == kFirst &&
         (is_found_at(report, Verdict::kInvalid, kSecond, 0, 1) ||
          is_found_at(report, Verdict::kInvalid, kBodies[0], kBodiesHeaderSize, UINT64_MAX));
}

TEST(Mutation, NewestSegmentCutAtEachByte) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  LogImage without = log.files;
  without.erase(std::string(kCheckpoint));
  LogBench unsigned_bench(without);
  CheckOptions outside = with_outside(checkpoint_of(log.plan, sample_key()));
  std::string file(kSecond);
  const Bytes& bytes = log.files.at(file);
  SegmentMap map = map_segment(bytes);
  MutationCount covered("cuts of the newest segment with a checkpoint");
  MutationCount torn("cuts inside of a group without a checkpoint");
  MutationCount between("cuts between groups without a checkpoint, undetectable but from outside");
  for (uint64_t cut = 0; cut < map.end; ++cut) {
    ByteView rest = ByteView(bytes).first(static_cast<size_t>(cut));
    CutPlace place = place_of_cut(map, bytes, cut);
    auto where = [&] { return fmt::format("cut at {}", cut); };
    LogReport report = bench.check_with(file, rest);
    covered.add(place.is_seen
                    ? is_found_at(report, Verdict::kInvalid, file, place.span.begin, place.span.end)
                    : is_found_in(report, Verdict::kInvalid, kCheckpoint),
                report, where);
    report = unsigned_bench.check_with(file, rest);
    if (place.is_seen) {
      torn.add(is_found_at(report, Verdict::kUnverifiable, file, place.span.begin, place.span.end),
               report, where);
      continue;
    }
    // Bodies that nobody speaks of may be left, as of a write that was torn.
    bool is_silent = report.verdict == Verdict::kUnverifiable;
    between.add(is_silent && is_found_outside(unsigned_bench.check_with(file, rest, outside)),
                report, where);
  }
}

TEST(Mutation, EarlierSegmentCutAtEachByte) {
  LogBench bench(sample_log(Newest::kUnsealed).files);
  std::string file(kFirst);
  const Bytes& bytes = bench.files().at(file);
  SegmentMap map = map_segment(bytes);
  MutationCount inside("cuts inside of a part of an earlier segment");
  MutationCount between("cuts between groups of an earlier segment");
  for (uint64_t cut = 0; cut < bytes.size(); ++cut) {
    LogReport report = bench.check_with(file, ByteView(bytes).first(static_cast<size_t>(cut)));
    CutPlace place = place_of_cut(map, bytes, cut);
    auto where = [&] { return fmt::format("cut at {}", cut); };
    if (cut == map.end) {
      // A footer proves nothing, and one that is missing is made again.
      EXPECT_EQ(verdict_name(report.verdict), "VALID");
    } else if (cut == 0) {
      inside.add(is_found_at(report, Verdict::kInvalid, file, 0, 1), report, where);
    } else if (place.is_seen) {
      inside.add(is_found_at(report, Verdict::kInvalid, file, place.span.begin, place.span.end),
                 report, where);
    } else {
      between.add(is_found_after(report, kFirst), report, where);
    }
  }
}

TEST(Mutation, ZerosFromEachByteOnward) {
  LogBench bench(sample_log(Newest::kUnsealed).files);
  MutationCount count("segments that are zeros from some byte on");
  for (const std::string& file : kSegments) {
    const Bytes& bytes = bench.files().at(file);
    SegmentMap map = map_segment(bytes);
    for (uint64_t from = 0; from < map.end; ++from) {
      Bytes zeroed = bytes;
      std::fill(zeroed.begin() + static_cast<ptrdiff_t>(from), zeroed.end(), uint8_t{0});
      CutPlace place = place_of_cut(map, bytes, from);
      LogReport report = bench.check_with(file, zeroed);
      bool found = is_found_at(report, Verdict::kInvalid, file, place.span.begin, place.span.end);
      if (!place.is_seen && file == kSecond) {
        found = is_found_in(report, Verdict::kInvalid, kCheckpoint);
      } else if (!place.is_seen) {
        found = from == 0 ? is_found_at(report, Verdict::kInvalid, file, 0, 1)
                          : is_found_after(report, file);
      }
      count.add(found, report, [&] { return fmt::format("{} from {}", file, from); });
    }
  }
}

TEST(Mutation, FilesMissing) {
  LogBench bench(sample_log(Newest::kUnsealed).files);
  MutationCount count("files removed");
  auto add = [&](bool found, const LogReport& report, const std::string& file) {
    count.add(found, report, [&] { return file; });
  };
  LogReport report = bench.check_without(kSegments[0]);
  add(is_found_in(report, Verdict::kInvalid, kFirst), report, kSegments[0]);
  report = bench.check_without(kSegments[1]);
  add(is_found_in(report, Verdict::kInvalid, kCheckpoint), report, kSegments[1]);
  report = bench.check_without(std::string(kCheckpoint));
  add(is_found_in(report, Verdict::kUnverifiable, kCheckpoint), report, "checkpoint");
  for (const std::string& file : kBodies) {
    report = bench.check_without(file);
    add(is_found_at(report, Verdict::kUnverifiable, file, kBodiesHeaderSize,
                    kBodiesHeaderSize + 1) &&
            report.bodies_removed == map_bodies(bench.files().at(file)).size(),
        report, file);
  }
}

TEST(Mutation, BodyFilesCutAtEachByte) {
  LogBench bench(sample_log(Newest::kUnsealed).files);
  MutationCount count("cuts of body files");
  for (const std::string& file : kBodies) {
    const Bytes& bytes = bench.files().at(file);
    std::vector<Span> records = map_bodies(bytes);
    for (uint64_t cut = 0; cut < bytes.size(); ++cut) {
      auto first = std::find_if(records.begin(), records.end(),
                                [&](const Span& record) { return record.end > cut; });
      LogReport report = bench.check_with(file, ByteView(bytes).first(static_cast<size_t>(cut)));
      count.add(is_found_at(report, Verdict::kUnverifiable, file, first->begin, first->begin + 1) &&
                    report.bodies_removed == static_cast<size_t>(records.end() - first),
                report, [&] { return fmt::format("{} cut at {}", file, cut); });
    }
  }
}

// The file with another record in the place of one, with a checksum that fits.
Bytes resealed(const Bytes& bodies, const Span& record, const PackedBody& body) {
  Bytes made = to_bytes(part(bodies, {0, record.begin}));
  append_body(made, body);
  append(made, part(bodies, {record.end, bodies.size()}));
  return made;
}

BodyHead head_at(const Bytes& bodies, uint64_t at) {
  return read_body_head(part(bodies, {at, at + kBodyHeadSize}));
}

// How many bodies are lost with the record: it, and those that need it.
uint64_t lost_with(const Bytes& bodies, const std::vector<Span>& records, const Span& record) {
  std::set<uint64_t> lost{record.begin};
  for (const Span& other : records)
    if (lost.contains(head_at(bodies, other.begin).base)) lost.insert(other.begin);
  return lost.size();
}

// Whether the byte is of the two lengths, which a removed record keeps.
bool is_length(const Span& record, uint64_t at) {
  return at >= record.begin + 4 && at < record.begin + 12;
}

TEST(Mutation, BodiesRemovedAndChanged) {
  LogBench bench(sample_log(Newest::kUnsealed).files);
  MutationCount removed("bodies removed");
  MutationCount scratched("bytes changed in removed bodies");
  MutationCount changed("bodies changed, with a checksum that fits");
  MutationCount swapped("bodies put in the place of others");
  MutationCount zeroed("body files that are zeros from a record on");
  for (const std::string& file : kBodies) {
    const Bytes& bytes = bench.files().at(file);
    std::vector<Span> records = map_bodies(bytes);
    for (const Span& record : records) {
      auto where = [&] { return fmt::format("{} record at {}", file, record.begin); };
      auto is_found = [&](const LogReport& report, Verdict verdict) {
        return is_found_at(report, verdict, file, record.begin, record.begin + 1) &&
               report.findings.front().actor && report.findings.front().seq;
      };
      Bytes gone = bytes;
      for (uint64_t at = record.begin; at < record.end; ++at) {
        if (!is_length(record, at)) gone[at] = 0;
      }
      LogReport report = bench.check_with(file, gone);
      removed.add(is_found(report, Verdict::kUnverifiable) &&
                      report.bodies_removed == lost_with(bytes, records, record),
                  report, where);
      for (uint64_t at = record.begin; at < record.end; ++at) {
        gone[at] ^= 0x10;
        report = bench.check_with(file, gone);
        // A length that is too small shows where the next record should begin.
        bool is_right = is_length(record, at) ? report.verdict == Verdict::kInvalid
                                              : is_found(report, Verdict::kInvalid);
        scratched.add(is_right, report, where);
        gone[at] ^= 0x10;
      }
      Bytes dark = bytes;
      std::fill(dark.begin() + static_cast<ptrdiff_t>(record.begin), dark.end(), uint8_t{0});
      report = bench.check_with(file, dark);
      zeroed.add(is_found(report, Verdict::kInvalid), report, where);

      PackedBody body =
          packed_body(head_at(bytes, record.begin),
                      part(bytes, {record.begin + kBodyHeadSize, record.end}), record.begin)
              .value();
      if (body.form != BodyForm::kAbsent) {
        Bytes other = to_bytes(body.stored);
        other.back() ^= 1;
        PackedBody forged = body;
        forged.stored = other;
        report = bench.check_with(file, resealed(bytes, record, forged));
        changed.add(is_found(report, Verdict::kInvalid), report, where);
        forged = body;
        forged.salt[0] ^= 1;
        report = bench.check_with(file, resealed(bytes, record, forged));
        changed.add(is_found(report, Verdict::kInvalid), report, where);
      }
      for (const Span& from : records) {
        if (from.begin == record.begin) continue;
        Bytes moved = to_bytes(part(bytes, {0, record.begin}));
        append(moved, part(bytes, from));
        append(moved, part(bytes, {record.end, bytes.size()}));
        report = bench.check_with(file, moved);
        swapped.add(is_found(report, Verdict::kInvalid), report, where);
      }
    }
  }
}

TEST(Mutation, OctetsAfterTheEnd) {
  LogBench bench(sample_log(Newest::kSealed).files);
  MutationCount count("bytes put after the end of a file");
  for (const std::string& file : {kSegments[0], kSegments[1], kBodies[0], kBodies[1]}) {
    Bytes bytes = bench.files().at(file);
    uint64_t end = bytes.size();
    append(bytes, as_bytes("more"));
    LogReport report = bench.check_with(file, bytes);
    // In the newest segment it may be a write that is in progress: of a body, or of the footer.
    bool is_newest = file == kSegments[1] || file == kBodies[1];
    Verdict verdict = is_newest ? Verdict::kUnverifiable : Verdict::kInvalid;
    if (file == kSegments[1]) end = map_segment(bench.files().at(file)).end;
    count.add(is_found_at(report, verdict, file, end, end + 1), report, [&] { return file; });
  }
}

}  // namespace theater::log::mutation_test
