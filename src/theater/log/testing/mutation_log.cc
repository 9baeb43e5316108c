#include "theater/log/testing/mutation_log.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/segment/body_format.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace theater::log {

namespace {

namespace fs = std::filesystem;

constexpr size_t kUnexpectedShown = 5;

LogImage read_files(const fs::path& folder) {
  LogImage files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[fs::relative(entry.path(), folder).string()] = must(read_file(entry.path()));
  }
  return files;
}

ActorId id_of(uint8_t variant, uint8_t actor) {
  ActorId id;
  id.bytes.fill(static_cast<uint8_t>(0x10 * (actor + 1)));
  id.bytes[0] = variant;
  return id;
}

Payload text(std::string_view characters) {
  return inline_payload(to_bytes(characters));
}

// Records events into a plan.
class LogAuthor {
 public:
  explicit LogAuthor(LogPlan& plan) : plan_(plan) { plan_.segments.emplace_back().emplace_back(); }

  uint64_t add(uint64_t actor, const Body& body, std::vector<BuiltBody> bodies = {}) {
    EventRef ref = chains_[actor].append(body, ++time_);
    plan_.segments.back().back().push_back(
        {ActorNumber{actor}, to_bytes(chains_[actor].event(ref.seq.value)), std::move(bodies)});
    return ref.seq.value;
  }
  void next_group() { plan_.segments.back().emplace_back(); }
  void next_segment() { plan_.segments.emplace_back().emplace_back(); }

  void begin_actor(uint64_t number, const ActorId& id, std::string name) {
    Hash manifest = sha256(as_bytes(name));
    add(number, Genesis{.actor = id, .name = std::move(name), .parent = {}, .manifest = manifest});
    Instance instance;
    instance.engine = "none";
    instance.functions = {"theater:simple/actor/init", "theater:simple/http-client/send-http",
                          "theater:simple/runtime/log"};
    add(number, instance);
    add(number, Call{.function = 0, .from = FromRuntime{}, .arguments = text("go")});
  }

 private:
  LogPlan& plan_;
  std::map<uint64_t, Chain> chains_;
  uint64_t time_ = 1'767'225'600'000'000;
};

BuiltBody body(uint8_t salt, std::string_view characters, BodyForm form = BodyForm::kRaw) {
  BuiltBody made{.salt = {}, .bytes = to_bytes(characters), .form = form};
  made.salt.fill(salt);
  return made;
}

constexpr std::string_view kAnswer = "200 an answer, an answer, an answer of some length";
constexpr uint32_t kHttp = 1;
constexpr uint32_t kNote = 2;

void first_segment(LogAuthor& author, const ActorId& log_id, uint8_t variant, std::string word) {
  PublicKey key = sample_key().public_key();
  author.add(0, Genesis{.actor = log_id, .name = "node", .parent = {}, .manifest = {}});
  author.add(0, Control{NodeStarted{"theater 0.1"}, ByRuntime{}});
  author.add(0, Control{NodeKey{Bytes(key.begin(), key.end())}, ByRuntime{}});
  author.next_group();
  author.begin_actor(1, id_of(variant, 1), "fetcher");
  BuiltBody request = body(0x31, "GET / " + word);
  BuiltBody answer = body(0x32, kAnswer, BodyForm::kZstd);
  uint64_t intent = author.add(1, Intent{kHttp, request.payload()}, {request});
  author.add(1, Outcome{intent, OutcomeDone{answer.payload()}}, {answer});
  author.begin_actor(2, id_of(variant, 2), "asker");
  author.next_group();
  BuiltBody question =
      body(0x33, "and what is " + std::string(kAnswer) + word, BodyForm::kZstdAfter);
  BuiltBody reply = body(0x34, "it: " + std::string(kAnswer) + word, BodyForm::kTail);
  BuiltBody heard = body(0x37, "it: " + std::string(kAnswer) + ", again" + word, BodyForm::kSplice);
  uint64_t sent = author.add(2,
                             Sent{.function = kNote,
                                  .arguments = question.payload(),
                                  .kind = SentKind::kRequest,
                                  .to = Peer{id_of(variant, 1)},
                                  .about = {},
                                  .result = SentAccepted{}},
                             {question});
  author.add(1, Note{kNote, text(word)});
  author.add(2, Answered{.sent = sent, .by = {}, .result = reply.payload()}, {reply});
  author.add(2, Note{kNote, heard.payload()}, {heard});
  author.add(1, Returned{CallOk{text("")}, StateUnchanged{}});
}

