// Logs rewritten by somebody who computes every checksum, root, footer and link again, without the
// node's key or with it, and parts of other logs put into this one.
//
// What a checkpoint in the log cannot show is named here, and found with one that was kept outside.
#include "theater/log/event/event.h"
#include "theater/log/testing/mutation_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace theater::log::mutation_forgery_test {

// The plan's files, with the checkpoint that the true log has.
LogImage forged(const LogPlan& plan, const LogImage& original) {
  LogImage files = write_plan(plan);
  files[std::string(kCheckpoint)] = original.at(std::string(kCheckpoint));
  return files;
}

// The event at `index` of the log.
struct Position {
  size_t segment = 0;
  size_t group = 0;
  size_t event = 0;
};
Position position_of(const LogPlan& plan, size_t index) {
  for (size_t s = 0; s < plan.segments.size(); ++s) {
    for (size_t g = 0; g < plan.segments[s].size(); ++g) {
      if (index < plan.segments[s][g].size()) return {s, g, index};
      index -= plan.segments[s][g].size();
    }
  }
  return {};
}

// Whether the first finding is of the event at `index`, or of the checkpoint if there is no index.
bool is_found_by(const LogReport& report, std::optional<size_t> index) {
  if (!index) return is_found_in(report, Verdict::kInvalid, kCheckpoint);
  return report.verdict == Verdict::kInvalid && !report.findings.empty() &&
         report.findings.front().verdict == Verdict::kInvalid &&
         report.findings.front().index == *index;
}

TEST(Mutation, EventsDroppedDoubledAndSwappedWithAllComputedAgain) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  size_t size = log.plan.events().size();
  MutationCount dropped("events dropped, all but the checkpoint computed again");
  MutationCount doubled("events doubled, all but the checkpoint computed again");
  MutationCount swapped("events swapped with the next, all but the checkpoint computed again");
  std::vector<ActorNumber> actors;
  for (const BuiltEvent* event : log.plan.events())
    actors.push_back(event->actor);
  for (size_t i = 0; i < size; ++i) {
    auto where = [&] { return fmt::format("event {}", i); };
    Position at = position_of(log.plan, i);

    LogPlan plan = log.plan;
    LogPlan::Group& shorter = plan.segments[at.segment][at.group];
    shorter.erase(shorter.begin() + static_cast<ptrdiff_t>(at.event));
    LogReport report = bench.check(forged(plan, log.files));
    // Seen at the actor's next event, if there is one; the log without its first event begins
    // with the wrong one.
    auto next = std::find(actors.begin() + static_cast<ptrdiff_t>(i) + 1, actors.end(), actors[i]);
    std::optional<size_t> place;
    if (next != actors.end()) place = static_cast<size_t>(next - actors.begin()) - 1;
    dropped.add(is_found_by(report, place), report, where);

    plan = log.plan;
    LogPlan::Group& longer = plan.segments[at.segment][at.group];
    BuiltEvent copy = longer[at.event];
    longer.insert(longer.begin() + static_cast<ptrdiff_t>(at.event), copy);
    report = bench.check(forged(plan, log.files));
    doubled.add(is_found_by(report, i + 1), report, where);

    if (i + 1 == size) continue;
    plan = log.plan;
    std::vector<BuiltEvent*> events = plan.events();
    std::swap(*events[i], *events[i + 1]);
    report = bench.check(forged(plan, log.files));
    bool is_chain_broken = actors[i] == actors[i + 1];
    swapped.add(is_found_by(report, is_chain_broken ? std::optional(i) : std::nullopt), report,
                where);
  }
}

// One event's bytes and the checksum of its frame: the group's root is another, and the event
// after it in the chain says which event it was.
TEST(Mutation, EventsChangedWithTheFrameAlone) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  MutationCount count("events changed, with a checksum that fits");
  for (const std::string& file : kSegments) {
    const Bytes& bytes = log.files.at(file);
    for (const SegmentMap::Part& part : map_segment(bytes).frames) {
      if (part.kind != FrameKind::kEvent && part.kind != FrameKind::kEventWithBodies) continue;
      std::optional<Frame> frame = read_frame(bytes, part.begin).value();
      Event event = decode_event(frame->event()).value();
      ++event.time;
      Bytes changed = to_bytes(ByteView(bytes).first(static_cast<size_t>(part.begin)));
      append_event_frame(changed, frame->actor, encode_event(event), frame->bodies());
      append(changed, ByteView(bytes).subspan(static_cast<size_t>(part.end)));
      LogReport report = bench.check_with(file, changed);
      SegmentMap::Span group = map_segment(bytes).groups[part.group];
      // Of the last event of a chain only the group is known.
      bool is_named = !report.findings.empty() && report.findings.front().actor.has_value();
      bool is_exact =
          is_named && is_found_at(report, Verdict::kInvalid, file, part.begin, part.begin + 1);
      bool is_near =
          !is_named && is_found_at(report, Verdict::kInvalid, file, group.begin, group.begin + 1);
      count.add(is_exact || is_near, report,
                [&] { return fmt::format("{} at {}", file, part.begin); });
    }
  }
}

