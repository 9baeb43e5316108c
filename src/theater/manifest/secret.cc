#include "theater/manifest/secret.h"

#include "theater/manifest/header_name.h"
#include "theater/manifest/permission_settings.h"
#include "theater/manifest/reference_text.h"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace theater {

namespace fs = std::filesystem;

namespace {

constexpr size_t kNameSizeMax = 64;
constexpr size_t kActorNameSizeMax = 128;
constexpr size_t kVariableSizeMax = 255;
constexpr size_t kTextSizeMax = 256;
constexpr std::string_view kHole = "{}";

bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// Fails unless the name is one path component of plain characters.
Result<void> check_plain_name(std::string_view text) {
  bool plain = !text.empty() && text.size() <= kNameSizeMax && text.front() != '.' &&
               std::all_of(text.begin(), text.end(), is_plain);
  if (plain) return {};
  return fail(ErrorCode::kInvalidArgument,
              "`{}`: a name has 1 to {} letters, digits, dashes, dots and underscores, and no dot "
              "at its start",
              text, kNameSizeMax);
}

Result<void> check_variable(std::string_view text) {
  bool good = !text.empty() && text.size() <= kVariableSizeMax && !has_control_character(text) &&
              text.find('=') == text.npos;
  if (good) return {};
  return fail(ErrorCode::kInvalidArgument,
              "`{}`: a variable has 1 to {} bytes, without `=` and control characters", text,
              kVariableSizeMax);
}

// The rules for the operator's names of actors; a name that breaks them is never given.
Result<void> check_actor_name(std::string_view text) {
  bool good = !text.empty() && text.size() <= kActorNameSizeMax && !has_control_character(text) &&
              text.find_first_of("/@*") == text.npos;
  if (good) return {};
  return fail(ErrorCode::kInvalidArgument,
              "`{}`: an operator's name for an actor has 1 to {} bytes, without `/`, `@`, `*` and "
              "control characters",
              text, kActorNameSizeMax);
}

// An address in the one spelling that requests have.
std::string plain_host(const std::string& host) {
  if (!host.starts_with('[')) return host;
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::string inner = host.substr(1, host.size() - 2);
  if (::inet_pton(AF_INET6, inner.c_str(), bytes.data()) != 1) return {};
  if (::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size()) == nullptr) return {};
  return fmt::format("[{}]", text.data());
}

Result<HostPattern> parse_exact_host(const std::string& text) {
  HostPattern host = THEATER_TRY(HostPattern::parse(text, {}));
  host.host = host.host.find('*') == host.host.npos ? plain_host(host.host) : std::string();
  if (host.host.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: name one host, such as api.example.org or [::1]:8443; no pattern stands for "
                "several",
                text);
  }
  if (host.port == 0) host.port = SecretRule::kUsualPort;
  return host;
}

Result<std::string> parse_path(const std::string& text) {
  bool good = text.starts_with('/') && text.size() <= kTextSizeMax &&
              std::all_of(text.begin(), text.end(), is_visible) &&
              text.find_first_of("?#%\\") == text.npos && text.find("//") == text.npos &&
              (text + "/").find("/./") == text.npos && (text + "/").find("/../") == text.npos;
  if (!good) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a path begins with `/`, as in /v1/chat, and has no query, `%`, `//`, `.` or "
                "`..`",
                text);
  }
  return text.size() > 1 && text.back() == '/' ? text.substr(0, text.size() - 1) : text;
}

Result<Hash> parse_component(const std::string& text) {
  std::string_view digits = text;
  if (digits.starts_with(kDigestPrefix)) digits.remove_prefix(kDigestPrefix.size());
  Result<Hash> digest = Hash::parse(digits);
  if (digest) return *digest;
  return fail(ErrorCode::kInvalidArgument,
              "`{}`: a component is sha256: and 64 hexadecimal digits, as `theater inspect` shows "
              "them",
              text);
}

