// The file of a home's tokens: `tokens.json`, 0600.
//
//   {"version": 1, "tokens": [{"digest": "…", "scope": "read", "subtree": "…", "name": "ci",
//                              "created_us": …, "expires_us": …}]}
//
// `subtree`, `name` and `expires_us` may be missing. A change writes a whole new file next to the
// old one, syncs it and renames it, so a reader needs no lock and sees the tokens before the change
// or after it. Changes take turns by the lock `tokens.lock`.
//
// The functions are safe from any thread and any process.
#pragma once

#include "theater/access/token.h"
#include "theater/base/result.h"
#include "theater/store/home.h"

#include <functional>
#include <vector>

namespace theater {

// Bound of the tokens of a home.
inline constexpr size_t kTokensMax = 10'000;

// The tokens of the home; none if it has no such file. Fails with kPermissionDenied if the file
// belongs to another user or may be used by others, with kCorrupt if it is not of the form above,
// with kUnsupported for another version, or with kIo.
Result<std::vector<Token>> read_tokens(const HomeLayout& home);

// Calls `change` with the tokens and keeps what it leaves. Makes the home's folder (0700) if it is
// missing. Fails as read_tokens() does and as `change` does, changing nothing, and with
// kUnavailable if another process keeps the lock for seconds.
using TokenChange = std::function<Result<void>(std::vector<Token>& tokens)>;
Result<void> change_tokens(const HomeLayout& home, const TokenChange& change);

}  // namespace theater
