#include "theater/manifest/handler_entry.h"

#include "theater/manifest/permission_fields.h"
#include "theater/manifest/permission_settings.h"

#include <algorithm>
#include <limits>

namespace theater {

namespace {

// Bounds of both halves: what is written is required, and the default is only a ceiling.
template <Unit kUnit>
void read_bound(TableReader& reader, std::string_view key, uint64_t unwritten,
                AtMost<kUnit>& ceiling, AtMost<kUnit>& required) {
  std::optional<uint64_t> written = reader.number(key, kUnit);
  ceiling.value = written.value_or(unwritten);
  if (written) required = ceiling;
}

template <Unit kUnit>
void read_bound(TableReader& reader, std::string_view key, uint64_t unwritten,
                AtLeast<kUnit>& ceiling, AtLeast<kUnit>& required) {
  std::optional<uint64_t> written = reader.number(key, kUnit);
  ceiling.value = written.value_or(unwritten);
  if (written) required = ceiling;
}

// Takes what the policy grants if the entry leaves the list out, and insists on it if not.
template <class Pattern>
void read_list(TableReader& reader, std::string_view key, AllowList<Pattern>& ceiling,
               AllowList<Pattern>& required) {
  std::optional<AllowList<Pattern>> written = read_patterns<Pattern>(reader, key, {});
  ceiling = written ? *written : AllowList<Pattern>::unrestricted();
  if (written) required = *std::move(written);
}

void read_environment(TableReader& reader, Ask& ask) {
  EnvironmentPermissions asked;
  if (auto names = read_environment_names(reader, SettingStyle::kRestriction, {})) {
    asked.vars = *std::move(names);
  }
  asked.list_all = reader.flag("allow_list_all").value_or(false);
  ask.ceiling.environment = asked;
  ask.required.environment = asked;
}

void read_random(TableReader& reader, HandlerEntry& entry) {
  RandomPermissions& ceiling = entry.ask.ceiling.random.emplace();
  RandomPermissions& required = entry.ask.required.random.emplace();
  entry.random_seed = reader.number("seed", Unit::kCount);
  read_bound(reader, "max_bytes", HandlerEntry::kRandomBytesMax, ceiling.max_bytes,
             required.max_bytes);
  read_bound(reader, "max_int", HandlerEntry::kRandomIntMax, ceiling.max_int, required.max_int);
  ceiling.crypto_secure = reader.flag("allow_crypto_secure").value_or(false);
  required.crypto_secure = ceiling.crypto_secure;
  if (entry.random_seed && ceiling.crypto_secure) {
    reader.reject("seed",
                  "values that repeat are no secrets: leave out either `seed` or "
                  "`allow_crypto_secure`");
  }
}

void read_timing(TableReader& reader, Ask& ask) {
  TimingPermissions& ceiling = ask.ceiling.timing.emplace();
  TimingPermissions& required = ask.required.timing.emplace();
  read_bound(reader, "max_sleep_duration", HandlerEntry::kSleepMsMax, ceiling.max_sleep,
             required.max_sleep);
  read_bound(reader, "min_sleep_duration", HandlerEntry::kSleepMsMin, ceiling.min_sleep,
             required.min_sleep);
  if (ceiling.min_sleep.value > ceiling.max_sleep.value) {
    reader.reject("min_sleep_duration", "it is larger than `max_sleep_duration`");
  }
}

void read_store(TableReader& reader, Ask& ask, const std::filesystem::path& base_folder) {
  StorePermissions& ceiling = ask.ceiling.store.emplace();
  StorePermissions& required = ask.required.store.emplace();
  ceiling.shared = read_patterns<NamePattern>(reader, "shared", base_folder).value_or(NameList());
  required.shared = ceiling.shared;
  read_bound(reader, "max_stores", HandlerEntry::kStoresMax, ceiling.max_stores,
             required.max_stores);
  read_bound(reader, "max_bytes", HandlerEntry::kStoreBytesMax, ceiling.max_bytes,
             required.max_bytes);
  read_bound(reader, "max_contents", HandlerEntry::kStoreContentsMax, ceiling.max_contents,
             required.max_contents);
  read_bound(reader, "max_labels", HandlerEntry::kStoreLabelsMax, ceiling.max_labels,
             required.max_labels);
}

void read_process(TableReader& reader, Ask& ask, const std::filesystem::path& base_folder) {
  ProcessPermissions& ceiling = ask.ceiling.process.emplace();
  ProcessPermissions& required = ask.required.process.emplace();
  read_bound(reader, "max_processes", HandlerEntry::kProcessesMax, ceiling.max_processes,
             required.max_processes);
  read_bound(reader, "max_output_buffer", HandlerEntry::kOutputBufferMax, ceiling.max_output_buffer,
             required.max_output_buffer);
  ceiling.programs =
      read_patterns<NamePattern>(reader, "allowed_programs", base_folder).value_or(NameList());
  ceiling.paths =
      read_patterns<PathPattern>(reader, "allowed_paths", base_folder).value_or(PathList());
  read_list(reader, "allowed_commands", ceiling.commands, required.commands);
  ceiling.network = read_network_reach(reader, "network").value_or(NetworkReach());
  read_list(reader, "allowed_hosts", ceiling.hosts, required.hosts);
  read_list(reader, "allowed_methods", ceiling.methods, required.methods);
  for (std::string_view key : {"allowed_hosts", "allowed_methods"}) {
    if (reader.has(key) && ceiling.network == NetworkReach())
      reader.reject(key,
                    "it bounds the network of processes: add `network = true`, or leave it out");
  }
  required.programs = ceiling.programs;
  required.paths = ceiling.paths;
  required.network = ceiling.network;
  ceiling.drop_unused_hosts();
  required.drop_unused_hosts();
}

void read_file_system(TableReader& reader, HandlerEntry& entry,
                      const std::filesystem::path& base_folder) {
  FileSystemPermissions& ceiling = entry.ask.ceiling.file_system.emplace();
  FileSystemPermissions& required = entry.ask.required.file_system.emplace();
  if (std::optional<std::string> path = reader.text("path")) {
    Result<PathPattern> pattern = PathPattern::parse(*path, base_folder);
    if (pattern) {
      entry.folder = pattern->text;
      ceiling.paths = PathList({*pattern});
    } else {
      reader.reject("path", pattern.error().message());
    }
  }
  ceiling.denied.list =
      read_patterns<PathPattern>(reader, "denied_paths", base_folder).value_or(PathList());
  ceiling.commands = read_patterns<CommandPattern>(reader, "allowed_commands", base_folder)
                         .value_or(CommandList());
  reader.refuse("unsandboxed", kUnsandboxedIsOfGrants);
  ceiling.new_dir = reader.flag("new_dir").value_or(false);
  entry.keep_dir = reader.flag("keep_dir").value_or(true);
  entry.quota = reader.number("quota", Unit::kBytes).value_or(HandlerEntry::kQuotaDefault);
  required = ceiling;
  // What the policy denies is denied, without being asked for.
  required.denied = DeniedPaths();
  // An entry cannot say which operations it needs, so it takes those that the policy has.
  ceiling.read = true;
  ceiling.write = true;
  ceiling.execute = required.execute = !ceiling.commands.patterns().empty();
  // The policy alone says which programs run without a sandbox.
  ceiling.unsandboxed = NameList::unrestricted();
  ceiling.drop_unused_commands();
  required.drop_unused_commands();
}

// The two entries of HTTP take what the policy grants of each setting that they leave out, and
// insist on what they write.
constexpr uint64_t kAsGranted = std::numeric_limits<uint64_t>::max();

void read_http_client(TableReader& reader, Ask& ask) {
  HttpClientPermissions& ceiling = ask.ceiling.http_client.emplace();
  HttpClientPermissions& required = ask.required.http_client.emplace();
  read_list(reader, "allowed_hosts", ceiling.hosts, required.hosts);
  read_list(reader, "allowed_methods", ceiling.methods, required.methods);
  read_bound(reader, "max_redirects", kAsGranted, ceiling.max_redirects, required.max_redirects);
  read_bound(reader, "timeout", kAsGranted, ceiling.timeout, required.timeout);
  read_bound(reader, "max_request_size", kAsGranted, ceiling.max_request_size,
             required.max_request_size);
  read_bound(reader, "max_response_size", kAsGranted, ceiling.max_response_size,
             required.max_response_size);
  // An actor has only the secrets that its manifest names.
  ceiling.secrets = read_patterns<NamePattern>(reader, "secrets", {}).value_or(NameList());
  required.secrets = ceiling.secrets;
  // Headers that the policy adds are added without being asked for.
  ceiling.idempotency_headers =
      read_added_headers(reader, "idempotency_header").value_or(AddedHeaders::unrestricted());
}

void read_http_framework(TableReader& reader, Ask& ask) {
  HttpFrameworkPermissions& ceiling = ask.ceiling.http_framework.emplace();
  HttpFrameworkPermissions& required = ask.required.http_framework.emplace();
  read_list(reader, "hosts", ceiling.hosts, required.hosts);
  read_list(reader, "ports", ceiling.ports, required.ports);
  read_list(reader, "allowed_routes", ceiling.routes, required.routes);
  read_list(reader, "allowed_methods", ceiling.methods, required.methods);
  read_list(reader, "allowed_origins", ceiling.origins, required.origins);
  read_bound(reader, "max_request_size", kAsGranted, ceiling.max_request_size,
             required.max_request_size);
  read_bound(reader, "max_servers", kAsGranted, ceiling.max_servers, required.max_servers);
  read_bound(reader, "max_routes", kAsGranted, ceiling.max_routes, required.max_routes);
  read_bound(reader, "max_connections", kAsGranted, ceiling.max_connections,
             required.max_connections);
}

constexpr size_t kCustomNameSizeMax = 64;

bool is_custom_name(std::string_view name) {
  auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= kCustomNameSizeMax && is_small(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_small(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string custom_name_rule() {
  return fmt::format("1 to {} small letters, digits and dashes, with a letter first",
                     kCustomNameSizeMax);
}

void read_custom(TableReader& reader, HandlerEntry& entry) {
  entry.custom_name = reader.text("name").value_or("");
  reader.missing("name", "the handler that is meant, as in name = \"dice\"");
  bool named = is_custom_name(entry.custom_name);
  if (reader.has("name") && capability_from_name(entry.custom_name)) {
    reader.reject(
        "name", fmt::format("`{0}` is no custom handler: write type = \"{0}\"", entry.custom_name));
  } else if (reader.has("name") && !named) {
    reader.reject("name", fmt::format("a handler's name is {}", custom_name_rule()));
  }
  std::vector<NamePattern> rights;
  if (named) rights.push_back({entry.custom_name});
  for (const std::string& right : reader.list("rights").value_or(std::vector<std::string>())) {
    if (!is_custom_name(right)) {
      reader.reject("rights", fmt::format("`{}`: a right is {}", right, custom_name_rule()));
    } else if (named) {
      rights.push_back({entry.custom_name + "/" + right});
    }
  }
  entry.custom_settings = reader.texts("config");
  entry.ask.ceiling.custom = CustomPermissions{NameList(std::move(rights))};
  entry.ask.required = entry.ask.ceiling;
}

// What was asked for of one setting of an entry. No default of a bound is the strictest value, so
// that such a value in `required` alone is a bound that the entry leaves out.
template <class T>
T demanded(const T& ceiling, const T&) {
  return ceiling;
}
template <Unit kUnit>
AtMost<kUnit> demanded(AtMost<kUnit> ceiling, AtMost<kUnit> required) {
  bool written = required != AtMost<kUnit>() || ceiling == AtMost<kUnit>();
  return written ? ceiling : AtMost<kUnit>::unrestricted();
}
template <Unit kUnit>
AtLeast<kUnit> demanded(AtLeast<kUnit> ceiling, AtLeast<kUnit> required) {
  bool written = required != AtLeast<kUnit>() || ceiling == AtLeast<kUnit>();
  return written ? ceiling : AtLeast<kUnit>::unrestricted();
}

Permissions demand_of(const Permissions& ceiling, const Permissions& required) {
  Permissions demand = ceiling;
  detail::each_capability([&](auto member) {
    if (!(demand.*member)) return;
    auto& capability = *(demand.*member);
    using T = std::remove_reference_t<decltype(capability)>;
    detail::each_field<T>([&](const auto& field) {
      capability.*field.member =
          demanded((*(ceiling.*member)).*field.member, (*(required.*member)).*field.member);
    });
  });
  // Taken where it is granted, and asked for only where it is written.
  if (demand.runtime) demand.runtime = required.runtime;
  // Never asked for.
  if (demand.file_system) demand.file_system->unsandboxed = NameList();
  // What a grant leaves out is narrow here, so that asking for nothing shows a grant of nothing more.
  if (demand.http_framework) {
    HttpFrameworkPermissions& framework = *demand.http_framework;
    HttpFrameworkPermissions bare = detail::bare_grant<HttpFrameworkPermissions>();
    if (framework.hosts.is_unrestricted() && !required.http_framework->hosts.is_unrestricted())
      framework.hosts = bare.hosts;
    if (framework.ports.is_unrestricted() && !required.http_framework->ports.is_unrestricted())
      framework.ports = bare.ports;
    if (framework.origins.is_unrestricted() && !required.http_framework->origins.is_unrestricted())
      framework.origins = bare.origins;
  }
  return demand;
}

}  // namespace

std::string_view HandlerEntry::handler_name() const {
  return type == Capability::kCustom ? std::string_view(custom_name) : capability_name(type);
}

HandlerEntry read_handler_entry(Capability type, TableReader& reader,
                                const std::filesystem::path& base_folder) {
  HandlerEntry entry;
  entry.type = type;
  Permissions all = Permissions::unrestricted();
  switch (type) {
    case Capability::kRuntime: {
      std::optional<bool> system_info = reader.flag("system_info");
      entry.ask.ceiling.runtime = RuntimePermissions{system_info.value_or(true)};
      entry.ask.required.runtime = RuntimePermissions{system_info.value_or(false)};
      break;
    }
    case Capability::kEnvironment:
      read_environment(reader, entry.ask);
      break;
    case Capability::kRandom:
      read_random(reader, entry);
      break;
    case Capability::kTiming:
      read_timing(reader, entry.ask);
      break;
    case Capability::kFileSystem:
      read_file_system(reader, entry, base_folder);
      break;
    case Capability::kStore:
      read_store(reader, entry.ask, base_folder);
      break;
    case Capability::kProcess:
      read_process(reader, entry.ask, base_folder);
      break;
    case Capability::kCustom:
      read_custom(reader, entry);
      break;
    case Capability::kHttpClient:
      read_http_client(reader, entry.ask);
      break;
    case Capability::kHttpFramework:
      read_http_framework(reader, entry.ask);
      break;
    case Capability::kMessageServer:
      entry.request_timeout_ms = reader.number("request_timeout_ms", Unit::kMilliseconds, 1);
      [[fallthrough]];
    case Capability::kSupervisor:
      entry.ask.ceiling = all.only(type);
      entry.ask.required = entry.ask.ceiling;
      break;
  }
  entry.ask.demand = demand_of(entry.ask.ceiling, entry.ask.required);
  return entry;
}

}  // namespace theater
