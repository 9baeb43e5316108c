// `theater run`: runs actors in this process and talks to them.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/policy_options.h"
#include "theater/cli/options/shared_options.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace theater::cli {

// `NAME=MANIFEST` or `MANIFEST`.
struct ManifestArgument {
  std::string name;            // Empty for the name in the manifest.
  std::filesystem::path path;  // May hold an address.
};

enum class MessageKind : uint8_t { kSend, kRequest };

// `--send` or `--request`: `[NAME:]TEXT` or `[NAME:]@FILE`, as written.
struct MessageArgument {
  MessageKind kind;
  std::string text;
};

struct RunOptions {
  std::vector<ManifestArgument> manifests;
  std::vector<std::string> inits;         // `[NAME:]JSON` or `[NAME:]@FILE`, as written.
  std::vector<MessageArgument> messages;  // In the order of the command line.
  PolicyOptions policy;
  std::filesystem::path home;
  bool json = false;
  bool accepts_damage = false;
  bool keeps = false;
  bool chain = false;
  bool raw = false;   // Payloads of chains as bytes.
  bool full = false;  // None of them shortened.
  bool metrics = false;
  LogOptions log;
};

extern const CommandOf<RunOptions> kRunCommand;

}  // namespace theater::cli
