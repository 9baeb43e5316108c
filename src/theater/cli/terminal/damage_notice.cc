#include "theater/cli/terminal/damage_notice.h"

#include "theater/cli/terminal/output.h"
#include "theater/store/home.h"
#include "theater/views/text.h"

namespace theater::cli {

void print_accepted_damage(const std::optional<AcceptedDamage>& accepted,
                           const std::filesystem::path& home) {
  if (!accepted) {
    print_warning(
        fmt::format("--accept-damage: a node can continue the log in {}, which stays as "
                    "it is",
                    HomeLayout{home}.log().string()));
    return;
  }
  const log::DamageAccepted& old = accepted->log.log;
  print_warning(
      fmt::format("{}; {} keeps the damaged log, and none of its actors resumes. The new log names "
                  "the old one: "
                  "{}, with {} and the root {}",
                  accepted->damage.to_string(), accepted->log.place.string(), old.origin,
                  views::counted(old.size, "event"), old.root.to_string()));
}

}  // namespace theater::cli
