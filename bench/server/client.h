// A client of the API that waits for each answer.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/descriptor.h"

#include <string>
#include <string_view>

#include "answer_reader.h"
#include "server_process.h"

namespace theater::bench {

// The text of a request, with the token of the entrance.
std::string request_text(const Entrance& entrance, std::string_view method, std::string_view target,
                         std::string_view body = {}, std::string_view headers = {});

// For one thread. The benchmark ends if the server refuses a request or closes the connection.
class Client {
 public:
  explicit Client(const Entrance& entrance) : entrance_(entrance), socket_(entrance.connect()) {}

  // Sends what request_text() made and returns the body of the answer, valid until the next call.
  std::string_view ask(std::string_view request);

  std::string_view get(std::string_view target) {
    return ask(request_text(entrance_, "GET", target));
  }
  std::string_view post(std::string_view target, std::string_view body = {}) {
    return ask(request_text(entrance_, "POST", target, body));
  }

  const Entrance& entrance() const { return entrance_; }

 private:
  const Entrance entrance_;
  Descriptor socket_;
  AnswerReader reader_;
};

}  // namespace theater::bench
