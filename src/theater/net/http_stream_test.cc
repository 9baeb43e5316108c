#include "theater/net/http_client.h"
#include "theater/net/http_responder.h"
#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace theater::http_stream_test {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// Starts a stream for each request and hands its writer to the test.
HttpHandlers streams(Mailbox<BodyWriter>& writers, Mailbox<WriterEvent>& events,
                     StreamOptions options = {}) {
  options.on_event = [&](WriterEvent event) { events.put(event); };
  return {.handle = [&writers, options](HttpRequest, HttpResponder responder) {
    writers.put(responder.stream({200, {}, {}}, options));
  }};
}

class HttpStreamTest : public ::testing::Test {
 protected:
  Mailbox<BodyWriter> writers;
  Mailbox<WriterEvent> events;
};

TEST_F(HttpStreamTest, SendsChunks) {
  TestServer server(streams(writers, events));
  RawClient client(server.port);
  client.send(kGet);
  BodyWriter writer = writers.take();
  EXPECT_EQ(writer.write(as_bytes("hello")), WriteOutcome::kTaken);
  EXPECT_THAT(client.read_until("hello\r\n"),
              HasSubstr("Transfer-Encoding: chunked\r\n\r\n5\r\nhello"));
  writer.finish();
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
  EXPECT_EQ(writer.write(as_bytes("more")), WriteOutcome::kClosed);
  // The connection is good for more.
  client.send(kGet);
  writers.take().finish();
  EXPECT_THAT(client.read_until("0\r\n\r\n"), HasSubstr("200 OK"));
}

TEST_F(HttpStreamTest, SendsPlainBytesToHttp10AndNothingToHead) {
  TestServer server(streams(writers, events));
  RawClient old(server.port);
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  BodyWriter writer = writers.take();
  writer.write(as_bytes("hello"));
  writer.finish();
  std::string answer = old.read_all();
  EXPECT_THAT(answer, EndsWith("Connection: close\r\n\r\nhello"));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  RawClient head(server.port);
  head.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  BodyWriter nowhere = writers.take();
  EXPECT_EQ(events.take(), WriterEvent::kClosed);
  EXPECT_EQ(nowhere.write(as_bytes("x")), WriteOutcome::kClosed);
}

TEST_F(HttpStreamTest, CutsOffWhatItsProducerLeaves) {
  TestServer server(streams(writers, events));
  RawClient client(server.port);
  client.send(kGet);
  {
    BodyWriter writer = writers.take();
    writer.write(as_bytes("hello"));
    client.read_until("hello\r\n");
  }
  EXPECT_THAT(client.read_all(), Not(HasSubstr("0\r\n\r\n")));
}

