// What the command line asks for, as values.
//
// Parsing touches nothing but the words it is given: files are read, names resolved and output
// written by the commands themselves. Every option is defined once, in arguments.cc and
// arguments_log.cc, and the help texts are made from the same definitions.
#pragma once

#include "theater/base/log.h"
#include "theater/base/result.h"
#include "theater/cli/new_actor.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace theater::cli {

// The operator's policy as given on the command line: `--grant …`, `--private-host …` and
// `--policy FILE`.
struct PolicyArguments {
  std::vector<std::string> grants;
  std::vector<std::string> private_hosts;
  std::optional<std::filesystem::path> policy;
};

// `NAME=MANIFEST` or `MANIFEST`.
struct ManifestArgument {
  std::string name;            // Empty if it is the manifest's own.
  std::filesystem::path path;  // Or an address, as it is written.
};

enum class MessageKind { kSend, kRequest };

// `--send` or `--request`: `[NAME:]TEXT` or `[NAME:]@FILE`, as written.
struct MessageArgument {
  MessageKind kind;
  std::string text;
};

struct RunCommand {
  std::vector<ManifestArgument> manifests;
  std::vector<std::string> inits;         // `[NAME:]JSON` or `[NAME:]@FILE`, as written.
  std::vector<MessageArgument> messages;  // In the order of the command line.
  PolicyArguments policy;
  std::filesystem::path home;  // As given; empty if not. The same in the other commands.
  bool json = false;
  bool accepts_damage = false;
  bool chain = false;
  bool metrics = false;
  LogLevel log_level = LogLevel::kInfo;
};

struct InspectCommand {
  std::filesystem::path file;
  bool json = false;
};

struct ValidateCommand {
  std::filesystem::path manifest;
  PolicyArguments policy;
  bool json = false;
};

struct GrantsCommand {
  std::filesystem::path manifest;
  PolicyArguments policy;
  bool json = false;
};

struct NewCommand {
  std::filesystem::path folder;
  const ActorShape* shape = nullptr;
  GuestLanguage language = GuestLanguage::kCpp;
  bool json = false;
};

struct BuildCommand {
  std::filesystem::path folder;
};

// An actor is named by its id, by the beginning of its id, or by its name: see actor_argument.h.

struct LogListCommand {
  std::filesystem::path home;
  bool json = false;
};

struct LogShowCommand {
  std::filesystem::path home;
  std::string actor;  // Or the file of an export. The same in the other commands that say so.
  std::optional<uint64_t> from;
  bool follow = false;
  bool json = false;
};

struct LogHeadCommand {
  std::filesystem::path home;
  std::string actor;  // Or an export; empty for the whole log.
  bool json = false;
};

struct LogKeyCommand {
  std::filesystem::path home;
  bool json = false;
};

struct LogExportCommand {
  std::filesystem::path home;
  std::string actor;
  std::filesystem::path output;
  std::filesystem::path since;  // An earlier checkpoint; empty if there is none.
  bool json = false;
};

struct LogProofCommand {
  std::filesystem::path home;
  std::string actor;
  uint64_t seq = 0;
  bool json = false;
};

struct LogCheckpointCommand {
  std::filesystem::path home;
  std::filesystem::path since;  // As in LogExportCommand.
  bool json = false;
};

struct LogSizeCommand {
  std::filesystem::path home;
  bool json = false;
};

struct VerifyCommand {
  std::filesystem::path home;
  // An actor, the folder of a home or a log, or an export; empty for the home.
  std::string subject;
  std::vector<std::filesystem::path> checkpoints;
  std::string key;                   // Empty if it is the one that the log names.
  std::vector<std::string> between;  // Two actors whose messages are to be compared, or none.
  bool messages = false;             // The messages of all actors are.
  bool json = false;
};

struct ReplayCommand {
  std::filesystem::path home;
  std::string actor;  // Or an export.
  std::optional<uint64_t> until;
  std::filesystem::path component;  // Empty if it is the recorded one.
  bool state = false;
  bool json = false;
};

struct StoreListCommand {
  std::filesystem::path home;
  bool json = false;
};

struct StorePutCommand {
  std::filesystem::path home;
  std::string store;
  std::filesystem::path file;
  std::string label;  // Empty if there is none.
  bool json = false;
};

struct StoreGetCommand {
  std::filesystem::path home;
  std::string reference;
  bool json = false;
};

struct StoreRemoveCommand {
  std::filesystem::path home;
  std::string store;
  bool json = false;
};

struct StoreCollectCommand {
  std::filesystem::path home;
  bool json = false;
};

struct DoctorCommand {
  bool json = false;
};

struct VersionCommand {
  bool json = false;
};

struct HelpCommand {
  std::string text;
};

using Command = std::variant<NewCommand, RunCommand, InspectCommand, ValidateCommand, GrantsCommand,
                             BuildCommand, LogListCommand, LogShowCommand, LogHeadCommand,
                             LogKeyCommand, LogExportCommand, LogProofCommand, LogCheckpointCommand,
                             LogSizeCommand, VerifyCommand, ReplayCommand, StoreListCommand,
                             StorePutCommand, StoreGetCommand, StoreRemoveCommand,
                             StoreCollectCommand, DoctorCommand, VersionCommand, HelpCommand>;

// Understands the words after the program's name. Fails with kInvalidArgument on wrong use: an
// unknown command or option (the hint names the nearest), a missing or superfluous argument.
Result<Command> parse_arguments(std::span<const std::string> words);

// The overview that `theater` alone prints.
std::string overview();

}  // namespace theater::cli
