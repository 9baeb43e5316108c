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
      imports_(interfaces_of(host_functions())),
      exports_(interfaces_of(export_functions())) {
  imports_.insert(imports_.end(), offer_.type_interfaces.begin(), offer_.type_interfaces.end());
}

}  // namespace theater
