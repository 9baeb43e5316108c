// Which addresses a request reaches, by whatever way it comes to them.
#include "theater/net/name_lookups.h"
#include "theater/net/testing/raw_server.h"
#include "theater/net/testing/web_answers.h"
#include "theater/net/web_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace theater::web_addresses_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// Answers every request of its connections, and counts them.
class Counting {
 public:
  RawServer server{[this](RawPeer& peer) {
    while (!peer.read_request().empty()) {
      requests_.with([](size_t& count) { ++count; });
      peer.send(kHello);
    }
  }};
  size_t requests() const {
    return requests_.with([](size_t count) { return count; });
  }

 private:
  Guarded<size_t> requests_{size_t{0}};
};

std::shared_ptr<WebAnswer> ask(WebClient& client, WebRequest request) {
  auto answer = std::make_shared<WebAnswer>();
  client.start(std::move(request), answer);
  return answer;
}

Resolver resolver_to(std::initializer_list<const char*> addresses) {
  std::vector<IpAddress> all;
  for (const char* address : addresses)
    all.push_back(*IpAddress::parse(address));
  return [all](const std::string&) -> Result<std::vector<IpAddress>> { return all; };
}

TEST(WebAddresses, AreRefusedUnlessTheyArePublic) {
  Counting web;
  for (const char* address : {"127.0.0.1",
                              "127.8.9.10",
                              "0.0.0.0",
                              "10.0.0.1",
                              "100.64.0.1",
                              "169.254.169.254",
                              "172.16.0.1",
                              "192.168.1.1",
                              "168.63.129.16",
                              "192.0.2.1",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a9fe:a9fe",
                              "64:ff9b:1::7f00:1",
                              "2002:7f00:1::1",
                              "2001::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1",
                              "::127.0.0.1"}) {
    // As the host of the URL, and behind a name.
    std::string host = address;
    if (host.find(':') != host.npos) host = "[" + host + "]";
    WebClient client({.resolver = resolver_to({address})});
    for (const std::string& url : {fmt::format("http://{}:{}/", host, web.server.port()),
                                   fmt::format("http://name.example:{}/", web.server.port())}) {
      WebRequest request = web_request(url);
      request.allows_address = nullptr;
      auto answer = ask(client, request);
      EXPECT_EQ(answer->word(), "denied") << url;
      EXPECT_THAT(answer->text(), HasSubstr("has the address")) << url;
      EXPECT_FALSE(answer->failure()->may_have_left);
    }
  }
  EXPECT_EQ(web.server.connections(), 0u);
}

TEST(WebAddresses, AreThoseThatWereChecked) {
  Counting web;
  // One of them is not allowed, and is left out.
  WebClient client({.resolver = resolver_to({"10.0.0.1", "127.0.0.1"})});
  WebRequest request = web_request(fmt::format("http://name.example:{}/", web.server.port()));
  EXPECT_EQ(ask(client, request)->word(), "200");
  // libcurl would answer this name by itself.
  WebClient local({.resolver = resolver_to({"10.0.0.1"})});
  for (const char* name : {"localhost", "a.localhost"}) {
    auto answer = ask(local, web_request(fmt::format("http://{}:{}/", name, web.server.port())));
    EXPECT_THAT(answer->text(), HasSubstr("10.0.0.1, which is private"));
  }
  EXPECT_EQ(web.requests(), 1u);
}

TEST(WebAddresses, OfANameMayChangeBetweenLookups) {
  Counting web;
  auto lookups = std::make_shared<std::atomic<int>>(0);
  WebClient client({.resolver = [lookups](const std::string&) -> Result<std::vector<IpAddress>> {
    bool is_first = lookups->fetch_add(1) == 0;
    return std::vector{*IpAddress::parse(is_first ? "127.0.0.1" : "10.0.0.1")};
  }});
  WebRequest request = web_request(fmt::format("http://name.example:{}/", web.server.port()));
  EXPECT_EQ(ask(client, request)->word(), "200");
  EXPECT_EQ(ask(client, request)->word(), "denied") << "without a pool each request looks up";
  EXPECT_EQ(lookups->load(), 2);
  EXPECT_EQ(web.requests(), 1u);
}

TEST(WebAddresses, OfANameAreUsedAgainWithinAPoolAndCheckedEachTime) {
  Counting web;
  auto lookups = std::make_shared<std::atomic<int>>(0);
  WebClient client({.resolver = [lookups](const std::string&) -> Result<std::vector<IpAddress>> {
    lookups->fetch_add(1);
    return std::vector{*IpAddress::parse("127.0.0.1")};
  }});
  WebRequest request = web_request(fmt::format("http://name.example:{}/", web.server.port()));
  request.pool = "a";
  EXPECT_EQ(ask(client, request)->word(), "200");
  EXPECT_EQ(ask(client, request)->word(), "200");
  EXPECT_EQ(lookups->load(), 1);
  request.allows_address = nullptr;
  EXPECT_EQ(ask(client, request)->word(), "denied");
  EXPECT_EQ(lookups->load(), 1);
  EXPECT_EQ(web.requests(), 2u);
  EXPECT_EQ(web.server.connections(), 1u);
}