Result<void> check_format(std::string_view text) {
  size_t hole = text.find(kHole);
  bool good =
      text.size() <= kTextSizeMax && hole != text.npos && text.find(kHole, hole + 1) == text.npos &&
      std::all_of(text.begin(), text.end(), [](char c) { return is_visible(c) || c == ' '; }) &&
      text.front() != ' ' && text.back() != ' ';
  if (good) return {};
  return fail(ErrorCode::kInvalidArgument,
              "`{}`: a format has `{{}}` once, for the secret, and up to {} visible characters, as "
              "in \"Bearer {{}}\"",
              text, kTextSizeMax);
}

// Reads one table.
class SecretReader {
 public:
  SecretReader(TableReader& reader, const fs::path& folder) : reader_(reader), folder_(folder) {}

  SecretRule read() {
    SecretRule rule;
    rule.name = checked_text("name", check_plain_name).value_or("");
    reader_.missing("name", "what grants and manifests call it, as in name = \"openai\"");
    read_source(rule);
    rule.hosts = list<HostPattern>("hosts", parse_exact_host);
    if (rule.hosts.empty())
      require("hosts", "the hosts that may see it, as in hosts = [\"api.example.org\"]");
    read_requests(rule);
    if (auto format = checked_text("format", check_format)) rule.format = *std::move(format);
    rule.components = list<Hash>("components", parse_component);
    rule.actors = list<std::string>("actors", [](const std::string& name) -> Result<std::string> {
      THEATER_TRY_VOID(check_actor_name(name));
      return name;
    });
    if (rule.components.empty() && rule.actors.empty()) {
      require("actors",
              "the actors that may have it: names that you give at the start, as in actors = "
              "[\"agent\"], or components by their digests, as in components = [\"sha256:…\"]");
    }
    read_look(rule);
    return rule;
  }

 private:
  void read_requests(SecretRule& rule) {
    if (auto methods = read_patterns<NamePattern>(reader_, "methods", folder_)) {
      rule.methods = *std::move(methods);
      if (rule.methods == NameList())
        reader_.reject("methods", "it is empty; leave it out for all");
    }
    std::vector<std::string> paths = list<std::string>("paths", parse_path);
    if (!paths.empty()) {
      rule.paths = std::move(paths);
    } else if (reader_.has("paths") && !rejected_.contains("paths")) {
      reader_.reject("paths", "it is empty; leave it out for all");
    }
    if (std::optional<std::string> header = reader_.text("header")) {
      if (Result<std::string> name = parse_header_name(*header)) {
        rule.header = *std::move(name);
      } else {
        reader_.reject("header", name.error().message());
      }
    }
  }

  // Complains of a list that is missing or empty, unless its items have complaints already.
  void require(std::string_view key, std::string_view purpose) {
    if (rejected_.contains(std::string(key))) return;
    if (reader_.has(key)) return reader_.reject(key, fmt::format("it is empty; list {}", purpose));
    reader_.missing(key, purpose);
  }

  void reject(std::string_view key, const Error& error) {
    rejected_.emplace(key);
    reader_.reject(key, error.message());
  }

  std::optional<std::string> checked_text(std::string_view key,
                                          Result<void> (*check)(std::string_view)) {
    std::optional<std::string> text = reader_.text(key);
    if (!text) return text;
    if (auto checked = check(*text); !checked) reject(key, checked.error());
    return text;
  }

  template <class T>
  std::vector<T> list(std::string_view key, Result<T> (*parse)(const std::string&)) {
    std::vector<T> items;
    std::optional<std::vector<std::string>> texts = reader_.list(key);
    // A value of another type has its complaint already.
    if (!texts && reader_.has(key)) rejected_.emplace(key);
    for (const std::string& text : texts.value_or(std::vector<std::string>())) {
      Result<T> item = parse(text);
      if (item) {
        items.push_back(*std::move(item));
      } else {
        reject(key, item.error());
      }
    }
    return items;
  }

