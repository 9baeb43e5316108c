#include "theater/cli/toolchain/doctor.h"

#include "theater/cli/options/shared_options.h"
#include "theater/cli/toolchain/sandbox_report.h"
#include "theater/cli/toolchain/tool_process.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace theater::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAptCpp =
    "apt-get install -y --no-install-recommends clang-19 lld-19 wasi-libc libc++-19-dev-wasm32 "
    "libc++abi-19-dev-wasm32 libclang-rt-19-dev-wasm32";
constexpr std::string_view kAptRust =
    "apt-get install -y --no-install-recommends rustc-web cargo-web rust-web-src lld-19   "
    "(or, with rustup: rustup target add wasm32-unknown-unknown)";
constexpr std::string_view kAptNode = "apt-get install -y --no-install-recommends nodejs npm";

constexpr std::array kLanguages = {GuestLanguage::kCpp, GuestLanguage::kRust,
                                   GuestLanguage::kJavaScript};

// In the order of kLanguages.
std::vector<GuestLanguage> languages_of(std::span<const ToolCheck> checks) {
  std::vector<GuestLanguage> languages;
  for (GuestLanguage language : kLanguages) {
    bool is_checked = std::any_of(checks.begin(), checks.end(), [&](const ToolCheck& check) {
      return check.language == language;
    });
    if (is_checked) languages.push_back(language);
  }
  return languages;
}

ToolCheck check_program(GuestLanguage language, std::string_view name, std::string_view remedy) {
  if (auto path = find_program(name))
    return {language, std::string(name), true, path->string(), ""};
  return {language, std::string(name), false, "not in $PATH", std::string(remedy)};
}

ToolCheck check_file(GuestLanguage language, std::string_view name, const fs::path& root,
                     std::string_view path, std::string_view remedy) {
  fs::path full = root / fs::path(path).relative_path();
  std::error_code ignored;
  if (fs::exists(full, ignored)) return {language, std::string(name), true, full.string(), ""};
  return {language, std::string(name), false, "no " + full.string(), std::string(remedy)};
}

ToolCheck check_rust(const fs::path& root) {
  constexpr std::string_view kName = "cargo and rustc for wasm32-unknown-unknown";
  auto found = find_rust_toolchain(root);
  if (!found) {
    return {GuestLanguage::kRust, std::string(kName), false, found.error().message(),
            std::string(kAptRust)};
  }
  return {GuestLanguage::kRust, std::string(kName), true,
          found->cargo.string() + (found->builds_std ? ", which builds the standard library" : ""),
          ""};
}

// The folder with the libraries of a rustc.
Result<fs::path> sysroot(const fs::path& rustc) {
  ToolProcess process =
      THEATER_TRY(ToolProcess::start({rustc.string(), "--print", "sysroot"}, "/"));
  ToolOutcome outcome = THEATER_TRY(process.finish());
  std::string text = outcome.output.substr(0, outcome.output.find('\n'));
  if (outcome.exit_status != 0)
    return fail(ErrorCode::kNotFound, "{} does not work", rustc.string());
  return fs::path(text);
}

}  // namespace

std::string_view language_name(GuestLanguage language) {
  switch (language) {
    case GuestLanguage::kCpp:
      return "C++";
    case GuestLanguage::kRust:
      return "Rust";
    case GuestLanguage::kJavaScript:
      return "JavaScript";
  }
  return "";
}

Result<RustToolchain> find_rust_toolchain(const fs::path& root) {
  std::error_code ignored;
  std::string looked_at;
  std::vector<fs::path> folders;
  if (auto cargo = find_program("cargo")) folders.push_back(cargo->parent_path());
  folders.push_back(root / "usr/bin");
  for (const fs::path& folder : folders) {
    RustToolchain tools{folder / "cargo", folder / "rustc", false};
    if (!fs::exists(tools.cargo, ignored) || !fs::exists(tools.rustc, ignored)) continue;
    Result<fs::path> base = sysroot(tools.rustc);
    if (!base) continue;
    if (fs::exists(*base / "lib/rustlib/wasm32-unknown-unknown/lib", ignored)) return tools;
    tools.builds_std = true;
    if (fs::exists(*base / "lib/rustlib/src/rust/library/std/Cargo.toml", ignored)) return tools;
    looked_at +=
        fmt::format("; {} has neither that target nor the library's source", tools.rustc.string());
  }
  return fail(ErrorCode::kNotFound, "no Rust toolchain that builds for wasm32-unknown-unknown{}",
              looked_at);
}

