#include "server_process.h"

#include "theater/base/check.h"
#include "theater/net/connected_socket.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>

#include "../expect.h"

namespace theater::bench {

namespace {

constexpr auto kConnectTime = std::chrono::seconds(30);

std::string home_below(const TemporaryFolder& folder) {
  return (folder.path() / "home").string();
}

// The program has the processors of the thread that starts it.
bool bind_server(Affinity& affinity) {
  if (affinity.count() < 2) return false;
  affinity.bind_last(1);
  return true;
}

uint16_t port_of(const std::string& line) {
  uint16_t port = 0;
  size_t colon = line.rfind(':');
  THEATER_CHECK(colon != std::string::npos, "`{}` names no port", line);
  std::from_chars(line.data() + colon + 1, line.data() + line.size(), port);
  return port;
}

}  // namespace

Descriptor Entrance::connect() const {
  auto end = std::chrono::steady_clock::now() + kConnectTime;
  std::array users{::geteuid()};
  Descriptor made = expect(socket.empty() ? connect_to_host("127.0.0.1", port, end)
                                          : connect_to_path(socket, users, end));
  int flags = ::fcntl(made.number(), F_GETFL);
  THEATER_CHECK(::fcntl(made.number(), F_SETFL, flags & ~O_NONBLOCK) == 0);
  return made;
}

ServerProcess::ServerProcess(const std::string& program, const std::filesystem::path& below)
    : folder_(below),
      pinned_(bind_server(affinity_)),
      started_at_(std::chrono::steady_clock::now()),
      server_({program, "server", "--home", home_below(folder_), "--listen", "127.0.0.1:0",
               "--log-level", "error"}) {
  if (pinned_) affinity_.bind_but_last(1);
  (void)server_.read_line();
  starting_time_ = std::chrono::steady_clock::now() - started_at_;
  uint16_t port = port_of(server_.read_line());
  Program token({program, "token", "new", "--scope", "admin", "--home", home_below(folder_)});
  tcp_ = {.socket = {}, .port = port, .token = token.read_line()};
  token.wait();
  socket_ = {.socket = folder_.path() / "home" / "theater.sock", .port = 0, .token = {}};
}

double ServerProcess::cpu_seconds(std::string_view thread) const {
  uint64_t sum_ns = 0;
  std::filesystem::path tasks =
      std::filesystem::path("/proc") / std::to_string(server_.id()) / "task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::string name;
    std::ifstream names(task.path() / "comm");
    if (!std::getline(names, name) || name != thread) continue;
    uint64_t running_ns = 0;
    std::ifstream(task.path() / "schedstat") >> running_ns;
    sum_ns += running_ns;
  }
  return static_cast<double>(sum_ns) * 1e-9;
}

}  // namespace theater::bench
