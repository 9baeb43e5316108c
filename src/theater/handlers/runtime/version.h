// The version of this Theater.
#pragma once

#include <string_view>

namespace theater {

// Such as "0.1.0".
std::string_view theater_version();

}  // namespace theater
