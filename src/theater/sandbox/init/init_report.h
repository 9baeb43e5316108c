// How the first process of a sandbox gives up: it tells the node why, and ends.
#pragma once

#include "theater/sandbox/init_plan.h"

namespace theater::init {

class Channel {
 public:
  explicit Channel(int number) : number_(number) {}

  int number() const { return number_; }

  void send(InitMessage::Kind kind, int descriptor) const;
  // Sends that it cannot `what` (and `path`), with errno, and ends the process.
  [[noreturn]] void fail(const char* what, const char* path = "") const;
  void check(bool is_done, const char* what, const char* path = "") const {
    if (!is_done) fail(what, path);
  }
  // Ends the process if the node is gone.
  void check_node() const;

 private:
  int number_;
};

}  // namespace theater::init
