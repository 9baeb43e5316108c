// What a proxy says of the client behind it.
//
// A proxy tells the server by `X-Forwarded-For` and `X-Forwarded-Proto` for whom it asks, and how that
// client spoke to it. Any client can write such headers. So the server believes them only from the
// addresses that its operator has named (`--trusted-proxy`), and knows all others by the address that
// they connect from. No header makes a client more than its token does.
#pragma once

#include "theater/net/address_range.h"
#include "theater/net/http_message.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace theater::api {

// Whether the request shows that a proxy passed it on: by Forwarded, X-Forwarded-*, X-Real-IP or Via,
// or by HTTP/1.0, which nginx speaks to a server unless it is told otherwise. A proxy that shows none of
// these is not seen.
bool is_forwarded(const HttpRequest& request);

// The address of the client, for a request over TCP. Behind trusted proxies it is the last address of
// X-Forwarded-For that is not one of theirs; each proxy has added the address that asked it. What is
// no address ends the search, since all before it is a client's own word.
std::string client_address(const HttpRequest& request, std::span<const AddressRange> proxies);

// `https` or `http`, as the client spoke it; none if the server cannot know: a proxy that it does not
// trust may have ended the client's TLS.
std::optional<std::string_view> client_scheme(const HttpRequest& request,
                                              std::span<const AddressRange> proxies);

}  // namespace theater::api
