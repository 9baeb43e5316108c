#include "theater/handlers/http_client/wire_secrets.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::wire_secrets_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kValue = "sk-the-value-of-the-secret";
constexpr std::string_view kPlaceholder = "theater-0123456789abcdef";

struct WireSecretsTest : ::testing::Test {
  WireSecretsTest() {
    rule.name = "s";
    rule.source = {SecretSource::Kind::kFile, (folder.path() / "key").string()};
    rule.hosts = {{"api.example.org", 443}};
    EXPECT_TRUE(write_file(folder.path() / "key", as_bytes(kValue)));
  }

  WireSecrets wire() {
    if (held.empty()) held = {{rule, std::string(kPlaceholder)}};
    std::vector<SecretRule> rules;
    for (const HeldSecret& secret : held)
      rules.push_back(secret.rule);
    return {ActorSecrets(held), *SecretValues::open(rules, clock), private_hosts};
  }
  static HttpHeaders bearer(std::string_view name = "Authorization") {
    return {{std::string(name), fmt::format("Bearer {}", kPlaceholder)}};
  }
  // What is wrong with a request; empty if it may carry the secret.
  std::string judged(std::string_view url, const HttpHeaders& headers = bearer(),
                     std::string_view method = "POST", std::string_view body = "") {
    Url parsed = *parse_url(url);
    auto use = wire().judge({method, parsed, headers, as_bytes(body)});
    if (!use) return use.error().to_string();
    EXPECT_THAT(use->secrets, ElementsAre("s"));
    return {};
  }
  // The headers as they leave.
  std::string sent(HttpHeaders headers, std::string_view url = "https://api.example.org/v1",
                   std::string_view method = "POST") {
    auto values = wire().put_in(method, *parse_url(url), headers);
    if (!values) return "error: " + values.error().to_string();
    std::string text;
    for (const HttpHeader& header : headers)
      text += fmt::format("{}: {}\n", header.name, header.value);
    return text;
  }

  TemporaryFolder folder;
  SystemClock clock;
  SecretRule rule;
  std::vector<HeldSecret> held;
  HostList private_hosts;
};

TEST_F(WireSecretsTest, PutsTheValueIntoItsHeader) {
  EXPECT_EQ(sent({{"Accept", "*/*"},
                  {"authorization", fmt::format("Bearer {}", kPlaceholder)},
                  {"accept-encoding", "gzip"},
                  {"X", "y"}}),
            fmt::format("Accept: */*\nauthorization: Bearer {}\nX: y\nAccept-Encoding: identity\n",
                        kValue));
  EXPECT_EQ(sent({{"Accept-Encoding", "gzip"}}), "Accept-Encoding: gzip\n");
  EXPECT_EQ(sent({{"Authorization", "Bearer other"}}), "Authorization: Bearer other\n");
}

TEST_F(WireSecretsTest, ReturnsTheValuesThatItPutIn) {
  HttpHeaders headers = bearer();
  auto values = wire().put_in("GET", *parse_url("https://api.example.org/"), headers);
  ASSERT_TRUE(values);
  ASSERT_EQ(values->size(), 1u);
  EXPECT_EQ(values->front()->text(), kValue);
  headers = {{"X", "y"}};
  EXPECT_TRUE(wire().put_in("GET", *parse_url("https://api.example.org/"), headers)->empty());
}

TEST_F(WireSecretsTest, TakesThePlaceholderInNoOtherPlace) {
  std::string name(kPlaceholder);
  constexpr const char* kUrl = "https://api.example.org/v1";
  for (const HttpHeaders& headers :
       std::initializer_list<HttpHeaders>{bearer("X-Api-Key"),
                                          {{"Authorization", name}},
                                          {{"Authorization", "bearer " + name}},
                                          {{"Authorization", "Bearer " + name + " "}},
                                          {{"Authorization", "Bearer x" + name}},
                                          {{"Cookie", "key=" + name}},
                                          {{name, "x"}}}) {
    std::string why = judged(kUrl, headers);
    EXPECT_THAT(why, HasSubstr("`s`")) << headers.begin()->value;
    EXPECT_THAT(why, HasSubstr("a retry does not help"));
    EXPECT_THAT(sent(headers), HasSubstr("error: "));
  }
  EXPECT_THAT(
      judged(kUrl, {{"X", name}}),
      HasSubstr("the secret `s` goes into the header `Authorization: Bearer {}` alone, with "
                "the placeholder for {}, and the request has it in `X`"));
  EXPECT_THAT(judged("https://api.example.org/?key=" + name), HasSubstr("stands in the URL"));
  EXPECT_THAT(judged(kUrl, bearer(), "POST", "{\"key\": \"" + name + "\"}"),
              HasSubstr("stands in the body"));
  EXPECT_THAT(judged(kUrl, {{"Authorization", "Bearer " + name}, {"Authorization", "Basic x"}}),
              HasSubstr("more than once"));
}

