// The bytes that a request is sent as, and what they mean to a strict server.
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/net/request_parser.h"
#include "theater/net/testing/raw_server.h"
#include "theater/net/testing/web_answers.h"
#include "theater/net/web_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>

namespace theater::web_wire_test {

using ::testing::HasSubstr;

// Answers each request, and keeps its bytes.
class Listening {
 public:
  // `headers` are lines of each answer.
  explicit Listening(std::string headers = "") : headers_(std::move(headers)) {}

  RawServer server{[this](RawPeer& peer) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      seen_.with([&](auto& it) { it.push_back(request); });
      peer.send("HTTP/1.1 200 OK\r\n" + headers_ + "Content-Length: 0\r\n\r\n");
    }
  }};
  std::vector<std::string> take() {
    return seen_.with([](auto& it) { return std::exchange(it, {}); });
  }

 private:
  const std::string headers_;
  Guarded<std::vector<std::string>> seen_;
};

std::shared_ptr<WebAnswer> ask(WebClient& client, WebRequest request) {
  auto answer = std::make_shared<WebAnswer>();
  client.start(std::move(request), answer);
  return answer;
}

// The one request that the bytes are, for our own server.
std::optional<HttpRequest> parse_request(const std::string& bytes) {
  HttpLimits limits;
  limits.head_bytes_max = 1 << 20;
  limits.target_bytes_max = 1 << 16;
  limits.headers_max = 10'000;
  RequestParser parser(limits);
  ByteView input = as_bytes(bytes);
  if (parser.feed(input) != RequestParser::State::kHeadRead) return std::nullopt;
  parser.begin_body(1 << 20);
  parser.feed(input);
  if (parser.state() != RequestParser::State::kDone || !input.empty()) return std::nullopt;
  return parser.take();
}

struct WireRow {
  const char* method;
  const char* target;
  HttpHeaders headers;
  bool has_body;
  std::string wire;
};

std::vector<WireRow> wire_rows(uint16_t port) {
  std::string host = fmt::format("Host: 127.0.0.1:{}\r\n", port);
  const std::string added = "Accept-Encoding: identity\r\nUser-Agent: theater\r\n";
  const std::string sized = host + added + "Content-Length: 4\r\n\r\ndata";
  const std::string empty = host + added + "Content-Length: 0\r\n\r\n";
  return {
      {"GET", "/", {}, false, "GET / HTTP/1.1\r\n" + host + added + "\r\n"},
      {"GET",
       "/a/../b//./c?d=%20&e|\"{",
       {{"X-A", "b, c"}, {"x-a", "d"}, {"X-Empty", ""}, {"X-Semi", "a;"}},
       false,
       "GET /a/../b//./c?d=%20&e|\"{ HTTP/1.1\r\n" + host +
           "X-A: b, c\r\nx-a: d\r\nX-Empty:\r\nX-Semi: a;\r\n" + added + "\r\n"},
      {"GET",
       "//evil.example/?",
       {},
       false,
       "GET //evil.example/? HTTP/1.1\r\n" + host + added + "\r\n"},
      {"POST", "/", {}, true, "POST / HTTP/1.1\r\n" + sized},
      {"POST", "/", {}, false, "POST / HTTP/1.1\r\n" + empty},
      {"PUT", "/", {}, false, "PUT / HTTP/1.1\r\n" + empty},
      {"PATCH", "/", {}, false, "PATCH / HTTP/1.1\r\n" + empty},
      {"PATCH", "/", {}, true, "PATCH / HTTP/1.1\r\n" + sized},
      {"DELETE", "/", {}, true, "DELETE / HTTP/1.1\r\n" + sized},
      {"DELETE", "/", {}, false, "DELETE / HTTP/1.1\r\n" + host + added + "\r\n"},
      {"GET", "/", {}, true, "GET / HTTP/1.1\r\n" + sized},
      {"HEAD", "/", {}, false, "HEAD / HTTP/1.1\r\n" + host + added + "\r\n"},
      {"OPTIONS", "/", {}, false, "OPTIONS / HTTP/1.1\r\n" + host + added + "\r\n"},
      {"purge-It", "/", {}, false, "purge-It / HTTP/1.1\r\n" + host + added + "\r\n"},
      {"GET",
       "/",
       {{"User-Agent", "me"}, {"Accept-Encoding", "gzip"}, {"Accept", "a/b"}, {"Cookie", "c=d"}},
       false,
       "GET / HTTP/1.1\r\n" + host +
           "User-Agent: me\r\nAccept-Encoding: gzip\r\nAccept: a/b\r\nCookie: c=d\r\n\r\n"}};
}

