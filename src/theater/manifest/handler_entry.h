// One `[[handler]]` entry of a manifest: which handler the actor uses, and what it asks of it.
//
// Every handler type of the system can be read, whether or not this build has the handler. Fields
// that the manifest leaves out stay absent here; docs/manifest.md says what they then mean.
#pragma once

#include "theater/manifest/permissions.h"
#include "theater/manifest/table_reader.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// What a manifest asks for. An actor gets at most `ceiling`, and is not started unless it gets all
// of `required`: a default that the author never wrote is taken if the policy has it, while what
// was written is insisted on. required ⊑ ceiling.
//
// `demand` is what the author asked for, to be shown as a grant. Bounds that the manifest leaves
// out are unrestricted there, so that a grant does not mention them. required ⊑ demand.
struct Ask {
  Permissions ceiling;
  Permissions required;
  Permissions demand = {};
};

struct HandlerEntry {
  // Defaults of settings that an entry leaves out.
  static constexpr uint64_t kRandomBytesMax = uint64_t{1} << 20;
  static constexpr uint64_t kRandomIntMax = 9'223'372'036'854'775'807;
  static constexpr uint64_t kSleepMsMax = 3'600'000;
  static constexpr uint64_t kSleepMsMin = 1;
  static constexpr uint64_t kProcessesMax = 10;
  static constexpr uint64_t kOutputBufferMax = uint64_t{1} << 20;
  static constexpr uint64_t kQuotaDefault = uint64_t{1} << 30;
  static constexpr uint64_t kRequestTimeoutMs = 3'000'000;
  static constexpr uint64_t kStoresMax = 16;
  static constexpr uint64_t kStoreBytesMax = uint64_t{256} << 20;
  static constexpr uint64_t kStoreContentsMax = 10'000;
  static constexpr uint64_t kStoreLabelsMax = 10'000;

  Capability type = Capability::kRuntime;
  SourcePosition position;

  // The entry's own share: one capability in each half.
  Ask ask;

  // random: the seed of a generator that repeats; none if `allow_crypto_secure` is asked for.
  std::optional<uint64_t> random_seed;
  // filesystem: the folder the actor works in, absolute.
  std::optional<std::filesystem::path> folder;
  // filesystem: whether a folder that the node makes stays when the actor has ended.
  bool keep_dir = true;
  // filesystem: how many bytes one incarnation may write.
  uint64_t quota = kQuotaDefault;
  // message-server: how long a request waits for its answer.
  std::optional<uint64_t> request_timeout_ms;
  // custom: the handler's own name, and what the manifest tells it. These are wishes; what an
  // operator is to decide is a right (CustomPermissions).
  std::string custom_name;
  std::map<std::string, std::string, std::less<>> custom_settings;

  // The Handler::name of what the entry lists.
  std::string_view handler_name() const;
};

// Reads the settings of an entry of type `type`; the caller has read `type` itself and calls
// reader.finish(). Relative paths are taken below `base_folder`.
HandlerEntry read_handler_entry(Capability type, TableReader& reader,
                                const std::filesystem::path& base_folder);

}  // namespace theater
