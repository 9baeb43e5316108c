#include "theater/cli/toolchain/build.h"

#include "theater/base/file.h"
#include "theater/cli/toolchain/sdk_link.h"
#include "theater/cli/toolchain/tool_process.h"
#include "theater/engine/engine.h"
#include "theater/manifest/manifest.h"
#include "theater/wit/leb.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace theater::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestName = "manifest.toml";
constexpr std::string_view kWasmTarget = "wasm32-unknown-unknown";

// A folder below the system's temporary one, removed at the end.
class ScratchFolder {
 public:
  static Result<ScratchFolder> create() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "theater-build-XXXXXX").string();
    if (error || mkdtemp(path.data()) == nullptr) {
      return fail(ErrorCode::kIo, "cannot make a temporary folder {}", path);
    }
    return ScratchFolder(path);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// A component, and the messages of the tools that made it.
struct Built {
  Bytes component;
  std::string messages;
};

std::string without_end_of_line(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

// Appends the output of a tool, or fails with it.
Result<void> expect_success(Result<ToolOutcome> outcome, std::string_view what,
                            std::string& messages) {
  if (!outcome) return Failure(std::move(outcome).error());
  if (outcome->exit_status != 0) {
    return fail(ErrorCode::kInvalidArgument, "{} failed:\n{}", what,
                without_end_of_line(outcome->output));
  }
  messages += outcome->output;
  return {};
}

Result<void> run_tool(const std::vector<std::string>& words, const fs::path& folder,
                      const std::vector<std::pair<std::string, std::string>>& variables,
                      std::string_view what, std::string& messages) {
  ToolProcess process = THEATER_TRY(ToolProcess::start(words, folder, variables));
  return expect_success(process.finish(), what, messages);
}

Result<Bytes> componentize_file(const fs::path& core) {
  Bytes module = THEATER_TRY(read_file(core));
  return engine::componentize(module);
}

bool is_cpp_source(const fs::path& path) {
  std::string stem = path.stem().string();
  return (path.extension() == ".cpp" || path.extension() == ".cc") && !stem.ends_with("_test");
}

// The C++ sources of a folder, in order of name: the order of objects is the order in the module.
std::vector<fs::path> cpp_sources(const fs::path& folder) {
  std::vector<fs::path> sources;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored) && is_cpp_source(entry.path()))
      sources.push_back(entry.path());
  }
  std::sort(sources.begin(), sources.end());
  return sources;
}

// Gives a module the types of the folder's own WIT, as the SDK's macros do with theirs.
Result<void> add_component_types(Bytes& core, const fs::path& wit) {
  Bytes types = THEATER_TRY(engine::component_type_section(wit.string(), "actor"));
  constexpr std::string_view kName = "component-type:actor";
  Bytes section;
  wit::append_u(section, kName.size());
  section.insert(section.end(), kName.begin(), kName.end());
  section.insert(section.end(), types.begin(), types.end());
  constexpr uint8_t kCustomSection = 0;
  core.push_back(kCustomSection);
  wit::append_u(core, section.size());
  core.insert(core.end(), section.begin(), section.end());
  return {};
}

