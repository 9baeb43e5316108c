#include "theater/cli/accept_damage.h"

#include "theater/base/random.h"
#include "theater/cli/output.h"
#include "theater/log/recovery/damaged_log.h"
#include "theater/store/home.h"

#include <memory>
#include <optional>

namespace theater::cli {

Result<void> accept_damage(const std::filesystem::path& home, const std::string& command) {
  OsRandom random;
  std::unique_ptr<Home> held = THEATER_TRY(Home::open(home, random, command));
  const HomeLayout& layout = held->layout();
  const PublicKey& key = held->key().public_key();
  std::optional<Error> damage = THEATER_TRY(log::find_damage(layout.log(), key));
  if (!damage) {
    print_warning(
        fmt::format("--accept-damage: a node can go on with the log in {}; it is left as "
                    "it is",
                    layout.log().string()));
    return {};
  }
  log::SetAside old = THEATER_TRY(log::set_aside(layout.log(), layout.damaged(), key));
  print_warning(fmt::format(
      "{}; the damaged log is kept in {}. None of its actors goes on. The log that begins now "
      "names it: {}, which had {} and the root {}",
      damage->to_string(), old.place.string(), old.log.origin, counted(old.log.size, "event"),
      old.log.root.to_string()));
  return {};
}

}  // namespace theater::cli
