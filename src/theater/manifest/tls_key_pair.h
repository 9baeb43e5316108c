// The key pairs of the operator with which servers of actors prove their names: the tables [[tls]] of a
// policy file.
//
// An actor names a key pair. It never has a path to its files and never sees the key. The handler
// http-framework reads them.
#pragma once

#include "theater/manifest/diagnostics.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/table_reader.h"

#include <filesystem>
#include <string>
#include <vector>

namespace theater {

// Value type.
struct TlsKeyPair {
  std::string name;
  // PEM files, as absolute paths.
  std::filesystem::path certificate_chain;
  std::filesystem::path private_key;

  bool operator==(const TlsKeyPair&) const = default;
};

// Reads [[tls]] of a policy that grants these permissions. Relative paths are below `folder`. Complaints
// go to `diagnostics`; a key within reach of actors is one.
std::vector<TlsKeyPair> read_tls_key_pairs(Diagnostics& diagnostics, TableReader& document,
                                           const std::filesystem::path& folder,
                                           const Permissions& permissions);

}  // namespace theater
