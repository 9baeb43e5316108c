#include "theater/log/testing/export_sample.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/testing/must.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/sample_chain.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace theater::log {

namespace {

// Records a chain into a log.
class ExportAuthor {
 public:
  ExportAuthor(Log& log, const ActorId& id) : log_(log), number_(log.add_actor(id)) {}

  void operator()(const Body& body, std::span<const DetachedBody> bodies = {}) {
    EventRef made = chain_.append(body, kSampleTime);
    log_.append(number_, chain_.event(made.seq.value), made.hash, bodies, Durability::kAsync);
  }
  // A call with a detached argument, and its end.
  void call(ByteView arguments) {
    DetachedBody body{log_.make_salt(), arguments};
    Payload payload = Detached{detached_hash(body.salt, arguments), arguments.size()};
    (*this)(Call{.function = 0, .from = FromRuntime{}, .arguments = payload}, std::span(&body, 1));
    (*this)(Returned{.result = CallOk{inline_payload({})}, .state = StateUnchanged{}});
  }
  uint64_t events() const { return chain_.position().seq; }

 private:
  Log& log_;
  ActorNumber number_;
  Chain chain_;
};

}  // namespace

ExportSample::ExportSample() {
  Hash manifest = must(home_.blobs().put(as_bytes("name = \"sample\"\n")));
  component_ = must(home_.blobs().put(Bytes(300, 0xc0)));
  Hash other_component = must(home_.blobs().put(Bytes(20, 0xc1)));
  Bytes state(40, 0x5a);
  must(home_.blobs().put(state));
  must(home_.blobs().put({}));
  std::unique_ptr<Log> log = home_.open(quiet());
  TestActor other(*log);
  other_ = other.id();
  actor_ = ActorId{log->make_salt()};
  ExportAuthor add(*log, actor_);
  Instance instance = sample_instance();
  instance.component = component_;
  instance.state = SomeState{content_of(state)};
  instance.init_runs = false;
  add(Genesis{.actor = actor_, .name = "sample", .parent = {}, .manifest = manifest});
  add(instance);
  add.call(Bytes(60, 0xb0));
  must(log->flush());
  LogPosition early = log->durable();
  Checkpoint checkpoint{.origin = log_origin(log->id()), .size = early.size, .root = early.root};
  early_note_ = sign_checkpoint(checkpoint, home_.key());
  early_events_ = add.events();

  other.cite(sample_hash(7));
  add(Control{Held{}, ByRuntime{}});
  add(Snapshot{.state = SomeState{content_of({})}});
  instance.why = InstanceReason::kSnapshot;
  instance.component = other_component;
  instance.state = SomeState{content_of({})};
  add(instance);
  add.call(Bytes(70, 0xb1));
  other.cite(sample_hash(8));
  Hash new_manifest = must(home_.blobs().put(as_bytes("name = \"sample\" # again\n")));
  add(Control{Updated{new_manifest, {}}, ByClient{"operator"}});
  add(Terminated{});
  events_ = add.events();
  must(log->close());
}

std::string ExportSample::note() const {
  return must(read_text_file(folder() / "checkpoint"));
}

VerifierKey ExportSample::key() const {
  return {.name = must(parse_checkpoint(early_note_)).checkpoint.origin,
          .key = home_.key().public_key()};
}

ExportRequest ExportSample::request() const {
  return {.actor = actor_, .events = events_, .note = note()};
}

Result<ExportSummary> ExportSample::try_write(const ExportRequest& request, Bytes& out) const {
  std::unique_ptr<LogReader> reader = must(LogReader::open(folder()));
  std::unique_ptr<BlobStore> blobs = must(BlobStore::open_read_only(home_.root() / "blobs"));
  return write_export(*reader, *blobs, request, [&](ByteView bytes) {
    append(out, bytes);
    return Result<void>();
  });
}

Bytes ExportSample::write(const ExportRequest& request) const {
  Bytes out;
  must(try_write(request, out));
  return out;
}

void ExportSample::remove_first_body() const {
  FileHandle file = must(FileHandle::open(bodies_path(folder(), 0), OpenMode::kReadWrite));
  Bytes head(kBodyHeadSize);
  must(file.read_exactly_at(kBodiesHeaderSize, head));
  BodyHead read = read_body_head(head);
  must(file.write_at(kBodiesHeaderSize, Bytes(4)));
  must(file.write_at(kBodiesHeaderSize + 12, Bytes(read.record_size() - 12)));
}

void ExportSample::remove_blob(const Hash& digest) const {
  std::string name = digest.to_string();
  std::filesystem::remove(home_.root() / "blobs" / name.substr(0, 2) / name);
}

ExportReport check_bytes(Bytes bytes, const ExportCheckOptions& options) {
  return must(check_export(export_in_memory(std::move(bytes)), options));
}

ExportParts parts_of(const Bytes& bytes) {
  ExportParts parts{.header = Bytes(bytes.begin(), bytes.begin() + kExportHeaderSize)};
  ByteView rest = ByteView(bytes).subspan(kExportHeaderSize);
  while (!rest.empty()) {
    ExportSectionHead head = read_export_section_head(rest.first(kExportSectionHeadSize));
    rest = rest.subspan(kExportSectionHeadSize);
    parts.sections.push_back(
        {export_section(head.kind).value(), to_bytes(rest.first(head.length))});
    rest = rest.subspan(head.length);
  }
  return parts;
}

Bytes bytes_of(const ExportParts& parts) {
  Bytes out = parts.header;
  for (const ExportPart& part : parts.sections) {
    append_export_section_head(out, part.kind, part.payload);
    append(out, part.payload);
  }
  return out;
}

}  // namespace theater::log
