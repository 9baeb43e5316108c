// Debian's nginx as the server that the benchmark's requests go to.
#pragma once

#include "theater/base/testing/temporary_folder.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "../server/program.h"

namespace theater::bench {

// One worker that answers each GET with so many bytes, and keeps connections open. Runs on the
// processors of the thread that makes it. For one thread.
class WebServer {
 public:
  // Makes its files below `below`. The benchmark ends if nginx is not there.
  WebServer(const std::filesystem::path& below, size_t answer_bytes);

  // Whether nginx is there.
  static bool is_installed();

  uint16_t port() const { return port_; }
  std::string url() const;

 private:
  TemporaryFolder folder_;
  uint16_t port_;
  std::optional<Program> nginx_;
};

}  // namespace theater::bench
