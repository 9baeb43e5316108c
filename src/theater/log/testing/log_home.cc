#include "theater/log/testing/log_home.h"

#include "theater/base/file.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/event/event.h"
#include "theater/log/event/verify.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

namespace theater::log {

namespace fs = std::filesystem;

namespace {

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

Payload payload_of(const DetachedBody& body) {
  return Detached{detached_hash(body.salt, body.bytes), body.bytes.size()};
}

}  // namespace

LogHome::LogHome()
    : root_(temporary_.path()),
      clock_(kSampleTime),
      key_(SigningKey::generate(random_)),
      blobs_(must(BlobStore::open(root_ / "blobs"))) {}

LogHome::~LogHome() = default;

Result<std::unique_ptr<Log>> LogHome::try_open(const fs::path& folder, const LogOptions& options) {
  return Log::open(folder, {.key = key_, .blobs = *blobs_, .clock = clock_, .random = random_},
                   options);
}

std::unique_ptr<Log> LogHome::open(const LogOptions& options) {
  return open_at(folder(), options);
}

std::unique_ptr<Log> LogHome::open_at(const fs::path& folder, const LogOptions& options) {
  return must(try_open(folder, options));
}

fs::path LogHome::copy(const fs::path& from, const std::string& name) const {
  fs::path to = root_ / name;
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
  return to;
}

LogOptions quiet() {
  LogOptions options;
  options.checkpoint_delay = std::chrono::hours(2);
  options.async_delay = std::chrono::hours(2);
  options.preallocate_bytes = 4096;
  return options;
}

TestActor::TestActor(Log& log)
    : log_(log), id_{log.make_salt()}, number_(log.add_actor(id_)), chain_(size_t{1} << 30) {
  record(Genesis{.actor = id_, .name = "test", .parent = {}, .manifest = sample_hash(1)});
  record(sample_instance());
}

EventRef TestActor::record(const Body& body, Durability durability,
                           std::span<const DetachedBody> bodies) {
  EventRef made = chain_.append(body, kSampleTime);
  log_.append(number_, chain_.event(made.seq.value), made.hash, bodies, durability);
  return made;
}

EventRef TestActor::cite(const Hash& sent, Durability durability) {
  return record(Discarded{.sent = sent}, durability);
}

EventRef TestActor::record_detached(ByteView arguments, Durability durability) {
  record_call({log_.make_salt(), arguments}, durability);
  return record(Returned{.result = CallOk{inline_payload({})}, .state = StateUnchanged{}},
                durability);
}

EventRef TestActor::record_call(const DetachedBody& arguments, Durability durability) {
  return record(Call{.function = 0, .from = FromRuntime{}, .arguments = payload_of(arguments)},
                durability, std::span(&arguments, 1));
}

EventRef TestActor::record_return(const DetachedBody& result, Durability durability) {
  return record(Returned{.result = CallOk{payload_of(result)}, .state = StateUnchanged{}},
                durability, std::span(&result, 1));
}

EventRef TestActor::record_every_form(Durability durability) {
  constexpr uint64_t kHistory = 1;
  constexpr uint64_t kOther = 2;
  auto body = [this](ByteView bytes, const BodyUse& use) {
    return DetachedBody{log_.make_salt(), bytes, use};
  };
  auto random = [this](size_t count) {
    Bytes bytes(count);
    SeededRandom(next_seed_++).fill(bytes);
    return bytes;
  };
  // The beginning of a segment, or of a history, keeps its first body raw.
  if (history_.empty() || history_.size() > 300) history_ = random(100);
  record_call(body(history_, {.series = kHistory}), durability);
  // Both ends are new, so that little but the middle resembles the one before.
  Bytes text = random(20);
  append(text, history_);
  append(text, random(20));
  EventRef said = record_return(body(text, {.series = kHistory, .is_cited = true}), durability);
  append(history_, random(10));
  Bytes taken = random(8);
  append(taken, text);
  record_call(body(taken, {.series = kOther, .twin = said.hash}), durability);
  record_return(body(Bytes(90, 5), {.is_output = true, .keep = KeepBytes::kNever}), durability);
  // A series of its own, so without a base.
  uint64_t alone = kOther + ++next_seed_;
  Bytes same(120, 6);
  record_call(body(same, {.series = alone}), durability);
  append(same, random(9));
  record_return(body(same, {.series = alone}), durability);
  Bytes first = random(70);
  record_call(body(first, {.series = alone + (uint64_t{1} << 32)}), durability);
  Bytes second = random(80);
  return record_return(body(second, {.series = alone + (uint64_t{2} << 32)}), durability);
}

ReadLog read_log(const fs::path& folder) {
  ReadLog read;
  std::map<ActorNumber, ChainVerifier> chains;
  for (uint64_t number : must(list_segments(folder))) {
    Bytes bytes = must(read_file(segment_path(folder, number)));
    ReadHeader header = must(read_header(bytes));
    expect(header.header.first == read.tree.size(), "a segment begins elsewhere");
    expect(header.header.peaks == read.tree.peaks(), "a segment's peaks are others");
    GroupScanner scanner(bytes, header.header, scan_start(header));
    while (const ScannedGroup* group = scanner.next()) {
      for (const Frame& frame : group->events) {
        Hash hash = event_hash(frame.event());
        must(chains[frame.actor].accept(frame.event()));
        read.tree.append(hash);
        read.events.push_back(
            {frame.actor, to_bytes(frame.event()), hash, read.groups.size(), number});
      }
      expect(group->trailer.root == read.tree.root(), "a trailer's root is another");
      read.groups.push_back(group->trailer);
    }
    expect(scanner.stop().reason != StopReason::kDamage,
           fmt::format("segment {} at {}: {}", number, scanner.stop().offset, scanner.stop().text));
    ++read.segments;
  }
  return read;
}

namespace {

template <class Visit>
void for_each_operation(const ReadLog& read, const Visit& visit) {
  for (const ReadLog::Entry& entry : read.events) {
    if (entry.actor != kNodeActor) continue;
    Event event = must(decode_event(entry.bytes));
    if (const auto* control = std::get_if<Control>(&event.body)) visit(control->operation);
  }
}

}  // namespace

std::vector<std::string> ReadLog::node_operations() const {
  std::vector<std::string> names;
  for_each_operation(*this, [&](const Operation& operation) {
    names.emplace_back(std::visit([](const auto& chosen) { return chosen.kCaseName; }, operation));
  });
  return names;
}

std::vector<TailRemoved> ReadLog::tails() const {
  std::vector<TailRemoved> found;
  for_each_operation(*this, [&](const Operation& operation) {
    if (const auto* tail = std::get_if<TailRemoved>(&operation)) found.push_back(*tail);
  });
  return found;
}

std::map<BodyForm, size_t> body_forms(const fs::path& folder) {
  std::map<BodyForm, size_t> forms;
  for (uint64_t number : must(list_segments(folder))) {
    fs::path path = bodies_path(folder, number);
    if (!fs::exists(path)) continue;
    Bytes file = must(read_file(path));
    ByteView left = ByteView(file).subspan(kBodiesHeaderSize);
    while (!left.empty()) {
      BodyHead head = read_body_head(left.first(kBodyHeadSize));
      ++forms[static_cast<BodyForm>(head.form)];
      left = left.subspan(static_cast<size_t>(head.record_size()));
    }
  }
  return forms;
}

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[fs::relative(entry.path(), folder).string()] = must(read_text_file(entry.path()));
  }
  return files;
}

}  // namespace theater::log
