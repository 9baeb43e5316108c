// Replays an actor of a home, or the one of an export, for commands that need its events again.
#pragma once

#include "theater/base/result.h"
#include "theater/replay/replay.h"

#include <filesystem>
#include <string>

namespace theater::cli {

struct ReplaySubject {
  std::filesystem::path home;
  std::string actor;                     // An actor or an export.
  std::filesystem::path component = {};  // Empty for the recorded component.
};

// Shows progress on a terminal. Fails as replay::replay() does, and if there is no such actor or
// component.
Result<replay::Report> replay_subject(const ReplaySubject& subject, replay::Options options);

}  // namespace theater::cli
