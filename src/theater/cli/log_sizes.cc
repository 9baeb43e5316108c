#include "theater/cli/log_sizes.h"

#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/segment/segment_format.h"

#include <map>
#include <system_error>
#include <utility>
#include <variant>

namespace theater::cli {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kProgressPeriod = 4096;

// Files may come and go while a node runs; one that is not there takes nothing.
uint64_t size_of(const fs::path& path) {
  std::error_code failed;
  uint64_t size = fs::file_size(path, failed);
  return failed ? 0 : size;
}

Result<void> add(ActorSize& actor, const log::StoredEvent& stored, log::LogCursor& cursor) {
  auto event = log::decode_event_in_place(stored.bytes);
  if (!event) {
    return fail(ErrorCode::kCorrupt, "the event at {} of {}: {}", stored.offset,
                log::segment_file_name(stored.segment), event.error().to_string());
  }
  if (const auto* genesis = std::get_if<log::Genesis>(&event->body)) actor.name = genesis->name;
  Amount& amount = actor.amount;
  ++amount.events;
  amount.event_bytes += stored.bytes.size();
  size_t detached = 0;
  log::for_each_payload(std::as_const(event->body), [&](const log::Payload& payload) {
    if (log::inline_bytes(payload) != nullptr) return;
    ++detached;
    amount.body_bytes += log::payload_length(payload);
  });
  if (detached == 0) return {};
  amount.bodies += detached;
  for (const auto& body : THEATER_TRY(cursor.bodies(detached))) {
    if (!body) ++amount.bodies_removed;
  }
  return {};
}

}  // namespace

Amount& Amount::operator+=(const Amount& more) {
  events += more.events;
  event_bytes += more.event_bytes;
  bodies += more.bodies;
  body_bytes += more.body_bytes;
  bodies_removed += more.bodies_removed;
  return *this;
}

Result<LogSizes> measure_log(const log::LogReader& reader,
                             const std::function<void(uint64_t)>& progress) {
  std::map<log::ActorNumber, ActorSize> by_number;
  for (const log::ActorEntry& entry : reader.actors())
    by_number[entry.number].id = entry.id;
  LogSizes sizes;
  log::LogCursor cursor = reader.node_cursor();
  for (uint64_t index = 0; index < reader.size(); ++index) {
    std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next());
    if (!stored) return fail(ErrorCode::kCorrupt, "the log has no event {}", index);
    THEATER_TRY_VOID(add(by_number[stored->actor], *stored, cursor));
    sizes.segments = stored->segment + 1;
    if (index % kProgressPeriod == 0) progress(index);
  }
  for (auto& [number, actor] : by_number) {
    sizes.total += actor.amount;
    if (number == log::kNodeActor) {
      sizes.node = std::move(actor);
    } else {
      sizes.actors.push_back(std::move(actor));
    }
  }
  fs::path folder = reader.folder() / "segments";
  for (uint64_t segment = 0; segment < sizes.segments; ++segment) {
    sizes.segment_bytes += size_of(folder / log::segment_file_name(segment));
    sizes.body_file_bytes += size_of(folder / log::bodies_file_name(segment));
  }
  return sizes;
}

}  // namespace theater::cli