// Changes the event, and everything that follows from it.
LogPlan rewritten(const LogPlan& original, size_t index) {
  LogPlan plan = original;
  std::vector<BuiltEvent*> events = plan.events();
  ActorNumber actor = events[index]->actor;
  for (size_t i = index; i < events.size(); ++i) {
    if (events[i]->actor != actor) continue;
    Event event = decode_event(events[i]->bytes).value();
    ++event.time;
    events[i]->bytes = encode_event(event);
  }
  plan.relink(actor);
  return plan;
}

TEST(Mutation, EventsRewrittenWithoutTheKey) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  CheckOptions outside = with_outside(checkpoint_of(log.plan, sample_key()));
  MutationCount count("events rewritten in all that follows, without the key");
  MutationCount bare("the same without checkpoint, undetectable but from outside");
  for (size_t i = 0; i < log.plan.events().size(); ++i) {
    auto where = [&] { return fmt::format("event {}", i); };
    LogImage files = forged(rewritten(log.plan, i), log.files);
    LogReport report = bench.check(files);
    count.add(is_found_in(report, Verdict::kInvalid, kCheckpoint), report, where);
    files.erase(std::string(kCheckpoint));
    report = bench.check(files);
    bool is_silent =
        is_found_in(report, Verdict::kUnverifiable, kCheckpoint) && report.findings.size() == 1;
    bare.add(is_silent && is_found_outside(bench.check(files, outside)), report, where);
  }
}

TEST(Mutation, EventsRewrittenWithTheKey) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  CheckOptions outside = with_outside(checkpoint_of(log.plan, sample_key()));
  MutationCount count(
      "events rewritten and signed by the node's key, undetectable but from "
      "outside");
  for (size_t i = 0; i < log.plan.events().size(); ++i) {
    LogPlan plan = rewritten(log.plan, i);
    LogImage files = write_plan(plan);
    files[std::string(kCheckpoint)] = to_bytes(checkpoint_of(plan, sample_key()));
    LogReport report = bench.check(files);
    bool is_silent = report.verdict == Verdict::kValid;
    count.add(is_silent && is_found_outside(bench.check(files, outside)), report,
              [&] { return fmt::format("event {}", i); });
  }
}

// The node's chain names another key, and all that follows from that is written anew.
LogPlan with_key(const LogPlan& original, const theater::SigningKey& key) {
  LogPlan plan = original;
  for (BuiltEvent* built : plan.events()) {
    Event event = decode_event(built->bytes).value();
    auto* control = std::get_if<Control>(&event.body);
    if (control == nullptr || !std::holds_alternative<NodeKey>(control->operation)) continue;
    PublicKey bytes = key.public_key();
    control->operation = NodeKey{Bytes(bytes.begin(), bytes.end())};
    built->bytes = encode_event(event);
  }
  plan.relink(kNodeActor);
  return plan;
}

TEST(Mutation, EverythingRewrittenWithAnotherKey) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  CheckOptions outside = with_outside(checkpoint_of(log.plan, sample_key()));
  CheckOptions keyed;
  keyed.key = VerifierKey{log_origin(log.plan.log_id), sample_key().public_key()};
  MutationCount named(
      "logs signed by another key that they name, undetectable but by key or from "
      "outside");
  MutationCount unnamed("logs signed by a key that they do not name");
  for (size_t i = 0; i < log.plan.events().size(); ++i) {
    auto where = [&] { return fmt::format("event {}", i); };
    LogPlan plan = with_key(rewritten(log.plan, i), other_key());
    LogImage files = write_plan(plan);
    files[std::string(kCheckpoint)] = to_bytes(checkpoint_of(plan, other_key()));
    LogReport report = bench.check(files);
    bool is_silent = report.verdict == Verdict::kValid;
    LogReport by_key = bench.check(files, keyed);
    LogReport by_outside = bench.check(files, outside);
    named.add(is_silent && by_key.verdict == Verdict::kInvalid && is_found_outside(by_outside),
              report, where);

    plan = rewritten(log.plan, i);
    files = write_plan(plan);
    files[std::string(kCheckpoint)] = to_bytes(checkpoint_of(plan, other_key()));
    report = bench.check(files);
    unnamed.add(is_found_in(report, Verdict::kInvalid, kCheckpoint), report, where);
  }
}

