// Authorities that vouch for servers: the system's, or the system's and those of a PEM file.
//
// OpenSSL's store of them is made once and shared by all connections that trust the same. Reading
// the system's authorities for each connection, as libcurl does by itself, would cost milliseconds
// on the client's thread.
#pragma once

#include "theater/base/lru_cache.h"
#include "theater/base/result.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct x509_store_st;

namespace theater {

// Not thread-safe; the stores themselves may be used by several threads.
class TrustStores {
 public:
  // The files whose authorities are kept. The one that was not used for the longest time is read
  // again when it is wanted.
  static constexpr size_t kStoresMax = 16;
  // After this time the system's authorities are read again.
  static constexpr std::chrono::hours kAgeMax{1};

  using Store = std::shared_ptr<x509_store_st>;

  // Authorities of the system and, unless the path is empty, of this file, as it is now. Fails with
  // kInvalidArgument if the file cannot be read as PEM, or the system's authorities cannot be.
  Result<Store> find(const std::filesystem::path& authorities);

 private:
  struct Version {
    dev_t device = 0;
    ino_t file = 0;
    off_t size = 0;
    int64_t changed_ns = 0;
    bool operator==(const Version&) const = default;
  };
  struct Kept {
    Store store;
    Version version;
    std::chrono::steady_clock::time_point read_at;
  };

  static Result<Version> version_of(const std::filesystem::path& authorities);

  LruCache<std::string, Kept> kept_{kStoresMax};
};

}  // namespace theater
