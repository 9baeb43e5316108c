#include "theater/handlers/random/random_session.h"

#include "theater/handlers/random/random_values.h"
#include "theater/manifest/grant.h"

#include <utility>

namespace theater {

namespace {

// The grant of random values that are no secrets, so many bytes a call.
std::string grant_of(AtMost<Unit::kBytes> max_bytes) {
  Permissions wanted;
  wanted.random.emplace().max_bytes = max_bytes;
  wanted.random->max_int = AtMost<Unit::kCount>::unrestricted();
  return to_grants(wanted).front();
}

}  // namespace

RandomSession::RandomSession(const SessionContext& context, std::unique_ptr<Random> random)
    : permissions_(context.permissions),
      payload_bytes_max_(context.manifest.limits.payload_bytes),
      random_(std::move(random)) {}

Refusal RandomSession::refusal() const {
  if (permissions_.random) return std::nullopt;
  return grant_of(AtMost<Unit::kBytes>::unrestricted());
}

Refusal RandomSession::refuses_bytes(uint32_t length) const {
  if (Refusal why = refusal()) return why;
  uint64_t max = permissions_.random->max_bytes.value;
  if (length <= max) return std::nullopt;
  return fmt::format("{} (asked for {} bytes, allowed are {} a call)", grant_of({length}), length,
                     max);
}

RandomSession::Drawn<Bytes> RandomSession::bytes(uint32_t length) {
  // Looked at before they are drawn: what does not fit would only cost time and memory.
  if (length > payload_bytes_max_) {
    return tl::unexpected(fmt::format(
        "random-bytes({}) does not fit the actor's payload limit (payload_bytes = {}): draw fewer "
        "at a time",
        length, payload_bytes_max_));
  }
  Bytes drawn(length);
  random_->fill(drawn);
  return drawn;
}

RandomSession::Drawn<uint64_t> RandomSession::range(uint64_t min, uint64_t max) {
  if (min >= max)
    return tl::unexpected(fmt::format("Invalid range: min ({}) >= max ({})", min, max));
  uint64_t allowed = permissions_.random->max_int.value;
  if (max > allowed) {
    return tl::unexpected(
        fmt::format("Requested max value ({}) exceeds configured maximum ({})", max, allowed));
  }
  return min + random_->below(max - min);
}

RandomSession::Drawn<double> RandomSession::number() {
  return random_float(*random_);
}

RandomSession::Drawn<std::string> RandomSession::uuid() {
  return random_uuid(*random_);
}

}  // namespace theater
