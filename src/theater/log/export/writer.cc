#include "theater/log/export/writer.h"

#include "theater/base/check.h"
#include "theater/log/event/body_use.h"
#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/event/named_content.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/log_proofs.h"
#include "theater/log/segment/body_packer.h"

#include <set>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

constexpr uint64_t kWrittenPeriod = 256;

// The sections that every export has, whatever it is made of.
class Sections {
 public:
  Sections(const ActorId& actor, const BlobStore& blobs, const ExportSink& write)
      : actor_(actor), blobs_(blobs), write_(write) {}

  ExportSummary& summary() { return summary_; }
  // How many bytes were written.
  uint64_t at() const { return at_; }

  Result<void> write_section(ExportSection section, ByteView first, ByteView second = {}) {
    Bytes head;
    append_export_section_head(head, section, first, second);
    THEATER_TRY_VOID(put(head));
    THEATER_TRY_VOID(put(first));
    return put(second);
  }

  Result<void> write_beginning(const ActorId& log_id) {
    Bytes header;
    append_export_header(header, {.log_id = log_id, .actor = actor_});
    THEATER_TRY_VOID(put(header));
    THEATER_TRY_VOID(write_section(ExportSection::kStatement, as_bytes(kExportStatement)));
    std::string key = summary_.key ? to_text(*summary_.key) : "";
    return write_section(ExportSection::kKey, as_bytes(key));
  }

  // The event, after the blobs that no earlier event named.
  Result<void> write_event(ByteView bytes, const Event& event) {
    for (const NamedContent& named : named_content(event.body)) {
      if (!named_.insert(named.digest).second) continue;
      THEATER_TRY_VOID(write_blob(named));
    }
    computed_.accept(event.body);
    THEATER_TRY_VOID(write_section(ExportSection::kEvent, bytes));
    summary_.head = event_hash(bytes);
    summary_.terminated = std::holds_alternative<Terminated>(event.body);
    ++summary_.counts.events;
    return {};
  }

  Result<ExportSummary> finish() {
    Bytes end;
    append_export_end(end, summary_.counts);
    THEATER_TRY_VOID(write_section(ExportSection::kEnd, end));
    return std::move(summary_);
  }

  static Failure too_large(std::string_view what, size_t size) {
    return fail(ErrorCode::kUnsupported, "{} of {} bytes is too large for an export", what, size);
  }

 private:
  Result<void> put(ByteView bytes) {
    at_ += bytes.size();
    if (bytes.empty()) return {};
    return write_(bytes);
  }

  Result<void> write_blob(const NamedContent& named) {
    ++summary_.counts.blobs;
    Result<Bytes> bytes = blobs_.get(named.digest);
    if (!bytes && bytes.error().code() == ErrorCode::kNotFound) {
      if (!computed_.is(named)) summary_.missing.push_back(named.digest);
      return write_section(ExportSection::kMissingBlob, named.digest.view());
    }
    if (!bytes) {
      return Failure(std::move(bytes).error().with_context(
          fmt::format("the {} that event {} names", named.what, summary_.counts.events)));
    }
    if (bytes->size() > export_payload_max(ExportSection::kBlob)) {
      return too_large(named.what, bytes->size());
    }
    return write_section(ExportSection::kBlob, *bytes);
  }

  const ActorId actor_;
  const BlobStore& blobs_;
  const ExportSink& write_;
  uint64_t at_ = 0;
  std::set<Hash> named_;
  ComputedState computed_;
  ExportSummary summary_;
};

// The export of a chain in the log, on its way.
class Writer {
 public:
  Writer(const LogReader& reader, const BlobStore& blobs, const ExportRequest& request,
         const ExportSink& write)
      : reader_(reader), request_(request), sections_(request.actor, blobs, write) {}

  Result<ExportSummary> run() {
    std::optional<SignedCheckpoint> signed_note;
    if (request_.note) signed_note = THEATER_TRY(parse_checkpoint(*request_.note));
    if (signed_note) summary_.checkpoint = signed_note->checkpoint;
    uint64_t size = summary_.checkpoint ? summary_.checkpoint->size : UINT64_MAX;
    summary_.key = THEATER_TRY(log_key_at(reader_, size));
    // Otherwise the recipient would find it out.
    if (signed_note && summary_.key) {
      THEATER_TRY_VOID(verify_checkpoint(*signed_note, *summary_.key));
    }
    uint64_t proved = THEATER_TRY(count_covered());
    THEATER_TRY_VOID(sections_.write_beginning(reader_.log_id()));
    LogCursor cursor = reader_.actor_cursor(request_.actor);
    while (summary_.counts.events < request_.events) {
      std::optional<StoredEvent> stored = THEATER_TRY(cursor.next());
      if (!stored) {
        return fail(ErrorCode::kCorrupt, "the log has no event {} of actor {}",
                    summary_.counts.events, request_.actor.to_string());
      }
      uint64_t index = stored->index;
      THEATER_TRY_VOID(write_event(*stored, cursor));
      if (summary_.counts.events == proved) THEATER_TRY_VOID(write_proofs(index));
      if (request_.progress && summary_.counts.events % kWrittenPeriod == 0) {
        request_.progress(summary_.counts.events);
      }
    }
    return sections_.finish();
  }

