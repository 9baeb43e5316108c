// WIT names from C++ names: the same words, with the dash turned.
#pragma once

#include <string>
#include <string_view>

namespace theater::wit {

// `user_id` -> "user-id", `kNotFound` -> "not-found", `Sha256Sum` -> "sha256-sum". One underscore
// at the end, which keeps a word clear of a C++ keyword, is dropped: `default_` -> "default".
std::string kebab_case(std::string_view name);

}  // namespace theater::wit
