// What a guest reads by the node needs a grant: why one is denied, and what to write for it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace theater {

// Gives one clause for each party that lacks a grant, as who_lacks() of permission_gap.h. May be
// empty, where the parties are not known.
using LackingParties = std::function<std::string(std::string_view grant)>;

// The hint of an error that says that `grant` is needed. `handler` is what a manifest lists for it.
std::string denied_reading_hint(std::string_view grant, std::string_view handler,
                                const LackingParties& lacking);

}  // namespace theater
