#include "theater/actor/handler/handler.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// Each once, in the order of the functions.
template <class Function>
std::vector<std::string> interfaces_of(std::span<const Function> functions) {
  std::vector<std::string> all;
  for (const Function& function : functions) {
    const std::string& interface = function.name.interface;
    if (std::find(all.begin(), all.end(), interface) == all.end()) all.push_back(interface);
  }
  return all;
}

}  // namespace

Handler::Handler(HandlerOffer offer)
    : offer_(std::move(offer)),
      capability_(capability_from_name(offer_.name)),
      imports_(interfaces_of(host_functions())),
      exports_(interfaces_of(export_functions())) {
  imports_.insert(imports_.end(), offer_.type_interfaces.begin(), offer_.type_interfaces.end());
}

std::string Handler::least_grant() const {
  return (capability_ ? "" : "custom:rights=") + offer_.name;
}

// A right to one thing of a custom handler, `dice/scores`, is a right to use the handler.
bool Handler::is_granted(const Permissions& permissions) const {
  if (capability_) return permissions.has(*capability_);
  if (!permissions.custom) return false;
  if (permissions.custom->allows(name())) return true;
  std::string part = std::string(name()) + "/";
  const auto& rights = permissions.custom->rights.patterns();
  return std::any_of(rights.begin(), rights.end(),
                     [&](const NamePattern& right) { return right.to_string().starts_with(part); });
}

}  // namespace theater