WebRequest request_of(const WireRow& row, const RawServer& server) {
  WebRequest request = web_request(server.url(row.target), row.method);
  request.headers = row.headers;
  if (row.has_body) request.body = std::make_shared<const Bytes>(to_bytes("data"));
  return request;
}

TEST(WebWire, IsWhatIsAskedAndNothingElse) {
  Listening web;
  for (const WireRow& row : wire_rows(web.server.port())) {
    WebClient client;
    EXPECT_EQ(ask(client, request_of(row, web.server))->word(), "200") << row.method;
    EXPECT_EQ(web.take(), std::vector<std::string>{row.wire});
  }
}

// Requests of one pool share handles of libcurl, and connections.
TEST(WebWire, HasNothingOfTheRequestBefore) {
  Listening web;
  WebClient client;
  auto wire_of = [&](WebRequest request) {
    request.pool = "a";
    EXPECT_EQ(ask(client, std::move(request))->word(), "200");
    return web.take().at(0);
  };
  std::vector<WireRow> rows = wire_rows(web.server.port());
  for (const WireRow& before : rows) {
    for (const WireRow& row : rows) {
      EXPECT_EQ(wire_of(request_of(before, web.server)), before.wire);
      EXPECT_EQ(wire_of(request_of(row, web.server)), row.wire);
    }
    WebRequest with_secret = request_of(before, web.server);
    with_secret.at_wire = [](std::string_view, const Url&, HttpHeaders& headers) -> Result<void> {
      headers.add("X-Key", "secret");
      return {};
    };
    EXPECT_THAT(wire_of(std::move(with_secret)), HasSubstr("X-Key: secret\r\n"));
  }
  EXPECT_EQ(web.server.connections(), 1u);
}

TEST(WebWire, HasNothingOfARequestThatMayNotBe) {
  Listening web;
  WebClient client;
  struct Row {
    const char* method;
    HttpHeaders headers;
  };
  for (const Row& row : std::vector<Row>{{"GET / HTTP/1.1\r\nX: y\r\n\r\nGET", {}},
                                         {"CONNECT", {}},
                                         {"TRACE", {}},
                                         {"GET", {{"Host", "other.example"}}},
                                         {"GET", {{"Content-Length", "5"}}},
                                         {"GET", {{"Transfer-Encoding", "chunked"}}},
                                         {"GET", {{"A", "b\r\nHost: other.example"}}},
                                         {"GET", {{"A\r\nHost", "other.example"}}}}) {
    WebRequest request = web_request(web.server.url("/"), row.method);
    request.headers = row.headers;
    auto answer = ask(client, request);
    EXPECT_EQ(answer->word(), "invalid") << row.method;
    EXPECT_FALSE(answer->failure()->may_have_left);
  }
  EXPECT_EQ(web.server.connections(), 0u);
}

TEST(WebWire, HasWhatTheLastWordOfTheCallerPutsIn) {
  Listening web;
  WebClient client;
  WebRequest request = web_request(web.server.url("/a?b"));
  request.headers = {{"Authorization", "placeholder"}, {"A", "b"}};
  std::string asked;
  request.at_wire = [&](std::string_view, const Url& url, HttpHeaders& headers) -> Result<void> {
    asked = url.to_string();
    HttpHeaders changed;
    for (const HttpHeader& header : headers)
      changed.add(header.name, header.value == "placeholder" ? "secret" : header.value);
    headers = changed;
    return {};
  };
  EXPECT_EQ(ask(client, request)->word(), "200");
  EXPECT_EQ(asked, web.server.url("/a?b"));
  EXPECT_THAT(web.take().at(0), HasSubstr("Authorization: secret\r\nA: b\r\n"));

  request.at_wire = [](std::string_view, const Url&, HttpHeaders&) -> Result<void> {
    return fail(ErrorCode::kPermissionDenied, "the secret does not go there");
  };
  auto refused = ask(client, request);
  EXPECT_EQ(refused->word(), "denied");
  EXPECT_THAT(refused->text(), HasSubstr("the secret does not go there"));
  // What it puts in is checked too, and does not appear in the failure.
  request.at_wire = [](std::string_view, const Url&, HttpHeaders& headers) -> Result<void> {
    headers.add("B", "secret\r\nHost: other.example");
    return {};
  };
  auto invalid = ask(client, request);
  EXPECT_EQ(invalid->word(), "invalid");
  EXPECT_EQ(invalid->text().find("secret"), std::string::npos);
  EXPECT_TRUE(web.take().empty());
}

