// One actor's part of the filesystem: its folder, its rights, and the jobs that work for it.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/filesystem/command_execution.h"
#include "theater/handlers/filesystem/file_access.h"
#include "theater/handlers/filesystem/file_operations.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

template <class T>
using FileReply = Responder<tl::expected<T, std::string>>;

// Used by one actor's turn only. What its jobs touch is shared with them, so that it may go while
// they run; they then stop where they can.
class FilesystemSession final : public Session {
 public:
  // `access` is null if the actor may reach no folder.
  // `runner` runs its commands; `home` is the node's.
  FilesystemSession(const SessionContext& context, std::shared_ptr<const FileAccess> access,
                    std::shared_ptr<CommandRunner> runner, const std::filesystem::path& home);
  ~FilesystemSession() override;

  // What the actor lacks for an operation on that path, as far as can be told without the disk.
  Refusal refusal(FileRight right, std::string_view path) const;

  void read(std::string_view path, FileReply<Bytes> reply) const;
  void write(std::string_view path, ByteView content, FileReply<void> reply);
  void append(std::string_view path, ByteView content, FileReply<void> reply);
  void metadata(std::string_view path, FileReply<FileMetadata> reply) const;
  void rename(std::string_view from, std::string_view to, FileReply<void> reply) const;
  void list(std::string_view path, FileReply<std::vector<std::string>> reply) const;
  void delete_file(std::string_view path, FileReply<void> reply) const;
  void create_folder(std::string_view path, FileReply<void> reply);
  void delete_folder(std::string_view path, FileReply<void> reply) const;
  void exists(std::string_view path, FileReply<bool> reply) const;

  // What the actor lacks to run that command there.
  Refusal refusal(const CommandRequest& request) const;
  void execute(CommandRequest request, CommandReply reply) const;

 private:
  template <class T>
  using Work = std::function<Result<T>(const FileAccess&, const std::atomic<bool>& cancelled)>;

  Refusal refusal_of_folder() const;

  // Takes that much of what the actor may write; or says why it cannot be written. What is small
  // counts `least`, since it takes room too (log/event/disk_use.h).
  std::optional<std::string> charge(std::string_view path, size_t size, uint64_t least);

  // Does `work` in a job, and answers with what comes of it.
  template <class T>
  void run(Work<T> work, FileReply<T> reply) const;

  JobRunner& jobs_;
  const Permissions& permissions_;
  bool asks_own_;  // For a folder of its own.
  std::shared_ptr<const FileAccess> access_;
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  size_t result_size_max_;
  uint64_t quota_;
  uint64_t written_ = 0;
  CommandPowers powers_;
};

}  // namespace theater
