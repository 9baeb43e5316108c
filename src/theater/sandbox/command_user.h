// The user that a command runs as.
//
// A command of a node that is root never runs as root, since root may do to the node what no
// sandbox takes back. It runs as the user that the operator chose, or else as the owner of the
// folder that the actor was granted. Its files then belong to that user. A node of another user
// cannot become anyone else, so its commands run as that user.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"
#include "theater/base/system_user.h"

#include <optional>

namespace theater {

// The user that a command in `folder` must become; none if it stays the user of this process.
// `chosen` is the policy's. Fails with kPermissionDenied, and a hint for the operator, if the user
// would be root, or cannot be taken; and with kIo. Blocks.
Result<std::optional<SystemUser>> command_user(const Descriptor& folder,
                                               const std::optional<SystemUser>& chosen);

}  // namespace theater
