// `theater build`: from an actor's sources to the component that its manifest names.
//
// The folder says how: with a Cargo.toml it is a Rust actor, with a package.json a JavaScript one,
// and with *.cpp or *.cc files a C++ one. Compilers and package managers do the work; the last
// step, from a core module to a component, is Theater's own, so that C++ and Rust need no
// WebAssembly tools.
//
//   C++         every source of the folder (not of folders in it; *_test.cpp stays out) and the
//   SDK's
//               runtime are compiled and linked; the folder and the SDK are on the include path.
//               If it has a folder `wit`, its world `actor` is declared beside what the SDK's
//               macros declare.
//   Rust        `cargo build --release` for wasm32-unknown-unknown; one cdylib.
//   JavaScript  `npm install` unless node_modules is there, then `npm run build -- FILE`, which
//   writes a
//               component into FILE.
//
// The same C++ or Rust sources, tools and SDK make the same bytes, in whatever folder they are:
// paths are mapped away. JavaScript's tools make no such promise.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/doctor.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

struct BuildOptions {
  // Holds manifest.toml and the sources.
  std::filesystem::path folder;
  // The folder `sdk`; found by find_sdk() if not given.
  std::optional<std::filesystem::path> sdk;
};

struct BuildReport {
  GuestLanguage language = GuestLanguage::kCpp;
  std::filesystem::path component;
  size_t size_bytes = 0;
  // What the tools said although they succeeded: warnings.
  std::string messages;
};

// Builds one actor. Blocks for as long as the tools run. Fails with kNotFound if the manifest, the
// sources or a tool is missing (the hint says how to get it), kInvalidArgument with the compiler's
// output if it refuses the sources, or if what they make is no actor.
Result<BuildReport> build_actor(const BuildOptions& options);

// The same for the folder itself, if it has a manifest or no folder in it has one, and then for
// each folder in it that has one, in order of name.
Result<std::vector<BuildReport>> build_actors(const BuildOptions& options);

// The SDK: $THEATER_SDK, else `sdk` in a folder above the program's own (a build tree), else
// `share/theater/sdk` there (an installation). Fails with kNotFound.
Result<std::filesystem::path> find_sdk();

}  // namespace theater::cli