TEST(WebWire, HasNoCredentialsOfAFileAndNoCookieOfAnAnswer) {
  TemporaryFolder home;
  ASSERT_TRUE(
      write_file(home.path() / ".netrc", as_bytes("machine 127.0.0.1 login me password word\n")));
  const char* home_before = getenv("HOME");
  std::string kept = home_before != nullptr ? home_before : "/";
  setenv("HOME", home.path().c_str(), 1);
  setenv("NETRC", (home.path() / ".netrc").c_str(), 1);
  Listening web("Set-Cookie: a=b; Path=/\r\n");
  WebClient client;
  WebRequest request = web_request(web.server.url("/"));
  request.pool = "a";
  for (int round = 0; round < 2; ++round) {
    auto answer = ask(client, request);
    EXPECT_EQ(answer->word(), "200");
    EXPECT_EQ(answer->head().headers.find("Set-Cookie"), "a=b; Path=/");
  }
  unsetenv("NETRC");
  setenv("HOME", kept.c_str(), 1);
  std::string wire = fmt::format(
      "GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept-Encoding: identity\r\nUser-Agent: "
      "theater\r\n\r\n",
      web.server.port());
  EXPECT_EQ(web.take(), (std::vector<std::string>{wire, wire}));
}

// A request that passes the check means to a strict server what the caller asked, and no other is
// sent.
RC_GTEST_PROP(WebWire, MeansToItsServerWhatWasAsked, ()) {
  static Listening web;
  static WebClient client;
  auto text = [](const char* letters, int most) {
    std::string made;
    for (int left = *rc::gen::inRange(0, most); left > 0; --left)
      made += *rc::gen::elementOf(std::string(letters));
    return made;
  };
  auto url = parse_url(web.server.url("/" + text("ab/.?&=%2Fc;:@!$'()*+,~-_|\"<>^`{}[] ", 20)));
  if (!url) return;
  WebRequest request = web_request(web.server.url("/"));
  request.url = *url;
  request.method = *rc::gen::element<std::string>("GET", "POST", "PUT", "DELETE", "HEAD", "X") +
                   text("A-z!\r\n :", 2);
  request.pool = "a";
  for (int left = *rc::gen::inRange(0, 4); left > 0; --left)
    request.headers.add("X" + text("Ab-:; \r\n", 3), text("a ;:,\t\"\r\n\\\xe4\x01", 6));
  std::string body = text("ab\r\n", 10);
  if (!body.empty()) request.body = std::make_shared<const Bytes>(to_bytes(body));

  bool is_allowed = check_web_request(request.method, request.headers).has_value() &&
                    (request.method != "HEAD" || body.empty());
  auto answer = ask(client, request);
  RC_ASSERT(answer->word() == (is_allowed ? "200" : "invalid"));
  std::vector<std::string> sent = web.take();
  RC_ASSERT(sent.size() == (is_allowed ? 1u : 0u));
  if (!is_allowed) return;
  auto parsed = parse_request(sent.front());
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->method == request.method);
  RC_ASSERT(parsed->target == url->target);
  RC_ASSERT(as_text(parsed->body) == body);
  RC_ASSERT(parsed->headers.count("Host") == 1u);
  RC_ASSERT(parsed->headers.find("Host") == url->authority());
  HttpHeaders theirs;
  for (const HttpHeader& header : parsed->headers) {
    if (header.name.starts_with("X")) theirs.add(header.name, header.value);
  }
  RC_ASSERT(theirs == request.headers);
}

}  // namespace theater::web_wire_test
