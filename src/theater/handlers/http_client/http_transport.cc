#include "theater/handlers/http_client/http_transport.h"

#include "theater/base/guarded.h"

#include <utility>

namespace theater {

namespace {

class WebTransport final : public HttpTransport {
 public:
  explicit WebTransport(WebClient& client) : client_(client) {}

  std::shared_ptr<Exchange> start(WebRequest request, WebExchangeRules rules,
                                  std::shared_ptr<WebReceiver> receiver) override {
    return std::make_shared<Started>(
        WebExchange::start(client_, std::move(request), std::move(rules), std::move(receiver)));
  }

 private:
  class Started final : public Exchange {
   public:
    explicit Started(std::shared_ptr<WebExchange> exchange) : exchange_(std::move(exchange)) {}
    void cancel() override { exchange_->cancel(); }
    void resume() override { exchange_->resume(); }

   private:
    std::shared_ptr<WebExchange> exchange_;
  };

  WebClient& client_;
};

// Stands for an exchange that may not have begun.
class PreparedExchange final : public HttpTransport::Exchange {
 public:
  void begin(std::shared_ptr<HttpTransport::Exchange> started) {
    bool is_cancelled = state_.with([&](State& state) {
      state.started = started;
      return state.is_cancelled;
    });
    if (is_cancelled) started->cancel();
  }
  void cancel() override {
    auto started = state_.with([](State& state) {
      state.is_cancelled = true;
      return state.started;
    });
    if (started) started->cancel();
  }
  void resume() override {
    auto started = state_.with([](State& state) { return state.started; });
    if (started) started->resume();
  }

 private:
  struct State {
    std::shared_ptr<HttpTransport::Exchange> started;
    bool is_cancelled = false;
  };
  Guarded<State> state_;
};

}  // namespace

std::shared_ptr<HttpTransport::Exchange> start_prepared(
    std::shared_ptr<HttpTransport> transport, WebRequest request, WebExchangeRules rules,
    std::shared_ptr<WebReceiver> receiver,
    const std::function<void(std::function<void()>)>& prepare) {
  auto exchange = std::make_shared<PreparedExchange>();
  prepare([exchange, transport = std::move(transport), request = std::move(request),
           rules = std::move(rules), receiver = std::move(receiver)] {
    exchange->begin(transport->start(request, rules, receiver));
  });
  return exchange;
}

std::shared_ptr<HttpTransport> web_transport(WebClient& client) {
  return std::make_shared<WebTransport>(client);
}

}  // namespace theater
