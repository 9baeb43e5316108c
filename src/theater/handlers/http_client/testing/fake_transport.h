// A network for tests: keeps the requests that are started, until the test answers them.
#pragma once

#include "theater/base/check.h"
#include "theater/handlers/http_client/http_transport.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::testing {

class FakeTransport final : public HttpTransport {
 public:
  class Asked final : public Exchange {
   public:
    Asked(WebRequest of, WebExchangeRules under, std::shared_ptr<WebReceiver> to)
        : request(std::move(of)), rules(std::move(under)), receiver(std::move(to)) {}

    void cancel() override { is_cancelled = true; }
    void resume() override { ++resumed; }

    void head(uint16_t status, HttpHeaders headers = {}) {
      receiver->head({status, std::move(headers), false});
    }
    bool data(std::string_view text) { return receiver->data(as_bytes(text)); }
    // The receiver may be destroyed with this.
    void over(std::optional<WebFailure> why = std::nullopt) {
      std::exchange(receiver, nullptr)->over(std::move(why));
    }
    // Asks whether the redirection may be followed; `then` hears it.
    void redirect(std::string_view to, std::function<void(std::optional<WebFailure>)> then) {
      WebRedirection redirection{{302, {}, false}, request.url, request};
      redirection.next.url = *parse_url(to);
      redirection.next.method = "GET";
      redirection.next.body = nullptr;
      rules.before_redirect(redirection, std::move(then));
    }

    WebRequest request;
    WebExchangeRules rules;
    std::shared_ptr<WebReceiver> receiver;
    bool is_cancelled = false;
    int resumed = 0;
  };

  std::shared_ptr<Exchange> start(WebRequest request, WebExchangeRules rules,
                                  std::shared_ptr<WebReceiver> receiver) override {
    asked.push_back(
        std::make_shared<Asked>(std::move(request), std::move(rules), std::move(receiver)));
    std::shared_ptr<Asked> made = asked.back();
    if (on_start) on_start(*made);
    return made;
  }

  Asked& last() {
    THEATER_CHECK(!asked.empty());
    return *asked.back();
  }

  std::vector<std::shared_ptr<Asked>> asked;
  std::function<void(Asked&)> on_start;  // May answer at once.
};

}  // namespace theater::testing
