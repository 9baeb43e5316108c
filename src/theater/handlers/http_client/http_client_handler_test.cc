// The functions of the handler, called as the binder calls them, with a network that the test plays.
#include "theater/handlers/http_client/http_client_handler.h"

#include "theater/base/clock.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/http_client/testing/fake_transport.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/log/event/request_note.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace theater::http_client_handler_test {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Opened = tl::expected<uint64_t, std::string>;
using Said = tl::expected<void, std::string>;

// Keeps what a waiting function answers.
struct KeptAnswer final : ReplySink {
  void answered(CallAnswer answer) override { given = std::move(answer); }
  std::optional<CallAnswer> given;
};

struct HttpClientTest : ::testing::Test, HandlerFixture {
  HttpClientTest() : HttpClientTest(std::make_shared<FakeTransport>()) {}
  explicit HttpClientTest(std::shared_ptr<FakeTransport> fake,
                          std::shared_ptr<SecretValues> values = nullptr)
      : HandlerFixture(std::make_unique<HttpClientHandler>(fake, sha256(as_bytes("key")), values)),
        network(std::move(fake)) {
    grant("http-client:hosts=api.example.org:443;methods=GET,POST;timeout=5s");
    actor.intent_value = 7;
    actor.call_value.seq = 6;
  }
  ~HttpClientTest() override {
    end_session();
    network->asked.clear();
  }

  void grant(const std::string& text) { permissions = *parse_grant(text, "/"); }

  static GuestRequest get(std::string uri, GuestHeaders headers = {}) {
    return {"GET", std::move(uri), std::move(headers), std::nullopt};
  }

  // The grant that the request lacks; empty for none.
  std::string refusal(const std::string& function, const GuestRequest& request) {
    Bytes args = arguments(request);
    const HostFunction& found = function == "open" ? find<Opened, GuestRequest>(function)
                                                   : find<SendResult, GuestRequest>(function);
    return found.refusal(session(), args).value_or("");
  }
  std::optional<log::Noted> note(const GuestRequest& request) {
    return find<SendResult, GuestRequest>("send-http").intent_note(session(), arguments(request));
  }
  void send(const GuestRequest& request) {
    sink = std::make_shared<KeptAnswer>();
    const HostFunction& function = find<SendResult, GuestRequest>("send-http");
    (void)function.intent_note(session(), arguments(request));
    std::get<HostFunction::Waiting>(function.body)(session(), arguments(request),
                                                   RawResponder(sink, 1));
  }
  Opened open(const GuestRequest& request) {
    const HostFunction& function = find<Opened, GuestRequest>("open");
    (void)function.intent_note(session(), arguments(request));
    Bytes result;
    std::get<HostFunction::Immediate>(function.body)(session(), arguments(request), result);
    return *wit::decode<Opened>(result);
  }
  SendResult answer() const {
    THEATER_CHECK(sink->given && sink->given->result);
    return *wit::decode<SendResult>(*sink->given->result);
  }
  std::string error() const {
    SendResult given = answer();
    return given ? "" : given.error();
  }
  static Bytes arguments(const GuestRequest& request) {
    Bytes args;
    wit::encode_params(args, request);
    return args;
  }

  std::shared_ptr<FakeTransport> network;
  std::shared_ptr<KeptAnswer> sink;
};

TEST_F(HttpClientTest, SendsWhatTheGuestGaveAndAnswersWithAllThatCame) {
  send({"POST",
        "https://api.example.org/v1?x=1#part",
        {{"X-A", "1"}, {"X-A", "2"}},
        to_bytes("hi")});
  const WebRequest& sent = network->last().request;
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url.to_string(), "https://api.example.org/v1?x=1");
  EXPECT_EQ(sent.headers, (HttpHeaders{{"X-A", "1"}, {"X-A", "2"}}));
  EXPECT_EQ(*sent.body, to_bytes("hi"));
  EXPECT_EQ(sent.bounds.total_time, std::chrono::seconds(5));
  network->last().head(404, {{"Set-Cookie", "a"}, {"Set-Cookie", "b"}, {"X-Name", "caf\xe9"}});
  network->last().data("one ");
  network->last().data("two");
  network->last().over();
  EXPECT_EQ(answer(),
            (GuestAnswer{404,
                         {{"Set-Cookie", "a"}, {"Set-Cookie", "b"}, {"X-Name", "caf\u00e9"}},
                         to_bytes("one two")}));
}

