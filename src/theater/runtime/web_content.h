// What a server of the web gives. The node reads it for the operator, or for a guest under its
// grant `http-client`. The node checks the grant for the first address and for each that a
// redirection leads to.
//
// The node connects to no address that is not public, unless the policy has the host among its
// `private-hosts`.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/manifest/allow_list.h"
#include "theater/manifest/permissions.h"
#include "theater/net/fetch.h"
#include "theater/net/url.h"
#include "theater/runtime/denied_reading.h"

#include <cstddef>

namespace theater {

struct WebReader {
  const Permissions* permissions = nullptr;  // Null: the operator.
  const HostList& private_hosts;
  const Fetch& fetch;
  LackingParties lacking = {};  // For the hint of an error.
};

// Slow; not for a thread that others wait for. Takes at most 120 seconds, or what the grant's
// `timeout` says, and follows 5 redirections, or as many as the grant allows. Fails as fetch()
// does; with kPermissionDenied, the hint is what to add.
Result<Bytes> read_web_content(const WebReader& reader, const Url& url, size_t size_max);

}  // namespace theater
