// A program that shows long output page by page, such as `less`.
//
// While a pager is there, standard output is a pipe to it. The pager is the program in $PAGER, which
// a shell reads as other programs do, or `less`. It gets LESS=FRX unless that variable is set: leave
// at once if all fits, keep colours, and leave the text on the screen. There is none if PAGER is
// empty or `cat`, or if no `less` is there.
#pragma once

#include "theater/base/result.h"

#include <sys/types.h>

#include <optional>
#include <string>

namespace theater::cli {

// Not thread-safe: standard output belongs to the process.
class Pager {
 public:
  // The pager's command for a shell; none if the output must have no pager.
  static std::optional<std::string> command();

  // Starts a pager and makes standard output a pipe to it. Ctrl-C is the pager's until it ends.
  // Fails with kIo, and then standard output is what it was.
  static Result<Pager> start(const std::string& command);

  Pager(Pager&& other) noexcept;
  Pager& operator=(Pager&&) = delete;
  // Gives standard output back and waits until the pager has ended.
  ~Pager();

 private:
  Pager(pid_t pid, int terminal) : pid_(pid), terminal_(terminal) {}

  pid_t pid_ = -1;
  int terminal_ = -1;  // The former standard output.
};

}  // namespace theater::cli
