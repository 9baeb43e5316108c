// Many connections, each with one request after the other under way.
#pragma once

#include "theater/base/descriptor.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "answer_reader.h"
#include "server_process.h"

namespace theater::bench {

// For one thread, which sends and reads for all connections. The benchmark ends if the server
// refuses a request or closes a connection.
class Load {
 public:
  // Connects. All requests are the same text, which request_text() made.
  Load(const Entrance& entrance, size_t connections, std::string request);

  // Asks for so long, then waits for the answers that are missing. Returns answers a second.
  double run(std::chrono::milliseconds time);

 private:
  struct Connection {
    Descriptor socket;
    AnswerReader reader;
  };

  void ask(const Connection& connection) const;
  // Whether an answer has come.
  static bool read(Connection& connection);

  const std::string request_;
  Descriptor poll_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace theater::bench