void second_segment(LogAuthor& author, uint8_t variant, std::string word) {
  author.begin_actor(3, id_of(variant, 3), "short");
  BuiltBody arguments = body(0x35, "some arguments", BodyForm::kAbsent);
  BuiltBody result = body(0x36, "a result, " + word);
  author.add(3, Host{kNote, arguments.payload(), result.payload()}, {arguments, result});
  author.add(3, Returned{CallError{text("no")}, StateUnchanged{}});
  author.add(3, Terminated{EndedStopped{}});
  author.next_group();
  author.add(2, Note{kNote, text("later " + word)});
  author.add(0, Control{NodeStopped{}, ByRuntime{}});
}

theater::SigningKey key_of(uint8_t byte) {
  return must(theater::SigningKey::from_seed(Bytes(theater::SigningKey::kSeedSize, byte)));
}

}  // namespace

const theater::SigningKey& sample_key() {
  static const theater::SigningKey key = key_of(0x0a);
  return key;
}

const theater::SigningKey& other_key() {
  static const theater::SigningKey key = key_of(0x0b);
  return key;
}

std::vector<BuiltEvent*> LogPlan::events() {
  std::vector<BuiltEvent*> all;
  for (Segment& segment : segments)
    for (Group& group : segment)
      for (BuiltEvent& event : group)
        all.push_back(&event);
  return all;
}

void LogPlan::relink(ActorNumber actor) {
  Hash parent;
  uint64_t seq = 0;
  for (BuiltEvent* event : events()) {
    if (event->actor != actor) continue;
    Event decoded = must(decode_event(event->bytes));
    decoded.parent = parent;
    decoded.seq = seq++;
    event->bytes = encode_event(decoded);
    parent = event_hash(event->bytes);
  }
}

SampleLog sample_log(Newest newest, uint8_t variant, uint8_t fork) {
  SampleLog log;
  log.plan.log_id = id_of(variant, 0);
  log.plan.seals_newest = newest == Newest::kSealed;
  LogAuthor author(log.plan);
  std::string word = "word " + std::string(1, static_cast<char>('a' + fork));
  first_segment(author, log.plan.log_id, variant, word);
  author.next_segment();
  second_segment(author, variant, word);
  log.files = write_plan(log.plan);
  log.files["checkpoint"] = to_bytes(checkpoint_of(log.plan, sample_key()));
  return log;
}

LogImage write_plan(const LogPlan& plan) {
  TemporaryFolder folder;
  SegmentBuilder builder(folder.path(), {.log_id = plan.log_id, .room = plan.room});
  for (size_t i = 0; i < plan.segments.size(); ++i) {
    for (const LogPlan::Group& group : plan.segments[i]) {
      if (group.empty()) continue;
      for (const BuiltEvent& event : group)
        builder.add(event.actor, event.bytes, event.bodies);
      builder.commit();
    }
    if (i + 1 < plan.segments.size() || plan.seals_newest) builder.seal();
  }
  return read_files(folder.path());
}

std::string checkpoint_of(const LogPlan& plan, const theater::SigningKey& key) {
  Tree tree;
  for (const LogPlan::Segment& segment : plan.segments)
    for (const LogPlan::Group& group : segment)
      for (const BuiltEvent& event : group)
        tree.append(event_hash(event.bytes));
  return sign_checkpoint({log_origin(plan.log_id), tree.size(), tree.root()}, key);
}

SegmentMap map_segment(const Bytes& segment) {
  SegmentMap map;
  map.header_end = must(read_header(segment)).end;
  uint64_t at = map.header_end;
  map.end = at;
  uint64_t group_begin = at;
  for (;;) {
    std::optional<Frame> frame = must(read_frame(segment, at));
    if (!frame) return map;
    map.frames.push_back({frame->kind, at, frame->end, map.groups.size()});
    at = frame->end;
    if (frame->kind == FrameKind::kFooter) return map;
    if (frame->kind != FrameKind::kTrailer) continue;
    map.groups.push_back({group_begin, at});
    group_begin = at;
    map.end = at;
  }
}

