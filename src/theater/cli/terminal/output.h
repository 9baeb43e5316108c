// What a command prints: results on standard output, failures on standard error.
//
// Results are lines of text or of JSON. A reader that has gone away (`theater … | head`) is no
// failure: output drops what follows. finish() reports any other failed write.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace theater::cli {

// The exit status of the program.
enum class Exit : int {
  kDone = 0,
  kFailed = 1,        // The command ran and failed.
  kWrongUse = 2,      // The command line is wrong.
  kUnverifiable = 3,  // Nothing is wrong, but a proof needs something that is missing.
};

// Not thread-safe.
class Output {
 public:
  // Ignores SIGPIPE for the process, so that a closed pipe is an error of write().
  Output();

  // Writes `text` and a newline.
  void line(std::string_view text);
  // Writes `text` without a newline.
  void text(std::string_view text);
  // Writes `value` on one line.
  void json(const nlohmann::ordered_json& value);

  // Whether the reader of standard output has gone away.
  bool broken() const { return broken_; }

  // Fails with kIo if a write failed, except for want of a reader.
  Result<void> finish();

 private:
  void write_all(std::string_view text);

  bool broken_ = false;
  std::string failure_;
};

// Writes `theater: what`, and `hint: …` for an error with a hint, to standard error. Escapes
// control characters except line ends. Colours appear only on a terminal and without NO_COLOR.
void print_error(const Error& error);
void print_warning(std::string_view text);

// Prints why a command failed, for programs too with `json`, and returns `exit`.
Exit report_failure(const Error& error, Exit exit, bool json, Output& output);

// Exit status of a command that has printed its result, or reports its failure.
Exit exit_after(const Result<void>& done, bool json, Output& output);

}  // namespace theater::cli