  void read_source(SecretRule& rule) {
    using Kind = SecretSource::Kind;
    int sources = 0;
    auto take = [&](std::string_view key, Kind kind, std::optional<std::string> text) {
      sources += reader_.has(key) ? 1 : 0;
      if (text) rule.source = {kind, *std::move(text)};
    };
    std::optional<std::string> file = reader_.text("file");
    if (file) {
      Result<PathPattern> path = PathPattern::parse(*file, folder_);
      if (path && path->text != "/") {
        *file = path->text;
      } else {
        reader_.reject("file", path ? "it is no file" : path.error().message());
      }
    }
    take("file", Kind::kFile, std::move(file));
    take("environment", Kind::kEnvironment, checked_text("environment", check_variable));
    take("credential", Kind::kCredential, checked_text("credential", check_plain_name));
    if (sources == 1) return;
    if (sources == 0) {
      return reader_.missing("file",
                             "where the value is: file = \"…\", environment = \"VARIABLE\" or "
                             "credential = \"NAME\" (of systemd)");
    }
    reader_.reject(reader_.has("file") ? "file" : "environment",
                   "a secret has one source: keep one of `file`, `environment` and `credential`");
  }

  void read_look(SecretRule& rule) {
    if (auto variable = checked_text("variable", check_variable)) {
      rule.variable = *std::move(variable);
    } else if (rule.source.kind == SecretSource::Kind::kEnvironment) {
      rule.variable = rule.source.name;
    }
    if (auto pattern = reader_.text("placeholder")) {
      if (auto parsed = PlaceholderPattern::parse(*pattern); !parsed)
        reader_.reject("placeholder", parsed.error().message());
      rule.placeholder = *std::move(pattern);
    }
    if (auto file = reader_.text("ca")) {
      Result<PathPattern> path = PathPattern::parse(*file, folder_);
      if (path) {
        rule.authorities = path->text;
      } else {
        reader_.reject("ca", path.error().message());
      }
    }
  }

  TableReader& reader_;
  const fs::path& folder_;
  std::set<std::string> rejected_;
};

// Complains of a text that an earlier table has for the same purpose.
class TakenTexts {
 public:
  explicit TakenTexts(std::string_view what) : what_(what) {}

  void take(TableReader& reader, std::string_view key, const std::string& text,
            SourcePosition position, size_t secret) {
    if (text.empty()) return;
    auto [first, is_new] = taken_.try_emplace(text, Place{position.line, secret});
    if (is_new || first->second.secret == secret) return;
    reader.reject(key,
                  fmt::format("the secret in line {} has the {} `{}` already; give each its own",
                              first->second.line, what_, text));
  }

 private:
  struct Place {
    uint32_t line;
    size_t secret;
  };
  std::string_view what_;
  std::map<std::string, Place> taken_;
};

fs::path resolved(const fs::path& path) {
  std::error_code failed;
  fs::path whole = fs::weakly_canonical(path, failed);
  return failed ? path : whole;
}

bool covers_either_way(const PathList& paths, const fs::path& file) {
  PathPattern as_written{file.string()};
  PathPattern as_it_is{resolved(file).string()};
  return std::any_of(paths.patterns().begin(), paths.patterns().end(),
                     [&](const PathPattern& granted) {
                       PathPattern folder{resolved(granted.text).string()};
                       return granted.covers(as_written) || granted.covers(as_it_is) ||
                              folder.covers(as_written) || folder.covers(as_it_is);
                     });
}

void refuse_file_in_reach(TableReader& reader, const SecretSource& source,
                          const Permissions& permissions) {
  std::optional<fs::path> file = secret_file(source);
  if (!file || file->empty() || !is_within_reach(*file, permissions)) return;
  reader.reject(source.kind == SecretSource::Kind::kFile ? "file" : "credential",
                fmt::format("the grants of this policy let actors reach {}; {}", file->string(),
                            kSecretReachHint));
}

}  // namespace

