// `theater run --accept-damage`: a home whose log is damaged gets another one.
#pragma once

#include "theater/base/result.h"

#include <filesystem>
#include <string>

namespace theater::cli {

// Sets the home's log aside if a node cannot go on with it because of damage (log/damaged_log.h),
// and says on standard error what was done. The log that the next node begins there names it. Does
// nothing to a log that a node can go on with. `command` is how others see who holds the home
// meanwhile. Fails as Home::open(), find_damage() and set_aside() do.
Result<void> accept_damage(const std::filesystem::path& home, const std::string& command);

}  // namespace theater::cli
