#include "theater/cli/toolchain/new.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/toolchain/build.h"
#include "theater/cli/toolchain/sdk_link.h"
#include "theater/cli/toolchain/templates.h"
#include "theater/cli/toolchain/tool_process.h"
#include "theater/manifest/grant.h"
#include "theater/views/json.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>

namespace theater::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::array<ActorShape, 4> kShapes = {{
    {"basic", "an actor that says hello and ends", ""},
    {"http-server", "serves a greeting at / and its health at /health",
     " --grant 'http-framework:ports=8080'"},
    {"message-server", "takes messages and answers requests", " --send 'add 2' --request get"},
    {"supervisor", "starts a worker, looks after it and restarts it",
     " --send 'add 2' --request get"},
}};
constexpr std::array kGuestLanguages = {GuestLanguage::kCpp, GuestLanguage::kRust,
                                        GuestLanguage::kJavaScript};
constexpr std::string_view kWorker = "worker";
constexpr std::string_view kWorkerTemplate = "message-server";
constexpr size_t kNameSizeMax = 64;

// The files of an actor, by their paths below its folder.
using Files = std::map<std::string, std::string>;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// Adds the files of one folder of the tree, with the placeholders filled in.
void add_files(std::string_view from, const std::string& to, std::string_view name,
               GuestLanguage language, Files& files) {
  // The memory of a JavaScript engine outlives a call; the other languages keep nothing.
  std::string_view state = language == GuestLanguage::kJavaScript ? "heap" : "explicit";
  for (const TemplateFile& file : template_files()) {
    if (!file.path.starts_with(from)) continue;
    std::string text(file.text);
    replace_all(text, "@NAME@", name);
    replace_all(text, "@STATE@", state);
    files[to + std::string(file.path.substr(from.size()))] = std::move(text);
  }
}

void add_actor(std::string_view shape, GuestLanguage language, std::string_view name,
               const std::string& to, Files& files) {
  std::string_view option = language_option(language);
  auto add = [&](const std::string& from, const std::string& below) {
    add_files(from, to + below, name, language, files);
  };
  add(fmt::format("templates/all/{}/", shape), "");
  add(fmt::format("templates/{}/all/", option), "");
  add(fmt::format("templates/{}/{}/", option, shape), "");
}

Result<std::string> name_of(const fs::path& folder) {
  std::string name = folder.filename().string();
  auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  bool good = !name.empty() && name.size() <= kNameSizeMax && is_small(name.front()) &&
              std::all_of(name.begin(), name.end(), [&](char c) {
                return is_small(c) || (c >= '0' && c <= '9') || c == '-';
              });
  if (good) return name;
  return Failure(
      Error(ErrorCode::kInvalidArgument, fmt::format("`{}` cannot be an actor's name", name))
          .with_hint(
              fmt::format("a name has 1 to {} lowercase letters, digits and dashes, and begins "
                          "with a letter, as in: theater new word-count",
                          kNameSizeMax)));
}

Failure taken(const fs::path& folder, std::string_view how) {
  return Failure(
      Error(ErrorCode::kAlreadyExists, fmt::format("{} {}", folder.string(), how))
          .with_hint("give another name, or remove it first: the command changes nothing in it"));
}

