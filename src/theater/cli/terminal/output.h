// What a command prints: results on standard output, failures on standard error.
//
// Results are lines of text or of JSON, and pass the gate of base/printable.h, so that no text of a
// guest reaches a terminal as a command to it. Content, which other programs read, stays as it is
// unless standard output is a terminal. A reader that has gone away (`theater … | head`) is no
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
  kFailed = 1,         // The command ran and failed.
  kWrongUse = 2,       // The command line is wrong.
  kUnverifiable = 3,   // Nothing is wrong, but a proof needs something that is missing.
  kInterrupted = 130,  // Ctrl-C came before the command had done what it was for.
};

// Not thread-safe.
class Output {
 public:
  // Ignores SIGPIPE for the process, so that a closed pipe is an error of write().
  Output();

  // Writes `text` and a newline.
  void line(std::string_view text);
  // Writes `text` without a newline. Views escape line ends of guests; other line ends stay.
  void text(std::string_view text);
  // Writes `value` on one line. What a terminal would obey is an escape of JSON.
  void json(const nlohmann::ordered_json& value);
  // Writes bytes that a program may read, such as a reply or a signed note: exactly these bytes,
  // or on a terminal what text() writes.
  void content(std::string_view bytes);

  // Writes text that has passed the gate already, and may have colours.
  void shown(std::string_view text);

  // Whether the reader of standard output has gone away.
  bool broken() const { return broken_; }

  // Fails with kIo if a write failed, except for want of a reader.
  Result<void> finish();

 private:
  void write_all(std::string_view text);

  bool broken_ = false;
  std::string failure_;
};

// Writes `theater: what`, and `hint: …` for an error with a hint, to standard error. Everything
// except line ends passes the gate. Colours appear only on a terminal and without NO_COLOR.
void print_error(const Error& error);
void print_warning(std::string_view text);

// Prints why a command failed, for programs too with `json`, and returns `exit`.
Exit report_failure(const Error& error, Exit exit, bool json, Output& output);

// Exit status of a command that has printed its result, or reports its failure.
Exit exit_after(const Result<void>& done, bool json, Output& output);

}  // namespace theater::cli