TEST(WebAddresses, OfAConnectionThatIsThereAreCheckedAgain) {
  Counting web;
  WebClient client;
  WebRequest mine = web_request(web.server.url("/"));
  mine.pool = "a";
  EXPECT_EQ(ask(client, mine)->word(), "200");
  EXPECT_EQ(ask(client, mine)->word(), "200");
  ASSERT_EQ(web.server.connections(), 1u) << "the pool is warm";
  // Another actor has another pool, and the same pool may have lost its grant.
  for (const char* pool : {"b", "a", ""}) {
    WebRequest other = web_request(web.server.url("/"));
    other.pool = pool;
    other.allows_address = nullptr;
    EXPECT_EQ(ask(client, other)->word(), "denied") << pool;
  }
  EXPECT_EQ(web.requests(), 2u);
  EXPECT_EQ(web.server.connections(), 1u);
}

// The check directly before the request is the last: it holds when the answer changes between the
// first check and the use of the connection.
TEST(WebAddresses, AreCheckedDirectlyBeforeTheRequest) {
  Counting web;
  WebClient client;
  for (int allowed_calls = 0; allowed_calls < 4; ++allowed_calls) {
    WebRequest request = web_request(web.server.url("/"));
    auto calls = std::make_shared<int>(0);
    request.allows_address = [calls, allowed_calls](const Url&, const IpAddress&) {
      return ++*calls <= allowed_calls;
    };
    auto answer = ask(client, request);
    // The choice, the connection, and the request each ask.
    EXPECT_EQ(answer->word(), allowed_calls < 3 ? "denied" : "200") << allowed_calls;
  }
  EXPECT_EQ(web.requests(), 1u);
}

TEST(WebAddresses, ComeFromNoVariableOfTheEnvironment) {
  Counting web;
  Counting proxy;
  std::string address = fmt::format("http://127.0.0.1:{}", proxy.server.port());
  const std::vector<const char*> names = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                          "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};
  for (const char* name : names)
    setenv(name, address.c_str(), 1);
  WebClient client;
  auto answer = ask(client, web_request(web.server.url("/")));
  EXPECT_EQ(answer->word(), "200");
  for (const char* name : names)
    unsetenv(name);
  EXPECT_EQ(web.requests(), 1u);
  EXPECT_EQ(proxy.server.connections(), 0u);
}

// A resolver that never answers for one name; shared with threads that outlive the test.
class DeadNames {
 public:
  ~DeadNames() {
    state_->with([](State& state) { state.is_open = true; });
    state_->notify_all();
    state_->wait([](const State& state) { return state.inside == 0; }, [](State&) {});
  }
  Resolver resolver() const {
    return [state = state_](const std::string& name) -> Result<std::vector<IpAddress>> {
      if (name.ends_with("alive.example")) return std::vector{IpAddress::v4({127, 0, 0, 1})};
      state->with([](State& it) { ++it.inside; });
      state->notify_all();
      state->wait([](const State& it) { return it.is_open; }, [](State& it) { --it.inside; });
      state->notify_all();
      return fail(ErrorCode::kNotFound, "there is no host `{}`", name);
    };
  }
  void wait_for(size_t inside) {
    state_->wait([&](const State& state) { return state.inside >= inside; }, [](State&) {});
  }

 private:
  struct State {
    size_t inside = 0;
    bool is_open = false;
  };
  std::shared_ptr<Guarded<State>> state_ = std::make_shared<Guarded<State>>();
};

TEST(WebAddresses, OfDeadNamesDoNotHoldUpOthers) {
  DeadNames names;
  Counting web;
  WebClient client({.resolver = names.resolver()});
  std::vector<std::shared_ptr<WebAnswer>> dead;
  std::vector<WebClient::Id> ids;
  for (int at = 0; at < 500; ++at) {
    WebRequest request = web_request(fmt::format("http://{}.dead.example/", at));
    request.pool = "wildcard";
    request.bounds.connect_time = 1h;
    dead.push_back(std::make_shared<WebAnswer>());
    ids.push_back(client.start(std::move(request), dead.back()));
  }
  names.wait_for(NameLookups::kThreadsOfAskerMax);
  for (int at = 0; at < 50; ++at) {
    WebRequest request =
        web_request(fmt::format("http://{}.alive.example:{}/", at, web.server.port()));
    request.pool = "other";
    EXPECT_EQ(ask(client, request)->word(), "200");
  }
  for (size_t at = 0; at < dead.size(); ++at) {
    EXPECT_FALSE(dead[at]->is_over());
    client.cancel(ids[at]);
    EXPECT_EQ(dead[at]->word(), "cancelled");
  }
}

TEST(WebAddresses, AreLookedUpNoLongerThanAConnectionMayTake) {
  DeadNames names;
  WebClient client({.resolver = names.resolver()});
  for (const char* pool : {"a", "a", ""}) {
    WebRequest request = web_request("http://dead.example/");
    request.pool = pool;
    request.bounds.connect_time = 50ms;
    auto answer = ask(client, request);
    EXPECT_EQ(answer->word(), "timeout");
    EXPECT_THAT(answer->text(), HasSubstr("looking up its host took too long"));
  }
}

TEST(WebAddresses, MayBeNone) {
  WebClient none({.resolver = resolver_to({})});
  EXPECT_EQ(ask(none, web_request("http://name.example/"))->word(), "lookup");
  WebClient unknown({.resolver = [](const std::string& name) -> Result<std::vector<IpAddress>> {
    return fail(ErrorCode::kNotFound, "there is no host `{}`", name);
  }});
  auto answer = ask(unknown, web_request("http://name.example/"));
  EXPECT_EQ(answer->word(), "lookup");
  EXPECT_THAT(answer->text(), HasSubstr("there is no host `name.example`"));
}

}  // namespace theater::web_addresses_test
