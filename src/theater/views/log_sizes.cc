#include "theater/views/log_sizes.h"

#include "theater/base/printable.h"
#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/segment/segment_format.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>
#include <variant>

namespace theater::views {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kProgressPeriod = 4096;

// Files come and go while a node runs; a missing file counts as empty.
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
    if (body && body->is_absent()) ++amount.bodies_recomputable;
  }
  return {};
}

Json to_json(const Amount& amount) {
  return {{"events", amount.events},
          {"event_bytes", amount.event_bytes},
          {"bodies", amount.bodies},
          {"body_bytes", amount.body_bytes},
          {"bodies_removed", amount.bodies_removed},
          {"bodies_recomputable", amount.bodies_recomputable}};
}

Json to_json(const ActorSize& actor) {
  Json json = {{"id", actor.id.to_string()}, {"name", actor.name}};
  json.update(to_json(actor.amount));
  return json;
}

}  // namespace

Amount& Amount::operator+=(const Amount& more) {
  events += more.events;
  event_bytes += more.event_bytes;
  bodies += more.bodies;
  body_bytes += more.body_bytes;
  bodies_removed += more.bodies_removed;
  bodies_recomputable += more.bodies_recomputable;
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

Json log_sizes_json(const log::LogReader& reader, const LogSizes& sizes) {
  Json actors = Json::array();
  for (const ActorSize& actor : sizes.actors)
    actors.push_back(to_json(actor));
  return {{"log", reader.log_id().to_string()},
          {"total", to_json(sizes.total)},
          {"segments", sizes.segments},
          {"segment_bytes", sizes.segment_bytes},
          {"body_file_bytes", sizes.body_file_bytes},
          {"node", to_json(sizes.node)},
          {"actors", std::move(actors)}};
}

std::string log_sizes_text(const log::LogReader& reader, const LogSizes& sizes) {
  size_t name_width = std::string_view("the node itself").size();
  for (const ActorSize& actor : sizes.actors)
    name_width = std::max(name_width, escape_control(actor.name).size());
  std::string text =
      fmt::format("log {} in {}: {} bytes in {}, {} in body files\n", reader.log_id().to_string(),
                  reader.folder().string(), sizes.segment_bytes, counted(sizes.segments, "segment"),
                  sizes.body_file_bytes);
  text += fmt::format("\n  {:<12}  {:<{}}  {:>9}  {:>12}  {:>8}  {:>12}  {:>7}\n", "id", "name",
                      name_width, "events", "bytes", "detached", "bytes", "removed");
  auto line = [&](std::string_view id, std::string_view name, const Amount& amount) {
    text += fmt::format("  {:<12}  {:<{}}  {:>9}  {:>12}  {:>8}  {:>12}  {:>7}\n", id, name,
                        name_width, amount.events, amount.event_bytes, amount.bodies,
                        amount.body_bytes, amount.bodies_removed);
  };
  line(short_id(sizes.node.id), "the node itself", sizes.node.amount);
  for (const ActorSize& actor : sizes.actors)
    line(short_id(actor.id), escape_control(actor.name), actor.amount);
  line("", "all", sizes.total);
  return text;
}

}  // namespace theater::views
