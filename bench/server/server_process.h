// A `theater server` in a process of its own, with a home that is empty at first.
//
// The processor that the server has is the last one, and the load has the others, if the machine
// has more than one. So a figure is of the server alone.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/testing/temporary_folder.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "../affinity.h"
#include "program.h"

namespace theater::bench {

// How a client reaches a server.
struct Entrance {
  std::filesystem::path socket;  // Empty for TCP.
  uint16_t port = 0;
  std::string token;  // Empty on the socket, where the server knows the user.

  // A connected socket, which blocks.
  Descriptor connect() const;
};

// For one thread.
class ServerProcess {
 public:
  // Starts `program`, which is `theater`, with a home below the folder. Returns when the server says
  // where it listens.
  ServerProcess(const std::string& program, const std::filesystem::path& below);

  // From the start of the program until it said so.
  std::chrono::duration<double> starting_time() const { return starting_time_; }

  const Entrance& socket() const { return socket_; }
  // On the loopback, with a token of the scope `admin`.
  const Entrance& tcp() const { return tcp_; }

  // The processor time that the threads with this name have had, in seconds.
  double cpu_seconds(std::string_view thread) const;

  // Whether server and load have processors of their own.
  bool pinned() const { return pinned_; }

 private:
  TemporaryFolder folder_;
  Affinity affinity_;
  bool pinned_;
  std::chrono::steady_clock::time_point started_at_;
  Program server_;
  std::chrono::duration<double> starting_time_{};
  Entrance socket_;
  Entrance tcp_;
};

}  // namespace theater::bench
