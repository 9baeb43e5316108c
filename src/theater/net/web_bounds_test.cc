// Times, sizes, places and pools of a WebClient.
#include "theater/base/testing/few_files.h"
#include "theater/net/testing/raw_server.h"
#include "theater/net/testing/web_answers.h"
#include "theater/net/web_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

namespace theater::web_bounds_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

std::shared_ptr<WebAnswer> ask(WebClient& client, WebRequest request) {
  auto answer = std::make_shared<WebAnswer>();
  client.start(std::move(request), answer);
  return answer;
}

void answer_all(RawPeer& peer) {
  while (!peer.read_request().empty())
    peer.send(kHello);
}

TEST(WebBounds, OfTimeHoldForEachPart) {
  struct Row {
    const char* why;
    RawServer::Script script;
    std::chrono::milliseconds head;
    std::chrono::milliseconds total;
    const char* text;
  };
  auto silent = [](RawPeer& peer) { peer.read_to_end(); };
  auto drips = [](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n");
    while (peer.is_open()) {
      peer.send("x");
      peer.wait(1ms);
    }
  };
  auto drips_head = [](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nA: ");
    while (peer.is_open()) {
      peer.send("x");
      peer.wait(1ms);
    }
  };
  for (const Row& row :
       std::vector<Row>{{"no head", silent, 100ms, 0ms, "none began within 100 ms"},
                        {"no head in all", silent, 1h, 100ms, "not whole after 100 ms"},
                        {"a slow head", drips_head, 100ms, 0ms, "none began within 100 ms"},
                        {"a slow body", drips, 1h, 100ms, "not whole after 100 ms"}}) {
    RawServer server(row.script);
    WebClient client;
    WebRequest request = web_request(server.url("/"));
    request.bounds.head_time = row.head;
    request.bounds.total_time = row.total;
    auto began = std::chrono::steady_clock::now();
    auto answer = ask(client, request);
    EXPECT_EQ(answer->word(), "timeout") << row.why;
    EXPECT_THAT(answer->text(), HasSubstr(row.text)) << row.why;
    EXPECT_TRUE(answer->failure()->may_have_left);
    EXPECT_GE(std::chrono::steady_clock::now() - began, 100ms) << row.why;
  }
}

TEST(WebBounds, OfTimeHoldWhileABodyIsSent) {
  RawServer server([](RawPeer& peer) { peer.wait_for_end_without_reading(); });
  WebClient client;
  WebRequest request = web_request(server.url("/"), "POST");
  request.body = std::make_shared<const Bytes>(Bytes(64 << 20, 'x'));
  request.bounds.head_time = 200ms;
  request.bounds.total_time = 0ms;
  auto answer = ask(client, request);
  EXPECT_EQ(answer->word(), "timeout");
  EXPECT_THAT(answer->text(), HasSubstr("took nothing for 200 ms"));
}

// The time of the head begins when the body has left.
TEST(WebBounds, OfTheHeadDoNotCountTheRequest) {
  RawServer server([](RawPeer& peer) {
    peer.read_request();
    peer.wait(80ms);
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    peer.wait(80ms);
    peer.send("late");
  });
  WebClient client;
  WebRequest request = web_request(server.url("/"), "POST");
  request.body = std::make_shared<const Bytes>(Bytes(1 << 20, 'x'));
  request.bounds.head_time = 10s;
  request.bounds.connect_time = 50ms;
  request.bounds.total_time = 0ms;
  auto answer = ask(client, request);
  EXPECT_EQ(answer->word(), "200") << answer->text();
  EXPECT_EQ(answer->body(), "late");
}

TEST(WebBounds, OfAPausedAnswerHoldItBackAtItsServer) {
  static constexpr size_t kPiece = 1 << 16;
  static constexpr size_t kPieces = 1024;
  std::atomic<size_t> sent{0};
  RawServer server([&](RawPeer& peer) {
    peer.read_request();
    peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kPiece * kPieces));
    for (size_t at = 0; at < kPieces && peer.is_open(); ++at, ++sent)
      peer.send(std::string(kPiece, 'x'));
  });
  WebClient client;
  auto answer = std::make_shared<WebAnswer>(100'000);
  WebRequest request = web_request(server.url("/"));
  auto id = client.start(request, answer);
  answer->wait_for_pause();
  // Another answer shows that the loop still runs, and gives the server time to send what it can.
  RawServer other(answer_all);
  for (int at = 0; at < 100; ++at)
    EXPECT_EQ(ask(client, web_request(other.url("/")))->word(), "200");
  EXPECT_LT(sent.load(), kPieces / 2) << "the buffers of the system are smaller";
  // A second pause, then all of it.
  client.resume(id);
  answer->take_all();
  client.resume(id);
  EXPECT_EQ(answer->word(), "200") << answer->text();
  EXPECT_EQ(answer->body().size(), kPiece * kPieces);
}

