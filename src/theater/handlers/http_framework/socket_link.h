// One WebSocket of an actor: messages between its client and the guest.
//
// It begins while the guest still decides whether it takes the connection. What the guest sends until
// then waits. Messages of the client reach the guest one after the other, each as a call, and at most
// kCallsMax of them are in the mailbox. Then the node does not read from the client, so that a fast
// client fills neither the mailbox nor the memory.
//
// To the client, messages leave in the order in which they were sent, when their calls are on record.
// They wait in a bounded queue. A client that does not read, so that its queue is full, is closed with
// 1013.
#pragma once

#include "theater/base/guarded.h"
#include "theater/handlers/http_framework/server_link.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater {

// A message that is ready for the wire, or a close.
struct OutMessage {
  MessageKind kind = MessageKind::kText;
  Bytes bytes;
  std::optional<WebSocketClose> close;
};

// Reads a message of a guest. Fails with a text that says what is wrong with it.
tl::expected<OutMessage, std::string> out_message(const SocketMessage& message);

// Safe from any thread.
class SocketLink : public std::enable_shared_from_this<SocketLink> {
 public:
  static constexpr size_t kCallsMax = 16;
  // Of messages that are not on their way yet: those of calls that are not on record, and those that
  // wait for the guest's decision.
  static constexpr size_t kUnsentMax = 1'024;
  static constexpr size_t kUnsentBytesMax = size_t{4} << 20;
  static constexpr size_t kMessageBytesMax = size_t{1} << 20;
  // A client may send this many messages at once, and as many in each second.
  static constexpr size_t kRateMax = 1'000;
  static constexpr std::chrono::milliseconds kRateTime{1'000};
  static constexpr std::chrono::milliseconds kIdleTime{60'000};

  SocketLink(std::shared_ptr<ServerLink> server, uint64_t connection, WebSocketPath path);

  uint64_t connection() const { return connection_; }
  const WebSocketPath& path() const { return path_; }
  // Set when the guest shall hear nothing more of it, even what waits in the mailbox.
  Withdrawn withdrawn() const { return withdrawn_; }

  // The guest takes the connection.
  void accept(PortReply& reply, const std::optional<std::string>& subprotocol);
  // The guest does not, or the client has gone meanwhile.
  void refuse();

  // Makes room for a message, which send() or drop() must follow. Fails with a text for the guest.
  tl::expected<void, std::string> reserve(const OutMessage& message);
  // The call of the message is on record.
  void send(OutMessage message);
  void drop(const OutMessage& message);

  // Closes it, at once or when the guest has taken it.
  void close(WebSocketClose close);

  // The instance has ended.
  void abandon();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase : uint8_t { kConnecting, kOpen, kClosed };
  struct State {
    Phase phase = Phase::kConnecting;
    std::unique_ptr<PortSocket> socket;
    std::deque<OutMessage> early;  // Before the guest's decision.
    size_t unsent = 0;
    size_t unsent_bytes = 0;
    size_t calls = 0;        // Of messages, in the mailbox or in the guest.
    bool is_paused = false;  // The client is not read.
    bool closes = false;     // By the guest.
    size_t pings = 0;        // Of the guest, without their pongs.
    size_t rate_left = kRateMax;
    Clock::time_point rate_since = Clock::now();
    std::deque<SocketMessage> waiting;    // Of the client, which found no place in the mailbox.
    bool is_giving = false;               // A thread gives to the guest, or a retry will.
    bool is_over = false;                 // The connection has ended.
    std::optional<WebSocketClose> ended;  // How, while the guest has not been told.
  };

  // From the connection.
  NextMessage receive(SocketMessage message);
  void has_ended(const WebSocketClose& close);
  // Gives the guest what waits for it.
  void give();
  bool give_one(const SocketMessage& message);
  bool give_end();
  void answered(const RequestAnswer& answer, uint64_t call);
  void write(State& state, OutMessage message);
  void resume_if_due();

  const std::shared_ptr<ServerLink> server_;
  const uint64_t connection_;
  const WebSocketPath path_;
  const std::shared_ptr<std::atomic<bool>> withdrawn_;  // Shared with calls in the mailbox.
  Guarded<State> state_;
};

}  // namespace theater
