// `theater new`: the folder of an actor that can be built and run at once.
//
// Its files are made of templates (templates.h), by template and language. They are made in a
// folder beside the one that is asked for, which then gets its name: it is whole or it is not
// there.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/doctor.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

struct ActorShape {
  std::string_view name;  // Such as "message-server".
  std::string_view run;   // What `theater run` needs after the manifest, to show something.
};

// What there is to choose from, the simplest first.
std::span<const ActorShape> actor_shapes();

// "cpp", "rust" and "js", as the command line has them.
std::string_view language_option(GuestLanguage language);
std::span<const GuestLanguage> guest_languages();

struct NewActorOptions {
  std::filesystem::path folder;       // Its last part is the actor's name.
  const ActorShape* shape = nullptr;  // One of actor_shapes().
  GuestLanguage language = GuestLanguage::kCpp;
};

struct NewActorReport {
  std::string name;
  std::filesystem::path folder;    // As it was given, without a slash at its end.
  std::vector<std::string> files;  // Below the folder, sorted.
  std::vector<std::string> next;   // Commands that build and run it.
};

// Makes the folder and its files, and the names last. Fails with kInvalidArgument for a name that
// is none (1 to 64 small letters, digits and dashes, a letter first), kAlreadyExists if there is
// something in the folder or it is none, kNotFound if the folder above it is not there, or with
// kIo, kPermissionDenied or kResourceExhausted; nothing is left then.
Result<NewActorReport> make_new_actor(const NewActorOptions& options);

}  // namespace theater::cli