TEST(WebBounds, EndAPausedAnswerToo) {
  RawServer server([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x'));
    peer.read_to_end();
  });
  WebClient client;
  WebRequest request = web_request(server.url("/"));
  request.bounds.total_time = 200ms;
  auto late = std::make_shared<WebAnswer>(100);
  client.start(request, late);
  EXPECT_EQ(late->word(), "timeout");
  request.bounds.total_time = 0ms;
  auto unwanted = std::make_shared<WebAnswer>(100);
  auto id = client.start(request, unwanted);
  unwanted->wait_for_pause();
  client.cancel(id);
  EXPECT_EQ(unwanted->word(), "cancelled");
  // Too large only after it continues.
  auto large = std::make_shared<WebAnswer>(100);
  request.bounds.body_bytes_max = 500'000;
  id = client.start(request, large);
  large->wait_for_pause();
  large->take_all();
  client.resume(id);
  EXPECT_EQ(large->word(), "200") << large->text();
}

TEST(WebBounds, OfRequestsRefuseOneMore) {
  RawServer silent([](RawPeer& peer) { peer.read_to_end(); });
  RawServer server(answer_all);
  WebClient client({.in_flight_max = 3});
  std::vector<std::shared_ptr<WebAnswer>> waiting;
  WebClient::Id last;
  for (int at = 0; at < 3; ++at) {
    waiting.push_back(std::make_shared<WebAnswer>());
    last = client.start(web_request(silent.url("/")), waiting.back());
  }
  auto refused = ask(client, web_request(server.url("/")));
  EXPECT_EQ(refused->word(), "no-room");
  EXPECT_THAT(refused->text(), HasSubstr("3 requests are under way"));
  EXPECT_FALSE(refused->failure()->may_have_left);
  client.cancel(last);
  EXPECT_EQ(waiting.back()->word(), "cancelled");
  EXPECT_EQ(ask(client, web_request(server.url("/")))->word(), "200");
}

// Keeps the client's thread in data() until it is let go, and notes the thread of over().
class Holding final : public WebReceiver {
 public:
  void head(WebHead) override {
    state_.with([](State& state) { state.is_inside = true; });
    state_.notify_all();
    state_.wait([](const State& state) { return state.may_leave; }, [](State&) {});
  }
  bool data(ByteView) override { return true; }
  void over(std::optional<WebFailure> why) override {
    state_.with([&](State& state) {
      state.is_over = true;
      state.thread = std::this_thread::get_id();
      state.word = why ? web_failure_word(why->kind) : "";
    });
    state_.notify_all();
  }
  void wait_until_inside() {
    state_.wait([](const State& state) { return state.is_inside; }, [](State&) {});
  }
  void let_go() {
    state_.with([](State& state) { state.may_leave = true; });
    state_.notify_all();
  }
  bool is_over() {
    return state_.with([](State& state) { return state.is_over; });
  }
  std::string word() {
    return state_.wait([](const State& state) { return state.is_over; },
                       [](State& state) { return state.word; });
  }
  std::thread::id thread() {
    return state_.with([](State& state) { return state.thread; });
  }

 private:
  struct State {
    bool is_inside = false;
    bool may_leave = false;
    bool is_over = false;
    std::thread::id thread;
    std::string word;
  };
  Guarded<State> state_;
};

TEST(WebBounds, OfRefusalsAreToldAtOnceBeyondTheirBound) {
  RawServer server(answer_all);
  WebClient client({.in_flight_max = 1});
  auto holding = std::make_shared<Holding>();
  client.start(web_request(server.url("/")), holding);
  holding->wait_until_inside();
  auto queued = std::make_shared<Holding>();
  client.start(web_request(server.url("/")), queued);
  EXPECT_FALSE(queued->is_over());
  auto at_once = std::make_shared<Holding>();
  client.start(web_request(server.url("/")), at_once);
  EXPECT_TRUE(at_once->is_over());
  EXPECT_EQ(at_once->thread(), std::this_thread::get_id());
  holding->let_go();
  EXPECT_EQ(queued->word(), "no-room");
  EXPECT_EQ(queued->thread(), holding->thread());
  EXPECT_EQ(at_once->word(), "no-room");
}

TEST(WebBounds, OfIdlePoolsCloseTheOldest) {
  Guarded<size_t> open(size_t{0});
  RawServer server([&](RawPeer& peer) {
    open.with([](size_t& count) { ++count; });
    answer_all(peer);
    open.with([](size_t& count) { --count; });
    open.notify_all();
  });
  WebClient client({.idle_pools_max = 2});
  auto from = [&](const char* pool) {
    WebRequest request = web_request(server.url("/"));
    request.pool = pool;
    EXPECT_EQ(ask(client, request)->word(), "200");
  };
  from("a");
  from("b");
  from("a");
  EXPECT_EQ(server.connections(), 2u);
  from("c");
  open.wait([](size_t count) { return count == 2; }, [](size_t) {});
  from("a");
  EXPECT_EQ(server.connections(), 3u) << "the pool that was used least recently is closed";
  from("b");
  EXPECT_EQ(server.connections(), 4u);
}

