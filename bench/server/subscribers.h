// Clients that read the events of an actor as streams.
#pragma once

#include "theater/base/descriptor.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "server_process.h"

namespace theater::bench {

enum class Pace : uint8_t {
  kFast,   // Reads what comes.
  kSlow,   // Reads 16 KiB of each stream, a hundred times a second.
  kNever,  // Reads nothing but the head of the answer.
};

// One thread reads all streams; the figures are safe from any thread.
class Subscribers {
 public:
  // Opens so many streams of the actor's events, from the first one on. The benchmark ends if the
  // server refuses one.
  Subscribers(const Entrance& entrance, const std::string& actor, size_t count, Pace pace);
  // Closes them.
  ~Subscribers();
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  // How many events, and how many gaps in their place, all streams together had so far.
  uint64_t events() const { return events_.load(); }
  uint64_t gaps() const { return gaps_.load(); }

 private:
  struct Stream {
    Descriptor socket;
    std::string unread;  // Maybe the beginning of a line that counts.
  };

  static void open(Stream& stream, const Entrance& entrance, const std::string& request);
  void count(Stream& stream);
  void read_all(Pace pace);
  void read_some(Stream& stream, size_t bytes_max);

  std::vector<Stream> streams_;
  std::atomic<uint64_t> events_{0};
  std::atomic<uint64_t> gaps_{0};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace theater::bench
