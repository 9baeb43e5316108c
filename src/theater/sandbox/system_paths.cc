#include "theater/sandbox/system_paths.h"

#include <glob.h>

namespace theater {

namespace {

constexpr SystemPath kSystemPaths[] = {
    {"/usr", SystemPath::Use::kExecute},           {"/bin", SystemPath::Use::kExecute},
    {"/sbin", SystemPath::Use::kExecute},          {"/lib", SystemPath::Use::kExecute},
    {"/lib32", SystemPath::Use::kExecute},         {"/lib64", SystemPath::Use::kExecute},
    {"/nix", SystemPath::Use::kExecute},           {"/dev/null", SystemPath::Use::kDevice},
    {"/dev/full", SystemPath::Use::kDevice},       {"/dev/zero", SystemPath::Use::kReadDevice},
    {"/dev/random", SystemPath::Use::kReadDevice}, {"/dev/urandom", SystemPath::Use::kReadDevice},
};

// What everyday programs read of /etc, as patterns of glob(7). Each is public on every machine: no
// passwords, no keys, nothing about the network.
constexpr const char* kSettings[] = {
    // The dynamic loader.
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload",
    // Names of users and groups, the time zone, terminals.
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/localtime", "/etc/timezone",
    "/etc/locale.alias", "/etc/terminfo",
    // The name of the system.
    "/etc/os-release", "/etc/debian_version",
    // Single programs: git, python3, perl, file, cp, and those that use OpenSSL.
    "/etc/gitconfig", "/etc/python3*", "/etc/perl", "/etc/magic", "/etc/magic.mime",
    "/etc/mime.types", "/etc/xattr.conf", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf",
    "/etc/alternatives"};

constexpr const char* kSettingsOfNetworks[] = {"/etc/ssl/certs", "/etc/pki/tls/certs",
                                               "/etc/pki/ca-trust/extracted"};
constexpr const char* kSettingsOfHost[] = {"/etc/resolv.conf", "/etc/hosts",    "/etc/host.conf",
                                           "/etc/gai.conf",    "/etc/services", "/etc/protocols"};

void add_matches(std::vector<std::string>& paths, std::span<const char* const> patterns) {
  for (const char* pattern : patterns) {
    glob_t found{};
    if (::glob(pattern, 0, nullptr, &found) == 0)
      paths.insert(paths.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
  }
}

}  // namespace

std::span<const SystemPath> system_paths() {
  return kSystemPaths;
}

std::vector<std::string> settings_paths(Network network) {
  std::vector<std::string> paths;
  add_matches(paths, kSettings);
  if (network != Network::kNone) add_matches(paths, kSettingsOfNetworks);
  if (network == Network::kHost) add_matches(paths, kSettingsOfHost);
  return paths;
}

}  // namespace theater
