#include "theater/net/fetch.h"

#include "theater/base/guarded.h"
#include "theater/net/web_client.h"
#include "theater/net/web_exchange.h"

#include <memory>
#include <optional>
#include <utility>

namespace theater {

namespace {

constexpr size_t kFetchHeadBytesMax = size_t{32} << 10;

Failure failed_to_read(ErrorCode code, const Url& url, std::string_view what) {
  return fail(code, "reading {}: {}", url.to_string(), what);
}

// The answer of one fetch(), which waits for it.
class FetchedAnswer final : public WebReceiver {
 public:
  FetchedAnswer(const Url& url, const FetchOptions& options) : options_(options), state_(url) {}

  void head(WebHead head) override {
    change([&](State& state) {
      state.has_head = true;
      Result<void> checked = check(state.url, head);
      if (!checked) state.error = std::move(checked).error();
    });
  }

  bool data(ByteView bytes) override {
    change([&](State& state) {
      if (!state.error) append(state.body, bytes);
    });
    return true;
  }

  void over(std::optional<WebFailure> why) override {
    change([&](State& state) {
      state.is_over = true;
      if (!why || state.error) return;
      bool is_head = why->kind == WebFailure::Kind::kTooLarge && !state.has_head;
      ErrorCode code = is_head ? ErrorCode::kCorrupt : web_failure_code(*why);
      state.error = Error(code, "reading " + why->text);
    });
  }

  // Asked before each redirection is followed.
  std::optional<WebFailure> follow(const WebRedirection& redirection) {
    const Url& to = redirection.next.url;
    return state_.with([&](State& state) -> std::optional<WebFailure> {
      if (++state.redirects > options_.redirects_max) {
        state.error =
            failed_to_read(ErrorCode::kResourceExhausted, redirection.from,
                           fmt::format("more than {} redirections", options_.redirects_max))
                .value();
      } else if (auto checked = options_.check_url ? options_.check_url(to) : Result<void>();
                 !checked) {
        state.error = std::move(checked).error();
      }
      state.url = to;
      if (!state.error) return std::nullopt;
      return WebFailure{WebFailure::Kind::kDenied, state.error->message()};
    });
  }

  // Until the answer is over, or what it will be is known.
  void wait_until_known() {
    state_.wait([](const State& state) { return state.is_over || state.error; }, [](State&) {});
  }
  Result<Fetched> take() {
    return state_.wait([](const State& state) { return state.is_over; },
                       [](State& state) -> Result<Fetched> {
                         if (state.error) return Failure(*std::move(state.error));
                         return Fetched{std::move(state.body), std::move(state.url)};
                       });
  }

 private:
  struct State {
    explicit State(Url first) : url(std::move(first)) {}
    Url url;
    int redirects = 0;
    bool has_head = false;
    bool is_over = false;
    Bytes body;
    std::optional<Error> error;
  };

  template <class Change>
  void change(Change change) {
    state_.with(change);
    state_.notify_all();
  }

  static Result<void> check(const Url& url, const WebHead& head) {
    if (head.status != 200) {
      bool is_gone = head.status == 404 || head.status == 410;
      return failed_to_read(is_gone ? ErrorCode::kNotFound : ErrorCode::kUnavailable, url,
                            fmt::format("the server answers with status {}", head.status));
    }
    auto encoding = head.headers.find("Content-Encoding").value_or("identity");
    if (!encoding.empty() && !equals_ignoring_case(encoding, "identity")) {
      return failed_to_read(
          ErrorCode::kCorrupt, url,
          fmt::format("it is encoded as `{}`, which was not asked for", encoding.substr(0, 100)));
    }
    if (head.ends_with_connection) {
      return failed_to_read(ErrorCode::kCorrupt, url,
                            "the server does not say how long it is, so a part of it would look "
                            "like the whole");
    }
    return {};
  }

  const FetchOptions& options_;
  Guarded<State> state_;
};

}  // namespace

Result<Fetched> fetch(WebClient& client, const Url& url, const FetchOptions& options) {
  if (options.check_url) THEATER_TRY_VOID(options.check_url(url));
  WebRequest request;
  request.url = url;
  request.headers = {{"Accept", "*/*"}};
  request.bounds = {.connect_time = options.connect_time,
                    .head_time = options.total_time,
                    .total_time = options.total_time,
                    .head_bytes_max = kFetchHeadBytesMax,
                    .body_bytes_max = options.size_max};
  request.allows_address = options.allows_address;
  request.authorities = options.authorities;
  // Shared with the client's thread. This function waits for its last call, so that none comes after
  // the options are gone.
  auto answer = std::make_shared<FetchedAnswer>(url, options);
  WebExchangeRules rules;
  // FetchedAnswer counts first.
  rules.redirects_max = options.redirects_max + 1;
  rules.before_redirect = [&answer = *answer](const WebRedirection& redirection, const auto& then) {
    then(answer.follow(redirection));
  };
  auto exchange = WebExchange::start(client, std::move(request), std::move(rules), answer);
  std::stop_callback on_stop(options.stop, [&exchange] { exchange->cancel(); });
  answer->wait_until_known();
  // The body of what is no use is not read.
  exchange->cancel();
  return answer->take();
}

Fetch fetch_with(WebClient& client) {
  return [&client](const Url& url, const FetchOptions& options) {
    return fetch(client, url, options);
  };
}

Result<Fetched> fetch_nothing(const Url& url, const FetchOptions&) {
  return fail(ErrorCode::kUnavailable, "reading {}: nothing is read from the web here",
              url.to_string());
}

}  // namespace theater
