// Damaged logs that a home keeps, and the logs that continue them.
//
// A node does not write to a damaged log, and does not start with one. If the operator accepts the
// damage, the node moves the log unchanged to a folder for such logs. A new log begins in its
// place, with an origin of its own and without any actor. The node's chain names the old log by its
// origin and its last good root, so no party can deny later that it existed.
//
// One rename sets a log aside, so a crash leaves the log either moved or not. A node that begins a
// log asks continued_log() which one it continues.
#pragma once

#include "theater/base/result.h"
#include "theater/base/signing_key.h"
#include "theater/log/event/peers.h"

#include <filesystem>
#include <optional>

namespace theater::log {

// The damage that keeps a node from continuing the log in `folder`: at its end, or in the events of
// actors that it left open. None if a node can continue it, or if there is no log. Reads no more
// than a start does; check_log() finds damage further back. Fails with kUnsupported or kIo.
Result<std::optional<Error>> find_damage(const std::filesystem::path& folder, const PublicKey& key);

struct SetAside {
  std::filesystem::path place;
  DamageAccepted log;  // Its name in the log that continues it.
};

// Moves the log in `folder` to `<damaged>/1`, or to the number after the largest there. Its name
// comes from its newest checkpoint that `key` has signed; without one, from the whole groups at its
// beginning. Fails with kCorrupt, and changes nothing, if no segment identifies the log; fails with
// kIo or kResourceExhausted. The caller holds the home's lock.
Result<SetAside> set_aside(const std::filesystem::path& folder,
                           const std::filesystem::path& damaged, const PublicKey& key);

// The log that a new log continues: the last one that was set aside. None if there is no such log.
// Fails with kCorrupt or kIo, as set_aside() does.
Result<std::optional<DamageAccepted>> continued_log(const std::filesystem::path& damaged,
                                                    const PublicKey& key);

}  // namespace theater::log