Result<Built> build_cpp(const fs::path& folder, const fs::path& sdk) {
  THEATER_TRY_VOID(require_tools(GuestLanguage::kCpp));
  ScratchFolder scratch = THEATER_TRY(ScratchFolder::create());
  std::vector<std::string> compile = {"clang++-19",
                                      "--target=wasm32-wasi",
                                      "-std=c++23",
                                      "-O2",
                                      "-fno-exceptions",
                                      "-fno-rtti",
                                      "-Wall",
                                      "-Wextra",
                                      "-Werror=return-type",
                                      "-fno-ident",
                                      "-ffile-prefix-map=" + folder.string() + "=.",
                                      "-ffile-prefix-map=" + sdk.string() + "=/theater/sdk",
                                      "-I" + folder.string(),
                                      "-I" + (sdk / "cpp/include").string()};
  std::vector<std::string> link = {"clang++-19", "--target=wasm32-wasi", "-mexec-model=reactor"};

  std::vector<fs::path> sources = cpp_sources(folder);
  sources.push_back(sdk / "cpp/src/runtime.cpp");
  std::vector<ToolProcess> compilers;
  for (size_t i = 0; i < sources.size(); ++i) {
    std::string object = (scratch.path() / (std::to_string(i) + ".o")).string();
    std::vector<std::string> words = compile;
    words.insert(words.end(), {"-c", sources[i].string(), "-o", object});
    compilers.push_back(THEATER_TRY(ToolProcess::start(words, folder)));
    link.push_back(object);
  }
  Built built;
  for (size_t i = 0; i < compilers.size(); ++i) {
    THEATER_TRY_VOID(
        expect_success(compilers[i].finish(), "compiling " + sources[i].string(), built.messages));
  }
  fs::path core = scratch.path() / "core.wasm";
  // An actor's calls are shallow; a stack of 16 KiB lets the smallest live in one page of memory.
  link.insert(link.end(), {"-Wl,--strip-all,-z,stack-size=16384", "-o", core.string()});
  THEATER_TRY_VOID(run_tool(link, folder, {}, "linking", built.messages));
  Bytes module = THEATER_TRY(read_file(core));
  std::error_code ignored;
  if (fs::is_directory(folder / "wit", ignored)) {
    THEATER_TRY_VOID(add_component_types(module, folder / "wit"));
  }
  built.component = THEATER_TRY(engine::componentize(module));
  return built;
}

// Takes cargo's output apart: the .wasm file that it reports, and the rest for people. Its reports
// are lines of JSON, and those of the package itself come last.
Result<fs::path> cargo_output(std::string_view output, std::string& messages) {
  fs::path made;
  while (!output.empty()) {
    std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(line.size() + 1, output.size()));
    if (!line.starts_with('{')) {
      messages.append(line).append("\n");
      continue;
    }
    auto report = nlohmann::json::parse(line, nullptr, false);
    if (!report.is_object() || !report.contains("filenames")) continue;
    for (const nlohmann::json& file : report["filenames"]) {
      if (file.is_string() && file.get_ref<const std::string&>().ends_with(".wasm")) {
        made = file.get_ref<const std::string&>();
      }
    }
  }
  if (!made.empty()) return made;
  return fail(ErrorCode::kInvalidArgument,
              "cargo made no .wasm file; the package must have a library with crate-type = "
              "[\"cdylib\"]");
}

Result<Built> build_rust(const fs::path& folder) {
  THEATER_TRY_VOID(require_tools(GuestLanguage::kRust));
  RustToolchain tools = THEATER_TRY(find_rust_toolchain());
  const char* shared_target = std::getenv("CARGO_TARGET_DIR");
  fs::path target = shared_target != nullptr ? fs::absolute(shared_target) : folder / "target";
  const char* cargo_home = std::getenv("CARGO_HOME");
  const char* home = std::getenv("HOME");
  fs::path crates = cargo_home != nullptr ? fs::path(cargo_home)
                                          : fs::path(home != nullptr ? home : "/") / ".cargo";
  std::vector<std::string> words = {tools.cargo.string(),
                                    "build",
                                    "--release",
                                    "--quiet",
                                    "--message-format=json-render-diagnostics",
                                    "--target",
                                    std::string(kWasmTarget),
                                    "--target-dir",
                                    target.string()};
  // The flags must not name the folder: cargo itself makes the package's paths relative, and other
  // flags would mean another standard library in a shared target folder.
  std::vector<std::pair<std::string, std::string>> variables = {
      {"RUSTC", tools.rustc.string()},
      {"CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19"},
      {"CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
       fmt::format("-Clinker-flavor=wasm-ld -Clink-arg=-zstack-size=65536 -Cstrip=symbols "
                   "--remap-path-prefix={}=/cargo",
                   crates.string())}};
  if (tools.builds_std) {
    // Debian has the library's source for this target, not the library; building it is still a
    // switch that a released compiler refuses without this variable.
    words.push_back("-Zbuild-std=std,panic_abort");
    variables.emplace_back("RUSTC_BOOTSTRAP", "1");
  }
  std::string output;
  THEATER_TRY_VOID(run_tool(words, folder, variables, "cargo build", output));
  Built built;
  fs::path core = THEATER_TRY(cargo_output(output, built.messages));
  built.component = THEATER_TRY(componentize_file(core));
  return built;
}

