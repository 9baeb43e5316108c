// `theater build`: from an actor's sources to the component that its manifest names.
//
// The folder decides the language: with a Cargo.toml it is a Rust actor, with a package.json a
// JavaScript one, and with *.cpp or *.cc files a C++ one. Compilers and package managers do the
// work. Theater itself turns a core module into a component, so that C++ and Rust need no
// WebAssembly tools.
//
//   C++         Compiles and links every source of the folder itself, except *_test.cpp, with the
//               SDK's runtime. The folder and the SDK are on the include path. A folder `wit`
//               declares a world `actor`, which adds to what the SDK's macros declare.
//   Rust        `cargo build --release` for wasm32-unknown-unknown; one cdylib.
//   JavaScript  `npm install` unless node_modules is there, then `npm run build -- FILE`, which
//               writes a component into FILE.
//
// A Rust or JavaScript package that names the link to the SDK gets it first: sdk_link.h.
//
// The same C++ or Rust sources, tools and SDK make the same bytes in any folder, since the build
// maps paths away. JavaScript's tools make no such promise.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/options/command.h"
#include "theater/cli/toolchain/doctor.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

// Where to build.
struct BuildPlace {
  // Holds manifest.toml and the sources.
  std::filesystem::path folder;
  // The folder `sdk`; none for the one that find_sdk() finds.
  std::optional<std::filesystem::path> sdk;
};

struct BuildReport {
  GuestLanguage language = GuestLanguage::kCpp;
  std::filesystem::path component;
  size_t size_bytes = 0;
  std::string messages;  // Warnings of the tools.
};

// Builds one actor. Blocks while the tools run. Fails with kNotFound if the manifest, the sources
// or a tool is missing (the hint installs it), and with kInvalidArgument, quoting the compiler, if
// the sources do not compile or the result is no actor.
Result<BuildReport> build_actor(const BuildPlace& place);

// Builds the folder itself, if it has a manifest or no folder in it has one, and then each folder
// in it that has a manifest, in order of name. Fails as build_actor() does.
Result<std::vector<BuildReport>> build_actors(const BuildPlace& place);

// The SDK: $THEATER_SDK, else `sdk` in a folder above the program's own (a build tree), else
// `share/theater/sdk` there (an installation). Fails with kNotFound.
Result<std::filesystem::path> find_sdk();

struct BuildOptions {
  std::filesystem::path folder = ".";
};

extern const CommandOf<BuildOptions> kBuildCommand;

}  // namespace theater::cli
