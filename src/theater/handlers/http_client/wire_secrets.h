// Where the operator's secrets go into an actor's requests, and where they must not.
//
// The actor writes the placeholder of a secret into the header that the secret's rule names, in the
// form that the rule gives. The value takes its place when the request goes to the wire, if scheme,
// host, port, method and path are those of the rule. A placeholder anywhere else is an error before
// anything leaves: another header, another form, the URL, the body, another host. So a guest, or
// whoever talks a guest into it, can send a secret to no place that the operator did not list.
//
// Each hop of a request is judged by itself, because a redirection may change all of these.
#pragma once

#include "theater/actor/handler/actor_secrets.h"
#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/handlers/http_client/secret_values.h"
#include "theater/manifest/allow_list.h"
#include "theater/net/http_message.h"
#include "theater/net/url.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// One request as the guest has it, with its placeholders. The parts outlive the value.
struct WireRequest {
  std::string_view method;
  const Url& url;
  const HttpHeaders& headers;
  ByteView body = {};
};

// What a hop will carry.
struct WireUse {
  std::vector<std::string> secrets;  // Names, in the order of the policy; empty if it carries none.
  std::filesystem::path authorities;  // Further authorities for its host (PEM); empty for none.
};

// Immutable, and then safe from any thread. Requests share it, since they may outlast the session.
class WireSecrets final {
 public:
  // `values` may be null: then no secret has a value. `private_hosts` are those of the policy: a
  // secret goes over http to a loopback address that they and its rule name, and nowhere else.
  WireSecrets(const ActorSecrets& secrets, std::shared_ptr<const SecretValues> values,
              HostList private_hosts);

  // Whether the actor holds none, so that nothing of this needs doing.
  bool empty() const { return secrets_.held().empty(); }

  // Says what the request will carry. Fails with kPermissionDenied, with a sentence for the guest and
  // no value in it, if a placeholder stands where it must not. Call it before a request leaves and before each
  // redirection is followed.
  Result<WireUse> judge(const WireRequest& request) const;

  // The same for the headers alone, and puts the values in. With a secret it also sets
  // `Accept-Encoding: identity`, since a search in compressed bytes finds nothing. Returns the
  // values, for a search in the answer (echo_scan.h). Call it directly before the headers leave.
  // Fails as judge() and SecretValues::value() do.
  Result<std::vector<SecretValue>> put_in(std::string_view method, const Url& url,
                                          HttpHeaders& headers) const;

  // Names of headers that never cross to another origin in a redirection.
  std::vector<std::string> bound_headers() const;

 private:
  Result<void> judge_headers(const WireRequest& request, WireUse& use) const;
  Result<void> judge_place(const SecretRule& rule, const WireRequest& request) const;

  const ActorSecrets secrets_;
  const std::shared_ptr<const SecretValues> values_;
  const HostList private_hosts_;
};

}  // namespace theater