TEST_F(HttpStreamTest, TellsTheProducerThatTheClientIsFullAndThatThereIsRoom) {
  TestServer server(streams(writers, events, {.waiting_bytes_max = 100'000}));
  RawClient slow(server.path());
  slow.send(kGet);
  BodyWriter writer = writers.take();
  Bytes piece(10'000, 'x');
  size_t taken = 0;
  // The kernel's buffers fill, then ours. The loop must have had its turn before full means full.
  for (;;) {
    if (writer.write(piece) == WriteOutcome::kTaken) {
      taken += piece.size();
      continue;
    }
    server.loop.run([] {});
    server.loop.run([] {});
    if (writer.write(piece) == WriteOutcome::kFull) break;
    taken += piece.size();
  }
  EXPECT_LE(writer.waiting_bytes(), 100'000u);
  // Others are served.
  RawClient other(server.path());
  other.send(kGet);
  BodyWriter theirs = writers.take();
  theirs.write(as_bytes("quick"));
  theirs.finish();
  EXPECT_THAT(other.read_until("0\r\n\r\n"), HasSubstr("quick"));
  // How much the kernel still held is its own affair: there is room at the latest when all is read.
  std::string read;
  while (read.size() < taken)
    read += slow.read_some();
  EXPECT_EQ(events.take(), WriterEvent::kRoom);
  writer.finish();
  read += slow.read_until("0\r\n\r\n");
  EXPECT_EQ(static_cast<size_t>(std::count(read.begin(), read.end(), 'x')), taken);
}

TEST_F(HttpStreamTest, SendsBytesThatStreamsShareBetweenTheirOwn) {
  TestServer server(streams(writers, events, {.waiting_bytes_max = 200'000}));
  auto small = std::make_shared<const Bytes>(to_bytes("small"));
  auto large = std::make_shared<const Bytes>(Bytes(100'000, 'x'));
  std::string expected = "ab" + std::string("small") + "c" + std::string(100'000, 'x') + "d";
  for (int client = 0; client < 2; ++client) {
    // As plain bytes, so that the chunks are no matter.
    RawClient old(server.port);
    old.send("GET / HTTP/1.0\r\n\r\n");
    BodyWriter writer = writers.take();
    for (std::string_view own : {"a", "b"})
      EXPECT_EQ(writer.write(as_bytes(own)), WriteOutcome::kTaken);
    EXPECT_EQ(writer.write(small), WriteOutcome::kTaken);
    EXPECT_EQ(writer.write(as_bytes("c")), WriteOutcome::kTaken);
    EXPECT_EQ(writer.write(large), WriteOutcome::kTaken);
    EXPECT_EQ(writer.write(as_bytes("d")), WriteOutcome::kTaken);
    writer.finish();
    std::string answer = old.read_all();
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), expected);
  }
}

TEST_F(HttpStreamTest, SharedBytesCountToTheBound) {
  StreamBuffer buffer({.waiting_bytes_max = 100});
  bool must_pump = false;
  auto bytes = std::make_shared<const Bytes>(Bytes(60, 'x'));
  EXPECT_EQ(buffer.write(bytes, must_pump), WriteOutcome::kTaken);
  EXPECT_TRUE(must_pump);
  EXPECT_EQ(buffer.write(bytes, must_pump), WriteOutcome::kFull);
  EXPECT_EQ(buffer.waiting_bytes(), 60u);
  EXPECT_EQ(buffer.take().size, 60u);
  EXPECT_EQ(buffer.write(bytes, must_pump), WriteOutcome::kFull);
  buffer.sent();
  EXPECT_EQ(buffer.write(ByteView(*bytes), must_pump), WriteOutcome::kTaken);
  EXPECT_EQ(buffer.write(bytes, must_pump), WriteOutcome::kFull);
  EXPECT_EQ(buffer.write(std::make_shared<const Bytes>(Bytes(40, 'y')), must_pump),
            WriteOutcome::kTaken);
  StreamBuffer::Batch batch = buffer.take();
  EXPECT_EQ(batch.size, 100u);
  EXPECT_EQ(batch.parts.size(), 2u);
}

TEST_F(HttpStreamTest, TellsTheProducerThatTheClientHasGone) {
  TestServer server(streams(writers, events));
  auto client = std::make_unique<RawClient>(server.port);
  client->send(kGet);
  BodyWriter writer = writers.take();
  client->read_until("\r\n\r\n");
  client.reset();
  EXPECT_EQ(events.take(), WriterEvent::kClosed);
  EXPECT_EQ(writer.write(as_bytes("x")), WriteOutcome::kClosed);
}

TEST_F(HttpStreamTest, SendsHeartbeats) {
  TestServer server(
      streams(writers, events, {.heartbeat = ":\n\n", .heartbeat_time = milliseconds(10)}));
  RawClient client(server.port);
  client.send(kGet);
  BodyWriter writer = writers.take();
  client.read_until("3\r\n:\n\n\r\n");
  client.read_until("3\r\n:\n\n\r\n");
}

std::shared_ptr<const Bytes> sendable(const ServerSentEvent& event) {
  return std::make_shared<const Bytes>(to_bytes(must(event_text(event))));
}

TEST_F(HttpStreamTest, CarriesEventsToAClient) {
  Mailbox<EventWriter> started;
  TestServer server({.handle = [&](HttpRequest, HttpResponder responder) {
    started.put(EventWriter(responder.stream(event_stream_head(), event_stream_options())));
  }});
  auto client = must(HttpClient::connect(HttpEndpoint::at_path(server.path())));
  HttpAnswer head = must(client->open({.target = "/events"}));
  EXPECT_EQ(head.headers.find("content-type"), "text/event-stream");
  EventWriter writer = started.take();
  EventReader reader(*client);
  ServerSentEvent event{"1", "tick", "one\ntwo"};
  EXPECT_EQ(writer.send(sendable(event)), WriteOutcome::kTaken);
  EXPECT_EQ(writer.comment("a\nb"), WriteOutcome::kTaken);
  EXPECT_EQ(must(reader.next(milliseconds(20'000))), event);
  // A wait in vain does no harm.
  auto none = reader.next(milliseconds(1));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(writer.send(sendable({"2", "", "x"})), WriteOutcome::kTaken);
  EXPECT_EQ(must(reader.next(milliseconds(20'000))), (ServerSentEvent{"2", "", "x"}));
  writer.finish();
  EXPECT_EQ(must(reader.next(milliseconds(20'000))), std::nullopt);
  EXPECT_TRUE(client->is_open());
}

}  // namespace theater::http_stream_test
