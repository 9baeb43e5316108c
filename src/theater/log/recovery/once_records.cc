#include "theater/log/recovery/once_records.h"

#include "theater/log/event/event.h"
#include "theater/log/reader/chain_source.h"
#include "theater/log/reader/reverse_scan_range.h"
#include "theater/log/segment/segment_contents.h"
#include "theater/wit/leb.h"

#include <boost/mp11.hpp>

#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

// The bytes that these begin with in their variants.
constexpr uint64_t kNamedClientCase = boost::mp11::mp_find<Origin, NamedClient>::value;
constexpr uint64_t kStartedCase = boost::mp11::mp_find<Operation, Started>::value;
constexpr uint64_t kStopPeriod = 1024;

// Whether a `call` or a `control` may have a Once, by its first bytes.
Result<bool> may_have_once(ByteView event, bool is_call) {
  wit::ByteReader reader(THEATER_TRY(event_body(event)));
  (void)THEATER_TRY(reader.read_byte());
  if (!is_call) return THEATER_TRY(reader.read_u(32)) == kStartedCase;
  (void)THEATER_TRY(reader.read_u(32));  // The function.
  if (THEATER_TRY(reader.read_u(32)) != kNamedClientCase) return false;
  uint64_t name_bytes = THEATER_TRY(reader.read_u(32));
  (void)THEATER_TRY(reader.read_bytes(name_bytes));
  return THEATER_TRY(reader.read_byte()) != 0;
}

std::optional<Once> once_of(const Body& body) {
  if (const auto* call = std::get_if<Call>(&body)) {
    const auto* client = std::get_if<NamedClient>(&call->from);
    return client == nullptr ? std::nullopt : client->once;
  }
  const auto* control = std::get_if<Control>(&body);
  const auto* started = control ? std::get_if<Started>(&control->operation) : nullptr;
  return started == nullptr ? std::nullopt : started->once;
}

class OnceSearch {
 public:
  OnceSearch(const LogReader& reader, uint64_t since_us, const std::stop_token& stop)
      : reader_(reader), since_us_(since_us), stop_(stop) {
    for (const ActorEntry& entry : reader.actors())
      ids_.emplace(entry.number.value, entry.id);
  }

  // Returns whether an event of the range is young enough.
  Result<bool> read(const ReverseScanRange& range) {
    bool is_young = false;
    LogCursor cursor = reader_.node_cursor(range.from);
    for (uint64_t index = range.from; index < range.to; ++index) {
      if (index % kStopPeriod == 0 && stop_.stop_requested())
        return fail(ErrorCode::kCancelled, "the search in the log was stopped");
      std::optional<StoredEvent> stored = THEATER_TRY(cursor.next());
      if (!stored) break;
      auto taken = accept(*stored);
      if (!taken) return damage_at(*stored, taken.error());
      is_young = is_young || *taken;
    }
    return is_young;
  }

  std::vector<OnceRecord> take() { return std::move(found_); }

 private:
  Result<bool> accept(const StoredEvent& stored) {
    EventHead head = THEATER_TRY(event_head(stored.bytes));
    if (head.time < since_us_) return false;
    bool may_have = head.is_call || head.is_control;
    if (!may_have || !THEATER_TRY(may_have_once(stored.bytes, head.is_call))) return true;
    THEATER_TRY_VOID(decode_event_in_place(stored.bytes, event_));
    if (std::optional<Once> once = once_of(event_.body)) {
      found_.push_back({.once = *once,
                        .actor = ids_.at(stored.actor.value),
                        .seq = head.seq,
                        .time = head.time,
                        .event = event_hash(stored.bytes)});
    }
    return true;
  }

  const LogReader& reader_;
  const uint64_t since_us_;
  const std::stop_token& stop_;
  std::unordered_map<uint64_t, ActorId> ids_;
  std::vector<OnceRecord> found_;
  Event event_;
};

}  // namespace

Result<std::vector<OnceRecord>> read_once_records(const LogReader& reader, uint64_t since_us,
                                                  const std::stop_token& stop) {
  OnceSearch search(reader, since_us, stop);
  for (auto at = ReverseScanRange::before(reader.size()); at.to > 0; at = at.earlier()) {
    if (!THEATER_TRY(search.read(at))) break;
  }
  return search.take();
}

}  // namespace theater::log
