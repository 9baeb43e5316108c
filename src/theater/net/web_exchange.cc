#include "theater/net/web_exchange.h"

#include <atomic>
#include <utility>

namespace theater {

namespace {

using Kind = WebFailure::Kind;
using Time = std::chrono::steady_clock::time_point;

// The body of a redirection is read up to this size, so that the connection can be used again.
constexpr size_t kDrainedMax = size_t{64} << 10;

WebFailure failed_at(const Url& url, Kind kind, std::string_view what) {
  // An earlier request of the exchange has left.
  return {kind, fmt::format("{}: {}", url_for_messages(url), what), true};
}

}  // namespace

class WebExchange::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(WebClient& client, WebRequest request, WebExchangeRules rules,
       std::shared_ptr<WebReceiver> receiver)
      : client_(client), rules_(std::move(rules)), receiver_(std::move(receiver)) {
    if (request.bounds.total_time.count() > 0) {
      end_ = std::chrono::steady_clock::now() + request.bounds.total_time;
    }
    asked_ = std::make_shared<const WebRequest>(std::move(request));
  }

  void begin() { start(asked_); }
  void cancel();
  void resume() { client_.resume(current()); }

 private:
  class Hop;

  // The request under way.
  WebClient::Id current() const {
    return state_.with([](const State& state) { return state.current; });
  }

  struct State {
    uint64_t hops = 0;
    uint64_t started = 0;  // The hop that `current` belongs to.
    WebClient::Id current;
    uint64_t dropped = 0;  // A hop whose body is not wanted.
    bool asks = false;     // before_redirect has been called, and its `then` has not.
    bool is_cancelled = false;
  };

  void follow(WebHead answer);
  void ask(WebRedirection redirection);
  void send(WebRequest request);
  void start(std::shared_ptr<const WebRequest> request);
  void drop(uint64_t hop);
  void fail_with(WebFailure why) { receiver_->over(std::move(why)); }

  WebClient& client_;
  const WebExchangeRules rules_;
  // Shared with the caller, which may be gone before the exchange is over.
  const std::shared_ptr<WebReceiver> receiver_;
  std::optional<Time> end_;
  // Of the hop under way; one thread at a time.
  std::shared_ptr<const WebRequest> asked_;  // Shared with the client.
  int redirects_ = 0;
  Guarded<State> state_;
};

// Hears of one request of the exchange.
class WebExchange::Core::Hop final : public WebReceiver {
 public:
  Hop(std::shared_ptr<Core> core, uint64_t number) : core_(std::move(core)), number_(number) {}

  void head(WebHead head) override {
    bool leads_on = core_->rules_.redirects_max > 0 && is_redirection(head.status) &&
                    head.headers.find("Location").has_value();
    if (!leads_on) return core_->receiver_->head(std::move(head));
    leads_on_ = std::move(head);
    // Nothing would bound the time that such a body takes.
    if (!core_->end_) core_->drop(number_);
  }

  bool data(ByteView bytes) override {
    if (!leads_on_) return core_->receiver_->data(bytes);
    drained_ += bytes.size();
    if (drained_ > kDrainedMax) core_->drop(number_);
    return true;
  }

  void over(std::optional<WebFailure> why) override {
    if (!leads_on_) {
      if (why && core_->redirects_ > 0) why->may_have_left = true;
      return core_->receiver_->over(std::move(why));
    }
    core_->follow(*std::exchange(leads_on_, std::nullopt));
  }

 private:
  const std::shared_ptr<Core> core_;
  const uint64_t number_;
  std::optional<WebHead> leads_on_;  // The head of a redirection that is followed.
  size_t drained_ = 0;
};

// On the client's thread.
void WebExchange::Core::follow(WebHead answer) {
  if (state_.with([](const State& state) { return state.is_cancelled; })) {
    return fail_with(failed_at(asked_->url, Kind::kCancelled, "it is not wanted any more"));
  }
  auto refused = rules_.check_redirect ? rules_.check_redirect(answer) : std::nullopt;
  if (refused) {
    refused->may_have_left = true;
    return fail_with(*std::move(refused));
  }
  if (++redirects_ > rules_.redirects_max) {
    return fail_with(failed_at(asked_->url, Kind::kRedirect,
                               fmt::format("more than {} redirections, the most that are followed",
                                           rules_.redirects_max)));
  }
  auto next = redirected(*asked_, answer, rules_.bound_headers);
  if (!next) {
    bool is_denied = next.error().code() == ErrorCode::kPermissionDenied;
    return fail_with(failed_at(asked_->url, is_denied ? Kind::kDenied : Kind::kRedirect,
                               next.error().to_string()));
  }
  if (!rules_.before_redirect) return send(*std::move(next));
  ask({std::move(answer), asked_->url, *std::move(next)});
}

void WebExchange::Core::ask(WebRedirection redirection) {
  state_.with([](State& state) { state.asks = true; });
  auto to = std::make_shared<WebRedirection>(std::move(redirection));
  rules_.before_redirect(*to, [core = shared_from_this(), to](std::optional<WebFailure> why) {
    // False after cancel(), which has ended the exchange, and for a second call.
    bool asked = core->state_.with([](State& state) { return std::exchange(state.asks, false); });
    if (!asked) return;
    if (why) {
      why->may_have_left = true;
      core->client_.report(*std::move(why), core->receiver_);
    } else {
      core->send(std::move(to->next));
    }
  });
}

// On any thread, with no request under way.
void WebExchange::Core::send(WebRequest request) {
  if (end_) {
    auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*end_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return client_.report(
          failed_at(request.url, Kind::kTimeout,
                    "its redirections took too long; try later, or allow more time"),
          receiver_);
    }
    request.bounds.total_time = left;
  }
  asked_ = std::make_shared<const WebRequest>(std::move(request));
  start(asked_);
}

void WebExchange::Core::start(std::shared_ptr<const WebRequest> request) {
  uint64_t hop = state_.with([](State& state) { return ++state.hops; });
  WebClient::Id id =
      client_.start(std::move(request), std::make_shared<Hop>(shared_from_this(), hop));
  bool ends = state_.with([&](State& state) {
    // The client's thread may have come to the next hop already.
    if (state.hops == hop) {
      state.current = id;
      state.started = hop;
    }
    return state.is_cancelled || state.dropped == hop;
  });
  if (ends) client_.cancel(id);
}

void WebExchange::Core::drop(uint64_t hop) {
  auto id = state_.with([&](State& state) {
    state.dropped = hop;
    return state.started == hop ? std::optional(state.current) : std::nullopt;
  });
  if (id) client_.cancel(*id);
}

void WebExchange::Core::cancel() {
  bool asked = false;
  WebClient::Id id = state_.with([&](State& state) {
    state.is_cancelled = true;
    asked = std::exchange(state.asks, false);
    return state.current;
  });
  if (asked) {
    client_.report(failed_at(asked_->url, Kind::kCancelled, "it is not wanted any more"),
                   receiver_);
  } else {
    client_.cancel(id);
  }
}

std::shared_ptr<WebExchange> WebExchange::start(WebClient& client, WebRequest request,
                                                WebExchangeRules rules,
                                                std::shared_ptr<WebReceiver> receiver) {
  auto core =
      std::make_shared<Core>(client, std::move(request), std::move(rules), std::move(receiver));
  core->begin();
  return std::shared_ptr<WebExchange>(
      new WebExchange(std::move(core)));  // tidy: owned by the shared_ptr around it
}

void WebExchange::cancel() {
  core_->cancel();
}

void WebExchange::resume() {
  core_->resume();
}

}  // namespace theater
