#include "theater/net/web_socket.h"

#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/test_identity.h"
#include "theater/net/testing/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <string>

namespace theater::web_socket_test {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// A frame of a client, masked with zeros (RFC 6455, 5.2).
std::string frame(uint8_t opcode, std::string_view payload, bool is_last = true) {
  std::string made;
  made += static_cast<char>((is_last ? 0x80 : 0) | opcode);
  if (payload.size() < 126) {
    made += static_cast<char>(0x80 | payload.size());
  } else {
    made += static_cast<char>(0x80 | 126);
    made += static_cast<char>(payload.size() >> 8);
    made += static_cast<char>(payload.size() & 0xff);
  }
  return made + std::string(4, '\0') + std::string(payload);
}

std::string close_frame(uint16_t code) {
  return frame(8, {std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)}});
}

// What a server's frame with a short payload looks like.
std::string answer_frame(uint8_t opcode, std::string_view payload) {
  return std::string{static_cast<char>(0x80 | opcode), static_cast<char>(payload.size())} +
         std::string(payload);
}

class WebSocketTest : public ::testing::Test {
 protected:
  HttpHandlers accepting() {
    return {.handle = [this](HttpRequest request, HttpResponder responder) {
      if (!request.wants_web_socket()) return responder.answer(HttpAnswer::text(200, "plain"));
      WebSocketOptions accepted = options;
      accepted.events.on_message = [this](MessageKind kind, Bytes bytes) {
        messages.put({kind, std::string(as_text(bytes))});
        return next;
      };
      accepted.events.on_room = [this] { rooms.put(1); };
      accepted.events.on_close = [this](const WebSocketClose& close) { closes.put(close); };
      sockets.put(responder.accept_web_socket(std::move(accepted)));
    }};
  }
  // A client whose upgrade is done.
  std::unique_ptr<RawClient> connect(TestServer& server) {
    auto client = std::make_unique<RawClient>(server.path());
    head = client->send(kUpgrade).read_until("\r\n\r\n");
    return client;
  }

  WebSocketOptions options;
  NextMessage next = NextMessage::kRead;
  std::string head;
  Mailbox<WebSocket> sockets;
  Mailbox<std::pair<MessageKind, std::string>> messages;
  Mailbox<int> rooms;
  Mailbox<WebSocketClose> closes;
};

TEST_F(WebSocketTest, RefusesAnUpgradeThatIsNotWellFormed) {
  TestServer server(accepting());
  std::string bad = kUpgrade;
  bad.replace(bad.find("dGhl"), 4, "");
  EXPECT_THAT(RawClient(server.port).send(bad).read_until("\r\n"), Not(HasSubstr("101")));
  EXPECT_EQ(closes.take().code, 1006);
  EXPECT_THAT(RawClient(server.port).send(kUpgrade + frame(1, "early")).read_until("\r\n"),
              HasSubstr("400"));
  EXPECT_EQ(closes.take().code, 1006);
}

TEST_F(WebSocketTest, CarriesMessagesBothWays) {
  options.subprotocol = "chat";
  TestServer server(accepting());
  auto client = connect(server);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(head, HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Protocol: chat\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("deflate")));
  WebSocket socket = sockets.take();
  client->send(frame(1, "te", false) + frame(9, "are you there?") + frame(0, "xt") +
               frame(2, "\xff"));
  EXPECT_EQ(messages.take(), (std::pair{MessageKind::kText, std::string("text")}));
  EXPECT_EQ(messages.take(), (std::pair{MessageKind::kBinary, std::string("\xff")}));
  EXPECT_EQ(client->read_until("there?"), answer_frame(10, "are you there?"));
  EXPECT_EQ(socket.send(MessageKind::kText, as_bytes("one")), WriteOutcome::kTaken);
  EXPECT_EQ(socket.send(MessageKind::kBinary, as_bytes("two")), WriteOutcome::kTaken);
  EXPECT_EQ(client->read_until("two"), answer_frame(1, "one") + answer_frame(2, "two"));
}

TEST_F(WebSocketTest, ClosesFromEitherSide) {
  TestServer server(accepting());
  auto client = connect(server);
  WebSocket socket = sockets.take();
  client->send(close_frame(1000));
  EXPECT_THAT(client->read_all(), StartsWith("\x88"));
  client.reset();
  EXPECT_EQ(closes.take().code, 1000);
  EXPECT_EQ(socket.send(MessageKind::kText, as_bytes("x")), WriteOutcome::kClosed);

  client = connect(server);
  socket = sockets.take();
  socket.send(MessageKind::kText, as_bytes("last"));
  socket.close({4000, "enough"});
  EXPECT_EQ(socket.send(MessageKind::kText, as_bytes("x")), WriteOutcome::kClosed);
  EXPECT_EQ(client->read_until("enough"), answer_frame(1, "last") + answer_frame(8,
                                                                                 "\x0f\xa0"
                                                                                 "enough"));
  client->send(close_frame(4000)).end_output();
  EXPECT_EQ(closes.take(), (WebSocketClose{4000, "enough"}));
}

