// One answer that a guest takes piece by piece.
//
// The network fills a bounded buffer, and the guest empties it: one call of `handle-stream` at a
// time, with all that has come meanwhile. A full buffer stops the transfer until the guest has taken
// half of it, so the bound reaches the server by TCP. A busy guest costs the stream time and nothing
// else. A mailbox without room is tried again.
//
// The stream ends for the guest with `end` or `failed`, and without a further word when the guest
// cancels it or the session ends.
#pragma once

#include "theater/actor/handler/guest_calls.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/guarded.h"
#include "theater/handlers/http_client/echo_guard.h"
#include "theater/handlers/http_client/http_transport.h"
#include "theater/handlers/http_client/http_values.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// Safe from any thread; WebReceiver's functions as that says.
class HttpStream final : public WebReceiver, public std::enable_shared_from_this<HttpStream> {
 public:
  // Bytes that wait for the guest.
  static constexpr size_t kBufferMax = size_t{256} << 10;
  // Bytes of one `data`, or fewer if the actor takes only smaller messages.
  static constexpr size_t kPieceMax = size_t{64} << 10;
  // A call that found no place in the mailbox is tried again after this.
  static constexpr std::chrono::milliseconds kRetry{100};

  // `timers` and the function, which takes the id and an event, outlive the stream.
  struct Parts {
    uint64_t id = 0;
    std::shared_ptr<GuestCalls> calls;
    const ExportFunction& function;
    Timers& timers;
    size_t piece_max = kPieceMax;
    std::shared_ptr<EchoGuard> guard = {};  // Null for a request without secrets.
  };
  explicit HttpStream(Parts parts);

  // The exchange that fills the stream. Once.
  void attach(std::shared_ptr<HttpTransport::Exchange> exchange);

  // The guest wants no events until resume(). One that is on its way arrives.
  void pause();
  void resume();

  // Ends the stream. The guest hears nothing more, but for an event that is on its way.
  void cancel();

  // Whether the guest has heard of the end, or never will.
  bool is_over() const;

  void head(WebHead head) override;
  bool data(ByteView bytes) override;
  void over(std::optional<WebFailure> why) override;

 private:
  struct State {
    std::shared_ptr<HttpTransport::Exchange> exchange;
    std::optional<StreamHead> head;
    Bytes buffer;
    std::optional<StreamEvent> last;  // `end` or `failed`.
    std::shared_ptr<void> expected;   // The actor is not idle before the stream is over.
    Timers::Id retry = 0;
    bool is_with_guest = false;     // A call is on its way, or waits for a place.
    bool is_paused = false;         // By the guest.
    bool is_transfer_full = false;  // The network waits for room.
    bool is_over = false;
  };

  void give();
  void call(StreamEvent event);
  void taken();
  void end();
  void give_up(std::string why);
  std::optional<StreamEvent> next(State& state);

  const Parts parts_;
  Guarded<State> state_;
};

}  // namespace theater