TEST_F(HttpClientTest, AnAnswerWithoutBytesHasNoBody) {
  send(get("https://api.example.org/"));
  network->last().head(204);
  network->last().over();
  EXPECT_EQ(answer(), (GuestAnswer{204, {}, std::nullopt}));
}

TEST_F(HttpClientTest, TheGrantNamesMethodHostAndPort) {
  for (const char* function : {"send-http", "open"}) {
    EXPECT_EQ(refusal(function, get("https://api.example.org/any")), "");
    EXPECT_EQ(refusal(function, get("https://api.example.org:8443/")),
              "http-client:hosts=api.example.org:8443;methods=GET");
    EXPECT_EQ(refusal(function, get("http://api.example.org/")),
              "http-client:hosts=api.example.org:80;methods=GET");
    EXPECT_EQ(refusal(function, get("https://example.org/")),
              "http-client:hosts=example.org:443;methods=GET");
    EXPECT_EQ(refusal(function, {"DELETE", "https://api.example.org/", {}, {}}),
              "http-client:hosts=api.example.org:443;methods=DELETE");
  }
}

TEST_F(HttpClientTest, ABodyBeyondTheGrantIsRefused) {
  grant("http-client:max-request-size=4");
  GuestRequest request{"POST", "https://a.org/", {}, to_bytes("four")};
  EXPECT_EQ(refusal("send-http", request), "");
  request.body = to_bytes("fives");
  EXPECT_THAT(refusal("send-http", request), StartsWith("http-client:hosts=a.org:443"));
  EXPECT_THAT(refusal("send-http", request), HasSubstr("a body of 5 bytes, max_request_size is 4"));
}

TEST_F(HttpClientTest, ARequestThatIsAllowedAllowsNoOther) {
  grant("http-client:hosts=api.example.org;methods=GET,POST;max-request-size=4");
  GuestRequest allowed{"POST", "https://api.example.org/", {}, to_bytes("1234")};
  GuestRequest larger{"POST", "https://api.example.org/", {}, to_bytes("12345")};
  GuestRequest other_method{"PUT", "https://api.example.org/", {}, to_bytes("1")};
  GuestRequest other_host{"POST", "https://api.example.net/", {}, to_bytes("1")};
  for (const GuestRequest& other : {larger, other_method, other_host}) {
    // The second time it is the last one that was allowed.
    for (int round = 0; round < 2; ++round)
      EXPECT_EQ(refusal("send-http", allowed), "");
    EXPECT_NE(refusal("send-http", other), "") << other.method << " " << other.uri;
  }
  send(allowed);
  EXPECT_EQ(network->last().request.url.to_string(), "https://api.example.org/");
}

TEST_F(HttpClientTest, WhatIsNoRequestNeverLeaves) {
  for (const GuestRequest& bad :
       std::vector<GuestRequest>{get("ftp://api.example.org/"),
                                 get("https://a:b@api.example.org/"),
                                 get("http://127.1/"),
                                 get("https://api.example.org/", {{"Host", "evil.org"}}),
                                 get("https://api.example.org/", {{"X-A", "a\r\nX-B: b"}}),
                                 get("https://api.example.org/", {{"content-length", "7"}}),
                                 {"GE T", "https://api.example.org/", {}, {}},
                                 {"CONNECT", "https://api.example.org/", {}, {}}}) {
    send(bad);
    EXPECT_THAT(error(), StartsWith("invalid: ")) << bad.method << ' ' << bad.uri;
    Opened opened = open(bad);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), StartsWith("invalid: "));
  }
  EXPECT_TRUE(network->asked.empty());
}