Result<Built> build_javascript(const fs::path& folder) {
  THEATER_TRY_VOID(require_tools(GuestLanguage::kJavaScript));
  ScratchFolder scratch = THEATER_TRY(ScratchFolder::create());
  fs::path output = scratch.path() / "component.wasm";
  Built built;
  std::error_code ignored;
  if (!fs::exists(folder / "node_modules", ignored)) {
    // Not `npm ci`: it refuses a lock file when an optional package for another platform is missing
    // from the registry. The lock file's versions and digests hold for an install, too.
    std::string quiet;
    THEATER_TRY_VOID(
        run_tool({"npm", "install", "--no-audit", "--no-fund"}, folder, {}, "npm", quiet));
  }
  THEATER_TRY_VOID(run_tool({"npm", "run", "--silent", "build", "--", output.string()}, folder, {},
                            "npm run build", built.messages));
  built.component = THEATER_TRY(read_file(output));
  return built;
}

// Fails unless the component is an actor.
Result<void> check_actor(ByteView component) {
  std::string world = THEATER_TRY(engine::print_wit(component));
  if (world.find("export theater:simple/actor;") == std::string::npos) {
    return Failure(
        Error(ErrorCode::kInvalidArgument,
              "the built component does not export theater:simple/actor, so it is no actor")
            .with_hint("in C++, one source needs THEATER_ACTOR(YourStruct)"));
  }
  size_t wasi = world.find("import wasi:");
  if (wasi != std::string::npos) {
    std::string line = world.substr(wasi, world.find('\n', wasi) - wasi);
    return fail(ErrorCode::kInvalidArgument,
                "the built component needs WASI, which an actor does not have: {}", line);
  }
  return {};
}

Result<GuestLanguage> language_of(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "Cargo.toml", ignored)) return GuestLanguage::kRust;
  if (fs::exists(folder / "package.json", ignored)) return GuestLanguage::kJavaScript;
  if (!cpp_sources(folder).empty()) return GuestLanguage::kCpp;
  return fail(ErrorCode::kNotFound,
              "{} has no sources: no *.cpp or *.cc, no Cargo.toml, no package.json",
              folder.string());
}

// The file of the package that a Rust or JavaScript actor is.
std::string_view package_file(GuestLanguage language) {
  return language == GuestLanguage::kRust ? "Cargo.toml" : "package.json";
}

Result<Built> build_in(GuestLanguage language, const fs::path& folder,
                       const std::optional<fs::path>& sdk) {
  if (language != GuestLanguage::kCpp && names_sdk_link(folder / package_file(language))) {
    fs::path linked = sdk ? *sdk : THEATER_TRY(find_sdk());
    THEATER_TRY_VOID(link_sdk(folder, linked));
  }
  switch (language) {
    case GuestLanguage::kRust:
      return build_rust(folder);
    case GuestLanguage::kJavaScript:
      return build_javascript(folder);
    case GuestLanguage::kCpp:
      break;
  }
  return build_cpp(folder, sdk ? *sdk : THEATER_TRY(find_sdk()));
}

}  // namespace

