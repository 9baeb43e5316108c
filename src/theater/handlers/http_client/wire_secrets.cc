#include "theater/handlers/http_client/wire_secrets.h"

#include "theater/net/address.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace theater {

namespace {

constexpr std::string_view kFinal =
    "the operator's policy decides this ([[secret]]), and a retry does not help";

template <class... Args>
Failure denied(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kPermissionDenied, "{}; {}",
              fmt::format(format, std::forward<Args>(args)...), kFinal);
}

// A body may be large, and memmem() is much faster than find(). It takes no null pointer, which an
// empty body may have.
bool contains(std::string_view text, std::string_view part) {
  return text.size() >= part.size() &&
         ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

// The form that HostPattern has of a host and port.
HostPattern place_of(const Url& url) {
  bool is_v6 = contains(url.host, ":");
  return {is_v6 ? "[" + url.host + "]" : url.host, url.port};
}

bool is_loopback(const Url& url) {
  auto address = IpAddress::parse(url.host);
  return address && address->kind() == AddressKind::kLoopback;
}

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

// Whether a server could read the path as another one than it is here: one with segments that lead
// elsewhere, or with separators in disguise.
bool is_ambiguous(std::string_view path) {
  std::string small = lower(path);
  for (std::string_view part : {"%2e", "%2f", "%5c", "\\", "//", "/./", "/../", ";"}) {
    if (contains(small, part)) return true;
  }
  return small.ends_with("/.") || small.ends_with("/..");
}

bool is_within(std::string_view path, std::string_view prefix) {
  if (prefix == "/") return true;
  if (is_ambiguous(path) || !path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '/';
}

std::string_view path_of(const Url& url) {
  std::string_view target = url.target;
  return target.substr(0, target.find('?'));
}

std::string hosts_text(const SecretRule& rule) {
  std::vector<std::string> hosts;
  for (const HostPattern& host : rule.hosts)
    hosts.push_back(host.to_string());
  return fmt::format("{}", fmt::join(hosts, ", "));
}

}  // namespace

WireSecrets::WireSecrets(const ActorSecrets& secrets, std::shared_ptr<const SecretValues> values,
                         HostList private_hosts)
    : secrets_(secrets), values_(std::move(values)), private_hosts_(std::move(private_hosts)) {}

Result<WireUse> WireSecrets::judge(const WireRequest& request) const {
  WireUse use;
  for (const HeldSecret& secret : secrets_.held()) {
    const std::string& name = secret.rule.name;
    if (contains(request.url.to_string(), secret.placeholder))
      return denied("the placeholder of the secret `{}` stands in the URL", name);
    if (contains(as_text(request.body), secret.placeholder))
      return denied("the placeholder of the secret `{}` stands in the body", name);
    if (contains(request.method, secret.placeholder))
      return denied("the placeholder of the secret `{}` stands in the method", name);
  }
  THEATER_TRY_VOID(judge_headers(request, use));
  return use;
}

Result<void> WireSecrets::judge_headers(const WireRequest& request, WireUse& use) const {
  std::optional<std::filesystem::path> authorities;
  for (const HeldSecret& secret : secrets_.held()) {
    const SecretRule& rule = secret.rule;
    std::string expected = rule.formatted(secret.placeholder);
    size_t uses = 0;
    for (const HttpHeader& header : request.headers) {
      if (contains(header.name, secret.placeholder))
        return denied("the placeholder of the secret `{}` is a name of a header", rule.name);
      if (!contains(header.value, secret.placeholder)) continue;
      bool is_right = equals_ignoring_case(header.name, rule.header) && header.value == expected;
      if (!is_right) {
        return denied(
            "the secret `{}` goes into the header `{}: {}` alone, with the placeholder "
            "for {{}}, and the request has it in `{}`",
            rule.name, rule.header, rule.format, header.name);
      }
      ++uses;
    }
    if (uses == 0) continue;
    // A server may read either of two headers.
    if (request.headers.count(rule.header) > 1)
      return denied("the request has the header `{}` of the secret `{}` more than once",
                    rule.header, rule.name);
    THEATER_TRY_VOID(judge_place(rule, request));
    if (authorities && *authorities != rule.authorities)
      return denied("the request has secrets with different authorities (`ca`)");
    authorities = rule.authorities;
    use.secrets.push_back(rule.name);
  }
  if (authorities) use.authorities = *std::move(authorities);
  return {};
}

Result<void> WireSecrets::judge_place(const SecretRule& rule, const WireRequest& request) const {
  const Url& url = request.url;
  HostPattern place = place_of(url);
  if (std::find(rule.hosts.begin(), rule.hosts.end(), place) == rule.hosts.end()) {
    return denied("the secret `{}` is for {}, and not for {}", rule.name, hosts_text(rule),
                  place.to_string());
  }
  bool is_safe =
      url.scheme == Url::Scheme::kHttps || (is_loopback(url) && private_hosts_.allows(place));
  if (!is_safe)
    return denied("the secret `{}` goes over https alone, and not to {}", rule.name,
                  url.authority());
  if (!rule.methods.allows({std::string(request.method)}))
    return denied("the secret `{}` is not for the method {}", rule.name, request.method);
  std::string_view path = path_of(url);
  bool is_listed = std::any_of(rule.paths.begin(), rule.paths.end(),
                               [&](const std::string& one) { return is_within(path, one); });
  if (!is_listed) {
    return denied("the secret `{}` is for the paths {}, and not for {}", rule.name,
                  fmt::join(rule.paths, ", "), path);
  }
  return {};
}

Result<std::vector<SecretValue>> WireSecrets::put_in(std::string_view method, const Url& url,
                                                     HttpHeaders& headers) const {
  WireUse use = THEATER_TRY(judge({method, url, headers}));
  std::vector<SecretValue> values;
  if (use.secrets.empty()) return values;
  HttpHeaders filled;
  for (const HttpHeader& header : headers) {
    if (equals_ignoring_case(header.name, "Accept-Encoding")) continue;
    std::string value = header.value;
    for (const std::string& name : use.secrets) {
      const HeldSecret& secret = *secrets_.find(name);
      if (!equals_ignoring_case(header.name, secret.rule.header)) continue;
      if (values_ == nullptr)
        return fail(ErrorCode::kUnavailable, "this node has no value of the secret `{}`", name);
      SecretValue known = THEATER_TRY(values_->value(name));
      value = secret.rule.formatted(known->text());
      values.push_back(std::move(known));
    }
    filled.add(header.name, std::move(value));
  }
  filled.add("Accept-Encoding", "identity");
  headers = std::move(filled);
  return values;
}

std::vector<std::string> WireSecrets::bound_headers() const {
  std::vector<std::string> names;
  for (const HeldSecret& secret : secrets_.held())
    names.push_back(secret.rule.header);
  return names;
}

}  // namespace theater
