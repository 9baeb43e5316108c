// A manifest: the TOML file that comes with a component and says how to run it and what it asks
// for.
//
// It arrives together with untrusted code, so nothing in it grants anything: what an actor gets is
// the meet of its manifest, its parent and the operator's policy (effective_permissions.h). An
// unknown key is an error rather than ignored, because a misspelt restriction would otherwise
// restrict nothing. docs/manifest.md lists every key.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/manifest/budget.h"
#include "theater/manifest/handler_entry.h"
#include "theater/manifest/limits.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/reference_text.h"
#include "theater/manifest/substitution.h"
#include "theater/manifest/supervision.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Where an actor's state lives: in the guest's own memory, or handed in and out of each call.
enum class StateMode { kHeap, kExplicit };

enum class Durability { kMemory, kAsync, kSync };

// Which bodies the chain keeps beside their digests rather than inside the event.
enum class Detach { kAuto, kAll };

// Of which bodies the log keeps the bytes: of all, or of those that a replay cannot make again.
enum class KeptBodies { kAll, kInputs };

struct ManifestLog {
  Durability durability = Durability::kSync;
  Detach detach = Detach::kAuto;
  KeptBodies bodies = KeptBodies::kAll;
  // An actor with explicit state gets a snapshot when it has recorded so many events, or so many
  // bytes, since the last one.
  uint64_t snapshot_events = 10'000;
  uint64_t snapshot_bytes = uint64_t{16} << 20;
  bool operator==(const ManifestLog&) const = default;
};

// A `[permission_policy.<capability>]` table. A capability without one is inherited.
struct PermissionRule {
  enum class Type { kInherit, kDisallow, kRestrict };
  Type type = Type::kInherit;
  Permissions restriction;  // Of kRestrict: the capability, and nothing else.
};

// Value type.
struct Manifest {
  std::string name;
  std::optional<std::string> version;
  std::string component;  // As written (reference_text.h), or `sha256:` and a digest.
  // Where `component` is, if it is a file; absolute.
  std::optional<std::filesystem::path> component_path;
  // The component's bytes must have this digest.
  std::optional<Hash> component_digest;
  std::optional<std::string> description;
  std::optional<std::string> long_description;
  bool save_chain = false;
  std::optional<std::string> init_state;  // As written (reference_text.h).
  StateMode state = StateMode::kHeap;
  std::vector<HandlerEntry> handlers;
  std::map<Capability, PermissionRule> permission_policy;
  ManifestLimits limits;
  ManifestBudget budget;
  ManifestLog log;
  SupervisionRules supervision;
  // In the order in which they are started: those that are declared, then the pool's.
  std::vector<ChildEntry> children;
  // Not in the text: the actor serves HTTP as one of its parent's `[http] instances`.
  bool is_pool_member = false;
  ManifestPlace place;
  // The text as it was given, before substitution, and its SHA-256.
  std::string text;
  Hash digest;

  // Null if the manifest does not list the handler. Of several of the type `custom`, the first.
  const HandlerEntry* handler(Capability type) const;
  // The same of the type `custom`, by the handler's own name.
  const HandlerEntry* custom_handler(std::string_view wanted) const;

  // What the actor asks for: its handler entries, and the runtime capability in any case, narrowed
  // by its permission_policy.
  Ask ask() const;
  bool has_pool() const;

  // The most it can get: ask().ceiling.
  Permissions asked() const { return ask().ceiling; }
};

// The manifest of a member of a pool, under its own name: it starts none of the declared children.
Manifest pool_member(Manifest manifest, std::string name);

// Reads a manifest from its text. `source_name` stands in messages; `context` fills in
// placeholders. Fails with kInvalidArgument and everything that is wrong, as
// "source_name:line:column: …", one a line.
Result<Manifest> parse_manifest(std::string_view text, std::string_view source_name,
                                const ManifestPlace& place, const ContextLookup& context = {});

// The same of a text that is taken for that of a file in `base_folder`.
Result<Manifest> parse_manifest(std::string_view text, std::string_view source_name,
                                const std::filesystem::path& base_folder,
                                const ContextLookup& context = {});

// The same of a file, with its folder as the base. Fails with kNotFound or kIo too.
Result<Manifest> read_manifest(const std::filesystem::path& path,
                               const ContextLookup& context = {});

// The `init_state` of a manifest as written, without reading the rest: what it refers to may be the
// context for the rest. Fails if the text is not TOML or init_state not a string.
Result<std::optional<std::string>> peek_init_state(std::string_view text,
                                                   std::string_view source_name);

}  // namespace theater
