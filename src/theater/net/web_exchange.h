// A request and the redirections that it leads to, until an answer that leads nowhere else.
#pragma once

#include "theater/base/guarded.h"
#include "theater/net/web_client.h"
#include "theater/net/web_redirect.h"
#include "theater/net/web_request.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

struct WebExchangeRules {
  // One more fails as kRedirect. Zero: a redirection is the answer, and is handed on as it is.
  int redirects_max = 0;
  // Headers that never cross to another origin, besides Authorization and Cookie.
  std::vector<std::string> bound_headers = {};
  // Asked about each answer that redirects, on the client's thread, before any of its head is used or
  // quoted. A failure ends the exchange. Empty: none does.
  std::function<std::optional<WebFailure>(const WebHead&)> check_redirect = {};
  // Asked before each redirection is followed, on the client's thread. May change the next request,
  // such as the authorities that count for its host. Calls `then` once, now or
  // later, on any thread: with nothing to follow it, or with the failure that ends the exchange. The
  // client must exist until then. Empty: every redirection is followed.
  std::function<void(WebRedirection&, std::function<void(std::optional<WebFailure>)> then)>
      before_redirect = {};
};

// Safe from any thread. Lives until it is over, whether or not the caller keeps it.
class WebExchange {
 public:
  // The receiver hears of the last answer only, on the client's thread. total_time of the bounds is
  // the time of all hops together, and the other bounds hold for each hop. The client must exist
  // until the receiver's over().
  static std::shared_ptr<WebExchange> start(WebClient& client, WebRequest request,
                                            WebExchangeRules rules,
                                            std::shared_ptr<WebReceiver> receiver);

  // over() with kCancelled follows, unless the exchange is over already.
  void cancel();
  // As WebClient::resume().
  void resume();

 private:
  class Core;
  explicit WebExchange(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  // Shared with the requests of the exchange.
  const std::shared_ptr<Core> core_;
};

}  // namespace theater
