// Events of a server, as commands print them.
#pragma once

#include "theater/api/client/api_client.h"
#include "theater/base/result.h"
#include "theater/cli/commands/event_filter.h"
#include "theater/cli/terminal/output.h"
#include "theater/views/json.h"

#include <cstdint>
#include <optional>
#include <string>

namespace theater::cli {

// How an event is printed.
enum class EventForm : uint8_t {
  kPretty,    // A line: position, time, beginning of the hash, type, description and values.
  kCompact,   // A line: position, function without its interface, and values.
  kDetailed,  // Lines: hash, parent, type, time, description, size in bytes, and each value.
  kJson,      // An object `{"event": …}`.
  kCsv,       // A row, below one with the names of the columns (RFC 4180).
};

// How much of a value a line shows. The forms kDetailed and kJson have all of it.
enum class ValueLength : uint8_t { kShort, kFull };

// Prints events as the API describes them. Not thread-safe.
class EventPrinter {
 public:
  EventPrinter(EventForm form, Output& output, ValueLength length = ValueLength::kShort)
      : form_(form), length_(length), output_(output) {}

  void print(const views::Json& event);
  // The same for each event of a list, and aligns their lines with each other.
  void print_page(const views::Json& events);
  // A warning that the server left events out; an object `{"gap": …}` in JSON.
  void print_gap(const views::Json& gap);

  uint64_t printed() const { return printed_; }

 private:
  void widen(const views::Json& event);
  std::string line_of(const views::Json& event) const;
  std::string compact_line_of(const views::Json& event) const;
  std::string row_of(const views::Json& event) const;
  std::string payload_text(const views::Json& event) const;

  const EventForm form_;
  const ValueLength length_;
  Output& output_;
  uint64_t printed_ = 0;
  size_t position_width_ = 1;
  size_t type_width_ = 1;
};

// Prints the events of a stream that pass the filter until it ends, until `limit` events are
// printed, or until the reader of standard output has gone. Fails as EventStream::next(), and with
// kCorrupt for an event that is no JSON.
Result<void> print_stream(api::EventStream& stream, const EventFilter& filter,
                          std::optional<uint64_t> limit, EventPrinter& printer,
                          const Output& output);

}  // namespace theater::cli
