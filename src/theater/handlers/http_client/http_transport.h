// The way of requests out of the node. A handler gets it from its maker, so that tests decide what
// a network does.
#pragma once

#include "theater/net/web_client.h"
#include "theater/net/web_exchange.h"

#include <functional>
#include <memory>

namespace theater {

// Safe from any thread.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // One request with its redirections, under way.
  class Exchange {
   public:
    virtual ~Exchange() = default;
    // The receiver hears kCancelled soon, unless it has heard of an end.
    virtual void cancel() = 0;
    // Offers the receiver again what it did not take.
    virtual void resume() = 0;
  };

  // Never blocks. The receiver is called on threads of the transport, one call at a time.
  virtual std::shared_ptr<Exchange> start(WebRequest request, WebExchangeRules rules,
                                          std::shared_ptr<WebReceiver> receiver) = 0;
};

// Starts the exchange when `prepare` calls what it is given, now or later, on any thread. An
// exchange that is cancelled before begins all the same, and is cancelled then.
std::shared_ptr<HttpTransport::Exchange> start_prepared(
    std::shared_ptr<HttpTransport> transport, WebRequest request, WebExchangeRules rules,
    std::shared_ptr<WebReceiver> receiver,
    const std::function<void(std::function<void()>)>& prepare);

// The network, by `client`, which outlives it.
std::shared_ptr<HttpTransport> web_transport(WebClient& client);

}  // namespace theater
