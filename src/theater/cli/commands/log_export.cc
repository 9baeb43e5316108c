#include "theater/cli/commands/log_export.h"

#include "theater/base/new_file.h"
#include "theater/cli/options/actor_argument.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/progress.h"
#include "theater/handlers/registry.h"
#include "theater/log/export/reader.h"
#include "theater/log/export/writer.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"
#include "theater/views/credential_headers.h"
#include "theater/views/export_summary.h"
#include "theater/views/log_facts.h"
#include "theater/views/payload_types.h"

#include <nlohmann/json.hpp>

#include <system_error>
#include <utility>

namespace theater::cli {

namespace {

// A misspelled name must not cost the operator another file.
Result<void> check_output(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || log::is_export_file(path)) return {};
  return Failure(Error(ErrorCode::kAlreadyExists,
                       fmt::format("the file {} exists and is no export", path.string()))
                     .with_hint("name another file, or remove this one"));
}

Result<views::WrittenExport> export_actor(const LogExportOptions& options) {
  THEATER_TRY_VOID(check_output(options.output));
  auto reader = THEATER_TRY(open_log(options.home));
  ActorId id = THEATER_TRY(find_actor(*reader, options.actor));
  views::WrittenExport exported{.file = options.output.string(), .actor = {}, .summary = {}};
  exported.actor = THEATER_TRY(views::summarize(*reader, *reader->find(id)));
  log::ExportRequest request{.actor = id, .events = exported.actor.events};
  if (!options.since.empty())
    request.since = THEATER_TRY(views::read_kept_checkpoint(options.since));

  log::LogCursor last = reader->actor_cursor(id, request.events - 1);
  std::optional<log::StoredEvent> newest = THEATER_TRY(last.next());
  uint64_t index = newest ? newest->index : 0;
  std::optional<views::NewestCheckpoint> checkpoint =
      THEATER_TRY(views::checkpoint_covering(*reader, index));
  if (checkpoint) request.note = checkpoint->note;

  HomeLayout home{home_folder(options.home)};
  auto blobs = THEATER_TRY(BlobStore::open_read_only(home.blobs()));
  // The handlers' types are all that HTTP has.
  views::PayloadTypes types(make_handlers());
  views::CredentialHeaders credentials(types);
  request.bodies = options.without_bodies ? log::ExportBodies::kNone : log::ExportBodies::kAll;
  request.look = [&](ByteView event, const views::Bodies& bodies) {
    return credentials.take(event, bodies);
  };
  Progress progress("exporting", ProgressLine::Unit::kEvents);
  request.progress = [&](uint64_t done) { progress.show(done, request.events); };
  NewFile file = THEATER_TRY(NewFile::create(options.output, FileMode::kPrivate));
  exported.summary = THEATER_TRY(log::write_export(
      *reader, *blobs, request, [&](ByteView bytes) { return file.append(bytes); }));
  exported.bytes = file.size();
  exported.credentials = credentials.found();
  THEATER_TRY_VOID(file.finish());
  return exported;
}

void define(OptionParser& parser, LogExportOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.option("-o,--output", "FILE", options.output, "the file to write");
  parser.option("--since", "CHECKPOINT", options.since,
                "prove too that the log continues this checkpoint, which was kept elsewhere");
  parser.flag("--without-bodies", options.without_bodies,
              "leave the detached payloads out, as if they were removed from the log");
  home_option(parser, options.home);
  json_option(parser, options.json);
  parser.check([&] { return options.output.empty() ? "missing option -o FILE" : ""; });
}

Exit run(const LogExportOptions& options, Output& output) {
  auto exported = export_actor(options);
  if (!exported) return report_failure(exported.error(), Exit::kFailed, options.json, output);
  if (options.json) {
    output.json(views::export_json(*exported));
    return Exit::kDone;
  }
  output.text(views::export_text(*exported));
  for (const std::string& warning : views::export_warnings(*exported))
    print_warning(warning);
  return Exit::kDone;
}

}  // namespace

const CommandOf<LogExportOptions> kLogExportCommand = {
    {.name = "log export",
     .usage = "ACTOR -o FILE [options]",
     .summary = "write all of an actor's record into one file",
     .details = R"(Writes one file with everything that a verifier needs to check one actor and to
run it again: its events with their payloads, the components and states that
they name, its manifest, the proof that its chain is in the log, the checkpoint
and the node's public key. `theater verify FILE` and `theater replay FILE` need
nothing else. A payload that was removed from the log stays removed.

The node may be running. The export has the events that were on disk when the
command began; the command waits up to a second for a checkpoint that covers
them. Events that no checkpoint covers are exported without proof: the command
warns, and `theater verify` calls such a file UNVERIFIABLE.

The file appears when it is complete. It replaces an earlier export of that
name, and no other file. Only its owner may read it, because it has payloads.

A payload of an HTTP request or answer may have credentials in its headers. The
command warns of Authorization, Cookie, Set-Cookie and the like, and says how
many payloads have them. With --without-bodies the file has no payload that lies
beside its event, and none of HTTP has another place. Such a file proves the
chain and each hash; `theater verify` calls it UNVERIFIABLE, because bytes are
missing, and it cannot be replayed. Small payloads of other calls, components,
states and the manifest stay in it.

With --since, a verifier who holds that checkpoint sees by `theater verify FILE
--checkpoint CHECKPOINT` that the log was not rewritten since.)",
     .examples = R"(theater log export counter -o counter.export
theater log export 3f09 -o agent.export --since kept.checkpoint
theater log export 3f09 -o public.export --without-bodies
theater verify counter.export
theater replay counter.export)"},
    define,
    run};

}  // namespace theater::cli
