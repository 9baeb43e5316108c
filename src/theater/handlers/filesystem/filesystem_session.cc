#include "theater/handlers/filesystem/filesystem_session.h"

#include "theater/handlers/filesystem/folder_removal.h"
#include "theater/log/event/disk_use.h"
#include "theater/manifest/grant.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// What an ok result has besides its bytes: the case, and how many there are.
constexpr size_t kResultOverhead = 6;

constexpr std::string_view kTooMuchToDo =
    "the node has too much to do with files already; try again later";

template <class T>
tl::expected<T, std::string> for_guest(Result<T> result) {
  if constexpr (std::is_void_v<T>) {
    if (result) return {};
  } else {
    if (result) return *std::move(result);
  }
  const Error& error = result.error();
  if (error.hint().empty()) return tl::unexpected(error.to_string());
  return tl::unexpected(error.to_string() + " (" + error.hint() + ")");
}

bool flag_of(const FileSystemPermissions& permissions, FileRight right) {
  switch (right) {
    case FileRight::kRead:
      return permissions.read;
    case FileRight::kWrite:
      return permissions.write;
    case FileRight::kExecute:
      return permissions.execute;
  }
  return false;
}

}  // namespace

FilesystemSession::FilesystemSession(const SessionContext& context,
                                     std::shared_ptr<const FileAccess> access,
                                     std::shared_ptr<CommandRunner> runner,
                                     const std::filesystem::path& home)
    : jobs_(context.jobs),
      permissions_(context.permissions),
      access_(std::move(access)),
      result_size_max_(context.manifest.limits.payload_bytes - kResultOverhead) {
  const HandlerEntry& entry = *context.manifest.handler(Capability::kFileSystem);
  asks_own_ = !entry.folder;
  quota_ = entry.quota;
  powers_.runner = std::move(runner);
  powers_.home = home;
  powers_.file_size_max = quota_;
  powers_.chosen_user = context.command_user;
  // An byte that is not UTF-8 becomes three, and there are two outputs.
  powers_.limits.output_max = std::min(powers_.limits.output_max, result_size_max_ / 8);
  if (!permissions_.file_system) return;
  powers_.rights = {permissions_.file_system->read, permissions_.file_system->write};
  powers_.unsandboxed = permissions_.file_system->unsandboxed;
}

FilesystemSession::~FilesystemSession() {
  *cancelled_ = true;
  powers_.runner->look_again();
}

// What keeps the actor from anything at all.
Refusal FilesystemSession::refusal_of_folder() const {
  if (!permissions_.file_system) return "filesystem";
  if (!access_) return "filesystem:new-dir";
  return std::nullopt;
}

Refusal FilesystemSession::refusal(FileRight right, std::string_view path) const {
  if (Refusal nothing = refusal_of_folder()) return nothing;
  if (!flag_of(*permissions_.file_system, right)) {
    return asks_own_ ? fmt::format("filesystem:{};new-dir", right_name(right))
                     : missing_file_grant(right, access_->root_path());
  }
  return access_->refusal(path, right);
}

Refusal FilesystemSession::refusal(const CommandRequest& request) const {
  if (Refusal nothing = refusal_of_folder()) return nothing;
  if (command_fault(request.words)) return std::nullopt;  // execute() tells the guest why.
  const FileSystemPermissions& granted = *permissions_.file_system;
  CommandPattern command =
      CommandPattern::of(request.words.front(), std::span(request.words).subspan(1));
  if (granted.execute && granted.commands.allows(command)) {
    return access_->refusal(request.folder, FileRight::kExecute);
  }
  Permissions needed;
  FileSystemPermissions& files = needed.file_system.emplace();
  files.paths = asks_own_ ? PathList::unrestricted() : PathList({{access_->root_path()}});
  files.denied = DeniedPaths::unrestricted();
  files.execute = true;
  files.commands = CommandList({command});
  files.new_dir = asks_own_;
  return to_grants(needed).front();
}

void FilesystemSession::execute(CommandRequest request, CommandReply reply) const {
  if (std::optional<std::string> fault = command_fault(request.words)) {
    return std::move(reply).answer(
        CommandResult(wit::Alternative<"error", CommandError>{{*std::move(fault)}}));
  }
  auto shared = std::make_shared<CommandReply>(std::move(reply));
  bool taken = jobs_.submit([request = std::move(request), shared, access = access_,
                             powers = powers_, cancelled = cancelled_] {
    execute_command(request, *access, powers, cancelled, std::move(*shared));
  });
  if (!taken) std::move(*shared).answer(tl::unexpected(std::string(kTooMuchToDo)));
}

