// `theater store …`: the stores of a home.
#pragma once

#include "theater/cli/options/command.h"

#include <filesystem>
#include <string>

namespace theater::cli {

extern const CommandHelp kStoreGroup;

struct StoreListOptions {
  std::filesystem::path home;
  bool json = false;
};

extern const CommandOf<StoreListOptions> kStoreListCommand;

struct StorePutOptions {
  std::filesystem::path home;
  std::string store;
  std::filesystem::path file;
  std::string label;  // Empty for none.
  bool json = false;
};

extern const CommandOf<StorePutOptions> kStorePutCommand;

struct StoreGetOptions {
  std::filesystem::path home;
  std::string reference;
  bool json = false;
};

extern const CommandOf<StoreGetOptions> kStoreGetCommand;

struct StoreRemoveOptions {
  std::filesystem::path home;
  std::string store;
  bool json = false;
};

extern const CommandOf<StoreRemoveOptions> kStoreRemoveCommand;

struct StoreCollectOptions {
  std::filesystem::path home;
  bool unlabelled = false;
  bool dry_run = false;
  bool json = false;
};

extern const CommandOf<StoreCollectOptions> kStoreCollectCommand;

}  // namespace theater::cli
