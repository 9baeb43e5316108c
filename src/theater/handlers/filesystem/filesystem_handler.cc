#include "theater/handlers/filesystem/filesystem_handler.h"

#include "theater/base/log.h"
#include "theater/handlers/filesystem/filesystem_session.h"
#include "theater/handlers/filesystem/granted_folder.h"
#include "theater/handlers/filesystem/made_folder.h"
#include "theater/handlers/lasting_path.h"
#include "theater/handlers/sandbox_note.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kFilesystem = "theater:simple/filesystem";
constexpr std::string_view kFiles = "theater:files/files";

// The handler's own entry in the manifest asks for what the grant allows.
NeededGrant to_read() {
  return {"filesystem:paths=FOLDER;read", ""};
}
NeededGrant to_write() {
  return {"filesystem:paths=FOLDER;write", ""};
}
NeededGrant to_execute() {
  return {"filesystem:paths=FOLDER;execute;commands=PROGRAM *", ""};
}

void add_reads(std::vector<HostFunction>& all) {
  auto refusal = [](FilesystemSession& session, std::string_view path) {
    return session.refusal(FileRight::kRead, path);
  };
  all.push_back(read(kFilesystem, "read-file",
                     [](FilesystemSession& session, FileReply<Bytes> reply, std::string_view path) {
                       session.read(path, std::move(reply));
                     })
                    .params({"path"})
                    .needing(to_read())
                    .unless(refusal));
  all.push_back(read(kFilesystem, "list-files",
                     [](FilesystemSession& session, FileReply<std::vector<std::string>> reply,
                        std::string_view path) { session.list(path, std::move(reply)); })
                    .params({"path"})
                    .needing(to_read())
                    .unless(refusal));
  all.push_back(read(kFilesystem, "path-exists",
                     [](FilesystemSession& session, FileReply<bool> reply, std::string_view path) {
                       session.exists(path, std::move(reply));
                     })
                    .params({"path"})
                    .needing(to_read())
                    .unless(refusal));
}

void add_writes(std::vector<HostFunction>& all) {
  auto refusal = [](FilesystemSession& session, std::string_view path) {
    return session.refusal(FileRight::kWrite, path);
  };
  all.push_back(
      effect(kFilesystem, "write-file",
             [](FilesystemSession& session, FileReply<void> reply, std::string_view path,
                std::string_view content) {
               session.write(path, as_bytes(content), std::move(reply));
             })
          .params({"path", "content"})
          .writing()
          .needing(to_write())
          .unless([](FilesystemSession& session, std::string_view path, std::string_view) {
            return session.refusal(FileRight::kWrite, path);
          }));
  all.push_back(effect(kFilesystem, "delete-file",
                       [](FilesystemSession& session, FileReply<void> reply,
                          std::string_view path) { session.delete_file(path, std::move(reply)); })
                    .params({"path"})
                    .needing(to_write())
                    .unless(refusal));
  all.push_back(effect(kFilesystem, "create-dir",
                       [](FilesystemSession& session, FileReply<void> reply,
                          std::string_view path) { session.create_folder(path, std::move(reply)); })
                    .params({"path"})
                    .writing()
                    .needing(to_write())
                    .unless(refusal));
  all.push_back(effect(kFilesystem, "delete-dir",
                       [](FilesystemSession& session, FileReply<void> reply,
                          std::string_view path) { session.delete_folder(path, std::move(reply)); })
                    .params({"path"})
                    .needing(to_write())
                    .unless(refusal));
}

CommandRequest request_of(std::string_view folder, std::string command,
                          std::vector<std::string> arguments) {
  CommandRequest request{std::string(folder), {std::move(command)}};
  for (std::string& argument : arguments)
    request.words.push_back(std::move(argument));
  return request;
}

// As `nix develop` runs a command: in the development shell of the folder that it is called in.
// None if the text is no command.
Result<CommandRequest> nix_request(std::string_view folder, std::string_view command) {
  std::vector<std::string> words = THEATER_TRY(command_words(command));
  words.insert(words.begin(), {"develop", "--command"});
  return request_of(folder, "nix", std::move(words));
}

