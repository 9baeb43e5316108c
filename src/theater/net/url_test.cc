#include "theater/net/url.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace theater::url_test {

Url good(std::string_view text) {
  Result<Url> url = parse_url(text);
  EXPECT_TRUE(url) << url.error().message();
  return url ? *url : Url{};
}

TEST(Url, HasOneFormForAllThatMeanTheSame) {
  EXPECT_EQ(good("HTTPS://Example.ORG").to_string(), "https://example.org/");
  EXPECT_EQ(good("https://example.org.:443/a?b#c").to_string(), "https://example.org/a?b");
  EXPECT_EQ(good("http://a:80?x").to_string(), "http://a/?x");
  EXPECT_EQ(good("http://a:8080/%20").to_string(), "http://a:8080/%20");
  EXPECT_EQ(good("https://[2001:DB8:0:0::1]:8443/").to_string(), "https://[2001:db8::1]:8443/");
  EXPECT_EQ(good("https://[::ffff:127.0.0.1]").host, "::ffff:127.0.0.1");
  EXPECT_EQ(good("https://10.0.0.1/").host, "10.0.0.1");
  EXPECT_EQ(good("https://xn--bcher-kva.example/").host, "xn--bcher-kva.example");
}

TEST(Url, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* text : {"",
                           "example.org",
                           "ftp://a/",
                           "file:///etc/passwd",
                           "https:/a",
                           "https://",
                           "https:///a",
                           "https://user@a/",
                           "https://user:word@a/",
                           "https://a\\@b/",
                           "https://a b/",
                           "https://a\tb",
                           "https://a\n/",
                           "https://b\xc3\xbc.de/",
                           "https://-a/",
                           "https://a-/",
                           "https://a..b/",
                           "https://.a/",
                           "https://a:0/",
                           "https://a:65536/",
                           "https://a:/",
                           "https://a:8x/",
                           "https://a:+8/",
                           "https://a:80:80/",
                           "https://[::1/",
                           "https://[::1]x/",
                           "https://::1/",
                           "https://[fe80::1%25eth0]/",
                           "https://[127.0.0.1]/",
                           "https://127.1/",
                           "https://2130706433/",
                           "https://0x7f.0.0.1/",
                           "https://0x7f000001/",
                           "https://0177.0.0.1/",
                           "https://127.0.0.01/",
                           "https://256.0.0.1/",
                           "https://1.2.3.4.5/",
                           "https://a.1/",
                           "https://%31/",
                           "javascript:x",
                           "https://a|b/",
                           "https://*/"}) {
    Result<Url> url = parse_url(text);
    EXPECT_FALSE(url) << text << " is read as " << url->to_string();
  }
  EXPECT_FALSE(parse_url("https://" + std::string(64, 'a') + "/"));
  EXPECT_TRUE(parse_url("https://" + std::string(63, 'a') + "/"));
  EXPECT_FALSE(parse_url("https://a/" + std::string(Url::kSizeMax, 'a')));
  EXPECT_FALSE(parse_url(std::string("https://a/\0", 11)));
}

TEST(Url, FollowsALocationAsItIsMeant) {
  Url from = good("https://a.example/x/y?q");
  auto to = [&](std::string_view location) {
    Result<Url> url = resolve_location(from, location);
    return url ? url->to_string() : "refused";
  };
  EXPECT_EQ(to("http://b/z"), "http://b/z");
  EXPECT_EQ(to("//b:8/z"), "https://b:8/z");
  EXPECT_EQ(to("/z"), "https://a.example/z");
  EXPECT_EQ(to("z"), "https://a.example/x/z");
  EXPECT_EQ(to("?z"), "https://a.example/x/y?z");
  EXPECT_EQ(to("z?u=http://c/"), "https://a.example/x/z?u=http://c/");
  EXPECT_EQ(to("./z"), "https://a.example/x/z");
  EXPECT_EQ(to("../z"), "https://a.example/z");
  EXPECT_EQ(to("../../../z"), "https://a.example/z");
  EXPECT_EQ(to("/b/./c/../z"), "https://a.example/b/z");
  EXPECT_EQ(to("z/.."), "https://a.example/x/");
  EXPECT_EQ(to(".."), "https://a.example/");
  EXPECT_EQ(to("..?u=../w"), "https://a.example/?u=../w");
  EXPECT_EQ(to("#f"), "https://a.example/x/y?q");
  EXPECT_EQ(to(std::string(Url::kSizeMax - 10, 'a')), "refused");
  EXPECT_EQ(to("file:///etc/passwd"), "refused");
  EXPECT_EQ(to("https://user@b/"), "refused");
  EXPECT_EQ(to("/a b"), "refused");
  EXPECT_EQ(to("/a\r\nHost: b"), "refused");
}

RC_GTEST_PROP(Url, WhatIsReadIsReadBackToTheSame, ()) {
  std::string text = "https://";
  for (int left = *rc::gen::inRange(0, 30); left > 0; --left)
    text += *rc::gen::elementOf(std::string("ab1.0x:@/?#[]%\\-_ \n\xc3"));
  Result<Url> url = parse_url(text);
  if (!url) {
    RC_ASSERT(!url.error().message().empty());
    return;
  }
  Result<Url> again = parse_url(url->to_string());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *url);
  RC_ASSERT(url->host.find('@') == std::string::npos);
  RC_ASSERT(url->target.starts_with('/'));
}

}  // namespace theater::url_test
