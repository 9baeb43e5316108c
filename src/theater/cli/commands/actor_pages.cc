#include "theater/cli/commands/actor_pages.h"

#include "theater/api/client/actor_reference.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

constexpr int kPageActors = 1000;

}  // namespace

Result<bool> for_each_actor(api::ApiClient& client, const std::string& list, Pages pages,
                            const std::function<void(const views::Json&)>& take) {
  std::string cursor;
  for (;;) {
    char mark = list.find('?') == std::string::npos ? '?' : '&';
    std::string target = fmt::format("{}{}limit={}", list, mark, kPageActors);
    if (!cursor.empty()) target += "&cursor=" + api::query_value(cursor);
    views::Json page = THEATER_TRY(client.get(target));
    auto actors = page.find("actors");
    if (actors == page.end() || !actors->is_array())
      return fail(ErrorCode::kCorrupt, "the server's answer has no list of actors");
    for (const views::Json& actor : *actors) {
      THEATER_TRY(api::actor_id_of(actor));
      take(actor);
    }
    auto next = page.find("cursor");
    if (next == page.end() || !next->is_string()) return false;
    if (pages == Pages::kFirst) return true;
    std::string following = next->get<std::string>();
    if (following.empty() || following == cursor)
      return fail(ErrorCode::kCorrupt, "the server's pages do not end");
    cursor = std::move(following);
  }
}

}  // namespace theater::cli