std::string SecretSource::to_string() const {
  switch (kind) {
    case Kind::kFile:
      return "file " + name;
    case Kind::kEnvironment:
      return "variable " + name;
    case Kind::kCredential:
      return "credential " + name;
  }
  return name;
}

bool SecretRule::hides(std::string_view variable_name) const {
  bool is_source = source.kind == SecretSource::Kind::kEnvironment && source.name == variable_name;
  return is_source || (!variable.empty() && variable == variable_name);
}

std::string SecretRule::formatted(std::string_view text) const {
  std::string value = format;
  return value.replace(value.find(kHole), kHole.size(), text);
}

Result<PlaceholderPattern> PlaceholderPattern::parse(std::string_view text) {
  auto wrong = [&] {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a placeholder has one `{{N}}`, for {} or more letters and digits, and comes "
                "to at most {} visible characters, as in \"sk-{{48}}\"",
                text, kLettersMin, kSizeMax);
  };
  size_t open = text.find('{');
  size_t close = text.find('}');
  if (open == text.npos || close == text.npos || close < open) return wrong();
  PlaceholderPattern pattern{std::string(text.substr(0, open)), 0,
                             std::string(text.substr(close + 1))};
  auto [end, error] = std::from_chars(text.data() + open + 1, text.data() + close, pattern.letters);
  std::string around = pattern.before + pattern.after;
  bool good = error == std::errc() && end == text.data() + close &&
              pattern.letters >= kLettersMin && around.size() <= kSizeMax &&
              pattern.letters <= kSizeMax - around.size() &&
              std::all_of(around.begin(), around.end(), is_visible) &&
              around.find_first_of("{}") == around.npos;
  if (!good) return wrong();
  return pattern;
}

std::vector<SecretRule> read_secrets(Diagnostics& diagnostics, TableReader& document,
                                     const fs::path& folder, const Permissions& permissions) {
  std::vector<SecretRule> rules;
  TakenTexts names("name");
  TakenTexts variables("variable");
  for (const TomlValue* value : document.tables("secret")) {
    TableReader reader(diagnostics, "[[secret]]", std::get<TomlTable>(value->value),
                       value->position);
    SecretRule rule = SecretReader(reader, folder).read();
    names.take(reader, "name", rule.name, value->position, rules.size());
    if (rule.source.kind == SecretSource::Kind::kEnvironment)
      variables.take(reader, "environment", rule.source.name, value->position, rules.size());
    variables.take(reader, "variable", rule.variable, value->position, rules.size());
    refuse_file_in_reach(reader, rule.source, permissions);
    reader.finish();
    rules.push_back(std::move(rule));
  }
  return rules;
}

bool names_actor(const std::vector<SecretRule>& rules, std::string_view actor) {
  return std::any_of(rules.begin(), rules.end(), [&](const SecretRule& rule) {
    return std::find(rule.actors.begin(), rule.actors.end(), actor) != rule.actors.end();
  });
}

std::optional<fs::path> secret_file(const SecretSource& source) {
  if (source.kind == SecretSource::Kind::kFile) return source.name;
  const char* folder =
      source.kind == SecretSource::Kind::kCredential ? ::getenv("CREDENTIALS_DIRECTORY") : nullptr;
  if (folder == nullptr) return std::nullopt;
  return fs::path(folder) / source.name;
}

bool is_within_reach(const fs::path& file, const Permissions& permissions) {
  if (permissions.process && covers_either_way(permissions.process->paths, file)) return true;
  const auto& files = permissions.file_system;
  if (!files || !(files->read || files->write || files->execute)) return false;
  if (!covers_either_way(files->paths, file)) return false;
  // A denial holds for the path that it names, so the file is kept only under its real path.
  return !files->denied.denies({resolved(file).string()});
}

}  // namespace theater
