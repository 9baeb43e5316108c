#include "web_server.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/net/connected_socket.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "../expect.h"

namespace theater::bench {

namespace {

// A port that is free now.
uint16_t free_port() {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  THEATER_CHECK(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  THEATER_CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

// tools/setup --extra keeps one beside the system.
std::string nginx_path() {
  const char* cache = std::getenv("THEATER_CACHE_DIR");
  const char* home = std::getenv("HOME");
  std::filesystem::path kept =
      cache != nullptr ? cache
                       : std::filesystem::path(home != nullptr ? home : "/") / ".cache/theater";
  kept /= "nginx/usr/sbin/nginx";
  return std::filesystem::exists(kept) ? kept.string() : "/usr/sbin/nginx";
}

std::string settings(const std::string& folder, uint16_t port, size_t answer_bytes) {
  return fmt::format(R"(daemon off;
master_process off;
worker_processes 1;
pid {0}/pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {0}/body;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  server {{
    listen 127.0.0.1:{1};
    location / {{ return 200 "{2}"; }}
  }}
}}
)",
                     folder, port, std::string(answer_bytes, 'x'));
}

}  // namespace

WebServer::WebServer(const std::filesystem::path& below, size_t answer_bytes)
    : folder_(below), port_(free_port()) {
  std::filesystem::path config = std::filesystem::absolute(folder_.path()) / "nginx.conf";
  expect(
      write_file(config, as_bytes(settings(config.parent_path().string(), port_, answer_bytes))));
  nginx_.emplace(std::vector<std::string>{nginx_path(), "-p", config.parent_path().string(), "-c",
                                          config.string()});
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!connect_to_host("127.0.0.1", port_, end)) {
    THEATER_CHECK(std::chrono::steady_clock::now() < end, "nginx does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool WebServer::is_installed() {
  return std::filesystem::exists(nginx_path());
}

std::string WebServer::url() const {
  return fmt::format("http://127.0.0.1:{}/", port_);
}

}  // namespace theater::bench
