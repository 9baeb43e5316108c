#include "theater/net/web_exchange.h"

#include "theater/net/testing/raw_server.h"
#include "theater/net/testing/web_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <thread>

namespace theater::web_exchange_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// `/to/N/REST` redirects with the status N to /REST; everything else is answered with its target.
class Redirector {
 public:
  RawServer server{[this](RawPeer& peer) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      seen.with([&](auto& it) { it.push_back(request); });
      seen.notify_all();
      peer.send(answer_to(request));
    }
  }};
  Guarded<std::vector<std::string>> seen;

  size_t requests() const {
    return seen.with([](const auto& it) { return it.size(); });
  }
  std::string last() const {
    return seen.with([](const auto& it) { return it.back(); });
  }

 private:
  static std::string answer_to(const std::string& request) {
    std::string target = request.substr(request.find(' ') + 1);
    target.resize(target.find(' '));
    if (!target.starts_with("/to/")) {
      return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", target.size(), target);
    }
    std::string body(target.find("large") == std::string::npos ? 10 : 1 << 20, 'x');
    return fmt::format("HTTP/1.1 {} Go\r\nLocation: {}\r\nContent-Length: {}\r\n\r\n{}",
                       target.substr(4, 3), target.substr(7), body.size(), body);
  }
};

std::shared_ptr<WebAnswer> ask(WebClient& client, WebRequest request, WebExchangeRules rules) {
  auto answer = std::make_shared<WebAnswer>();
  WebExchange::start(client, std::move(request), std::move(rules), answer);
  return answer;
}

TEST(WebExchange, FollowsRedirectionsToTheLastAnswer) {
  Redirector web;
  WebClient client;
  WebRequest request = web_request(web.server.url("/to/302/to/307/to/308/end"));
  request.pool = "a";
  auto answer = ask(client, request, {.redirects_max = 3});
  EXPECT_EQ(answer->word(), "200");
  EXPECT_EQ(answer->body(), "/end");
  EXPECT_EQ(web.requests(), 4u);
  EXPECT_EQ(web.server.connections(), 1u);
}

TEST(WebExchange, HandsOnARedirectionThatItDoesNotFollow) {
  Redirector web;
  WebClient client;
  auto answer = ask(client, web_request(web.server.url("/to/302/end")), {});
  EXPECT_EQ(answer->word(), "302");
  EXPECT_EQ(answer->head().headers.find("Location"), "/end");
  EXPECT_EQ(answer->body().size(), 10u);
}

TEST(WebExchange, FollowsNoMoreThanItMay) {
  Redirector web;
  WebClient client;
  auto answer =
      ask(client, web_request(web.server.url("/to/302/to/302/to/302/end")), {.redirects_max = 2});
  EXPECT_EQ(answer->word(), "redirect");
  EXPECT_THAT(answer->text(), HasSubstr("more than 2 redirections"));
  EXPECT_TRUE(answer->failure()->may_have_left);
  EXPECT_EQ(web.requests(), 3u);
}

TEST(WebExchange, AsksBeforeEachRedirection) {
  Redirector web;
  WebClient client;
  // Ended before the client, which they call.
  Guarded<std::vector<std::jthread>> answering;
  Guarded<std::vector<std::string>> asked;
  WebExchangeRules rules{.redirects_max = 5};
  rules.before_redirect = [&](const WebRedirection& redirection, auto then) {
    asked.with([&](auto& it) {
      it.push_back(fmt::format("{} {} {} {}", redirection.answer.status, redirection.from.target,
                               redirection.next.method, redirection.next.url.target));
    });
    if (redirection.next.url.target == "/no") {
      then(WebFailure{WebFailure::Kind::kDenied, "not there"});
      then(std::nullopt);  // Has no effect.
    } else {
      answering.with([&](auto& it) { it.emplace_back([then] { then(std::nullopt); }); });
    }
  };
  auto answer = ask(client, web_request(web.server.url("/to/303/to/307/no"), "POST"), rules);
  EXPECT_EQ(answer->word(), "denied");
  EXPECT_EQ(answer->text(), "not there");
  EXPECT_TRUE(answer->failure()->may_have_left);
  EXPECT_EQ(
      asked.with([](auto& it) { return it; }),
      (std::vector<std::string>{"303 /to/303/to/307/no GET /to/307/no", "307 /to/307/no GET /no"}));
  EXPECT_EQ(web.requests(), 2u);
}

TEST(WebExchange, ChecksTheHeadOfARedirectionBeforeItUsesIt) {
  Redirector web;
  WebClient client;
  // The last is one redirection too many.
  for (const char* location : {"/end", "file:///end", "http://user@a/", "/to/302/end"}) {
    std::vector<std::string> checked;
    bool asks = false;
    WebExchangeRules rules{.redirects_max = 1};
    rules.check_redirect = [&](const WebHead& head) -> std::optional<WebFailure> {
      checked.emplace_back(*head.headers.find("Location"));
      if (location == std::string("/to/302/end") && checked.size() == 1) return std::nullopt;
      return WebFailure{WebFailure::Kind::kDenied, "not that"};
    };
    rules.before_redirect = [&](const WebRedirection&, auto then) {
      asks = true;
      then(std::nullopt);
    };
    auto answer =
        ask(client, web_request(web.server.url(std::string("/to/302") + location)), rules);
    EXPECT_EQ(answer->word(), "denied") << location;
    EXPECT_EQ(answer->text(), "not that");
    EXPECT_TRUE(answer->failure()->may_have_left);
    EXPECT_EQ(checked.size(), location == std::string("/to/302/end") ? 2u : 1u);
    EXPECT_EQ(asks, location == std::string("/to/302/end"));
  }
}

TEST(WebExchange, CanBeCalledOffWhileItAsks) {
  Redirector web;
  WebClient client;
  Guarded<std::function<void(std::optional<WebFailure>)>> later;
  WebExchangeRules rules{.redirects_max = 5};
  rules.before_redirect = [&](const WebRedirection&, auto then) {
    later.with([&](auto& it) { it = std::move(then); });
    later.notify_all();
  };
  auto answer = std::make_shared<WebAnswer>();
  auto exchange =
      WebExchange::start(client, web_request(web.server.url("/to/302/end")), rules, answer);
  auto then = later.wait([](const auto& it) { return it != nullptr; },
                         [](auto& it) { return std::move(it); });
  exchange->cancel();
  EXPECT_EQ(answer->word(), "cancelled");
  then(std::nullopt);
  EXPECT_EQ(web.requests(), 1u);
}

TEST(WebExchange, ReadsNoMoreOfARedirectionThanItMust) {
  Redirector web;
  WebClient client;
  EXPECT_EQ(ask(client, web_request(web.server.url("/to/302/large")), {.redirects_max = 1})->body(),
            "/large");
  // Without a bound on the whole time, none of it is read.
  WebRequest request = web_request(web.server.url("/to/302/end"));
  request.bounds.total_time = 0ms;
  EXPECT_EQ(ask(client, request, {.redirects_max = 1})->body(), "/end");
}

}  // namespace theater::web_exchange_test