void add_commands(std::vector<HostFunction>& all) {
  all.push_back(effect(kFilesystem, "execute-command",
                       [](FilesystemSession& session, CommandReply reply, std::string_view dir,
                          std::string command, std::vector<std::string> args) {
                         session.execute(request_of(dir, std::move(command), std::move(args)),
                                         std::move(reply));
                       })
                    .params({"dir", "command", "args"})
                    .writing()
                    .needing(to_execute())
                    .unless([](FilesystemSession& session, std::string_view dir,
                               std::string command, std::vector<std::string> args) {
                      return session.refusal(request_of(dir, std::move(command), std::move(args)));
                    })
                    .noting([](FilesystemSession&, std::string_view, const std::string&,
                               const std::vector<std::string>&) { return sandbox_note(); }));
  all.push_back(
      effect(kFilesystem, "execute-nix-command",
             [](FilesystemSession& session, CommandReply reply, std::string_view dir,
                std::string_view command) {
               Result<CommandRequest> request = nix_request(dir, command);
               if (request) return session.execute(*std::move(request), std::move(reply));
               std::move(reply).answer(CommandResult(
                   wit::Alternative<"error", CommandError>{{request.error().message()}}));
             })
          .params({"dir", "command"})
          .writing()
          .needing(to_execute())
          .unless([](FilesystemSession& session, std::string_view dir, std::string_view command) {
            Result<CommandRequest> request = nix_request(dir, command);
            // What is no command needs the right to run one all the same.
            return session.refusal(request ? *request : request_of(dir, "nix", {"develop"}));
          })
          .noting([](FilesystemSession&, std::string_view, std::string_view) {
            return sandbox_note();
          }));
}

// What theater:files offers beyond the shapes that all Theaters share.
void add_additions(std::vector<HostFunction>& all) {
  auto may_write = [](FilesystemSession& session, std::string_view path, ByteView) {
    return session.refusal(FileRight::kWrite, path);
  };
  all.push_back(effect(kFiles, "write-bytes",
                       [](FilesystemSession& session, FileReply<void> reply, std::string_view path,
                          ByteView content) { session.write(path, content, std::move(reply)); })
                    .params({"path", "content"})
                    .writing()
                    .needing(to_write())
                    .unless(may_write));
  all.push_back(effect(kFiles, "append-bytes",
                       [](FilesystemSession& session, FileReply<void> reply, std::string_view path,
                          ByteView content) { session.append(path, content, std::move(reply)); })
                    .params({"path", "content"})
                    .writing()
                    .needing(to_write())
                    .unless(may_write));
  all.push_back(read(kFiles, "get-metadata",
                     [](FilesystemSession& session, FileReply<FileMetadata> reply,
                        std::string_view path) { session.metadata(path, std::move(reply)); })
                    .params({"path"})
                    .needing(to_read())
                    .unless([](FilesystemSession& session, std::string_view path) {
                      return session.refusal(FileRight::kRead, path);
                    }));
  all.push_back(
      effect(kFiles, "rename-path",
             [](FilesystemSession& session, FileReply<void> reply, std::string_view from,
                std::string_view to) { session.rename(from, to, std::move(reply)); })
          .params({"old-path", "new-path"})
          .needing(to_write())
          .unless([](FilesystemSession& session, std::string_view from, std::string_view to) {
            Refusal refused = session.refusal(FileRight::kWrite, from);
            return refused ? refused : session.refusal(FileRight::kWrite, to);
          }));
}

std::vector<HostFunction> filesystem_functions() {
  std::vector<HostFunction> all;
  add_reads(all);
  add_writes(all);
  add_commands(all);
  add_additions(all);
  return all;
}

}  // namespace

FilesystemHandler::FilesystemHandler(const std::filesystem::path& home,
                                     std::shared_ptr<ProcessKeeper> keeper)
    : Handler({.name = "filesystem", .host_functions = filesystem_functions()}),
      home_(lasting_path(home)),
      runner_(std::make_shared<CommandRunner>(std::move(keeper))) {}

Result<std::unique_ptr<Session>> FilesystemHandler::make_session(
    const SessionContext& context) const {
  auto access = THEATER_TRY(open_granted_folder(context, home_));
  return std::make_unique<FilesystemSession>(context, std::move(access), runner_, home_);
}

void FilesystemHandler::actor_ended(const ActorId& id, const Manifest& manifest,
                                    JobRunner& jobs) const {
  const HandlerEntry* entry = manifest.handler(Capability::kFileSystem);
  if (home_.empty() || entry == nullptr || entry->keep_dir) return;
  jobs.submit([home = home_, id, is_named = entry->folder.has_value()] {
    Result<void> removed = is_named ? remove_made_folder(home, id) : remove_own_folder(home, id);
    if (removed || removed.error().code() == ErrorCode::kNotFound) return;
    log_line(LogLevel::kWarn, {.actor = id.to_string(), .part = "filesystem", .id = id},
             "the folder that was made for it stays: {}", removed.error().to_string());
  });
}

}  // namespace theater
