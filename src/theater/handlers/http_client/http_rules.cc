#include "theater/handlers/http_client/http_rules.h"

#include "theater/handlers/url_host.h"
#include "theater/manifest/grant.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace theater {

namespace {

// The grant of one request alone; it names no bound.
HttpClientPermissions wanted(std::string_view method, const Url& url) {
  HttpClientPermissions wanted = *Permissions::unrestricted().http_client;
  wanted.hosts = HostList({host_of(url)});
  wanted.methods = NameList({NamePattern{std::string(method)}});
  wanted.secrets = NameList();
  return wanted;
}

std::string grant_of(HttpClientPermissions permissions) {
  Permissions all;
  all.http_client = std::move(permissions);
  return to_grants(all).front();
}

std::chrono::milliseconds time_of(const HttpClientPermissions& permissions) {
  auto most = static_cast<uint64_t>(HttpRules::kTimeMax.count());
  return std::chrono::milliseconds(std::min(permissions.timeout.value, most));
}

}  // namespace

Refusal HttpRules::refuses(std::string_view method, const Url& url, size_t body_bytes) const {
  bool allows = permissions_ && permissions_->hosts.allows(host_of(url)) &&
                permissions_->methods.allows({std::string(method)});
  if (!allows) return grant_of(wanted(method, url));
  if (body_bytes <= permissions_->max_request_size.value) return std::nullopt;
  HttpClientPermissions larger = wanted(method, url);
  larger.max_request_size.value = body_bytes;
  return fmt::format("{} (a body of {} bytes, max_request_size is {} bytes)",
                     grant_of(std::move(larger)), body_bytes, permissions_->max_request_size.value);
}

bool HttpRules::allows_private(const Url& url) const {
  return private_hosts_.allows(host_of(url));
}

WebBounds HttpRules::bounds() const {
  WebBounds bounds;
  if (!permissions_) return bounds;
  bounds.total_time = time_of(*permissions_);
  bounds.head_time = bounds.total_time;
  bounds.connect_time = std::min(bounds.connect_time, bounds.total_time);
  bounds.body_bytes_max = std::min(permissions_->max_response_size.value, kBodyBytesMax);
  return bounds;
}

WebBounds HttpRules::stream_bounds() const {
  WebBounds whole = bounds();
  if (!permissions_) return whole;
  whole.total_time = std::chrono::milliseconds(0);
  whole.body_bytes_max = permissions_->max_response_size.value;
  return whole;
}

int HttpRules::redirects_max() const {
  if (!permissions_) return 0;
  return static_cast<int>(
      std::min<uint64_t>(permissions_->max_redirects.value, static_cast<uint64_t>(kRedirectsMax)));
}

std::string HttpRules::pool() const {
  std::vector<std::string> hosts;
  for (const HostPattern& host : private_hosts_.patterns())
    hosts.push_back(host.to_string());
  return fmt::format("{} private {}", permissions_ ? grant_of(*permissions_) : std::string(),
                     fmt::join(hosts, ","));
}

}  // namespace theater
