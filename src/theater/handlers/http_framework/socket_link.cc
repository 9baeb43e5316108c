#include "theater/handlers/http_framework/socket_link.h"

#include "theater/base/utf8.h"

#include <utility>

namespace theater {

namespace {

constexpr size_t kControlBytesMax = 125;  // RFC 6455, 5.5.

SocketMessage message_of(MessageKind kind, Bytes bytes) {
  if (kind == MessageKind::kText) return {SocketText{}, std::nullopt, std::string(as_text(bytes))};
  if (kind == MessageKind::kPong) return {SocketPong{}, std::move(bytes), std::nullopt};
  return {SocketBinary{}, std::move(bytes), std::nullopt};
}

// The code as it stands on the wire, two bytes, and the reason as text.
SocketMessage message_of(const WebSocketClose& close) {
  Bytes code{static_cast<uint8_t>(close.code >> 8), static_cast<uint8_t>(close.code & 0xff)};
  std::optional<std::string> reason;
  if (!close.reason.empty() && is_utf8(close.reason)) reason = close.reason;
  return {SocketClose{}, std::move(code), std::move(reason)};
}

// Whether a client says so, and not this side about it.
bool is_clients_close(const WebSocketClose& close) {
  return close.code != 1006 && close.code != 1002 && close.code != 1007 && close.code != 1009;
}

tl::expected<OutMessage, std::string> out_close(const SocketMessage& message) {
  OutMessage out;
  out.close = WebSocketClose{};
  if (message.text) out.close->reason = *message.text;
  if (!message.data || message.data->empty()) return out;
  if (message.data->size() != 2)
    return tl::unexpected(
        std::string("the data of a close is a code of two bytes, high one first"));
  auto code = static_cast<uint16_t>(((*message.data)[0] << 8) | (*message.data)[1]);
  bool may_be_sent = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                     (code >= 3000 && code < 5000);
  if (!may_be_sent) return tl::unexpected(fmt::format("{} is no code that a close may have", code));
  out.close->code = code;
  return out;
}

}  // namespace

tl::expected<OutMessage, std::string> out_message(const SocketMessage& message) {
  if (std::holds_alternative<SocketClose>(message.ty)) return out_close(message);
  OutMessage out;
  if (std::holds_alternative<SocketText>(message.ty)) {
    if (!message.text) return tl::unexpected(std::string("a text message has no text"));
    out.bytes = to_bytes(*message.text);
  } else if (std::holds_alternative<SocketBinary>(message.ty)) {
    if (!message.data) return tl::unexpected(std::string("a binary message has no data"));
    out.kind = MessageKind::kBinary;
    out.bytes = *message.data;
  } else if (std::holds_alternative<SocketPing>(message.ty) ||
             std::holds_alternative<SocketPong>(message.ty)) {
    bool is_ping = std::holds_alternative<SocketPing>(message.ty);
    out.kind = is_ping ? MessageKind::kPing : MessageKind::kPong;
    if (message.data) out.bytes = *message.data;
    if (out.bytes.size() > kControlBytesMax)
      return tl::unexpected(
          fmt::format("a ping or pong has at most {} bytes of data", kControlBytesMax));
  } else {
    return tl::unexpected(
        std::string("only text, binary, ping, pong and close can be sent to a client"));
  }
  if (out.bytes.size() > SocketLink::kMessageBytesMax)
    return tl::unexpected(
        fmt::format("a message has at most {} bytes", SocketLink::kMessageBytesMax));
  return out;
}

SocketLink::SocketLink(std::shared_ptr<ServerLink> server, uint64_t connection, WebSocketPath path)
    : server_(std::move(server)),
      connection_(connection),
      path_(path),
      withdrawn_(std::make_shared<std::atomic<bool>>(false)) {}

// The beginning.

void SocketLink::accept(PortReply& reply, const std::optional<std::string>& subprotocol) {
  WebSocketOptions options;
  options.message_bytes_max = kMessageBytesMax;
  options.idle_time = kIdleTime;
  options.subprotocol = subprotocol.value_or("");
  auto self = shared_from_this();
  options.events.on_message = [self](MessageKind kind, Bytes bytes) {
    return self->receive(message_of(kind, std::move(bytes)));
  };
  options.events.on_pong = [self](Bytes bytes) {
    bool is_wanted = self->state_.with([](State& state) {
      if (state.pings == 0) return false;
      --state.pings;
      return true;
    });
    if (is_wanted) (void)self->receive(message_of(MessageKind::kPong, std::move(bytes)));
  };
  options.events.on_close = [self](const WebSocketClose& close) { self->has_ended(close); };
  std::unique_ptr<PortSocket> socket = reply.accept(std::move(options));
  std::unique_ptr<PortSocket> unwanted;
  state_.with([&](State& state) {
    // The loop may have told of the end by now, and the session may have ended.
    if (state.phase == Phase::kClosed || state.is_over) {
      unwanted = std::move(socket);
      return;
    }
    state.phase = Phase::kOpen;
    state.socket = std::move(socket);
    for (OutMessage& message : std::exchange(state.early, {}))
      write(state, std::move(message));
  });
  give();
}

void SocketLink::refuse() {
  state_.with([](State& state) {
    state.phase = Phase::kClosed;
    state.early.clear();
  });
  server_->remove_socket(connection_);
}

// To the client.

tl::expected<void, std::string> SocketLink::reserve(const OutMessage& message) {
  return state_.with([&](State& state) -> tl::expected<void, std::string> {
    if (state.phase == Phase::kClosed || state.closes || state.is_over)
      return tl::unexpected(fmt::format("WebSocket connection not found: {}", connection_));
    bool is_full =
        state.unsent >= kUnsentMax ||
        (state.unsent > 0 && state.unsent_bytes + message.bytes.size() > kUnsentBytesMax);
    if (is_full)
      return tl::unexpected(std::string(
          "Failed to send WebSocket message: full: too many messages of this connection wait for "
          "the record"));
    ++state.unsent;
    state.unsent_bytes += message.bytes.size();
    if (message.close) state.closes = true;
    if (!message.close && message.kind == MessageKind::kPing && state.pings < kUnsentMax)
      ++state.pings;
    return {};
  });
}

void SocketLink::drop(const OutMessage& message) {
  state_.with([&](State& state) {
    --state.unsent;
    state.unsent_bytes -= message.bytes.size();
  });
}

void SocketLink::send(OutMessage message) {
  state_.with([&](State& state) {
    if (state.phase == Phase::kConnecting) {
      state.early.push_back(std::move(message));
    } else {
      write(state, std::move(message));
    }
  });
}

// The lock is held: so messages of two threads keep their order. A port never calls back from here.
void SocketLink::write(State& state, OutMessage message) {
  --state.unsent;
  state.unsent_bytes -= message.bytes.size();
  if (state.socket == nullptr) return;
  if (message.close) return state.socket->close(*std::move(message.close));
  if (state.socket->send(message.kind, message.bytes) != WriteOutcome::kFull) return;
  state.closes = true;
  state.socket->close({1013, "the client does not read what it is sent"});
}

void SocketLink::close(WebSocketClose close) {
  state_.with([&](State& state) {
    state.closes = true;
    if (state.socket) return state.socket->close(std::move(close));
    if (state.phase != Phase::kConnecting) return;
    OutMessage last;
    last.close = std::move(close);
    ++state.unsent;
    state.early.push_back(std::move(last));
  });
}

// From the client.

NextMessage SocketLink::receive(SocketMessage message) {
  bool reads_on = state_.with([&](State& state) {
    if (state.phase == Phase::kClosed) return true;
    state.waiting.push_back(std::move(message));
    Clock::time_point now = Clock::now();
    if (now - state.rate_since >= kRateTime) {
      state.rate_since = now;
      state.rate_left = kRateMax;
    }
    if (state.rate_left > 0) --state.rate_left;
    bool is_too_fast = state.rate_left == 0;
    state.is_paused = is_too_fast || state.calls + state.waiting.size() >= kCallsMax;
    return !state.is_paused;
  });
  give();
  if (!reads_on) server_->retry([self = shared_from_this()] { self->resume_if_due(); });
  return reads_on ? NextMessage::kRead : NextMessage::kWait;
}

// A client that was not read is read again when the guest has caught up, and its time is over.
void SocketLink::resume_if_due() {
  enum class Step : uint8_t {
    kNone,
    kWait
  } step = state_.with([](State& state) {
    if (!state.is_paused || state.socket == nullptr) return Step::kNone;
    bool is_too_fast = state.rate_left == 0 && Clock::now() - state.rate_since < kRateTime;
    if (is_too_fast || state.calls + state.waiting.size() >= kCallsMax) return Step::kWait;
    state.is_paused = false;
    state.socket->resume();
    return Step::kNone;
  });
  if (step == Step::kWait) server_->retry([self = shared_from_this()] { self->resume_if_due(); });
}

void SocketLink::give() {
  for (;;) {
    enum class Next : uint8_t { kNothing, kMessage, kEnd } next = Next::kNothing;
    SocketMessage message;
    state_.with([&](State& state) {
      if (state.is_giving || state.phase == Phase::kConnecting) return;
      // From here on this thread alone gives, until it says that it no longer does.
      if (!state.waiting.empty()) {
        next = Next::kMessage;
        message = std::move(state.waiting.front());
        state.waiting.pop_front();
      } else if (state.ended) {
        next = Next::kEnd;
      }
      state.is_giving = next != Next::kNothing;
    });
    if (next == Next::kNothing) return;
    bool is_given = next == Next::kEnd ? give_end() : give_one(message);
    bool is_over = next == Next::kEnd && is_given;
    state_.with([&](State& state) {
      if (is_over) state.ended.reset();
      if (!is_given && next == Next::kMessage) state.waiting.push_front(std::move(message));
      // Only a retry ends the wait for a place.
      state.is_giving = !is_given;
    });
    if (is_over) return;
    if (is_given) continue;
    return server_->retry([self = shared_from_this()] {
      self->state_.with([](State& state) { state.is_giving = false; });
      self->give();
    });
  }
}

// False if the mailbox has no place.
bool SocketLink::give_one(const SocketMessage& message) {
  Bytes params;
  wit::encode_params(params, path_.message, connection_, message);
  auto call = std::make_shared<uint64_t>(0);
  state_.with([](State& state) { ++state.calls; });
  auto given = server_->parts().calls->call(
      server_->exports().message, std::move(params), ReplyTo::Reach::kOutside,
      [self = shared_from_this(), call](const RequestAnswer& answer) {
        self->answered(answer, *call);
      },
      {withdrawn_, [call](const RecordedCall& recorded) { *call = recorded.seq; }});
  if (!given) state_.with([](State& state) { --state.calls; });
  return given.has_value();
}

// The server has the socket until the guest has heard of its end: what still waits in the mailbox is
// withdrawn with the instance, because the next one hears of all sockets that are open on record.
bool SocketLink::give_end() {
  if (!path_.disconnect) {
    server_->remove_socket(connection_);
    return true;
  }
  Bytes params;
  wit::encode_params(params, *path_.disconnect, connection_);
  return server_->parts()
      .calls
      ->call(server_->exports().disconnect, std::move(params), ReplyTo::Reach::kNode,
             [server = server_, connection = connection_](const RequestAnswer&) {
               server->remove_socket(connection);
             },
             {withdrawn_, {}})
      .has_value();
}

// The guest has handled a message: what it returns goes to the client.
void SocketLink::answered(const RequestAnswer& answer, uint64_t call) {
  state_.with([](State& state) { --state.calls; });
  std::optional<std::string> why;
  if (answer.result) {
    auto messages = wit::decode<std::vector<SocketMessage>>(*answer.result);
    for (const SocketMessage& message : messages.value_or(std::vector<SocketMessage>())) {
      auto out = out_message(message);
      if (!out) why = out.error();
      if (out && reserve(*out)) send(*std::move(out));
    }
  } else if (answer.is_from_guest) {
    close({1011, "the handler of the message failed"});
  }
  if (why) {
    server_->note_bad_answer(call, *why);
    close({1011, "the handler of the message failed"});
  }
  resume_if_due();
  give();
}

// The end.

void SocketLink::has_ended(const WebSocketClose& close) {
  // The socket holds this object, by its events.
  std::unique_ptr<PortSocket> socket;
  state_.with([&](State& state) {
    socket = std::move(state.socket);
    state.is_over = true;
    if (state.phase == Phase::kClosed) return;
    if (!state.closes && is_clients_close(close)) state.waiting.push_back(message_of(close));
    state.ended = close;
    // The guest learns of the end even if the client went before the guest's decision was known.
    if (state.phase == Phase::kConnecting) state.phase = Phase::kOpen;
  });
  give();
}

void SocketLink::abandon() {
  withdrawn_->store(true, std::memory_order_relaxed);
  std::unique_ptr<PortSocket> socket = state_.with([](State& state) {
    state.phase = Phase::kClosed;
    state.waiting.clear();
    state.early.clear();
    state.ended.reset();
    return std::move(state.socket);
  });
  if (socket) socket->close({1012, "the actor restarts"});
}

}  // namespace theater
