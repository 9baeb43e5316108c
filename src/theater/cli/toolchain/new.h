// `theater new`: the folder of an actor that can be built and run at once.
//
// Its files come from templates (templates.h), by shape and language. The command makes them in a
// draft folder, which then gets its final name, so that the folder is whole or is not there.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/options/command.h"
#include "theater/cli/toolchain/doctor.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

struct ActorShape {
  std::string_view name;  // Such as "message-server".
  std::string_view what;  // What the actor does, in some words.
  std::string_view run;   // Options that let `theater run` show something.
};

// The shapes to choose from, the simplest first.
std::span<const ActorShape> actor_shapes();

// "cpp", "rust" and "js", as the command line has them.
std::string_view language_option(GuestLanguage language);
std::span<const GuestLanguage> guest_languages();

struct NewOptions {
  std::filesystem::path folder;                       // Its last part is the actor's name.
  const ActorShape* shape = &actor_shapes().front();  // One of actor_shapes().
  GuestLanguage language = GuestLanguage::kCpp;
  bool json = false;
  bool has_git = false;         // The folder becomes a repository of Git.
  std::filesystem::path above;  // The folder is made in here; empty for as it is given.
  bool lists = false;           // Only the shapes are listed.
};

struct NewActorReport {
  std::string name;
  std::filesystem::path folder;    // As given, without a slash at its end.
  std::vector<std::string> files;  // Paths below the folder, sorted.
  std::vector<std::string> next;   // Commands that build and run the actor.
};

// Makes the folder with its files. Fails with kInvalidArgument for a name that is none (1 to 64
// lowercase letters, digits and dashes, a letter first), with kAlreadyExists if the folder holds
// something or is no folder, with kNotFound if the folder above it is missing, or with kIo,
// kPermissionDenied or kResourceExhausted, also if Git fails. A failure leaves nothing.
Result<NewActorReport> make_new_actor(const NewOptions& options);

extern const CommandOf<NewOptions> kNewCommand;

}  // namespace theater::cli