TEST_F(WebSocketTest, ClosesOnWhatBreaksTheProtocolOrTheLimits) {
  options.message_bytes_max = 10;
  TestServer server(accepting());
  for (auto [bytes, code] : {std::pair{frame(1, "more than ten bytes"), 1009},
                             {frame(1, "seven..", false) + frame(0, "seven.."), 1009},
                             {frame(1, "\xff\xfe"), 1007},
                             {frame(3, "x"), 1002},
                             {std::string("\x81\x01x"), 1002}}) {
    auto client = connect(server);
    WebSocket socket = sockets.take();
    client->send(bytes);
    EXPECT_THAT(client->read_all(), StartsWith("\x88"));
    client.reset();
    EXPECT_EQ(closes.take().code, code);
  }
  auto client = connect(server);
  WebSocket socket = sockets.take();
  client.reset();
  EXPECT_EQ(closes.take().code, 1006);
}

TEST_F(WebSocketTest, EndsAClientThatIsSilent) {
  options.idle_time = milliseconds(50);
  TestServer server(accepting());
  auto client = connect(server);
  WebSocket socket = sockets.take();
  EXPECT_THAT(client->read_some(), StartsWith("\x89"));  // A ping, which it leaves unanswered.
  EXPECT_EQ(closes.take().code, 1006);
}

TEST_F(WebSocketTest, TellsTheSenderThatTheClientIsFull) {
  options.waiting_bytes_max = 100'000;
  TestServer server(accepting());
  auto client = connect(server);
  WebSocket socket = sockets.take();
  Bytes message(10'000, 'x');
  size_t taken = 0;
  for (;;) {
    if (socket.send(MessageKind::kBinary, message) == WriteOutcome::kTaken) {
      taken += message.size();
      continue;
    }
    server.loop.run([] {});
    server.loop.run([] {});
    if (socket.send(MessageKind::kBinary, message) == WriteOutcome::kFull) break;
    taken += message.size();
  }
  size_t read = 0;
  while (read < taken) {
    std::string more = client->read_some();
    read += static_cast<size_t>(std::count(more.begin(), more.end(), 'x'));
  }
  rooms.take();
  EXPECT_EQ(socket.send(MessageKind::kBinary, message), WriteOutcome::kTaken);
}

TEST_F(WebSocketTest, DropsAClientThatReadsNothing) {
  options.waiting_bytes_max = size_t{64} << 20;
  TestServer server(accepting(), {.send_time = milliseconds(50)});
  auto client = connect(server);
  WebSocket socket = sockets.take();
  socket.send(MessageKind::kBinary, Bytes(32 << 20));
  EXPECT_EQ(closes.take().code, 1006);
}

TEST_F(WebSocketTest, SendsPingsAndHearsPongs) {
  Mailbox<std::string> pongs;
  options.events.on_pong = [&](const Bytes& bytes) { pongs.put(std::string(as_text(bytes))); };
  TestServer server(accepting());
  auto client = connect(server);
  WebSocket socket = sockets.take();
  socket.send(MessageKind::kPing, as_bytes("are you there"));
  socket.send(MessageKind::kText, as_bytes("hello"));
  socket.send(MessageKind::kPong, as_bytes("unasked"));
  std::string wanted =
      answer_frame(9, "are you there") + answer_frame(1, "hello") + answer_frame(10, "unasked");
  EXPECT_EQ(client->read_until("unasked"), wanted);
  client->send(frame(10, "are you there"));
  EXPECT_EQ(pongs.take(), "are you there");
  // A ping of the client is answered, and is no event.
  client->send(frame(9, "ping"));
  EXPECT_EQ(client->read_until("ping"), answer_frame(10, "ping"));
}

TEST_F(WebSocketTest, RunsInsideTls) {
  auto tls = must(TlsContext::for_server(make_test_identity()));
  TestServer server(accepting(), {}, tls.get());
  RawClient client(server.port);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, client.number());
  ASSERT_EQ(SSL_connect(ssl), 1);
  auto say = [&](const std::string& text) {
    EXPECT_GT(SSL_write(ssl, text.data(), static_cast<int>(text.size())), 0);
  };
  auto hear = [&](std::string_view until) {
    std::string all;
    std::array<char, 4096> part{};
    while (all.find(until) == std::string::npos) {
      int count = SSL_read(ssl, part.data(), part.size());
      if (count <= 0) break;
      all.append(part.data(), static_cast<size_t>(count));
    }
    return all;
  };
  say(kUpgrade);
  EXPECT_THAT(hear("\r\n\r\n"), StartsWith("HTTP/1.1 101 "));
  WebSocket socket = sockets.take();
  say(frame(1, "inside"));
  EXPECT_EQ(messages.take().second, "inside");
  socket.send(MessageKind::kText, as_bytes("as well"));
  EXPECT_EQ(hear("well"), answer_frame(1, "as well"));
  SSL_free(ssl);
  SSL_CTX_free(context);
}

TEST_F(WebSocketTest, ReadsTheNextMessageWhenItIsAskedTo) {
  next = NextMessage::kWait;
  TestServer server(accepting());
  auto client = connect(server);
  WebSocket socket = sockets.take();
  client->send(frame(1, "one") + frame(1, "two"));
  EXPECT_EQ(messages.take().second, "one");
  socket.resume();
  EXPECT_EQ(messages.take().second, "two");
}

TEST_F(WebSocketTest, IsToldThatTheServerCloses) {
  TestServer server(accepting());
  auto client = connect(server);
  WebSocket socket = sockets.take();
  server.server->close(milliseconds(50));
  EXPECT_THAT(client->read_all(), StartsWith(std::string("\x88\x13\x03\xe9", 4)));
  EXPECT_EQ(closes.take().code, 1006);
  EXPECT_EQ(socket.send(MessageKind::kText, as_bytes("x")), WriteOutcome::kClosed);
}

}  // namespace theater::web_socket_test
