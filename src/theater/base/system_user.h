// A user of the machine, as its user database has it: /etc/passwd, or the services that
// nsswitch.conf names.
#pragma once

#include "theater/base/result.h"

#include <sys/types.h>

#include <optional>
#include <string>

namespace theater {

// Value type.
struct SystemUser {
  std::string name;  // A number if the machine has no name for it.
  uid_t id = 0;
  gid_t group = 0;  // The user's first group.
  bool operator==(const SystemUser&) const = default;
};

// Both look the user up each time, and may block where a database is on another machine. They fail
// with kIo if the database cannot be read. Safe from any thread.

// Fails with kNotFound if the machine has no user of this name.
Result<SystemUser> user_named(const std::string& name);

// None if the machine has no name for the number.
Result<std::optional<SystemUser>> user_numbered(uid_t id);

}  // namespace theater
