#include "theater/net/trust_stores.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace theater {

namespace {

Result<TrustStores::Store> read_store(const std::filesystem::path& authorities) {
  ERR_clear_error();
  TrustStores::Store store(X509_STORE_new(), X509_STORE_free);
  if (store == nullptr || X509_STORE_set_default_paths(store.get()) != 1) {
    return fail(ErrorCode::kInvalidArgument,
                "the certificates of the system's authorities cannot be read; install the package "
                "ca-certificates");
  }
  if (!authorities.empty() && X509_STORE_load_file(store.get(), authorities.c_str()) != 1) {
    const char* reason = ERR_reason_error_string(ERR_get_error());
    return fail(ErrorCode::kInvalidArgument,
                "the certificates of authorities in {} cannot be read as PEM: {}",
                authorities.string(), reason != nullptr ? reason : "no reason is known");
  }
  return store;
}

}  // namespace

Result<TrustStores::Store> TrustStores::find(const std::filesystem::path& authorities) {
  Version version = THEATER_TRY(version_of(authorities));
  auto now = std::chrono::steady_clock::now();
  if (Kept* kept = kept_.find(authorities.string());
      kept != nullptr && kept->version == version && now - kept->read_at < kAgeMax) {
    return kept->store;
  }
  Store store = THEATER_TRY(read_store(authorities));
  kept_.put(authorities.string(), Kept{store, version, now});
  return store;
}

Result<TrustStores::Version> TrustStores::version_of(const std::filesystem::path& authorities) {
  if (authorities.empty()) return Version{};
  struct stat found{};
  if (::stat(authorities.c_str(), &found) != 0) {
    return fail(ErrorCode::kInvalidArgument,
                "the certificates of authorities in {} cannot be read: {}", authorities.string(),
                std::strerror(errno));
  }
  constexpr int64_t kNanosecondsOfSecond = 1'000'000'000;
  return Version{found.st_dev, found.st_ino, found.st_size,
                 found.st_mtim.tv_sec * kNanosecondsOfSecond + found.st_mtim.tv_nsec};
}

}  // namespace theater
