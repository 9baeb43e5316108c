// Changes of what a path names, which a command asks of the node.
//
// The filter (system_calls.h) cannot read a path, and Landlock does not judge a change of a mode or
// of times. So the kernel stops a command that makes such a call and passes the call to the node.
// The node looks the path up as the command would, and makes the change itself, if the file lies in
// the command's folder and belongs to the command's user. It changes what it has opened, never what
// a path names a second time, so the command cannot exchange the file in between. All else gets
// EPERM. A thread of root takes the user of the command for that time, so that the command finds
// nothing in folders that its user may not enter.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"

#include <sys/types.h>

namespace theater {

// What a command may change so.
struct PathRights {
  Descriptor folder;  // Closed: it may change nothing.
  uid_t owner = 0;    // The command's user, whose files it may change.
  gid_t group = 0;    // The user's group.
};

// Answers one call that waits at `listener`, if there is one. Never waits for the command, only for
// the file system. Called by one thread at a time.
void answer_path_request(const Descriptor& listener, const PathRights& rights);

}  // namespace theater
