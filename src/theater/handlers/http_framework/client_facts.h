// What the host says about a request, and what it takes out of what the client says.
//
// A guest learns the facts of a request from headers that the host adds. A client may send headers of
// the same names, or of names that proxies use for such facts. So the host removes all of them first,
// in any case, and with `_` for `-`, since some programs read both alike.
#pragma once

#include "theater/handlers/http_framework/framework_rules.h"
#include "theater/handlers/http_framework/framework_values.h"
#include "theater/handlers/http_framework/route_table.h"
#include "theater/net/http_message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Whether a client's header of that name does not reach the guest: it is the host's own, or belongs to
// the connection or the framing.
bool is_hosts_header(std::string_view name);

// `X-Theater-Peer`, `X-Theater-Connection`, `X-Theater-Tls`, `X-Request-Id`.
GuestHeaders fact_headers(const HttpRequest& request, std::string_view request_id);

// Replaces the host's headers in `headers`, parameters of a path among them, by these facts.
void put_facts(GuestHeaders& headers, const GuestHeaders& facts);
// Adds `X-Route-Param-NAME` for each parameter. False if one is no text.
bool add_parameters(GuestHeaders& headers, const PathParameters& parameters);

// The request as a guest sees it, without the host's headers. `path` is in normal form. A header value
// that is not UTF-8 is read as Latin-1.
GuestRequest guest_request(HttpRequest& request, std::string_view path);

// What a server is called, and on which port it listens.
struct ServerName {
  std::string address;  // Literal.
  uint16_t port = 0;
};

// Whether the Host header names the server: its address, `localhost` for one of this machine, or a name
// of the grant. Where the server listens on all addresses, each literal address is one of its names. A
// page of another site whose name leads here by DNS is refused so.
bool is_meant(const HttpRequest& request, const ServerName& server, const FrameworkRules& rules);

// Whether a WebSocket may be opened by the page that asks, as browsers tell in Origin: one of the same
// origin, one that the grant lists, or no page.
bool may_open_socket(const HttpRequest& request, const FrameworkRules& rules);

// The first of the subprotocols that the client offers; none if it offers none. False if the header is
// not well formed.
bool first_subprotocol(const HttpRequest& request, std::optional<std::string>& chosen);

// The answer of a guest as the server sends it. Fails with kInvalidArgument, saying what is wrong. A
// Content-Length that is right, and a Date, are left out, since the server writes its own.
Result<HttpAnswer> checked_answer(GuestAnswer answer);

// An answer of the host itself, of plain text.
HttpAnswer host_answer(int status, std::string_view text);
// 503, for a moment.
HttpAnswer busy_answer(std::string_view text);

}  // namespace theater
