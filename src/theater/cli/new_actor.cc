#include "theater/cli/new_actor.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/cli/templates.h"
#include "theater/manifest/grant.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>

namespace theater::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::array<ActorShape, 3> kShapes = {{
    {"basic", ""},
    {"message-server", " --send 'add 2' --request get"},
    {"supervisor", " --send 'add 2' --request get"},
}};
constexpr std::array kLanguages = {GuestLanguage::kCpp, GuestLanguage::kRust,
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
  // The memory of a JavaScript engine outlives a call; nothing does in the other languages.
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
  if (language == GuestLanguage::kCpp) return;  // The SDK has the interfaces.
  add(fmt::format("templates/wit/{}/", shape), "");
  add("wit/simple/", "wit/deps/simple/");
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
          .with_hint(fmt::format("a name has 1 to {} small letters, digits and dashes, and begins "
                                 "with a letter, as in: theater new word-count",
                                 kNameSizeMax)));
}

Failure taken(const fs::path& folder, std::string_view how) {
  return Failure(Error(ErrorCode::kAlreadyExists, fmt::format("{} {}", folder.string(), how))
                     .with_hint("give another name, or remove it first: nothing in it is touched"));
}

// The folder with everything in it, until it has its name; removed otherwise.
class Draft {
 public:
  static Result<Draft> create(const fs::path& folder) {
    fs::path above = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
    std::string path = (above / fmt::format(".{}-XXXXXX", folder.filename().string())).string();
    if (mkdtemp(path.data()) != nullptr) return Draft(path);
    if (errno != ENOENT) return os_failure("make a folder in", above, errno);
    return Failure(Error(ErrorCode::kNotFound, fmt::format("there is no folder {}", above.string()))
                       .with_hint("make it first: mkdir -p " + shell_quoted(above.string())));
  }
  Draft(Draft&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
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

  // Fails with kAlreadyExists if there is something of that name that is no empty folder.
  Result<void> take_name(const fs::path& folder) {
    // It was made for its owner alone; it is to be like any other folder of theirs.
    mode_t mask = ::umask(0);
    ::umask(mask);
    if (::chmod(path_.c_str(), 0777 & ~mask) != 0) {
      return os_failure("set the permissions of", path_, errno);
    }
    if (::rename(path_.c_str(), folder.c_str()) != 0) {
      bool is_taken = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
      return is_taken ? taken(folder, "has just been made by somebody else")
                      : os_failure("make", folder, errno);
    }
    path_.clear();
    return sync_folder(folder.has_parent_path() ? folder.parent_path() : fs::path("."));
  }

 private:
  explicit Draft(fs::path path) : path_(std::move(path)) {}
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
                           ? "is a folder with something in it"
                           : "is there already, and is no folder");
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
  return kLanguages;
}

Result<NewActorReport> make_new_actor(const NewActorOptions& options) {
  THEATER_CHECK(options.shape != nullptr);
  fs::path folder = options.folder.lexically_normal();
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
  Draft draft = THEATER_TRY(Draft::create(folder));
  THEATER_TRY_VOID(draft.write(files));
  THEATER_TRY_VOID(draft.take_name(folder));

  for (const auto& [path, text] : files)
    report.files.push_back(path);
  report.next = {"theater build " + shell_quoted(folder.string()),
                 "theater run " + shell_quoted((folder / "manifest.toml").string()) +
                     std::string(options.shape->run)};
  return report;
}

}  // namespace theater::cli