TEST_F(HttpClientTest, FailuresBeginWithAWordAndSayWhetherTheRequestMayHaveLeft) {
  send(get("https://api.example.org/"));
  network->last().over(WebFailure{WebFailure::Kind::kTls, "the certificate is not valid", false});
  EXPECT_EQ(error(), "tls: the certificate is not valid");
  send(get("https://api.example.org/"));
  network->last().over(WebFailure{WebFailure::Kind::kTimeout, "no answer within 5 s", true});
  EXPECT_EQ(error(), "timeout: no answer within 5 s; the server may have acted on the request");
}

TEST_F(HttpClientTest, ARedirectionIsCheckedAndGoesOnRecordBeforeItIsFollowed) {
  grant("http-client:hosts=api.example.org:443;methods=GET;max-redirects=3");
  send(get("https://api.example.org/"));
  EXPECT_EQ(network->last().rules.redirects_max, 3);
  std::vector<std::string> heard;
  auto hear = [&](std::optional<WebFailure> why) { heard.push_back(why ? why->text : "go"); };
  network->last().redirect("https://evil.org/", hear);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_THAT(heard[0], HasSubstr("http-client:hosts=evil.org:443;methods=GET"));
  EXPECT_TRUE(actor.notes_value->made.empty());

  network->last().redirect("https://api.example.org/next", hear);
  EXPECT_EQ(heard.size(), 1u) << "the note is not written yet";
  ASSERT_EQ(actor.notes_value->made.size(), 1u);
  FakeNotes::Note& note = actor.notes_value->made[0];
  EXPECT_EQ(note.note.what, "redirect");
  EXPECT_EQ(note.note.about, 7u);
  EXPECT_EQ(log::request_note_text(note.note),
            "The answer 302 led on to GET https://api.example.org/next.");
  std::move(note.written).hear(std::nullopt);
  EXPECT_EQ(heard.back(), "go");

  network->last().redirect("https://api.example.org/more", hear);
  actor.notes_value->made.clear();  // As when the instance ends.
  EXPECT_THAT(heard.back(), HasSubstr("not on record"));
}

TEST_F(HttpClientTest, OnlyPrivateHostsOfThePolicyMayHaveAddressesThatAreNotPublic) {
  grant("http-client");
  HostList hosts({HostPattern{"build.lan", 8080}});
  private_hosts = &hosts;
  send(get("http://build.lan:8080/"));
  IpAddress address = *IpAddress::parse("10.0.0.1");
  const auto& allows = network->last().request.allows_address;
  EXPECT_TRUE(allows(*parse_url("http://build.lan:8080/other"), address));
  EXPECT_FALSE(allows(*parse_url("http://build.lan/"), address));
  EXPECT_FALSE(allows(*parse_url("http://10.0.0.1:8080/"), address));
}

TEST_F(HttpClientTest, ConnectionsAreSharedByOneActorUnderOneGrant) {
  send(get("https://api.example.org/1"));
  std::string first = network->last().request.pool;
  send(get("https://api.example.org/2"));
  EXPECT_EQ(network->last().request.pool, first);
  end_session();
  grant("http-client:hosts=api.example.org:443;methods=GET");
  send(get("https://api.example.org/"));
  EXPECT_NE(network->last().request.pool, first);
  end_session();
  actor.id_value = *ActorId::parse("00000000000000000000000000000001");
  send(get("https://api.example.org/"));
  EXPECT_THAT(network->last().request.pool, HasSubstr("00000000000000000000000000000001"));
}

TEST_F(HttpClientTest, TheEndOfTheSessionCancelsAll) {
  send(get("https://api.example.org/"));
  ASSERT_TRUE(open(get("https://api.example.org/")));
  end_session();
  for (const auto& asked : network->asked)
    EXPECT_TRUE(asked->is_cancelled);
}

