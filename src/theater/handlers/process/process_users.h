// Users for processes of a node that is root.
//
// Processes that work in a folder run as its owner, like commands (sandbox/command_user.h). Those
// without a folder get a user that is their actor's alone: a number to which no name and no file
// belongs. So the processes of two actors can neither signal nor trace each other.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/base/system_user.h"

#include <map>
#include <memory>

namespace theater {

// Safe from any thread.
class ProcessUsers {
 public:
  // Numbers that systems set aside for such users (systemd's DynamicUser).
  static constexpr uid_t kFirst = 61'184;
  static constexpr uid_t kLast = 65'519;

  // The user of the actor. It belongs to this actor alone while a caller holds it. Fails with
  // kResourceExhausted if all numbers are taken, and with kIo. Blocks.
  Result<std::shared_ptr<const SystemUser>> user_of(const ActorId& actor);

 private:
  using Taken = std::map<ActorId, std::weak_ptr<const SystemUser>>;

  Guarded<Taken> taken_;
};

}  // namespace theater
