#include "theater/base/log.h"
#include "theater/base/new_file.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/log_facts.h"
#include "theater/cli/progress.h"
#include "theater/log/export/reader.h"
#include "theater/log/export/writer.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

#include <system_error>
#include <utility>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Exported {
  ActorSummary actor;
  log::ExportSummary summary;
  uint64_t bytes = 0;
};

// Whoever misspells the name of an export does not lose a file by it.
Result<void> check_output(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || log::is_export_file(path)) return {};
  return Failure(
      Error(ErrorCode::kAlreadyExists, fmt::format("{} is there, and is no export", path.string()))
          .with_hint("name another file, or remove that one"));
}

Result<Exported> export_actor(const LogExportCommand& command) {
  THEATER_TRY_VOID(check_output(command.output));
  auto reader = THEATER_TRY(open_log(command.home));
  ActorId id = THEATER_TRY(find_actor(*reader, command.actor));
  Exported exported{.actor = THEATER_TRY(summarize(*reader, *reader->find(id))), .summary = {}};
  log::ExportRequest request{.actor = id, .events = exported.actor.events};
  if (!command.since.empty()) request.since = THEATER_TRY(read_kept_checkpoint(command.since));

  log::LogCursor last = reader->actor_cursor(id, request.events - 1);
  std::optional<log::StoredEvent> newest = THEATER_TRY(last.next());
  uint64_t index = newest ? newest->index : 0;
  std::optional<NewestCheckpoint> checkpoint = THEATER_TRY(checkpoint_covering(*reader, index));
  if (checkpoint) request.note = checkpoint->note;

  auto blobs =
      THEATER_TRY(BlobStore::open_read_only(HomeLayout{home_folder(command.home)}.blobs()));
  Progress progress("exporting", ProgressLine::Unit::kEvents);
  request.progress = [&](uint64_t done) { progress.show(done, request.events); };
  NewFile file = THEATER_TRY(NewFile::create(command.output, FileMode::kPrivate));
  exported.summary = THEATER_TRY(log::write_export(
      *reader, *blobs, request, [&](ByteView bytes) { return file.append(bytes); }));
  exported.bytes = file.size();
  THEATER_TRY_VOID(file.finish());
  return exported;
}

void print_text(const Exported& exported, const LogExportCommand& command, Output& output) {
  const log::ExportSummary& summary = exported.summary;
  const log::ExportEnd& counts = summary.counts;
  output.line(fmt::format("exported {} {} to {}, {} bytes", short_id(exported.actor.id),
                          escape_control(exported.actor.name),
                          escape_control(command.output.string()), exported.bytes));
  output.line(fmt::format("  its chain   {}, {}; head {}", counted(counts.events, "event"),
                          summary.terminated ? "ended" : "open", summary.head.to_string()));
  output.line(fmt::format("  with it     {}, {} of them removed; {}, {} of them missing",
                          counted(counts.bodies, "detached payload"), summary.bodies_removed,
                          counted(counts.blobs, "blob"), summary.missing.size()));
  if (counts.proved > 0) {
    output.line(fmt::format("  proved by   the checkpoint of {}",
                            counted(summary.checkpoint->size, "event")));
  }
  for (const Hash& digest : summary.missing)
    print_warning(
        fmt::format("the home has no blob {}: the export is without it", digest.to_string()));
  if (counts.proved < counts.events) {
    print_warning(fmt::format(
        "{} at the end of the chain under no checkpoint: exported without proof, so that "
        "`theater verify` will say UNVERIFIABLE; a run that ends in order leaves a checkpoint",
        counts.events - counts.proved == 1
            ? "1 event is"
            : fmt::format("{} events are", counts.events - counts.proved)));
  }
}

void print_json(const Exported& exported, const LogExportCommand& command, Output& output) {
  const log::ExportSummary& summary = exported.summary;
  Json checkpoint;
  if (summary.checkpoint) {
    checkpoint = {{"size", summary.checkpoint->size},
                  {"root", summary.checkpoint->root.to_string()}};
  }
  Json missing = Json::array();
  for (const Hash& digest : summary.missing)
    missing.push_back(digest.to_string());
  output.json({{"file", command.output.string()},
               {"bytes", exported.bytes},
               {"actor", exported.actor.id.to_string()},
               {"name", exported.actor.name},
               {"events", summary.counts.events},
               {"proved", summary.counts.proved},
               {"head", summary.head.to_string()},
               {"terminated", summary.terminated},
               {"bodies", summary.counts.bodies},
               {"bodies_removed", summary.bodies_removed},
               {"blobs", summary.counts.blobs},
               {"blobs_missing", std::move(missing)},
               {"checkpoint", std::move(checkpoint)},
               {"key", summary.key ? Json(log::to_text(*summary.key)) : Json()},
               {"goes_on", summary.goes_on}});
}

}  // namespace

Exit run(const LogExportCommand& command, Output& output) {
  auto exported = export_actor(command);
  if (!exported) return report_failure(exported.error(), Exit::kFailed, command.json, output);
  if (command.json) {
    print_json(*exported, command, output);
  } else {
    print_text(*exported, command, output);
  }
  return Exit::kDone;
}

}  // namespace theater::cli
