#include "theater/api/client/server_address.h"

#include "theater/net/address.h"
#include "theater/net/listening_socket.h"
#include "theater/net/url.h"
#include "theater/store/home.h"

#include <cstdlib>
#include <optional>

namespace theater::api {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Result<void> check_socket_path(const std::filesystem::path& path) {
  size_t size = path.string().size();
  if (size <= kUnixPathBytesMax) return {};
  return Failure(Error(ErrorCode::kInvalidArgument,
                       fmt::format("the path of the socket {} has {} bytes, and a Unix socket has "
                                   "at most {}",
                                   path.string(), size, kUnixPathBytesMax))
                     .with_hint("use a shorter path, or one relative to the working folder"));
}

Failure no_address(std::string_view text, std::string_view why) {
  return Failure(Error(ErrorCode::kInvalidArgument, fmt::format("`{}` is no server: {}", text, why))
                     .with_hint("a server is unix:PATH, http://HOST:PORT or https://HOST:PORT"));
}

Result<ServerAddress> parse_socket(std::string_view text) {
  std::string_view path = text.substr(kUnixPrefix.size());
  if (path.starts_with("//")) path.remove_prefix(2);
  if (path.empty()) return no_address(text, "it names no path");
  THEATER_TRY_VOID(check_socket_path(path));
  return ServerAddress{.socket = path};
}

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

std::string ServerAddress::origin() const {
  if (!socket.empty()) return std::string(kUnixPrefix) + socket.string();
  bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", uses_tls ? "https" : "http", is_v6 ? "[" : "", host,
                     is_v6 ? "]" : "", port);
}

bool ServerAddress::is_private() const {
  if (!socket.empty() || uses_tls || host == "localhost") return true;
  auto address = IpAddress::parse(host);
  return address && address->kind() == AddressKind::kLoopback;
}

Result<ServerAddress> parse_server_address(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return parse_socket(text);
  bool has_scheme = text.find("://") != std::string_view::npos;
  auto url = parse_url(has_scheme ? std::string(text) : fmt::format("http://{}", text));
  if (!url) return no_address(text, url.error().message());
  if (url->target != "/") return no_address(text, "an address of a server has no path");
  if (!has_scheme && text.find(':') == std::string_view::npos)
    return no_address(text, "it names no port");
  bool uses_tls = url->scheme == Url::Scheme::kHttps;
  return ServerAddress{.host = url->host, .port = url->port, .uses_tls = uses_tls};
}

Result<ServerAddress> server_of_home(const std::filesystem::path& home) {
  std::filesystem::path path = HomeLayout{home}.socket();
  THEATER_TRY_VOID(check_socket_path(path));
  return ServerAddress{.socket = path, .home = home};
}

Result<ServerAddress> choose_server(std::string_view given, const std::filesystem::path& home) {
  if (!given.empty()) return parse_server_address(given);
  if (home.empty()) {
    for (const char* name : {"THEATER_SERVER", "THEATER_SERVER_ADDRESS"}) {
      if (auto named = variable(name)) {
        ServerAddress address = THEATER_TRY_CONTEXT(parse_server_address(*named), "${}", name);
        return address;
      }
    }
  }
  return server_of_home(home_folder(home));
}

}  // namespace theater::api