 private:
  // How many of the events the checkpoint covers: those with an index below its size.
  Result<uint64_t> count_covered() const {
    if (!summary_.checkpoint) return uint64_t{0};
    uint64_t covered = 0;
    uint64_t above = request_.events;
    while (covered < above) {
      uint64_t middle = covered + (above - covered) / 2;
      LogCursor cursor = reader_.actor_cursor(request_.actor, middle);
      std::optional<StoredEvent> stored = THEATER_TRY(cursor.next());
      bool is_covered = stored && stored->index < summary_.checkpoint->size;
      (is_covered ? covered : above) = is_covered ? middle + 1 : middle;
    }
    return covered;
  }

  Result<void> write_event(const StoredEvent& stored, LogCursor& cursor) {
    auto event = decode_event_in_place(stored.bytes);
    if (!event) {
      return fail(ErrorCode::kCorrupt, "event {} of actor {}, at byte {} of {}: {}",
                  summary_.counts.events, request_.actor.to_string(), stored.offset,
                  segment_file_name(stored.segment), event.error().to_string());
    }
    THEATER_TRY_VOID(sections_.write_event(stored.bytes, *event));
    std::vector<BodyUse> uses;
    size_t ordinal = 0;
    for_each_payload(std::as_const(event->body), [&](const Payload& payload) {
      size_t mine = ordinal++;
      if (inline_bytes(payload) == nullptr) uses.push_back(body_use(event->body, mine, false));
    });
    std::vector<std::optional<StoredBody>> bodies(uses.size());
    bool has_bodies = request_.bodies == ExportBodies::kAll;
    if (has_bodies && !uses.empty()) bodies = THEATER_TRY(cursor.bodies(uses.size()));
    for (size_t i = 0; i < uses.size(); ++i)
      THEATER_TRY_VOID(write_body(bodies[i], uses[i]));
    return request_.look ? request_.look(stored.bytes, bodies) : Result<void>();
  }

  Result<void> write_body(const std::optional<StoredBody>& body, const BodyUse& use) {
    ++summary_.counts.bodies;
    if (!body || (body->is_absent() && !use.is_output)) {
      ++summary_.bodies_removed;
      return sections_.write_section(ExportSection::kRemovedBody, {});
    }
    if (body->is_absent()) {
      ++summary_.bodies_recomputable;
      return sections_.write_section(ExportSection::kRecomputableBody, body->salt);
    }
    if (body->bytes().size() > kBodyBytesMax)
      return Sections::too_large("a body", body->bytes().size());
    PackedBody packed = packer_.pack({.bytes = body->bytes(),
                                      .salt = body->salt,
                                      .actor = kNodeActor,
                                      .event = summary_.head,
                                      .use = use},
                                     sections_.at());
    Bytes head;
    append_export_body_head(head, packed);
    return sections_.write_section(ExportSection::kBody, head, packed.stored);
  }

  // `index` is that of the last event that the checkpoint covers.
  Result<void> write_proofs(uint64_t index) {
    LogProofs proofs = THEATER_TRY(LogProofs::open(reader_, *summary_.checkpoint));
    auto inclusion = THEATER_TRY(proofs.inclusion(index));
    std::string text = to_text(InclusionText{index, std::move(inclusion), *request_.note});
    THEATER_TRY_VOID(sections_.write_section(ExportSection::kInclusion, as_bytes(text)));
    summary_.counts.proved = summary_.counts.events;
    if (!request_.since) return {};
    auto consistency = THEATER_TRY(proofs.consistency(*request_.since));
    summary_.goes_on = true;
    text = to_text(ConsistencyText{request_.since->size, std::move(consistency), *request_.note});
    return sections_.write_section(ExportSection::kConsistency, as_bytes(text));
  }

  const LogReader& reader_;
  const ExportRequest& request_;
  Sections sections_;
  ExportSummary& summary_ = sections_.summary();
  BodyPacker packer_;
};

}  // namespace

Result<ExportSummary> write_export(const LogReader& reader, const BlobStore& blobs,
                                   const ExportRequest& request, const ExportSink& write) {
  THEATER_CHECK(reader.find(request.actor) != nullptr, "actor {} is not in the log",
                request.actor.to_string());
  return Writer(reader, blobs, request, write).run();
}

Result<ExportSummary> write_chain_export(const ActorId& log_id, const ActorId& actor,
                                         std::span<const Bytes> events, const BlobStore& blobs,
                                         const ExportSink& write) {
  Sections sections(actor, blobs, write);
  THEATER_TRY_VOID(sections.write_beginning(log_id));
  for (const Bytes& bytes : events) {
    auto event = decode_event_in_place(bytes);
    THEATER_CHECK(event.has_value(), "a recorded event cannot be read");
    THEATER_TRY_VOID(sections.write_event(bytes, *event));
  }
  return sections.finish();
}

}  // namespace theater::log
