#include "theater/cli/options/operator_reader.h"

#include "theater/base/log.h"
#include "theater/store/home.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace theater::cli {

namespace {

// What one command has read, and its client, which begins with the first address.
struct WebReads {
  std::map<std::string, Fetched> known;
  std::optional<WebClient> client;
};

}  // namespace

Fetch telling_fetch(WebClient& client) {
  return [&client](const Url& url, const FetchOptions& options) {
    log_line(LogLevel::kInfo, {.actor = {}, .part = "web"}, "reading {}", url.to_string());
    return fetch(client, url, options);
  };
}

Result<OperatorReader> OperatorReader::create(const std::filesystem::path& home,
                                              const Policy& policy) {
  OperatorReader made;
  HomeLayout layout{home};
  made.blobs_ = THEATER_TRY(BlobStore::open_read_only(layout.blobs()));
  made.reader_.stores = layout.stores();
  made.reader_.blobs = made.blobs_.get();
  made.reader_.private_hosts = policy.private_hosts();
  // Copies of the function share it.
  auto reads = std::make_shared<WebReads>();
  made.reader_.fetch = [reads](const Url& url, const FetchOptions& options) -> Result<Fetched> {
    auto found = reads->known.find(url.to_string());
    if (found != reads->known.end() && found->second.body.size() <= options.size_max)
      return found->second;
    if (!reads->client) reads->client.emplace();
    Fetched fetched = THEATER_TRY(telling_fetch(*reads->client)(url, options));
    return reads->known.insert_or_assign(url.to_string(), std::move(fetched)).first->second;
  };
  return made;
}

}  // namespace theater::cli
