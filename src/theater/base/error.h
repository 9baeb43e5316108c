// Why an operation failed: a code for the caller that can react, and a text for the person who
// reads it.
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

// Codes differ in the reaction that they allow the caller; the message tells the person the rest.
enum class ErrorCode {
  kInvalidArgument,    // The input is wrong and stays wrong: correct it.
  kNotFound,           // The thing named does not exist.
  kAlreadyExists,      // The name is taken.
  kPermissionDenied,   // Policy says no; the message names the grant that would allow it.
  kResourceExhausted,  // A bound was reached; later or with a larger bound it may work.
  kUnavailable,        // The peer is gone, closed or shutting down.
  kCancelled,          // The requester withdrew the operation.
  kDeadlineExceeded,   // The operation took longer than allowed.
  kCorrupt,            // Stored or received bytes are not what they claim to be.
  kUnsupported,        // The request is well formed, but Theater does not do it.
  kIo,                 // The operating system refused.
};

// The code's name as it appears in JSON output, such as "not-found".
std::string_view error_code_name(ErrorCode code);

// A code, a message, and the operations that were in progress.
//
// Value type. The message names the fault, its place, and the next step. A layer that knows more
// adds one context line and leaves the message unchanged.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The operations in progress, such as "reading manifest a.toml"; innermost first.
  const std::vector<std::string>& context() const { return context_; }
  // This error with one more operation around it. Moves from this error.
  Error with_context(std::string doing) &&;

  // One line of advice that the command line prints after `hint:`; empty when there is none.
  const std::string& hint() const { return hint_; }
  // This error with another hint. Moves from this error.
  Error with_hint(std::string hint) &&;

  // "outer: inner: message", without the hint.
  std::string to_string() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
  std::vector<std::string> context_;
};

}  // namespace theater
