// Types as people read them: WIT notation, with record and variant types written out in place.
#pragma once

#include "theater/wit/type.h"

#include <optional>
#include <string>
#include <string_view>

namespace theater::wit {

// `result<tuple<option<list<u8>>>, string>`, `record { accepted: bool, note: option<string> }`.
std::string to_wit(const Type& type);

// `log: func(msg: string) -> result<_, string>`.
std::string to_wit(std::string_view name, const FuncType& function);

// None when `found` matches `wanted`; else a sentence that names the first place where they differ
// and shows what either has there, such as "parameter 1 (`msg`) at .level: wanted `u8`, found
// `u32`".
std::optional<std::string> mismatch(const FuncType& wanted, const FuncType& found);

}  // namespace theater::wit
