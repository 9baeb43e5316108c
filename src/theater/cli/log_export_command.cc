#include "theater/base/new_file.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/progress.h"
#include "theater/log/export/reader.h"
#include "theater/log/export/writer.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"
#include "theater/views/export_summary.h"
#include "theater/views/log_facts.h"

#include <nlohmann/json.hpp>

#include <system_error>
#include <utility>

namespace theater::cli {

namespace {

// Whoever misspells the name of an export does not lose a file by it.
Result<void> check_output(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || log::is_export_file(path)) return {};
  return Failure(
      Error(ErrorCode::kAlreadyExists, fmt::format("{} is there, and is no export", path.string()))
          .with_hint("name another file, or remove that one"));
}

Result<views::WrittenExport> export_actor(const LogExportCommand& command) {
  THEATER_TRY_VOID(check_output(command.output));
  auto reader = THEATER_TRY(open_log(command.home));
  ActorId id = THEATER_TRY(find_actor(*reader, command.actor));
  views::WrittenExport exported{.file = command.output.string(), .actor = {}, .summary = {}};
  exported.actor = THEATER_TRY(views::summarize(*reader, *reader->find(id)));
  log::ExportRequest request{.actor = id, .events = exported.actor.events};
  if (!command.since.empty())
    request.since = THEATER_TRY(views::read_kept_checkpoint(command.since));

  log::LogCursor last = reader->actor_cursor(id, request.events - 1);
  std::optional<log::StoredEvent> newest = THEATER_TRY(last.next());
  uint64_t index = newest ? newest->index : 0;
  std::optional<views::NewestCheckpoint> checkpoint =
      THEATER_TRY(views::checkpoint_covering(*reader, index));
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

}  // namespace

Exit run(const LogExportCommand& command, Output& output) {
  auto exported = export_actor(command);
  if (!exported) return report_failure(exported.error(), Exit::kFailed, command.json, output);
  if (command.json) {
    output.json(views::export_json(*exported));
    return Exit::kDone;
  }
  output.text(views::export_text(*exported));
  for (const std::string& warning : views::export_warnings(*exported))
    print_warning(warning);
  return Exit::kDone;
}

}  // namespace theater::cli