TEST_F(HttpClientTest, WithoutANetworkRequestsAreRefused) {
  HandlerFixture without(std::make_unique<HttpClientHandler>(nullptr, Hash()));
  without.permissions = permissions;
  const HostFunction& function = without.find<Opened, GuestRequest>("open");
  Bytes result;
  std::get<HostFunction::Immediate>(function.body)(
      without.session(), arguments(get("https://api.example.org/")), result);
  EXPECT_EQ(wit::decode<Opened>(result)->error(), "refused: this node has no network");
}

// Idempotency keys.

struct KeyTest : HttpClientTest {
  KeyTest() { grant("http-client:idempotency-header=Idempotency-Key"); }

  // The key that goes with a request.
  std::string key(const GuestRequest& request) {
    send(request);
    auto found = network->last().request.headers.find("Idempotency-Key");
    return found ? std::string(*found) : "";
  }
};

TEST_F(KeyTest, IsOnRecordBeforeTheRequestLeaves) {
  auto noted = note(get("https://a.org/"));
  ASSERT_TRUE(noted);
  EXPECT_EQ(noted->what, "idempotency-key");
  EXPECT_THAT(log::request_note_text(*noted).value_or(""), HasSubstr("idempotency key"));
  end_session();  // An instance that repeats the call.
  EXPECT_EQ(noted->data, log::inline_payload(wit::encode(key(get("https://a.org/")))));
}

TEST_F(KeyTest, IsTheSameForTheSameCauseAndAnotherForAllElse) {
  actor.call_value.from =
      log::Sender{actor.id_value, log::Durability::kSync, sha256(as_bytes("m"))};
  GuestRequest request = get("https://a.org/");
  std::string first = key(request);
  EXPECT_EQ(first.size(), 64u);
  std::string second = key(request);
  EXPECT_NE(second, first) << "another request of the same call";
  end_session();
  actor.call_value.seq = 99;  // The position is not the cause of what another actor has sent.
  EXPECT_EQ(key(request), first);
  EXPECT_EQ(key(request), second);

  std::set<std::string> all{first, second};
  auto expect_new = [&](const char* what) {
    end_session();
    EXPECT_TRUE(all.insert(key(request)).second) << what;
  };
  request.body = to_bytes("x");
  expect_new("another request");
  actor.call_value.from =
      log::Sender{actor.id_value, log::Durability::kSync, sha256(as_bytes("n"))};
  expect_new("another message");
  actor.call_value.from = log::NamedClient{"a", log::Once{sha256(as_bytes("k")), {}}, {}};
  expect_new("a client with a key");
  actor.call_value.from = log::NamedClient{"a", log::Once{sha256(as_bytes("l")), {}}, {}};
  expect_new("the same client with another key");
  actor.call_value.from = log::FromHandler{};
  expect_new("a tick");
  actor.call_value.seq = 100;
  expect_new("another tick");
  actor.id_value = *ActorId::parse("00000000000000000000000000000001");
  expect_new("another actor");
}

TEST_F(KeyTest, AHeaderOfTheGuestsOwnIsRefused) {
  send(get("https://a.org/", {{"idempotency-key", "mine"}}));
  EXPECT_THAT(error(), StartsWith("denied: the node itself adds the header Idempotency-Key"));
  EXPECT_TRUE(network->asked.empty());
}

// Secrets.

struct SecretTest : HttpClientTest {
  SecretTest() : SecretTest(std::make_shared<FakeTransport>()) {}
  explicit SecretTest(std::shared_ptr<FakeTransport> fake)
      : HttpClientTest(fake, SecretValues::open(rules(), clock_of_values()).value()) {
    grant("http-client:max-redirects=5;secrets=key");
    secrets = ActorSecrets({{rules().front(), "placeholder-of-the-key"}});
  }

