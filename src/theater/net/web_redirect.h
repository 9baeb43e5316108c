// Where a redirection leads, and what the next request is.
//
// A server that redirects decides what the client asks next, and of which server. So what was meant
// for one server must not reach another, and nothing that was encrypted becomes readable:
//
//   301, 302    POST becomes GET
//   303         all but HEAD become GET
//   307, 308    method and body stay
//   no body     headers that describe it (Content-*) are dropped with it
//   another origin (scheme, host or port): Authorization, Cookie and headers that the caller binds
//               to an origin are dropped
//   https never leads to http; other schemes and credentials in the URL are refused
#pragma once

#include "theater/base/result.h"
#include "theater/net/web_request.h"

#include <span>
#include <string>

namespace theater {

// Whether an answer of this status redirects: 301, 302, 303, 307 and 308.
bool is_redirection(int status);

// A redirection that may be followed: the answer, the URL that it came from, and the next request.
struct WebRedirection {
  WebHead answer;
  Url from;
  WebRequest next;
};

// The request that follows `asked` when it was answered with `answer`, a redirection. The bounds
// stay as they are. Fails with kInvalidArgument for a Location that is missing, given twice, or no
// URL that may be asked, and with kPermissionDenied for one that leads from https to http. Safe from
// any thread.
Result<WebRequest> redirected(const WebRequest& asked, const WebHead& answer,
                              std::span<const std::string> bound_headers);

}  // namespace theater