std::vector<ToolCheck> check_tools(const fs::path& root) {
  constexpr GuestLanguage kCpp = GuestLanguage::kCpp;
  constexpr GuestLanguage kRust = GuestLanguage::kRust;
  constexpr GuestLanguage kJs = GuestLanguage::kJavaScript;
  return {
      check_program(kCpp, "clang++-19", kAptCpp),
      check_program(kCpp, "wasm-ld-19", kAptCpp),
      check_file(kCpp, "wasi-libc", root, "/usr/include/wasm32-wasi/stdlib.h", kAptCpp),
      check_file(kCpp, "libc++ for wasm32", root, "/usr/include/wasm32-wasi/c++/v1/expected",
                 kAptCpp),
      check_file(kCpp, "libc++abi for wasm32", root, "/usr/lib/wasm32-wasi/libc++abi.a", kAptCpp),
      check_file(kCpp, "compiler runtime for wasm32", root,
                 "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a", kAptCpp),
      check_rust(root),
      check_program(kRust, "wasm-ld-19", "apt-get install -y --no-install-recommends lld-19"),
      check_program(kJs, "node", kAptNode),
      check_program(kJs, "npm", kAptNode),
  };
}

bool complete(std::span<const ToolCheck> checks, GuestLanguage language) {
  for (const ToolCheck& check : checks) {
    if (check.language == language && !check.found) return false;
  }
  return true;
}

Result<void> require_tools(GuestLanguage language, const fs::path& root) {
  std::string missing;
  std::string remedy;
  for (const ToolCheck& check : check_tools(root)) {
    if (check.language != language || check.found) continue;
    missing += (missing.empty() ? "" : ", ") + check.name + " (" + check.detail + ")";
    if (remedy.empty()) remedy = check.remedy;
  }
  if (missing.empty()) return {};
  return Failure(Error(ErrorCode::kNotFound, fmt::format("tools for {} actors are missing: {}",
                                                         language_name(language), missing))
                     .with_hint(remedy));
}

std::string doctor_text(std::span<const ToolCheck> checks) {
  std::string text;
  for (GuestLanguage language : languages_of(checks)) {
    bool ready = complete(checks, language);
    text += fmt::format("{}: {}\n", language_name(language), ready ? "ready" : "tools are missing");
    std::vector<std::string> remedies;
    for (const ToolCheck& check : checks) {
      if (check.language != language) continue;
      text += fmt::format("  {} {}: {}\n", check.found ? "ok     " : "missing", check.name,
                          check.detail);
      bool said = check.remedy.empty() || (!remedies.empty() && remedies.back() == check.remedy);
      if (!said) remedies.push_back(check.remedy);
    }
    for (const std::string& remedy : remedies)
      text += fmt::format("  to install: {}\n", remedy);
  }
  return text;
}

std::string doctor_json(std::span<const ToolCheck> checks, const SandboxFeatures& features) {
  nlohmann::ordered_json languages = nlohmann::ordered_json::array();
  for (GuestLanguage language : languages_of(checks)) {
    nlohmann::ordered_json tools = nlohmann::ordered_json::array();
    for (const ToolCheck& check : checks) {
      if (check.language != language) continue;
      tools.push_back({{"name", check.name},
                       {"found", check.found},
                       {"detail", check.detail},
                       {"remedy", check.remedy}});
    }
    languages.push_back({{"language", language_name(language)},
                         {"ready", complete(checks, language)},
                         {"tools", std::move(tools)}});
  }
  nlohmann::ordered_json all = {{"languages", std::move(languages)},
                                {"sandbox", sandbox_json(features)}};
  // Paths may be any bytes.
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

namespace {

void define(OptionParser& parser, DoctorOptions& options) {
  parser.choice_option(
      "--language", "LANGUAGE", "language", {"cpp", "rust", "js"},
      [&options](size_t language) { options.language = kLanguages[language]; },
      "only the tools for cpp, rust or js; the exit status is about them");
  json_option(parser, options.json);
}

// The examples are in C++, so without a language the exit status is about C++.
Exit run(const DoctorOptions& options, Output& output) {
  std::vector<ToolCheck> checks = check_tools();
  if (options.language) {
    std::erase_if(checks, [&](const ToolCheck& c) { return c.language != *options.language; });
  }
  const SandboxFeatures& features = SandboxFeatures::of_machine();
  std::string text =
      options.json ? doctor_json(checks, features) : doctor_text(checks) + sandbox_text(features);
  output.text(text);
  if (!text.ends_with('\n')) output.text("\n");
  return complete(checks, options.language.value_or(GuestLanguage::kCpp)) ? Exit::kDone
                                                                          : Exit::kFailed;
}

}  // namespace

const CommandOf<DoctorOptions> kDoctorCommand = {
    {.name = "doctor",
     .usage = "[options]",
     .summary = "show which build tools are missing and how to install them",
     .details = R"(Looks for the tools that `theater build` drives, and shows how to install the
missing ones. Says too what keeps in the programs that actors start on this
machine, and which protections it lacks.

The exit status is 0 if the tools for the language are there; for C++ without
--language, since the examples are in it.)",
     .examples = R"(theater doctor
theater doctor --language rust)"},
    define,
    run};

}  // namespace theater::cli
