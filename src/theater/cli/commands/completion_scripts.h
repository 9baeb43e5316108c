// What shells run to complete commands of this program. A script takes each candidate as data: no
// shell expands it.
#pragma once

#include <string_view>

namespace theater::cli {

extern const std::string_view kBashCompletion;
extern const std::string_view kZshCompletion;
extern const std::string_view kFishCompletion;

}  // namespace theater::cli
