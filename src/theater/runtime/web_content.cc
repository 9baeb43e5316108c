#include "theater/runtime/web_content.h"

#include "theater/handlers/url_host.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

Result<void> check_grant(const WebReader& reader, const Url& url) {
  const auto& granted = reader.permissions->http_client;
  if (granted && granted->hosts.allows(host_of(url)) && granted->methods.allows({"GET"})) return {};
  std::string grant = fmt::format("http-client:hosts={};methods=GET", host_of(url).to_string());
  Error error(ErrorCode::kPermissionDenied,
              fmt::format("Permission denied: {} is needed to read {}", grant, url.to_string()));
  return Failure(
      std::move(error).with_hint(denied_reading_hint(grant, "http-client", reader.lacking)));
}

void bound_by(const HttpClientPermissions& granted, FetchOptions& options) {
  options.redirects_max = static_cast<int>(std::min<uint64_t>(
      granted.max_redirects.value, static_cast<uint64_t>(options.redirects_max)));
  auto milliseconds = static_cast<uint64_t>(options.total_time.count());
  milliseconds = std::min(granted.timeout.value, milliseconds);
  options.total_time = std::chrono::milliseconds(milliseconds);
  options.size_max =
      static_cast<size_t>(std::min<uint64_t>(granted.max_response_size.value, options.size_max));
}

}  // namespace

Result<Bytes> read_web_content(const WebReader& reader, const Url& url, size_t size_max) {
  FetchOptions options;
  options.size_max = size_max;
  const Permissions* permissions = reader.permissions;
  if (permissions != nullptr) {
    options.check_url = [&reader](const Url& asked) { return check_grant(reader, asked); };
    if (permissions->http_client) bound_by(*permissions->http_client, options);
    // Before anything is begun for one who may not.
    THEATER_TRY_VOID(check_grant(reader, url));
  }
  std::optional<HostPattern> refused;
  options.allows_address = [&](const Url& asked, const IpAddress&) {
    HostPattern host = host_of(asked);
    if (reader.private_hosts.allows(host)) return true;
    refused = std::move(host);
    return false;
  };
  Result<Fetched> fetched = reader.fetch(url, options);
  if (fetched) return std::move(fetched->body);
  Error error = std::move(fetched).error();
  if (error.code() == ErrorCode::kPermissionDenied && refused && error.hint().empty()) {
    return Failure(std::move(error).with_hint(
        fmt::format("the operator lets it be read by --private-host {}, or in the policy file by "
                    "private-hosts = [\"{}\"]",
                    refused->to_string(), refused->to_string())));
  }
  return Failure(std::move(error));
}

}  // namespace theater
