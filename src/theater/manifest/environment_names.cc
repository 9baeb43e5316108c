#include "theater/manifest/environment_names.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// Whether some prefix in `prefixes`, other than `text` itself if `strictly`, begins `text`.
bool has_prefix(const std::set<std::string>& prefixes, std::string_view text, bool strictly) {
  size_t longest = strictly ? text.size() : text.size() + 1;
  for (size_t length = 0; length < longest; ++length) {
    if (prefixes.contains(std::string(text.substr(0, length)))) return true;
  }
  return false;
}

std::set<std::string> united(std::set<std::string> a, const std::set<std::string>& b) {
  a.insert(b.begin(), b.end());
  return a;
}

}  // namespace

EnvironmentNames::EnvironmentNames(std::set<std::string> names, std::set<std::string> prefixes,
                                   std::set<std::string> denied) {
  for (const std::string& prefix : prefixes) {
    if (!has_prefix(prefixes, prefix, true)) prefixes_.insert(prefix);
  }
  for (const std::string& name : names) {
    if (!has_prefix(prefixes_, name, false) && !denied.contains(name)) names_.insert(name);
  }
  for (const std::string& name : denied) {
    if (has_prefix(prefixes_, name, false)) denied_.insert(name);
  }
}

bool EnvironmentNames::allows(std::string_view name) const {
  std::string key(name);
  if (denied_.contains(key)) return false;
  return names_.contains(key) || has_prefix(prefixes_, name, false);
}

EnvironmentNames meet(const EnvironmentNames& a, const EnvironmentNames& b) {
  std::set<std::string> names;
  std::set<std::string> prefixes;
  for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    for (const std::string& name : one->names()) {
      if (other->allows(name)) names.insert(name);
    }
    for (const std::string& prefix : one->prefixes()) {
      if (has_prefix(other->prefixes(), prefix, false)) prefixes.insert(prefix);
    }
  }
  return {std::move(names), std::move(prefixes), united(a.denied(), b.denied())};
}

EnvironmentNames join(const EnvironmentNames& a, const EnvironmentNames& b) {
  std::set<std::string> denied;
  for (const std::string& name : united(a.denied(), b.denied())) {
    if (!a.allows(name) && !b.allows(name)) denied.insert(name);
  }
  return {united(a.names(), b.names()), united(a.prefixes(), b.prefixes()), std::move(denied)};
}

bool leq(const EnvironmentNames& a, const EnvironmentNames& b) {
  auto b_allows = [&](const std::string& name) { return b.allows(name); };
  auto b_covers = [&](const std::string& prefix) {
    return has_prefix(b.prefixes(), prefix, false);
  };
  auto a_allows = [&](const std::string& name) { return a.allows(name); };
  return std::all_of(a.names().begin(), a.names().end(), b_allows) &&
         std::all_of(a.prefixes().begin(), a.prefixes().end(), b_covers) &&
         std::none_of(b.denied().begin(), b.denied().end(), a_allows);
}

EnvironmentNames missing(const EnvironmentNames& a, const EnvironmentNames& b) {
  std::set<std::string> names;
  std::set<std::string> prefixes;
  for (const std::string& name : a.names()) {
    if (!b.allows(name)) names.insert(name);
  }
  for (const std::string& name : b.denied()) {
    if (a.allows(name)) names.insert(name);
  }
  for (const std::string& prefix : a.prefixes()) {
    if (!has_prefix(b.prefixes(), prefix, false)) prefixes.insert(prefix);
  }
  return {std::move(names), std::move(prefixes), a.denied()};
}

}  // namespace theater
