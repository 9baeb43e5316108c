// What an event says: its place, its sentence, and the values that crossed the wall, by type.
//
// EventReader takes the events of one chain in their order, because an event may refer to earlier
// ones: functions are numbered by the `instance` before it, and a result belongs to the function of
// the `call`, `intent` or `sent` before it. A reader that begins within a chain shows such a result
// as bytes until it knows the function.
//
//   PayloadTypes types(make_handlers());
//   EventReader reader(types);
//   EventView view = THEATER_TRY(reader.view(event, hash, &bodies));
//   Json json = event_json(view, PayloadForm::kValues);
//
// The keys of the JSON are in docs/reference/event-view.md.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/event/event.h"
#include "theater/log/event/view.h"
#include "theater/log/reader/log_reader.h"
#include "theater/views/json.h"
#include "theater/views/payload_types.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::views {

// The payloads that a log keeps next to an event, in their order; none for a removed payload.
using Bodies = std::vector<std::optional<log::StoredBody>>;

// Where the bytes of a payload are.
enum class Presence : uint8_t {
  kHere,
  kElsewhere,     // Next to the event, and the caller gave no bodies.
  kRemoved,       // Removed from the log.
  kRecomputable,  // Left out of the log, since a replay makes them again.
};

struct PayloadView {
  // `arguments`, `result`, `error`, `data`, or the name of a part that is held.
  std::string part;
  Presence presence = Presence::kHere;
  ByteView bytes;                 // If they are here.
  std::optional<wit::Type> type;  // Of which the bytes are a value; none if that is not known.
  std::optional<log::Detached> detached;
  std::optional<log::Salt> salt;  // Of a detached one whose body is known.
};

// Borrows the bytes of the event and of its bodies.
struct EventView {
  log::EventView event;
  std::string_view body;  // Name of the body, such as "call"; static storage.
  ByteView bytes;         // The bytes that were hashed.
  // In their order. A result of no bytes is left out.
  std::vector<PayloadView> payloads;
};

// Not thread-safe. The types outlive it.
class EventReader {
 public:
  // `functions` is the function table before the first event.
  explicit EventReader(PayloadTypes& types, log::FunctionTable functions = {})
      : types_(types), viewer_(std::move(functions)) {}

  // Takes an event that is not shown. Fails with kInvalidArgument if it does not decode.
  Result<void> skip(ByteView event);

  // Takes an event and describes it. Without `bodies`, detached payloads are elsewhere. Fails as
  // skip() does.
  Result<EventView> view(ByteView event, const Hash& hash, const Bodies* bodies = nullptr);

 private:
  struct Role;

  // Bound of the calls out of the wall whose results may follow. Beyond it, the oldest is
  // forgotten, and its result shown as bytes.
  static constexpr size_t kPendingMax = 1024;

  std::string name_of(uint32_t function) const;
  void follow(const log::Event& event);
  void remember(uint64_t seq, uint32_t function);
  std::string pending(uint64_t seq) const;
  std::vector<Role> roles(const log::Body& body) const;
  std::optional<wit::Type> type_of(const Role& role, const PayloadView& payload);
  std::optional<wit::Type> type_of_function(const Role& role, const PayloadView& payload);

  PayloadTypes& types_;
  log::EventViewer viewer_;
  std::optional<Hash> component_;
  std::string call_;                         // The function of the newest `call`.
  std::map<uint64_t, std::string> pending_;  // Functions of intents and requests, by position.
};

// The form of payloads.
enum class PayloadForm : uint8_t {
  kValues,  // By their types; bytes where the type is not known.
  kBytes,
};

// How much of a payload text shows. JSON always has all of it.
enum class PayloadLength : uint8_t {
  kShort,  // The first kPayloadTextMax bytes of its text.
  kFull,
};

inline constexpr size_t kPayloadTextMax = 100;

// Beyond it, a payload is shown by its type only if the type has no lists but those of bytes:
// elements of one byte could become a thousand times their size.
inline constexpr size_t kTypedBytesMax = size_t{1} << 20;

// The event as one object, without the actor's name.
Json event_json(const EventView& view, PayloadForm form);

// The payloads on one line, each after a space; empty if there are none.
std::string payloads_text(const EventView& view, PayloadForm form, PayloadLength length);

}  // namespace theater::views