TEST(Mutation, GroupsCutOffWithAnOlderCheckpoint) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  CheckOptions outside = with_outside(checkpoint_of(log.plan, sample_key()));
  MutationCount older("logs that went back to an older checkpoint, undetectable but from outside");
  MutationCount behind("logs with events after their checkpoint");
  LogPlan plan = log.plan;
  while (plan.segments.size() > 1 || plan.segments.front().size() > 1) {
    plan.segments.back().pop_back();
    if (plan.segments.back().empty()) plan.segments.pop_back();
    auto where = [&] { return fmt::format("{} events", plan.events().size()); };
    Bytes note = to_bytes(checkpoint_of(plan, sample_key()));
    LogImage files = write_plan(plan);
    files[std::string(kCheckpoint)] = note;
    LogReport report = bench.check(files);
    older.add(report.verdict == Verdict::kValid && is_found_outside(bench.check(files, outside)),
              report, where);
    report = bench.check_with(std::string(kCheckpoint), note);
    behind.add(is_found_in(report, Verdict::kUnverifiable, kCheckpoint), report, where);
  }
}

// Whether what is wrong first is a body of an event of that group.
bool is_body_of(const LogReport& report, const std::string& file, const LogPlan& plan,
                size_t group) {
  size_t segment = file == kSegments[0] ? 0 : 1;
  if (report.verdict != Verdict::kInvalid || !report.findings.front().index) return false;
  Position at = position_of(plan, static_cast<size_t>(*report.findings.front().index));
  return report.findings.front().file->extension() == ".bodies" && at.segment == segment &&
         at.group == group;
}

TEST(Mutation, PartsOfOtherLogs) {
  SampleLog log = sample_log(Newest::kUnsealed);
  LogBench bench(log.files);
  MutationCount segments("segments of other logs");
  MutationCount groups("groups of other logs");
  // Another log, and another course of this one.
  for (const SampleLog& other :
       {sample_log(Newest::kUnsealed, 1), sample_log(Newest::kUnsealed, 0, 1)}) {
    bool is_same_log = other.plan.log_id == log.plan.log_id;
    for (const std::string& file : kSegments) {
      const Bytes& mine = log.files.at(file);
      const Bytes& theirs = other.files.at(file);
      LogReport report = bench.check_with(file, theirs);
      // A first segment decides which log it is; one that has its own body file's place too.
      bool found = report.verdict == Verdict::kInvalid && !report.findings.empty() &&
                   report.findings.front().file->string().starts_with("segments/");
      segments.add(found, report, [&] { return fmt::format("{} same {}", file, is_same_log); });

      SegmentMap my_map = map_segment(mine);
      SegmentMap their_map = map_segment(theirs);
      for (size_t i = 0; i < my_map.groups.size(); ++i) {
        for (size_t j = 0; j < their_map.groups.size(); ++j) {
          const SegmentMap::Span& my = my_map.groups[i];
          const SegmentMap::Span& their = their_map.groups[j];
          ByteView view(theirs);
          Bytes spliced = to_bytes(ByteView(mine).first(static_cast<size_t>(my.begin)));
          append(spliced, view.subspan(static_cast<size_t>(their.begin),
                                       static_cast<size_t>(their.end - their.begin)));
          append(spliced, ByteView(mine).subspan(static_cast<size_t>(my.end)));
          if (spliced == mine) continue;
          report = bench.check_with(file, spliced);
          uint64_t end = std::max(my.end, my.begin + their.end - their.begin);
          // A body may be what contradicts first: it is found where its event is.
          bool is_body = is_body_of(report, file, log.plan, i);
          groups.add(
              is_body || is_found_at(report, Verdict::kInvalid, file, my.begin, end), report,
              [&] { return fmt::format("{} group {} from {} same {}", file, i, j, is_same_log); });
        }
      }
    }
  }
}

}  // namespace theater::log::mutation_forgery_test