TEST_F(WireSecretsTest, GoesToItsHostsAndPortsAlone) {
  EXPECT_EQ(judged("https://api.example.org/v1"), "");
  EXPECT_EQ(judged("https://API.example.org:443/v1"), "");
  for (const char* url : {"https://example.org/", "https://api.example.org:8443/",
                          "https://api.example.org.evil.org/", "https://x.api.example.org/",
                          "https://93.184.216.34/"}) {
    EXPECT_THAT(judged(url), HasSubstr("the secret `s` is for api.example.org:443, and not for "))
        << url;
  }
  EXPECT_THAT(judged("http://api.example.org:443/"), HasSubstr("goes over https alone"));
}

TEST_F(WireSecretsTest, GoesOverHttpToGrantedLoopbackAddressesAlone) {
  rule.hosts = {{"127.0.0.1", 8080}, {"[::1]", 8080}, {"localhost", 8080}, {"10.0.0.1", 8080}};
  EXPECT_THAT(judged("http://127.0.0.1:8080/"), HasSubstr("goes over https alone"));
  private_hosts = HostList::unrestricted();
  EXPECT_EQ(judged("http://127.0.0.1:8080/"), "");
  EXPECT_EQ(judged("http://[::1]:8080/"), "");
  // A name leads where its server of names says.
  EXPECT_THAT(judged("http://localhost:8080/"), HasSubstr("goes over https alone"));
  EXPECT_THAT(judged("http://10.0.0.1:8080/"), HasSubstr("goes over https alone"));
  EXPECT_THAT(judged("http://127.0.0.1:8081/"), HasSubstr("and not for 127.0.0.1:8081"));
  private_hosts = HostList({{"127.0.0.1", 9090}});
  EXPECT_THAT(judged("http://127.0.0.1:8080/"), HasSubstr("goes over https alone"));
}

TEST_F(WireSecretsTest, GoesWithItsMethodsAlone) {
  rule.methods = NameList({{"POST"}});
  EXPECT_EQ(judged("https://api.example.org/"), "");
  EXPECT_THAT(judged("https://api.example.org/", bearer(), "GET"),
              HasSubstr("is not for the method GET"));
  EXPECT_THAT(judged("https://api.example.org/", bearer(), "post"),
              HasSubstr("is not for the method post"));
}

TEST_F(WireSecretsTest, GoesToItsPathsAlone) {
  rule.paths = {"/v1/chat", "/v2"};
  for (const char* path : {"/v1/chat", "/v1/chat?x=1", "/v1/chat/", "/v1/chat/a.b", "/v2/x"})
    EXPECT_EQ(judged(fmt::format("https://api.example.org{}", path)), "") << path;
  for (const char* path :
       {"/", "/v1", "/v1/chats", "/V1/chat", "/x?/v1/chat", "/v1/chat/%2e%2e/x", "/v1/chat/%2E./x",
        "/v1/chat%2fx", "/v1/chat/%5c..", "/v1/chat//x", "/v1/chat;x"}) {
    EXPECT_THAT(judged(fmt::format("https://api.example.org{}", path)),
                HasSubstr("is for the paths /v1/chat, /v2, and not for "))
        << path;
  }
}

TEST_F(WireSecretsTest, TakesAuthoritiesFromTheRuleAlone) {
  rule.authorities = "/etc/ca.pem";
  HttpHeaders headers = bearer();
  Url url = *parse_url("https://api.example.org/");
  EXPECT_EQ(wire().judge({"GET", url, headers})->authorities, "/etc/ca.pem");
  headers = {};
  EXPECT_EQ(wire().judge({"GET", url, headers})->authorities, "");
}

TEST_F(WireSecretsTest, ARequestMayCarrySeveralSecrets) {
  SecretRule other = rule;
  other.name = "o";
  other.header = "X-Key";
  other.format = "{}";
  std::string second = "other-0123456789abcdef";
  held = {{rule, std::string(kPlaceholder)}, {other, second}};
  HttpHeaders headers{{"Authorization", fmt::format("Bearer {}", kPlaceholder)}, {"x-key", second}};
  EXPECT_EQ(sent(headers), fmt::format("Authorization: Bearer {0}\nx-key: {0}\nAccept-Encoding: "
                                       "identity\n",
                                       kValue));
  EXPECT_THAT(wire().bound_headers(), ElementsAre("Authorization", "X-Key"));
  // One secret is no value of another's header.
  EXPECT_THAT(sent({{"X-Key", std::string(kPlaceholder)}}), HasSubstr("error: "));
  held[1].rule.authorities = "/ca.pem";
  EXPECT_THAT(sent(headers), HasSubstr("different authorities"));
}

TEST_F(WireSecretsTest, WithoutAValueNothingLeaves) {
  std::shared_ptr<const SecretValues> none;
  WireSecrets empty(ActorSecrets({{rule, std::string(kPlaceholder)}}), none, {});
  HttpHeaders headers = bearer();
  auto values = empty.put_in("GET", *parse_url("https://api.example.org/"), headers);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(headers, bearer());
  EXPECT_TRUE(WireSecrets(ActorSecrets(), none, {}).empty());
}

}  // namespace theater::wire_secrets_test