  static std::vector<SecretRule> rules() {
    static const TemporaryFolder folder;
    EXPECT_TRUE(write_file(folder.path() / "key", as_bytes(kValue)));
    std::string text = fmt::format(
        "[[secret]]\nname = \"key\"\nfile = \"{}\"\nhosts = [\"api.example.org\"]\nactors = "
        "[\"agent\"]\n",
        (folder.path() / "key").string());
    auto policy = Policy::parse(text, "policy.toml", "/");
    EXPECT_TRUE(policy) << policy.error().to_string();
    auto all = policy->secrets();
    return {all.begin(), all.end()};
  }

  static GuestRequest with_key(std::string uri) {
    return get(std::move(uri), {{"Authorization", "Bearer placeholder-of-the-key"}});
  }
  // The headers as the network sends them.
  HttpHeaders wire_headers() {
    const WebRequest& request = network->last().request;
    HttpHeaders headers = request.headers;
    EXPECT_TRUE(request.at_wire(request.method, request.url, headers));
    return headers;
  }
  void send_with_key() {
    send(with_key("https://api.example.org/"));
    scheduler.run_now();
    (void)wire_headers();
  }

  static constexpr std::string_view kValue = "the-value-that-no-guest-sees";
  static ManualClock& clock_of_values() {
    static ManualClock clock;
    return clock;
  }
};

TEST_F(SecretTest, TheValueIsThereAtTheWireAndNowhereElse) {
  send(with_key("https://api.example.org/"));
  scheduler.run_now();
  EXPECT_EQ(network->last().request.headers.find("Authorization"), "Bearer placeholder-of-the-key");
  HttpHeaders headers = wire_headers();
  EXPECT_EQ(headers.find("Authorization"), "Bearer " + std::string(kValue));
  EXPECT_EQ(headers.find("Accept-Encoding"), "identity");
  EXPECT_THAT(network->last().rules.bound_headers, ::testing::Contains("Authorization"));
}

TEST_F(SecretTest, APlaceholderThatWouldGoElsewhereNeverLeaves) {
  for (const GuestRequest& request : std::vector<GuestRequest>{
           with_key("https://evil.org/"),
           with_key("http://api.example.org/"),
           get("https://api.example.org/?placeholder-of-the-key"),
           get("https://api.example.org/", {{"X-Key", "placeholder-of-the-key"}}),
           {"POST", "https://api.example.org/", {}, to_bytes("placeholder-of-the-key")}}) {
    send(request);
    scheduler.run_now();
    EXPECT_THAT(error(), StartsWith("denied: ")) << request.uri;
  }
  EXPECT_TRUE(network->asked.empty());
}

TEST_F(SecretTest, AnEchoIsKeptBackWhereverItIsCut) {
  const std::string text = "before " + std::string(kValue) + " after";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    send_with_key();
    network->last().head(200);
    network->last().data(text.substr(0, cut));
    network->last().data(text.substr(cut));
    EXPECT_TRUE(network->last().is_cancelled);
    network->last().over(WebFailure{WebFailure::Kind::kCancelled, "", true});
    EXPECT_THAT(error(), StartsWith("reveals-secret: ")) << cut;
    EXPECT_THAT(error(), ::testing::Not(HasSubstr(std::string(kValue))));
  }
}

TEST_F(SecretTest, AnEchoInAHeaderOrUnderAnEncodingIsKeptBack) {
  send_with_key();
  network->last().head(200, {{"X-Echo", "Bearer " + std::string(kValue)}});
  network->last().over();
  EXPECT_THAT(error(), StartsWith("reveals-secret: "));
  send_with_key();
  network->last().head(200, {{"Content-Encoding", "gzip"}});
  network->last().over();
  EXPECT_THAT(error(), StartsWith("denied: "));
}

