#include "theater/cli/options/operator_reader.h"

#include "theater/base/log.h"
#include "theater/store/home.h"

#include <map>
#include <string>
#include <utility>

namespace theater::cli {

Fetch telling_fetch() {
  return [](const Url& url, const FetchOptions& options) {
    log_line(LogLevel::kInfo, {.actor = {}, .part = "web"}, "reading {}", url.to_string());
    return fetch(url, options);
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
  auto known = std::make_shared<std::map<std::string, Fetched>>();
  made.reader_.fetch = [known, read = telling_fetch()](
                           const Url& url, const FetchOptions& options) -> Result<Fetched> {
    auto found = known->find(url.to_string());
    if (found != known->end() && found->second.body.size() <= options.size_max)
      return found->second;
    Fetched fetched = THEATER_TRY(read(url, options));
    return known->insert_or_assign(url.to_string(), std::move(fetched)).first->second;
  };
  return made;
}

}  // namespace theater::cli