std::vector<SegmentMap::Span> map_bodies(const Bytes& bodies) {
  std::vector<SegmentMap::Span> spans;
  for (uint64_t at = kBodiesHeaderSize; at < bodies.size();) {
    BodyHead head =
        read_body_head(ByteView(bodies).subspan(static_cast<size_t>(at), kBodyHeadSize));
    spans.push_back({at, at + head.record_size()});
    at += head.record_size();
  }
  return spans;
}

LogBench::LogBench(LogImage files) : files_(std::move(files)) {
  fs::create_directory(folder_ / "segments");
  for (const auto& [file, bytes] : files_)
    put(file, bytes);
}

LogBench::~LogBench() = default;

// Written in place: of thousands of mutations none needs to last.
void LogBench::put(const std::string& name, ByteView bytes) {
  FileHandle file = must(FileHandle::open(folder_ / name, OpenMode::kCreate));
  must(file.write_at(0, bytes));
  if (must(file.size()) != bytes.size()) must(file.truncate(bytes.size()));
}

void LogBench::put_back() {
  for (const std::string& name : std::exchange(changed_, {})) {
    auto before = files_.find(name);
    if (before == files_.end()) {
      fs::remove(folder_ / name);
    } else {
      put(name, before->second);
    }
  }
}

LogReport LogBench::check_with(const std::string& name, ByteView bytes,
                               const CheckOptions& options) {
  if (changed_ != std::set{name}) put_back();
  put(name, bytes);
  changed_ = {name};
  return must(check_log(folder_, options));
}

LogReport LogBench::check_without(const std::string& name, const CheckOptions& options) {
  put_back();
  fs::remove(folder_ / name);
  changed_ = {name};
  return must(check_log(folder_, options));
}

LogReport LogBench::check(const LogImage& files, const CheckOptions& options) {
  put_back();
  for (const auto& [name, bytes] : files_)
    if (!files.contains(name)) fs::remove(folder_ / name);
  for (const auto& [name, bytes] : files)
    put(name, bytes);
  for (const LogImage& image : {files_, files})
    for (const auto& [name, bytes] : image)
      changed_.insert(name);
  return must(check_log(folder_, options));
}

MutationCount::~MutationCount() {
  fmt::print("mutation: {} {}: {} found at their place\n", made_, what_, found_);
  EXPECT_GT(made_, 0u) << what_;
  EXPECT_EQ(found_, made_) << what_ << others_;
}

void MutationCount::add(bool found, const LogReport& report,
                        const std::function<std::string()>& where) {
  ++made_;
  if (found) {
    ++found_;
    return;
  }
  if (made_ - found_ > kUnexpectedShown) return;
  others_ += fmt::format("\n{}: {}", where(), verdict_name(report.verdict));
  for (const Finding& finding : report.findings)
    others_ += "\n    " + finding.to_string();
}

bool is_found_at(const LogReport& report, Verdict verdict, std::string_view file, uint64_t begin,
                 uint64_t end) {
  if (report.verdict != verdict || report.findings.empty()) return false;
  const Finding& first = report.findings.front();
  return first.verdict == verdict && first.file == fs::path(file) && first.offset >= begin &&
         first.offset < end;
}

bool is_found_in(const LogReport& report, Verdict verdict, std::string_view file) {
  if (report.verdict != verdict || report.findings.empty()) return false;
  const Finding& first = report.findings.front();
  return first.verdict == verdict && first.file == fs::path(file) && !first.offset;
}

bool is_found_outside(const LogReport& report) {
  if (report.verdict != Verdict::kInvalid || report.findings.empty()) return false;
  std::string wanted = fmt::format("the checkpoint from {}: ", kOutside);
  return report.findings.front().verdict == Verdict::kInvalid &&
         report.findings.front().what.starts_with(wanted);
}

CheckOptions with_outside(std::string note) {
  CheckOptions options;
  options.outside.push_back({std::string(kOutside), std::move(note)});
  return options;
}

}  // namespace theater::log
