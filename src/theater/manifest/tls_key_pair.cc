#include "theater/manifest/tls_key_pair.h"

#include "theater/manifest/allow_list.h"
#include "theater/manifest/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater {

namespace {

constexpr size_t kKeyPairNameSizeMax = 64;

bool is_key_pair_name(std::string_view name) {
  return !name.empty() && name.size() <= kKeyPairNameSizeMax && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char letter) {
           return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                  (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' ||
                  letter == '.';
         });
}

std::filesystem::path read_path(TableReader& reader, std::string_view key,
                                const std::filesystem::path& folder) {
  std::string text = reader.text(key).value_or("");
  reader.missing(key, fmt::format("a PEM file, as in {} = \"/etc/theater/{}.pem\"", key, key));
  if (text.empty()) return {};
  Result<PathPattern> path = PathPattern::parse(text, folder);
  if (path) return path->text;
  reader.reject(key, path.error().message());
  return {};
}

}  // namespace

std::vector<TlsKeyPair> read_tls_key_pairs(Diagnostics& diagnostics, TableReader& document,
                                           const std::filesystem::path& folder,
                                           const Permissions& permissions) {
  std::vector<TlsKeyPair> pairs;
  for (const TomlValue* value : document.tables("tls")) {
    TableReader reader(diagnostics, "[[tls]]", std::get<TomlTable>(value->value), value->position);
    TlsKeyPair pair;
    pair.name = reader.text("name").value_or("");
    reader.missing("name", "the name by which actors mean it, as in name = \"shop\"");
    if (reader.has("name") && !is_key_pair_name(pair.name)) {
      reader.reject("name",
                    fmt::format("`{}`: a name has 1 to {} letters, digits, dashes, dots and "
                                "underscores, and no dot at its start",
                                pair.name, kKeyPairNameSizeMax));
    }
    bool is_taken = std::any_of(pairs.begin(), pairs.end(),
                                [&](const TlsKeyPair& other) { return other.name == pair.name; });
    if (is_taken)
      reader.reject("name", fmt::format("`{}` is the name of two key pairs", pair.name));
    pair.certificate_chain = read_path(reader, "certificate", folder);
    pair.private_key = read_path(reader, "key", folder);
    if (!pair.private_key.empty() && is_within_reach(pair.private_key, permissions)) {
      reader.reject("key", fmt::format("actors could read the file {}: {}",
                                       pair.private_key.string(), kSecretReachHint));
    }
    reader.finish();
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace theater
