// `theater token …`: the tokens of a home's clients.
#pragma once

#include "theater/cli/options/command.h"

#include <filesystem>
#include <optional>
#include <string>

namespace theater::cli {

extern const CommandHelp kTokenGroup;

struct TokenNewOptions {
  std::filesystem::path home;
  std::optional<size_t> scope;  // Position in kAccessScopes.
  std::string actor;            // Empty for all actors.
  std::string expires;          // Empty for never.
  std::string name;             // Empty for none.
  bool json = false;
};

extern const CommandOf<TokenNewOptions> kTokenNewCommand;

struct TokenListOptions {
  std::filesystem::path home;
  bool json = false;
};

extern const CommandOf<TokenListOptions> kTokenListCommand;

struct TokenRevokeOptions {
  std::filesystem::path home;
  std::string token;  // Name or id.
  bool json = false;
};

extern const CommandOf<TokenRevokeOptions> kTokenRevokeCommand;

}  // namespace theater::cli
