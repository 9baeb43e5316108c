// What an actor's grant allows of the network of its processes, and the operator's private hosts: the
// rules of `http-client` (http_client/http_rules.h) for programs.
//
// A grant allows hosts and methods. The node does not see what passes through a tunnel. So a tunnel
// is the method CONNECT, and a program that may open one to a host may do anything there.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/manifest/allow_list.h"
#include "theater/manifest/permissions.h"
#include "theater/net/url.h"

#include <string_view>
#include <utility>

namespace theater {

// Immutable, so safe from any thread.
class NetworkRules {
 public:
  NetworkRules(HostList hosts, NameList methods, HostList private_hosts)
      : hosts_(std::move(hosts)),
        methods_(std::move(methods)),
        private_hosts_(std::move(private_hosts)) {}

  // The grant that a connection lacks; none if it is allowed.
  Refusal refuses(std::string_view method, const Url& url) const;

  // Whether this host may have an address that is not public.
  bool allows_private(const Url& url) const;

 private:
  const HostList hosts_;
  const NameList methods_;
  const HostList private_hosts_;
};

}  // namespace theater
