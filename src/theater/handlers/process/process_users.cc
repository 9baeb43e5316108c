#include "theater/handlers/process/process_users.h"

#include <algorithm>
#include <functional>

namespace theater {

Result<std::shared_ptr<const SystemUser>> ProcessUsers::user_of(const ActorId& actor) {
  using User = std::shared_ptr<const SystemUser>;
  return taken_.with([&](Taken& taken) -> Result<User> {
    std::erase_if(taken, [](const auto& one) { return one.second.expired(); });
    if (auto found = taken.find(actor); found != taken.end()) {
      if (User user = found->second.lock()) return user;
    }
    auto is_taken = [&](uid_t id) {
      auto has_it = [&](const auto& one) {
        User user = one.second.lock();
        return user != nullptr && user->id == id;
      };
      return std::ranges::find_if(taken, has_it) != taken.end();
    };
    constexpr uid_t kCount = kLast - kFirst + 1;
    // Two nodes of one machine then seldom choose the same.
    auto begin = static_cast<uid_t>(std::hash<std::string>()(actor.to_string()) % kCount);
    for (uid_t i = 0; i < kCount; ++i) {
      uid_t id = kFirst + (begin + i) % kCount;
      if (is_taken(id)) continue;
      if (THEATER_TRY(user_numbered(id))) continue;
      User user = std::make_shared<const SystemUser>(SystemUser{std::to_string(id), id, id});
      taken[actor] = user;
      return user;
    }
    return fail(ErrorCode::kResourceExhausted, "no user is left for the processes of the actor");
  });
}

}  // namespace theater
