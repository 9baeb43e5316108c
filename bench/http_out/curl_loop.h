// libcurl's own multi loop with nothing around it: what a client of ours is compared with.
#pragma once

#include <cstddef>
#include <string>

namespace theater::bench {

// Lets so many handles send so many GET requests each, one after the other, on this thread. The
// benchmark ends if one fails.
class CurlLoop {
 public:
  CurlLoop(std::string url, size_t handles);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  void run(size_t each);

 private:
  struct State;
  State* state_;
};

}  // namespace theater::bench
