// Secrets of the operator that requests carry and guests never see: the tables [[secret]] of a
// policy file.
//
// A secret is a value that the node reads from a file, from a variable of its own environment, or
// from a credential of systemd. An actor that may use it gets a placeholder, a text of the same
// look. The HTTP client puts the value in its place when a request leaves, in one header and for the
// hosts, methods and paths that the rule lists. The rule also says which actors may have it: those
// whose component has a listed digest, and those that the operator started under a listed name. A
// manifest's own name never counts, since its author chose it.
//
// Here are the rules alone. The values are read by the handler http-client.
#pragma once

#include "theater/base/hash.h"
#include "theater/manifest/allow_list.h"
#include "theater/manifest/diagnostics.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/table_reader.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Where the value is.
struct SecretSource {
  enum class Kind : uint8_t {
    kFile,         // `name` is an absolute path.
    kEnvironment,  // A variable of the node's own environment.
    kCredential,   // A file of that name in $CREDENTIALS_DIRECTORY.
  };
  Kind kind = Kind::kFile;
  std::string name;

  // Such as "file /run/secrets/openai", for messages.
  std::string to_string() const;
  bool operator==(const SecretSource&) const = default;
};

// Value type.
struct SecretRule {
  static constexpr uint16_t kUsualPort = 443;

  std::string name;
  SecretSource source;
  // The requests that may carry it. A host is one name or address with its port.
  std::vector<HostPattern> hosts;
  NameList methods = NameList::unrestricted();
  std::vector<std::string> paths{"/"};  // Each with all below it, by components.
  // The header, and its value, in which `{}` stands for the secret.
  std::string header = "Authorization";
  std::string format = "Bearer {}";
  // The actors that may have it.
  std::vector<Hash> components;
  std::vector<std::string> actors;  // Names that the operator gives at the start.
  // The variable in which these actors find the placeholder; empty if there is none.
  std::string variable;
  std::string placeholder = "theater-{40}";
  // Further authorities for its hosts, a PEM file; empty for the system's alone.
  std::filesystem::path authorities;

  // Whether guests must not see the host's variable of that name.
  bool hides(std::string_view variable_name) const;
  // `format` around a text.
  std::string formatted(std::string_view text) const;
  bool operator==(const SecretRule&) const = default;
};

// The pattern of a placeholder: `{N}` in it stands for N letters and digits.
struct PlaceholderPattern {
  static constexpr size_t kLettersMin = 16;
  static constexpr size_t kSizeMax = 256;

  std::string before;
  size_t letters = 0;
  std::string after;

  // Fails with kInvalidArgument unless `text` has one `{N}`, of at least kLettersMin letters, among
  // visible ASCII characters, and comes to no more than kSizeMax bytes.
  static Result<PlaceholderPattern> parse(std::string_view text);
};

// Reads [[secret]] of a policy that grants these permissions. Relative paths are below `folder`.
// Complaints go to `diagnostics`; a file within reach of actors is one.
std::vector<SecretRule> read_secrets(Diagnostics& diagnostics, TableReader& document,
                                     const std::filesystem::path& folder,
                                     const Permissions& permissions);

// Whether a rule gives its secret to actors that the operator starts under this name.
bool names_actor(const std::vector<SecretRule>& rules, std::string_view actor);

// Where the file of a secret is, if it is in a file that is known by now.
std::optional<std::filesystem::path> secret_file(const SecretSource& source);

// Whether actors with these permissions may reach the file: by its path, or by another path that
// leads to it now. Looks at the file system.
bool is_within_reach(const std::filesystem::path& file, const Permissions& permissions);

// Advice for a file within reach.
inline constexpr std::string_view kSecretReachHint =
    "keep it outside the granted folders, or list it in `denied` of the grant `filesystem`";

}  // namespace theater