template <class T>
void FilesystemSession::run(Work<T> work, FileReply<T> reply) const {
  // A job is copied about, and a reply is not.
  auto shared = std::make_shared<FileReply<T>>(std::move(reply));
  bool taken = jobs_.submit([work, shared, access = access_, cancelled = cancelled_] {
    std::move(*shared).answer(for_guest(work(*access, *cancelled)));
  });
  if (taken) return;
  std::move(*shared).answer(tl::unexpected(std::string(kTooMuchToDo)));
}

void FilesystemSession::read(std::string_view path, FileReply<Bytes> reply) const {
  run<Bytes>([path = std::string(path), max = result_size_max_](
                 const FileAccess& access,
                 const std::atomic<bool>&) { return read_file(access, path, max); },
             std::move(reply));
}

std::optional<std::string> FilesystemSession::charge(std::string_view path, size_t size,
                                                     uint64_t least) {
  uint64_t counted = std::max<uint64_t>(size, least);
  if (counted > quota_ - written_) {
    return fmt::format(
        "`{}` was not written: it would count {} bytes, and of the {} bytes that the actor may "
        "write (quota) it has written {}",
        path, counted, quota_, written_);
  }
  written_ += counted;
  return std::nullopt;
}

void FilesystemSession::write(std::string_view path, ByteView content, FileReply<void> reply) {
  if (auto why = charge(path, content.size(), log::kNewFileBytes)) {
    return std::move(reply).answer(tl::unexpected(*std::move(why)));
  }
  run<void>([path = std::string(path), bytes = to_bytes(content)](
                const FileAccess& access,
                const std::atomic<bool>&) { return write_file(access, path, bytes); },
            std::move(reply));
}

void FilesystemSession::append(std::string_view path, ByteView content, FileReply<void> reply) {
  if (auto why = charge(path, content.size(), log::kAppendBytes)) {
    return std::move(reply).answer(tl::unexpected(*std::move(why)));
  }
  run<void>([path = std::string(path), bytes = to_bytes(content)](
                const FileAccess& access,
                const std::atomic<bool>&) { return append_file(access, path, bytes); },
            std::move(reply));
}

void FilesystemSession::metadata(std::string_view path, FileReply<FileMetadata> reply) const {
  run<FileMetadata>(
      [path = std::string(path)](const FileAccess& access, const std::atomic<bool>&) {
        return file_metadata(access, path);
      },
      std::move(reply));
}

void FilesystemSession::rename(std::string_view from, std::string_view to,
                               FileReply<void> reply) const {
  run<void>([from = std::string(from), to = std::string(to)](
                const FileAccess& access,
                const std::atomic<bool>&) { return rename_path(access, from, to); },
            std::move(reply));
}

void FilesystemSession::list(std::string_view path,
                             FileReply<std::vector<std::string>> reply) const {
  run<std::vector<std::string>>(
      [path = std::string(path), max = result_size_max_](const FileAccess& access,
                                                         const std::atomic<bool>&) {
        return list_folder(access, path, max);
      },
      std::move(reply));
}

void FilesystemSession::delete_file(std::string_view path, FileReply<void> reply) const {
  run<void>(
      [path = std::string(path)](const FileAccess& access, const std::atomic<bool>&) {
        return theater::delete_file(access, path);
      },
      std::move(reply));
}

void FilesystemSession::create_folder(std::string_view path, FileReply<void> reply) {
  if (auto why = charge(path, 0, log::kNewFileBytes)) {
    return std::move(reply).answer(tl::unexpected(*std::move(why)));
  }
  run<void>(
      [path = std::string(path)](const FileAccess& access, const std::atomic<bool>&) {
        return theater::create_folder(access, path);
      },
      std::move(reply));
}

void FilesystemSession::delete_folder(std::string_view path, FileReply<void> reply) const {
  run<void>(
      [path = std::string(path)](const FileAccess& access, const std::atomic<bool>& cancelled) {
        return remove_folder(access, path, cancelled);
      },
      std::move(reply));
}

void FilesystemSession::exists(std::string_view path, FileReply<bool> reply) const {
  run<bool>(
      [path = std::string(path)](const FileAccess& access, const std::atomic<bool>&) {
        return path_exists(access, path);
      },
      std::move(reply));
}

}  // namespace theater
