// A chain as people and programs read it, from a stream of its events.
//
// The events come from memory, from a log, or from a log that grows. ChainText aligns lines with
// each other in batches; ChainValues gives one JSON value per event. Both take the events in their
// order, as EventReader does. An object belongs to one thread, and the types outlive it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/event/function_table.h"
#include "theater/views/event_view.h"
#include "theater/views/json.h"
#include "theater/views/payload_types.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater::views {

// How the payloads of a chain are shown.
struct ChainForm {
  PayloadForm payloads = PayloadForm::kValues;
  PayloadLength length = PayloadLength::kShort;  // Of text; JSON has all of each payload.
  // Width of the terminal that lines must fit, zero for lines of any length. Below
  // kWideColumnsMin a line has the time of day in place of the whole time, the last part of the
  // type, and no hash; the day stands on a line of its own.
  size_t columns = 0;
  bool has_colours =
      false;  // Text has the escape sequences of colours: one for each kind of event.
};

inline constexpr size_t kWideColumnsMin = 160;

// Position, time, short hash, type, a sentence and the payloads of each event. The text has passed
// the gate of base/printable.h, since nothing after it can tell a colour from a command of a guest.
class ChainText {
 public:
  // `actor` is the name in the heading. `functions` is the function table before the first event.
  ChainText(std::string actor, PayloadTypes& types, ChainForm form = {},
            log::FunctionTable functions = {})
      : actor_(std::move(actor)), form_(form), reader_(types, std::move(functions)) {}

  // The line above the events. Positions are aligned for a chain of this length.
  std::string heading(uint64_t events, const Hash& head);

  // Takes an event and shows nothing of it. Fails with kInvalidArgument if it does not decode.
  Result<void> skip(ByteView event) { return reader_.skip(event); }

  // Takes an event, and returns the lines that are complete: none, or a batch. Without `bodies` the
  // line says nothing of detached payloads. Fails as skip() does.
  Result<std::string> event(ByteView event, const Hash& hash, const Bodies* bodies = nullptr);

  // Returns the lines that event() still holds.
  std::string flush();

 private:
  // Bound of the lines that are aligned with each other.
  static constexpr size_t kBatchMax = 1000;

  struct Line {
    log::EventView event;
    std::string payloads;
    std::string_view colour;  // Number of an escape sequence; empty for none.
  };

  bool is_narrow() const { return form_.columns > 0 && form_.columns < kWideColumnsMin; }
  // A line for the day, if the event begins another.
  std::string day_of(const Line& line);
  // What stands before the event's type, and from the type on.
  std::string place_of(const Line& line) const;
  std::string rest_of(const Line& line) const;
  std::string text_of(const Line& line) const;

  std::string actor_;
  ChainForm form_;
  EventReader reader_;
  std::vector<Line> lines_;
  std::string day_;  // Of the last line.
  size_t seq_width_ = 0;
  size_t type_width_ = 0;
};

// One object for each event, with whole hashes and the bytes that were hashed.
class ChainValues {
 public:
  // As for ChainText; every object names the actor.
  ChainValues(std::string actor, PayloadTypes& types, ChainForm form = {},
              log::FunctionTable functions = {})
      : actor_(std::move(actor)), form_(form), reader_(types, std::move(functions)) {}

  // Takes an event and gives no value. Fails with kInvalidArgument if it does not decode.
  Result<void> skip(ByteView event) { return reader_.skip(event); }

  // {"event": {…}}, with the keys of docs/reference/event-view.md. Fails as skip() does.
  Result<Json> event(ByteView event, const Hash& hash, const Bodies* bodies = nullptr);

 private:
  std::string actor_;
  ChainForm form_;
  EventReader reader_;
};

}  // namespace theater::views
