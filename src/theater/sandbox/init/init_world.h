// What the first process of a sandbox sets up besides files: the ids of its user namespace, and the
// network that consists of itself.
#pragma once

#include "theater/sandbox/init/init_report.h"

#include <sys/types.h>

#include <cstdint>

namespace theater::init {

// Makes the user, and no other one, exist in the user namespace, by the same numbers as outside.
void map_user(const Channel& channel, uid_t user, gid_t group);

// Switches loopback on, listens there, and gives the listener to the node.
void make_relay(const Channel& channel, uint16_t port);

}  // namespace theater::init
