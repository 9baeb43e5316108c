#include "theater/handlers/process/network_rules.h"

#include "theater/handlers/url_host.h"
#include "theater/manifest/grant.h"

#include <string>

namespace theater {

Refusal NetworkRules::refuses(std::string_view method, const Url& url) const {
  HostPattern host = host_of(url);
  NamePattern name{std::string(method)};
  if (hosts_.allows(host) && methods_.allows(name)) return std::nullopt;
  Permissions wanted = Permissions::unrestricted().only(Capability::kProcess);
  wanted.process->network = {NetworkReach::Kind::kProxy};
  wanted.process->hosts = HostList({std::move(host)});
  wanted.process->methods = NameList({std::move(name)});
  return to_grants(wanted).front();
}

bool NetworkRules::allows_private(const Url& url) const {
  return private_hosts_.allows(host_of(url));
}

}  // namespace theater