TEST(WebBounds, OfIdleTimeCloseConnections) {
  Guarded<size_t> closed(size_t{0});
  RawServer server([&](RawPeer& peer) {
    answer_all(peer);
    closed.with([](size_t& count) { ++count; });
    closed.notify_all();
  });
  WebClient client({.idle_time = 20ms});
  WebRequest request = web_request(server.url("/"));
  request.pool = "a";
  EXPECT_EQ(ask(client, request)->word(), "200");
  closed.wait([](size_t count) { return count == 1; }, [](size_t) {});
  EXPECT_EQ(ask(client, request)->word(), "200");
  EXPECT_EQ(server.connections(), 2u);
}

// libcurl closes old connections only when it begins a request.
TEST(WebBounds, OfIdleTimeHoldNextToALongRequest) {
  Guarded<size_t> closed(size_t{0});
  RawServer server([&](RawPeer& peer) {
    while (true) {
      std::string request = peer.read_request();
      if (request.empty()) break;
      if (!request.starts_with("GET /long")) peer.send(kHello);
    }
    closed.with([](size_t& count) { ++count; });
    closed.notify_all();
  });
  WebClient client({.idle_time = 1s});
  auto from = [&](std::string_view target) {
    WebRequest request = web_request(server.url(target));
    request.pool = "a";
    return request;
  };
  auto answer = std::make_shared<WebAnswer>();
  auto id = client.start(from("/long"), answer);
  EXPECT_EQ(ask(client, from("/short"))->word(), "200");
  closed.wait([](size_t count) { return count == 1; }, [](size_t) {});
  EXPECT_FALSE(answer->is_over());
  client.cancel(id);
  EXPECT_EQ(answer->word(), "cancelled");
}

TEST(WebBounds, OfIdleConnectionsCloseTheOnesBeyond) {
  RawServer server(answer_all);
  WebClient client({.idle_connections_max = 0});
  WebRequest request = web_request(server.url("/"));
  request.pool = "a";
  for (int at = 0; at < 3; ++at)
    EXPECT_EQ(ask(client, request)->word(), "200");
  EXPECT_EQ(server.connections(), 3u);
}

TEST(WebBounds, OfDescriptorsFailOneRequestAndNotTheClient) {
  RawServer server(answer_all);
  WebClient client;
  WebRequest request = web_request(server.url("/"));
  request.pool = "a";
  // The pool has its own descriptors then.
  EXPECT_EQ(ask(client, request)->word(), "200");
  RawServer silent([](RawPeer& peer) { peer.read_to_end(); });
  request.url = must(parse_url(silent.url("/")));
  rlimit old{};
  getrlimit(RLIMIT_NOFILE, &old);
  rlimit none{0, old.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  auto refused = ask(client, request);
  EXPECT_EQ(refused->word(), "no-room");
  EXPECT_FALSE(refused->failure()->may_have_left);
  setrlimit(RLIMIT_NOFILE, &old);
  request.url = must(parse_url(server.url("/")));
  EXPECT_EQ(ask(client, request)->word(), "200");
}

TEST(WebBounds, LeaveFilesToTheNode) {
  RawServer server(answer_all);
  WebClient client;
  WebRequest request = web_request(server.url("/"));
  request.pool = "a";
  EXPECT_EQ(ask(client, request)->word(), "200");
  // A connection that is open serves on; a new one would be one file more.
  RawServer other(answer_all);
  FewFiles files(256);
  files.fill_to(192);
  EXPECT_EQ(ask(client, request)->word(), "200");
  request.url = must(parse_url(other.url("/")));
  auto refused = ask(client, request);
  EXPECT_EQ(refused->word(), "no-room");
  EXPECT_FALSE(refused->failure()->may_have_left);
  files.release();
  EXPECT_EQ(ask(client, request)->word(), "200");
}

TEST(WebBounds, LetManyRequestsRunAtOnce) {
  constexpr size_t kMany = 300;
  Guarded<size_t> waiting(size_t{0});
  RawServer server([&](RawPeer& peer) {
    peer.read_request();
    waiting.with([](size_t& count) { ++count; });
    waiting.notify_all();
    waiting.wait([](size_t count) { return count == kMany; }, [](size_t) {});
    peer.send(kHello);
  });
  WebClient client;
  std::vector<std::shared_ptr<WebAnswer>> answers;
  for (size_t at = 0; at < kMany; ++at) {
    WebRequest request = web_request(server.url("/"));
    request.pool = std::to_string(at % 2);
    answers.push_back(ask(client, std::move(request)));
  }
  for (const auto& answer : answers)
    EXPECT_EQ(answer->word(), "200") << answer->text();
}

}  // namespace theater::web_bounds_test
