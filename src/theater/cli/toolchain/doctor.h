// `theater doctor`: the tools that `theater build` drives, where they are, and how to get the
// missing ones.
//
// Running actors needs none of them. Each guest language needs its own. Theater's examples are in
// C++.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/options/command.h"
#include "theater/sandbox/sandbox_features.h"

#include <filesystem>
#include <optional>
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
  std::string name;  // The tool, such as "clang++-19".
  bool found = false;
  std::string detail;  // Its place, or the place where it is missing.
  std::string remedy;  // The command that installs it; empty if it is there.
};

// Looks for every tool: headers and libraries below `root`, programs in $PATH. Reads the file
// system and runs `rustc --print sysroot`, nothing else.
std::vector<ToolCheck> check_tools(const std::filesystem::path& root = "/");

// Fails with kNotFound if a tool of the language is missing. The message names the missing tools,
// and the hint installs them.
Result<void> require_tools(GuestLanguage language, const std::filesystem::path& root = "/");

// Whether every tool of a language was found.
bool complete(std::span<const ToolCheck> checks, GuestLanguage language);

// A heading per language that has checks, a line per tool, and the commands that install missing tools.
std::string doctor_text(std::span<const ToolCheck> checks);

// {"languages": [{"language", "ready", "tools": [{"name", "found", "detail", "remedy"}]}],
//  "sandbox": sandbox_json()}
std::string doctor_json(std::span<const ToolCheck> checks, const SandboxFeatures& features);

// A cargo and a rustc that can build for wasm32-unknown-unknown.
struct RustToolchain {
  std::filesystem::path cargo;
  std::filesystem::path rustc;
  bool builds_std = false;  // Whether they build the standard library from source, as Debian's do.
};

// Fails with kNotFound.
Result<RustToolchain> find_rust_toolchain(const std::filesystem::path& root = "/");

struct DoctorOptions {
  std::optional<GuestLanguage> language;  // None for all.
  bool json = false;
};

extern const CommandOf<DoctorOptions> kDoctorCommand;

}  // namespace theater::cli