TEST_F(SecretTest, AnAnswerWithoutTheValueArrivesWhole) {
  send_with_key();
  network->last().head(200);
  network->last().data("all is well");
  network->last().data(", and that is all");
  network->last().over();
  EXPECT_EQ(answer()->body, to_bytes("all is well, and that is all"));
}

TEST_F(SecretTest, EachAnswerThatIsKeptBackIsCounted) {
  send_with_key();
  network->last().head(200, {{"X-Echo", std::string(kValue)}});
  network->last().data(kValue);
  network->last().over(WebFailure{WebFailure::Kind::kCancelled, "", true});
  EXPECT_EQ(actor.echoes->load(), 1u) << "once for an answer";
  send_with_key();
  network->last().head(200);
  network->last().data(kValue);
  network->last().over(WebFailure{WebFailure::Kind::kCancelled, "", true});
  EXPECT_EQ(actor.echoes->load(), 2u);
  send_with_key();
  network->last().head(200, {{"Content-Encoding", "gzip"}});
  network->last().over();
  send_with_key();
  network->last().head(200);
  network->last().over();
  EXPECT_EQ(actor.echoes->load(), 2u) << "none was found in these";
}

// What the network does with a redirection whose head has the value.
std::optional<WebFailure> checked(const FakeTransport::Asked& asked, std::string location) {
  return asked.rules.check_redirect({302, {{"Location", std::move(location)}}, false});
}

TEST_F(SecretTest, ALocationWithTheValueIsAnEchoLikeOthers) {
  for (const char* before : {"https://api.example.org/?", "http://api.example.org/", "file:///"}) {
    send_with_key();
    auto failure = checked(network->last(), before + std::string(kValue));
    ASSERT_TRUE(failure) << before;
    network->last().over(std::move(failure));
    EXPECT_EQ(error(), EchoGuard::reveals());
  }
  EXPECT_EQ(actor.echoes->load(), 3u);
  send_with_key();
  EXPECT_FALSE(checked(network->last(), "https://api.example.org/other"));
}

TEST_F(SecretTest, ALocationWithTheValueEndsAStreamInTheSameWay) {
  auto id = open(with_key("https://api.example.org/"));
  ASSERT_TRUE(id);
  scheduler.run_now();
  (void)wire_headers();
  auto failure = checked(network->last(), "/" + std::string(kValue));
  ASSERT_TRUE(failure);
  network->last().over(std::move(failure));
  ASSERT_EQ(actor.calls->made.size(), 1u);
  auto heard = *wit::decode<std::tuple<uint64_t, StreamEvent>>(actor.calls->made.front().params);
  EXPECT_EQ(std::get<1>(heard), StreamEvent(StreamFailed{EchoGuard::reveals()}));
  EXPECT_EQ(actor.echoes->load(), 1u);
}

TEST_F(SecretTest, AFailureWhoseTextHasTheValueIsAnEcho) {
  send_with_key();
  network->last().over(WebFailure{WebFailure::Kind::kProtocol,
                                  "the header `" + std::string(kValue) + "` is none", true});
  EXPECT_EQ(error(), EchoGuard::reveals());
  EXPECT_EQ(actor.echoes->load(), 1u);
}

TEST_F(SecretTest, AnAnswerThatIsPackedBehindARedirectionSaysSoOnce) {
  send_with_key();
  auto failure = network->last().rules.check_redirect(
      {302, {{"Location", "/a"}, {"Content-Encoding", "gzip"}}, false});
  ASSERT_TRUE(failure);
  network->last().over(std::move(failure));
  EXPECT_THAT(error(), StartsWith("denied: the answer to a request with a secret is compressed"));
}

TEST_F(SecretTest, TheEndOfTheSessionEndsARequestThatWaitsForItsSecret) {
  clock_of_values().advance(std::chrono::seconds(2));
  send(with_key("https://api.example.org/"));
  end_session();
  scheduler.run_now();
  for (const auto& asked : network->asked)
    EXPECT_TRUE(asked->is_cancelled);
}

}  // namespace theater::http_client_handler_test
