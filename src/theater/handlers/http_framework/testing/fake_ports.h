// Ports for tests: a test is the client of each request, on one thread.
#pragma once

#include "theater/base/check.h"
#include "theater/handlers/http_framework/http_ports.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::testing {

// What a client has got.
struct FakeClient {
  std::optional<HttpAnswer> answer;  // Or the head of a streamed one.
  std::string body;                  // Of a streamed one.
  bool is_streamed = false;
  bool is_finished = false;
  bool is_cut_off = false;
  std::optional<WebSocketOptions> socket;
  std::vector<std::pair<MessageKind, std::string>> messages;
  std::optional<WebSocketClose> close;
  bool is_full = false;  // Takes no message.
  int resumed = 0;
  StreamOptions stream;
  std::shared_ptr<std::atomic<bool>> has_gone = std::make_shared<std::atomic<bool>>(false);

  int status() const { return answer ? answer->status : 0; }
  std::string text() const { return answer ? std::string(as_text(answer->body)) : std::string(); }
  std::string header(std::string_view name) const {
    return answer ? std::string(answer->headers.find(name).value_or("")) : std::string();
  }
  // What has come has left for the client.
  void takes(size_t bytes) const { stream.on_sent(bytes); }
};

class FakePorts final : public HttpPorts {
 public:
  struct Listening {
    PortOptions options;
    uint16_t number = 0;
    bool is_open = true;
  };

  Result<std::shared_ptr<HttpPort>> listen(PortOptions options) override {
    if (failure) return Failure(Error(ErrorCode::kAlreadyExists, *failure));
    uint16_t number = options.port == 0 ? next_++ : options.port;
    all.push_back(std::make_shared<Listening>(Listening{std::move(options), number}));
    return std::make_shared<Port>(all.back());
  }

  // A request of a client to the port that was opened last.
  std::shared_ptr<FakeClient> ask(const std::string& method, const std::string& target,
                                  HttpHeaders headers = {}, const std::string& body = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    if (!request.headers.find("Host"))
      request.headers.add("Host", "127.0.0.1:" + std::to_string(all.back()->number));
    request.body = to_bytes(body);
    request.peer = {"127.0.0.1", 40'000};
    request.connection = ConnectionId{7};
    return ask(std::move(request));
  }
  std::shared_ptr<FakeClient> ask(HttpRequest request) {
    auto client = std::make_shared<FakeClient>();
    request.client_has_gone = client->has_gone;
    all.back()->options.handle(std::move(request), std::make_unique<Reply>(client));
    return client;
  }
  static HttpHeaders upgrade() { return {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}}; }

  std::optional<std::string> failure;
  std::vector<std::shared_ptr<Listening>> all;

 private:
  class Port final : public HttpPort {
   public:
    explicit Port(std::shared_ptr<Listening> listening) : listening_(std::move(listening)) {}
    ~Port() override { listening_->is_open = false; }
    uint16_t number() const override { return listening_->number; }
    void stop(std::function<void()> then) override {
      listening_->is_open = false;
      if (then) then();
    }

   private:
    std::shared_ptr<Listening> listening_;
  };

  class Body final : public PortBody {
   public:
    explicit Body(std::shared_ptr<FakeClient> client) : client_(std::move(client)) {}
    ~Body() override {
      if (!client_->is_finished) client_->is_cut_off = true;
    }
    WriteOutcome write(ByteView bytes) override {
      client_->body += as_text(bytes);
      return WriteOutcome::kTaken;
    }
    void finish() override { client_->is_finished = true; }

   private:
    std::shared_ptr<FakeClient> client_;
  };

  class Socket final : public PortSocket {
   public:
    explicit Socket(std::shared_ptr<FakeClient> client) : client_(std::move(client)) {}
    WriteOutcome send(MessageKind kind, ByteView message) override {
      if (client_->is_full) return WriteOutcome::kFull;
      client_->messages.emplace_back(kind, std::string(as_text(message)));
      return WriteOutcome::kTaken;
    }
    void close(WebSocketClose close) override {
      if (!client_->close) client_->close = std::move(close);
    }
    void resume() override { ++client_->resumed; }

   private:
    std::shared_ptr<FakeClient> client_;
  };

  class Reply final : public PortReply {
   public:
    explicit Reply(std::shared_ptr<FakeClient> client) : client_(std::move(client)) {}
    void answer(HttpAnswer answer) override { take() = std::move(answer); }
    std::unique_ptr<PortBody> stream(HttpAnswer head, StreamOptions options) override {
      take() = std::move(head);
      client_->is_streamed = true;
      client_->stream = std::move(options);
      return std::make_unique<Body>(client_);
    }
    std::unique_ptr<PortSocket> accept(WebSocketOptions options) override {
      take() = HttpAnswer{101, {}, {}};
      client_->socket = std::move(options);
      return std::make_unique<Socket>(client_);
    }

   private:
    std::optional<HttpAnswer>& take() {
      THEATER_CHECK(!client_->answer, "a client has two answers");
      return client_->answer;
    }
    std::shared_ptr<FakeClient> client_;
  };

  uint16_t next_ = 50'000;
};

}  // namespace theater::testing
