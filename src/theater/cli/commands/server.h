// `theater server`: a node that stays up and answers on its API.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/policy_options.h"
#include "theater/cli/options/shared_options.h"

#include <filesystem>
#include <string>
#include <vector>

namespace theater::cli {

struct ServerOptions {
  std::filesystem::path home;
  std::vector<std::string> listen;  // ADDRESS:PORT or unix:PATH, as written.
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::vector<std::string> hosts;
  std::vector<std::string> trusted_proxies;  // ADDRESS[/BITS], as written.
  PolicyOptions policy;
  bool accepts_damage = false;
  bool json = false;
  LogOptions log;
};

extern const CommandOf<ServerOptions> kServerCommand;

}  // namespace theater::cli
