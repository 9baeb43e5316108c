// Why an operation failed, for a caller who can do something about it and for a person who reads
// it.
//
// Three kinds of failure exist in Theater and never mix. An *expected* failure (a bad manifest, a
// missing file, a refused permission) is an Error inside a Result. A *guest's* fault is a Trap
// value that ends one incarnation. A bug of *ours* aborts in THEATER_CHECK.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

// What a caller can do, roughly, tells the codes apart; the message tells the person the rest.
enum class ErrorCode {
  kInvalidArgument,    // The input is wrong and stays wrong: correct it.
  kNotFound,           // The thing named does not exist.
  kAlreadyExists,      // The name is taken.
  kPermissionDenied,   // Policy says no; the message names the grant that would allow it.
  kResourceExhausted,  // A bound was reached; later or with a larger bound it may work.
  kUnavailable,        // The peer is gone, closed or shutting down.
  kCancelled,          // Somebody withdrew the operation.
  kDeadlineExceeded,   // It took longer than allowed.
  kCorrupt,            // Stored or received bytes are not what they claim to be.
  kUnsupported,        // Well formed, but not something Theater does.
  kIo,                 // The operating system refused.
};

// The code's name as it appears in JSON output, such as "not-found".
std::string_view error_code_name(ErrorCode code);

// A code, a message, and the chain of what was being done, outermost first.
//
// Value type. The message says what was wrong, where, and what to do next; each layer that adds
// knowledge adds one context line rather than rewriting the message.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // What was being attempted, such as "reading manifest a.toml"; innermost first.
  const std::vector<std::string>& context() const { return context_; }
  Error&& with_context(std::string doing) &&;

  // A one-line advice that the command line prints after `hint:`; empty when there is none.
  const std::string& hint() const { return hint_; }
  Error&& with_hint(std::string hint) &&;

  // "outer: inner: message", without the hint.
  std::string to_string() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
  std::vector<std::string> context_;
};

}  // namespace theater