Result<fs::path> find_sdk() {
  std::error_code ignored;
  constexpr std::string_view kMark = "cpp/include/theater/actor.hpp";
  if (const char* variable = std::getenv("THEATER_SDK"); variable != nullptr && *variable != '\0') {
    if (fs::exists(fs::path(variable) / kMark, ignored)) return fs::canonical(variable, ignored);
    return fail(ErrorCode::kNotFound, "$THEATER_SDK is {}, which holds no {}", variable, kMark);
  }
  fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (fs::path above = program.parent_path(); above != above.parent_path();
       above = above.parent_path()) {
    for (std::string_view place : {"sdk", "share/theater/sdk"}) {
      if (fs::exists(above / place / kMark, ignored)) return above / place;
    }
  }
  return Failure(Error(ErrorCode::kNotFound,
                       fmt::format("Theater's SDK is in no folder above {}", program.string()))
                     .with_hint("set THEATER_SDK to the folder `sdk` of Theater's sources"));
}

Result<BuildReport> build_actor(const BuildPlace& place) {
  std::error_code error;
  fs::path folder = fs::canonical(place.folder, error);
  if (error || !fs::is_directory(folder, error)) {
    return fail(ErrorCode::kNotFound, "{} is no folder", place.folder.string());
  }
  Manifest manifest = THEATER_TRY(read_manifest(folder / kManifestName));
  if (!manifest.component_path) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: `component` is {}, but a build needs a path to write to",
                (folder / kManifestName).string(), manifest.component);
  }
  GuestLanguage language = THEATER_TRY(language_of(folder));
  Built built = THEATER_TRY_CONTEXT(build_in(language, folder, place.sdk), "building {}",
                                    place.folder.string());
  THEATER_TRY_VOID(check_actor(built.component));
  fs::create_directories(manifest.component_path->parent_path(), error);
  THEATER_TRY_VOID(write_file(*manifest.component_path, built.component));
  return BuildReport{language, *manifest.component_path, built.component.size(),
                     std::move(built.messages)};
}

Result<std::vector<BuildReport>> build_actors(const BuildPlace& place) {
  std::error_code ignored;
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(place.folder, ignored)) {
    if (fs::exists(entry.path() / kManifestName, ignored)) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  // Without any manifest, building the folder itself says what is missing.
  if (folders.empty() || fs::exists(place.folder / kManifestName, ignored)) {
    folders.insert(folders.begin(), place.folder);
  }
  std::vector<BuildReport> reports;
  for (const fs::path& folder : folders) {
    reports.push_back(THEATER_TRY(build_actor({folder, place.sdk})));
  }
  return reports;
}

namespace {

void define(OptionParser& parser, BuildOptions& options) {
  parser.argument("DIR", options.folder, OptionParser::Presence::kOptional);
}

Exit run(const BuildOptions& options, Output& output) {
  auto built = build_actors({.folder = options.folder, .sdk = std::nullopt});
  if (!built) {
    print_error(built.error());
    return Exit::kFailed;
  }
  for (const BuildReport& report : *built) {
    if (!report.messages.empty()) print_warning(report.messages);
    output.line(fmt::format("{} ({}, {} bytes)", report.component.string(),
                            language_name(report.language), report.size_bytes));
  }
  return Exit::kDone;
}

}  // namespace

const CommandOf<BuildOptions> kBuildCommand = {
    {.name = "build",
     .usage = "[DIR]",
     .summary = "make components from sources",
     .details = R"(DIR holds an actor's manifest and its sources: C++ (*.cpp), Rust (Cargo.toml) or
JavaScript (package.json). Without DIR it is the current folder. The command
writes the component to the path that the manifest names. It also builds each
folder in DIR that has a manifest.

The SDK is $THEATER_SDK, or the folder `sdk` above the program's own. A package
in Rust or JavaScript that names theater-sdk/ gets a link of that name to it. If
a folder in C++ or JavaScript has a folder `wit`, the world `actor` in it adds
imports and exports to those of the SDK.)",
     .examples = R"(theater build examples/counter
theater build examples/agent)"},
    define,
    run};

}  // namespace theater::cli
