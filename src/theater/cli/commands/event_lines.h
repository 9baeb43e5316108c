// Events of a server, as commands print them.
#pragma once

#include "theater/api/client/api_client.h"
#include "theater/base/result.h"
#include "theater/cli/terminal/output.h"
#include "theater/views/json.h"

#include <cstdint>
#include <optional>
#include <string>

namespace theater::cli {

enum class EventForm : uint8_t { kText, kJson };

// Prints events as the API describes them: lines of text, or objects `{"event": …}`. Not
// thread-safe.
class EventPrinter {
 public:
  EventPrinter(EventForm form, Output& output) : form_(form), output_(output) {}

  void print(const views::Json& event);
  // The same for each event of a list, and aligns their lines with each other.
  void print_page(const views::Json& events);
  // A warning that the server left events out; an object `{"gap": …}` in JSON.
  void print_gap(const views::Json& gap);

  uint64_t printed() const { return printed_; }

 private:
  void widen(const views::Json& event);
  std::string line_of(const views::Json& event);

  const EventForm form_;
  Output& output_;
  uint64_t printed_ = 0;
  size_t position_width_ = 1;
  size_t type_width_ = 1;
};

// Prints the events of a stream until it ends, until `limit` events are printed, or until the reader
// of standard output has gone. Fails as EventStream::next(), and with kCorrupt for an event that is
// no JSON.
Result<void> print_stream(api::EventStream& stream, std::optional<uint64_t> limit,
                          EventPrinter& printer, const Output& output);

}  // namespace theater::cli
