// `theater doctor`: which tools `theater build` would drive, which of them are there, and how to
// get those that are not.
//
// Running actors needs none of them. Each guest language needs its own; C++ is the one that
// Theater's examples are written in.
#pragma once

#include "theater/base/result.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

enum class GuestLanguage { kCpp, kRust, kJavaScript };

// "C++", "Rust" or "JavaScript".
std::string_view language_name(GuestLanguage language);

struct ToolCheck {
  GuestLanguage language;
  std::string name;  // What is needed, such as "clang++-19".
  bool found = false;
  std::string detail;  // Where it is, or what was looked for.
  std::string remedy;  // The command that gets it; empty if it is there.
};

// Looks for every tool. `root` stands before the absolute paths of headers and libraries; programs
// are looked up in $PATH. Reads the file system and runs `rustc --print sysroot`, nothing else.
std::vector<ToolCheck> check_tools(const std::filesystem::path& root = "/");

// Fails with kNotFound, naming what is missing for a language and how to get it; for `theater
// build`.
Result<void> require_tools(GuestLanguage language, const std::filesystem::path& root = "/");

// Whether every tool of a language was found.
bool complete(std::span<const ToolCheck> checks, GuestLanguage language);

// A line a tool under a heading a language, then what to do.
std::string doctor_text(std::span<const ToolCheck> checks);

// {"languages": [{"language", "ready", "tools": [{"name", "found", "detail", "remedy"}]}]}
std::string doctor_json(std::span<const ToolCheck> checks);

// The rustc and cargo that can build for wasm32-unknown-unknown, and whether they must build its
// standard library from source, as Debian's do. Fails with kNotFound.
struct RustToolchain {
  std::filesystem::path cargo;
  std::filesystem::path rustc;
  bool builds_std = false;
};
Result<RustToolchain> find_rust_toolchain(const std::filesystem::path& root = "/");

}  // namespace theater::cli
