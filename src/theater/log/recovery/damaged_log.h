// Logs that were found damaged and are kept, and the logs that continue them.
//
// A damaged log is not written to, and a node whose log is damaged does not start. If its operator
// accepts that, the log goes as it is, with everything in it, to a folder for such logs, and a new
// one begins in its place, with an origin of its own and without any actor. The chain of its node
// names the old log by its origin and its last good root, so that nobody can say afterwards that
// there was none.
//
// One rename sets a log aside, so that a crash leaves a home in which that has happened or has not.
// Who begins a log asks which one it continues, whoever set that one aside, and when.
#pragma once

#include "theater/base/result.h"
#include "theater/base/signing_key.h"
#include "theater/log/event/peers.h"

#include <filesystem>
#include <optional>

namespace theater::log {

// What is wrong with the log in `folder`, so that a node cannot go on with it: how it ends, or the
// events of what it left open. None if a node can, or if there is no log. Reads no more than a
// start does; damage further back is found by check_log(). Fails with kUnsupported or kIo.
Result<std::optional<Error>> find_damage(const std::filesystem::path& folder, const PublicKey& key);

struct SetAside {
  std::filesystem::path place;
  DamageAccepted log;  // How one that continues it names it.
};

// Moves the log in `folder` to `<damaged>/1`, or to the number after the largest there. It is named
// by its newest checkpoint that `key` has signed; without one, by the whole groups that it begins
// with. Changes nothing and fails with kCorrupt if not even a segment says which log it is; fails
// with kIo or kResourceExhausted. The caller holds the home's lock.
Result<SetAside> set_aside(const std::filesystem::path& folder,
                           const std::filesystem::path& damaged, const PublicKey& key);

// What a log that begins now continues: the one that was set aside last. None if there is no such
// log. Fails with kCorrupt or kIo, as set_aside() does.
Result<std::optional<DamageAccepted>> continued_log(const std::filesystem::path& damaged,
                                                    const PublicKey& key);

}  // namespace theater::log
