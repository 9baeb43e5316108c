// What a command says: results on standard output, failures on standard error.
//
// Results are lines, of text or of JSON. A reader that has gone away (`theater … | head`) is no
// failure: what is written after that is dropped. Any other failed write is reported by finish().
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace theater::cli {

// The exit status of the program.
enum class Exit : int {
  kDone = 0,
  kFailed = 1,        // The command ran, and what it was for failed.
  kWrongUse = 2,      // The command line makes no sense.
  kUnverifiable = 3,  // Nothing is wrong, but something is missing that a proof needs.
};

// Not thread-safe.
class Output {
 public:
  // Ignores SIGPIPE for the process, so that a closed pipe is an error of write().
  Output();

  // Writes `text` and a newline.
  void line(std::string_view text);
  // Writes `text` as it is.
  void text(std::string_view text);
  void json(const nlohmann::ordered_json& value);

  // Whether the reader of standard output has gone away.
  bool broken() const { return broken_; }

  // Fails with kIo if something could not be written, other than for want of a reader.
  Result<void> finish();

 private:
  void write_all(std::string_view text);

  bool broken_ = false;
  std::string failure_;
};

// Writes `theater: what` and, if there is one, `hint: …` to standard error. Control characters that
// came with the text are escaped, line ends kept. Colours only on a terminal and without NO_COLOR.
void print_error(const Error& error);
void print_warning(std::string_view text);

// Says why a command is given up, to both readers if there are two, and returns `exit`.
Exit report_failure(const Error& error, Exit exit, bool json, Output& output);

}  // namespace theater::cli
