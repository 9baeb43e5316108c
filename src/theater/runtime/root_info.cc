#include "theater/runtime/root_info.h"

#include "theater/base/id.h"
#include "theater/base/utf8.h"
#include "theater/manifest/grant.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

bool is_control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

Result<void> check_root_name(std::string_view name) {
  auto refuse = [&](std::string_view why) -> Result<void> {
    return fail(ErrorCode::kInvalidArgument, "no name for an actor: {}", why);
  };
  if (name.empty()) return refuse("it is empty");
  if (name.size() > kRootNameMax) return refuse("it has more than 128 bytes");
  // The C1 control characters begin with this byte in UTF-8, and are below U+00A0.
  bool has_c1 = false;
  for (size_t i = 0; i + 1 < name.size(); ++i)
    has_c1 = has_c1 || (name[i] == '\xc2' && static_cast<unsigned char>(name[i + 1]) < 0xa0);
  if (has_c1 || std::any_of(name.begin(), name.end(), is_control))
    return refuse("it has a control character");
  if (!is_utf8(name)) return refuse("it is not UTF-8");
  if (name.find_first_of("/@") != name.npos) return refuse("it has a `/` or a `@`");
  if (ActorId::parse(name)) return refuse("it looks like an id");
  return {};
}

Result<std::vector<std::string>> canonical_grants(const std::vector<std::string>& grants) {
  std::vector<std::string> canonical;
  for (const std::string& text : grants) {
    for (std::string& one : to_grants(THEATER_TRY(parse_grant(text, "/"))))
      canonical.push_back(std::move(one));
  }
  std::sort(canonical.begin(), canonical.end());
  canonical.erase(std::unique(canonical.begin(), canonical.end()), canonical.end());
  return canonical;
}

Result<Policy> with_grants(Policy policy, const std::vector<std::string>& grants) {
  for (const std::string& text : grants)
    THEATER_TRY_VOID(policy.add_grant(text, "/"));
  return policy;
}

Result<log::Started> started_record(const RootRequest& request) {
  if (request.name) THEATER_TRY_VOID(check_root_name(*request.name));
  log::Started record;
  record.name = request.name;
  record.restart = restart_kind_name(request.restart);
  record.grants = THEATER_TRY(canonical_grants(request.grants));
  record.once = request.once;
  return record;
}

RootInfo root_info(const log::Started& started) {
  RootInfo info;
  info.name = started.name;
  info.restart = restart_kind_from_name(started.restart).value_or(RestartKind::kTemporary);
  info.grants = started.grants;
  info.once = started.once;
  return info;
}

}  // namespace theater
