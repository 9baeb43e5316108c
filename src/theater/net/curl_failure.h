// What a result of libcurl means for a request: its kind, and a sentence.
#pragma once

#include "theater/net/web_transfer.h"

#include <string_view>

namespace theater {

// `code` is a CURLcode other than CURLE_OK, and `detail` libcurl's own words for it, or empty.
// Prefers what the transfer has noted as the reason.
WebFailure failure_of_curl(const WebTransfer& transfer, int code, std::string_view detail);

}  // namespace theater
