// A handler with one function of every kind, for tests of actors: a desk that a guest can write
// from, ask at, and be turned away from.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::testing {

inline constexpr const char* kDesk = "theater:simple/desk";
inline constexpr const char* kRuntime = "theater:simple/runtime";
inline constexpr const char* kVisitors = "theater:simple/visitors";

using Done = tl::expected<void, std::string>;
using Answered = tl::expected<Bytes, std::string>;

// What the handler's functions do:
//
//   send(to, bytes), request(to, bytes), respond(id, bytes), cancel(id), outstanding()
//   open(to, bytes), post(id, bytes), hang-up(id)   of channels
//   name()             read
//   say(text)          note; shows the text to people
//   mutter(text)       note that answers an error to an empty text
//   get-chain()        note of theater:simple/runtime, which every node offers
//   leave(data)        internal: ends the actor after the call
//   stamp(text)        effect, answered at once
//   fetch(text)        effect that waits; the Responder is kept in `fetches`
//   secret()           refused, with an error
//   secret-maybe()     refused, with none
//   secret-word()      refused, with a trap
//   fill(size)         read of that many bytes
//   hand-out(text)     internal; gives the text to the outside
// Safe from any thread.
class ProbeHandler final : public Handler {
 public:
  ProbeHandler();

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;

  // How often `stamp` was done.
  size_t stamps() const { return stamps_.load(); }
  // How often `fetch` was begun.
  size_t fetches() const { return fetches_begun_.load(); }

  // How long `request` and `open` of actors made from here on wait; for ever unless it is set.
  void set_timeout_ms(uint64_t timeout_ms) { timeout_ms_ = timeout_ms; }

  // What `hand-out` gave to the outside so far, in order; "lost" for a text whose record is lost.
  std::vector<std::string> handed_out() const {
    return handed_out_.with([](const auto& texts) { return texts; });
  }

  // The unanswered replies of `fetch`, oldest first.
  std::vector<Responder<Answered>> take_fetches() const;

 private:
  std::vector<HostFunction> functions();

  std::atomic<size_t> stamps_{0};
  std::atomic<size_t> fetches_begun_{0};
  std::optional<uint64_t> timeout_ms_;
  mutable Guarded<std::vector<Responder<Answered>>> fetches_;
  Guarded<std::vector<std::string>> handed_out_;
};

const ExportFunction& on_message();  // visitors.on-message(bytes)
const ExportFunction& on_request();  // visitors.on-request(id, bytes) -> option<bytes>

// visitors.on-open(id, bytes) -> channel-accept, on-channel(id, bytes), on-close(id)
const ExportFunction& on_open();
const ExportFunction& on_channel();
const ExportFunction& on_close();

}  // namespace theater::testing
