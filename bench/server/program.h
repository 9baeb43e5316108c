// A program in a process of its own, with its standard output in a pipe.
#pragma once

#include "theater/base/descriptor.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace theater::bench {

// For one thread.
class Program {
 public:
  // Starts the first word with the others as its arguments. The program gets SIGTERM when the
  // thread that has started it ends.
  explicit Program(const std::vector<std::string>& words);
  // Sends SIGTERM to a program that still runs, and waits for its end.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t id() const { return id_; }

  // Waits for the next line of the output, without its end. The benchmark ends if there is none.
  std::string read_line();
  // Waits for the end of the program. The benchmark ends if the program failed.
  void wait();

 private:
  bool read_more();

  pid_t id_ = -1;
  Descriptor output_;
  std::string unread_;
};

}  // namespace theater::bench
