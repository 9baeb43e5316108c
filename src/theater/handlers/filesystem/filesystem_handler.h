// The handler `filesystem`: files and folders below the one folder that an actor was granted.
//
// What blocks is a job, and commands have a runner; the functions are thin. See README.md in this
// folder.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/sandbox/command_runner.h"

#include <filesystem>
#include <memory>

namespace theater {

// Safe from any thread.
class FilesystemHandler final : public Handler {
 public:
  // `home` is the node's, and no actor's business; empty if there is none. `keeper` starts commands.
  explicit FilesystemHandler(
      const std::filesystem::path& home,
      std::shared_ptr<ProcessKeeper> keeper = std::make_shared<ProcessKeeper>());

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
  void actor_ended(const ActorId& id, const Manifest& manifest, JobRunner& jobs) const override;

 private:
  std::filesystem::path home_;
  std::shared_ptr<CommandRunner> runner_;  // Shared with jobs, which may be last to go.
};

}  // namespace theater
