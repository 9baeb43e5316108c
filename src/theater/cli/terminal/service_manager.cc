#include "theater/cli/terminal/service_manager.h"

#include "theater/base/descriptor.h"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>

namespace theater::cli {

namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<uint64_t> number_of_variable(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ServiceManager::ServiceManager() : socket_(variable("NOTIFY_SOCKET")) {
  auto period_us = number_of_variable(variable("WATCHDOG_USEC"));
  std::string_view process = variable("WATCHDOG_PID");
  bool is_for_us =
      process.empty() || number_of_variable(process) == static_cast<uint64_t>(::getpid());
  if (period_us && *period_us > 0 && is_for_us) {
    // Half of the period, as sd_watchdog_enabled(3) advises.
    alive_period_ = std::chrono::milliseconds(std::max<uint64_t>(1, *period_us / 2000));
  }
}

void ServiceManager::ready(std::string_view status) const {
  send(fmt::format("READY=1\nSTATUS={}", status));
}

void ServiceManager::stopping() const {
  send("STOPPING=1");
}

void ServiceManager::alive() const {
  send("WATCHDOG=1");
}

// A manager that does not listen is no failure of the server.
void ServiceManager::send(std::string_view text) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::copy(socket_.begin(), socket_.end(), address.sun_path);
  // A name that begins with @ is abstract.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  Descriptor file(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (file.number() < 0) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the form that the kernel wants
  (void)::sendto(file.number(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace theater::cli