// The folder with its files, removed unless it gets its name.
class FolderDraft {
 public:
  static Result<FolderDraft> create(const fs::path& folder) {
    fs::path above = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
    std::string path = (above / fmt::format(".{}-XXXXXX", folder.filename().string())).string();
    if (mkdtemp(path.data()) != nullptr) return FolderDraft(path);
    if (errno != ENOENT) return os_failure("make a folder in", above, errno);
    return Failure(Error(ErrorCode::kNotFound, fmt::format("there is no folder {}", above.string()))
                       .with_hint("make it first: mkdir -p " + shell_quoted(above.string())));
  }
  FolderDraft(FolderDraft&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  FolderDraft& operator=(FolderDraft&&) = delete;
  ~FolderDraft() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  Result<void> write(const Files& files) const {
    for (const auto& [name, text] : files) {
      fs::path path = path_ / name;
      std::error_code error;
      fs::create_directories(path.parent_path(), error);
      if (error) return os_failure("make the folder", path.parent_path(), error.value());
      THEATER_TRY_VOID(write_file(path, as_bytes(text)));
    }
    return {};
  }

  // Links the packages in Rust and JavaScript to the SDK, so that editors find it before the first
  // build. Without an SDK on this machine there is no link, and `theater build` says why.
  Result<void> link_packages(const Files& files) const {
    Result<fs::path> sdk = find_sdk();
    if (!sdk) return {};
    for (const auto& [name, text] : files) {
      fs::path file = path_ / name;
      bool is_package = file.filename() == "Cargo.toml" || file.filename() == "package.json";
      if (is_package && names_sdk_link(file)) {
        THEATER_TRY_VOID(link_sdk(file.parent_path(), *sdk));
      }
    }
    return {};
  }

  // Fails with kNotFound if there is no Git, kIo if it fails.
  Result<void> make_repository() const {
    ToolProcess git = THEATER_TRY(ToolProcess::start({"git", "init", "--quiet"}, path_));
    ToolOutcome outcome = THEATER_TRY(git.finish());
    if (outcome.exit_status == 0) return {};
    return fail(ErrorCode::kIo, "`git init` failed: {}", outcome.output);
  }

  // Fails with kAlreadyExists if the name belongs to anything except an empty folder.
  Result<void> take_name(const fs::path& folder) {
    // mkdtemp() made it private; the final folder has the usual permissions.
    mode_t mask = ::umask(0);
    ::umask(mask);
    if (::chmod(path_.c_str(), 0777 & ~mask) != 0) {
      return os_failure("set the permissions of", path_, errno);
    }
    if (::rename(path_.c_str(), folder.c_str()) != 0) {
      bool is_taken = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
      return is_taken ? taken(folder, "appeared during the command")
                      : os_failure("make", folder, errno);
    }
    path_.clear();
    return sync_folder(folder.has_parent_path() ? folder.parent_path() : fs::path("."));
  }

 private:
  explicit FolderDraft(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// Fails unless a folder can get this name.
Result<void> check_free(const fs::path& folder) {
  std::error_code error;
  fs::file_status status = fs::symlink_status(folder, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (status.type() == fs::file_type::none) return os_failure("look at", folder, error.value());
  if (status.type() == fs::file_type::directory && fs::is_empty(folder, error) && !error) return {};
  return taken(folder, status.type() == fs::file_type::directory
                           ? "is a folder that is not empty"
                           : "exists already, and is no folder");
}

}  // namespace

std::span<const ActorShape> actor_shapes() {
  return kShapes;
}

std::string_view language_option(GuestLanguage language) {
  switch (language) {
    case GuestLanguage::kCpp:
      return "cpp";
    case GuestLanguage::kRust:
      return "rust";
    case GuestLanguage::kJavaScript:
      return "js";
  }
  return "";
}

std::span<const GuestLanguage> guest_languages() {
  return kGuestLanguages;
}

Result<NewActorReport> make_new_actor(const NewOptions& options) {
  THEATER_CHECK(options.shape != nullptr);
  fs::path folder = (options.above / options.folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  NewActorReport report;
  report.name = THEATER_TRY(name_of(folder));
  report.folder = folder;
  THEATER_TRY_VOID(check_free(folder));

  Files files;
  add_actor(options.shape->name, options.language, report.name, "", files);
  if (options.shape->name == "supervisor") {
    add_actor(kWorkerTemplate, options.language, kWorker, std::string(kWorker) + "/", files);
  }
  FolderDraft draft = THEATER_TRY(FolderDraft::create(folder));
  THEATER_TRY_VOID(draft.write(files));
  THEATER_TRY_VOID(draft.link_packages(files));
  if (options.has_git) THEATER_TRY_VOID(draft.make_repository());
  THEATER_TRY_VOID(draft.take_name(folder));

  for (const auto& [path, text] : files)
    report.files.push_back(path);
  report.next = {"theater build " + shell_quoted(folder.string()),
                 "theater run " + shell_quoted((folder / "manifest.toml").string()) +
                     std::string(options.shape->run)};
  return report;
}

namespace {

void define(OptionParser& parser, NewOptions& options) {
  parser.argument("NAME", options.folder, OptionParser::Presence::kOptional);
  std::vector<std::string> shapes;
  for (const ActorShape& shape : actor_shapes())
    shapes.emplace_back(shape.name);
  parser.choice_option(
      "-t,--template", "TEMPLATE", "template", shapes,
      [&](size_t shape) { options.shape = &actor_shapes()[shape]; },
      "basic (default), http-server, message-server or supervisor");
  std::vector<std::string> languages;
  for (GuestLanguage language : guest_languages())
    languages.emplace_back(language_option(language));
  parser.choice_option(
      "--language", "LANGUAGE", "language", languages,
      [&](size_t language) { options.language = guest_languages()[language]; },
      "cpp (default), rust or js");
  parser.option("-o,--output-dir", "DIR", options.above, "make the folder in DIR");
  parser.flag("--git", options.has_git, "make the folder a repository of Git");
  parser.flag("--list", options.lists, "list the templates, and make nothing");
  json_option(parser, options.json);
  parser.check([&options]() -> std::string {
    if (options.lists) return options.folder.empty() ? "" : "--list makes nothing: leave NAME out";
    return options.folder.empty() ? "missing argument NAME" : "";
  });
}

void list_shapes(bool json, Output& output) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ActorShape& shape : actor_shapes()) {
    list.push_back({{"template", shape.name}, {"what", shape.what}});
    if (!json) output.line(fmt::format("{:<14}  {}", shape.name, shape.what));
  }
  if (json) output.json({{"templates", std::move(list)}});
}

// Missing tools are a warning only: another machine may have them.
void say_for_people(const NewActorReport& report, const NewOptions& options,
                    const Result<void>& tools, Output& output) {
  output.line(fmt::format("{} ({}, {}, {})", report.folder.string(),
                          language_name(options.language), options.shape->name,
                          views::counted(report.files.size(), "file")));
  if (!tools) print_warning(tools.error().message() + "\nhint: " + tools.error().hint());
  output.line("next:");
  for (const std::string& command : report.next)
    output.line("  " + command);
}

void say_as_json(const NewActorReport& report, const NewOptions& options, const Result<void>& tools,
                 Output& output) {
  nlohmann::ordered_json made = {{"name", report.name},
                                 {"folder", views::json_bytes(as_bytes(report.folder.string()))},
                                 {"template", options.shape->name},
                                 {"language", language_option(options.language)},
                                 {"files", report.files},
                                 {"next", nlohmann::ordered_json::array()},
                                 {"can_build", tools.has_value()}};
  for (const std::string& command : report.next)
    made["next"].push_back(views::json_bytes(as_bytes(command)));
  if (!tools) {
    made["missing"] = tools.error().message();
    made["remedy"] = tools.error().hint();
  }
  output.json(made);
}

Exit run(const NewOptions& options, Output& output) {
  if (options.lists) {
    list_shapes(options.json, output);
    return Exit::kDone;
  }
  Result<NewActorReport> report = make_new_actor(options);
  if (!report) return report_failure(report.error(), Exit::kFailed, options.json, output);
  Result<void> tools = require_tools(options.language);
  if (options.json) {
    say_as_json(*report, options, tools, output);
  } else {
    say_for_people(*report, options, tools, output);
  }
  return Exit::kDone;
}

}  // namespace

const CommandOf<NewOptions> kNewCommand = {
    {.name = "new",
     .usage = "NAME|--list [options]",
     .summary = "make the folder of a new actor",
     .details = R"(Makes a folder that `theater build` builds and `theater run` runs: a manifest,
sources, and a README with the next steps. The command needs no other program.

  basic           an actor that says hello and ends
  http-server     serves a greeting at / and its health at /health
  message-server  takes messages and answers requests
  supervisor      starts a worker, looks after it and restarts it

The last part of NAME is the actor's name: 1 to 64 lowercase letters, digits and
dashes, with a letter first. The command does not touch a folder that is not
empty. If tools of the language are missing, it makes the files all the same and
names the tools.)",
     .examples = R"(theater new tally -t message-server
theater new overseer -o actors -t supervisor --language rust --git
theater new --list)"},
    define,
    run};

}  // namespace theater::cli
