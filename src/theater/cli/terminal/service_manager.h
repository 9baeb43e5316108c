// Notices to the program that supervises a server, such as systemd: ready, stopping, still alive.
//
// The manager names a datagram socket in NOTIFY_SOCKET, and perhaps a period in WATCHDOG_USEC
// (sd_notify(3)). Without them the notices go nowhere.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace theater::cli {

// For one thread.
class ServiceManager {
 public:
  // Reads the environment.
  ServiceManager();

  void ready(std::string_view status) const;
  void stopping() const;
  void alive() const;

  // How often alive() is due; none if the service manager does not ask for it.
  const std::optional<std::chrono::milliseconds>& alive_period() const { return alive_period_; }

 private:
  void send(std::string_view text) const;

  std::string socket_;
  std::optional<std::chrono::milliseconds> alive_period_;
};

}  // namespace theater::cli
