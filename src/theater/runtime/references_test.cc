#include "theater/runtime/references.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/runtime/initial_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

namespace theater::references_test {

using ::testing::HasSubstr;

std::string digest_of(std::string_view content) {
  return sha256(as_bytes(content)).to_string();
}

std::string parsed(std::string_view text, const ManifestPlace& place = {"/base"}) {
  Result<Reference> reference = parse_reference(text, place);
  if (!reference) return "error: " + reference.error().to_string();
  static constexpr const char* kKinds[] = {"file ", "kept ", "stored ", "web "};
  return kKinds[reference->index()] + reference_text(*reference);
}

TEST(References, AreOfFourKinds) {
  EXPECT_EQ(parsed("a/../b.wasm"), "file /base/b.wasm");
  EXPECT_EQ(parsed("/a/b.wasm"), "file /a/b.wasm");
  EXPECT_EQ(parsed("store://notes/a/b"), "stored store://notes/a/b");
  EXPECT_EQ(parsed("https://H.example/a?b"), "web https://h.example/a?b");
  EXPECT_EQ(parsed("http://h:80/a"), "web http://h/a");
  std::string digest(64, 'a');
  EXPECT_EQ(parsed("sha256:" + digest), "kept sha256:" + digest);
  EXPECT_THAT(parsed("sha256:aa"), HasSubstr("64 hexadecimal digits"));
  for (const char* text : {"", "*", "file:///etc/passwd", "ftp://h/a", "https://", "https://u@h/",
                           "store://notes", "store://../a"})
    EXPECT_TRUE(parsed(text).starts_with("error: ")) << text;
}

TEST(References, MayBePinned) {
  std::string digest(64, 'a');
  auto web = std::get<WebReference>(*parse_reference("https://h/a#sha256=" + digest, {}));
  EXPECT_EQ(web.pin->to_string(), digest);
  EXPECT_EQ(web.url.to_string(), "https://h/a");
  EXPECT_EQ(std::get<WebReference>(*parse_reference("https://h/a", {})).pin, std::nullopt);
  for (std::string fragment : {"", "sha256=", "sha256=aa", "x", "sha256:aa"})
    EXPECT_THAT(parsed("https://h/a#" + fragment), HasSubstr("is no pin")) << fragment;
  EXPECT_TRUE(parsed("https://h/a#" + digest).starts_with("error: "));
  EXPECT_TRUE(parsed("https://h/a#sha256=" + digest + "0").starts_with("error: "));
}

TEST(References, FromTheWebAreBesideWhatNamesThem) {
  ManifestPlace place{"/base", "https://h:8443/x/y/actor.toml?v=1"};
  EXPECT_EQ(parsed("actor.wasm", place), "web https://h:8443/x/y/actor.wasm");
  EXPECT_EQ(parsed("../actor.wasm", place), "web https://h:8443/x/actor.wasm");
  EXPECT_EQ(parsed("../../../etc/passwd", place), "web https://h:8443/etc/passwd");
  EXPECT_EQ(parsed("https://other/a", place), "web https://other/a");
  EXPECT_EQ(parsed("store://notes/a", place), "stored store://notes/a");
  for (const char* text : {"/etc/passwd", "//other/a"})
    EXPECT_THAT(parsed(text, place), HasSubstr("which names no files")) << text;
  for (const char* text : {"file:///etc/passwd", "javascript:a", "a b", "\\etc", "*", ""})
    EXPECT_TRUE(parsed(text, place).starts_with("error: ")) << parsed(text, place);
  auto pinned = parse_reference("a.wasm#sha256=" + std::string(64, 'b'), place);
  EXPECT_TRUE(std::get<WebReference>(*pinned).pin);
}

TEST(References, FromAStoreAreBesideWhatNamesThem) {
  ManifestPlace place{"/base", "store://notes/actors/a/manifest"};
  EXPECT_EQ(parsed("component", place), "stored store://notes/actors/a/component");
  EXPECT_EQ(parsed("../b/component", place), "stored store://notes/actors/b/component");
  EXPECT_EQ(parsed("component", {"/base", "store://notes/manifest"}),
            "stored store://notes/component");
  for (const char* text : {"/etc/passwd", "../../../../etc/passwd", "../../..", "*"})
    EXPECT_TRUE(parsed(text, place).starts_with("error: ")) << parsed(text, place);
  std::string hash = "store://notes/hash/" + std::string(64, '0');
  EXPECT_THAT(parsed("component", {"/base", hash}), HasSubstr("has no label"));
}

class ReadReferences : public ::testing::Test {
 protected:
  ReadReferences() {
    blobs_ = *BlobStore::open(temporary_.path() / "blobs");
    reader_.blobs = blobs_.get();
    reader_.fetch = [this](const Url& url, const FetchOptions& options) -> Result<Fetched> {
      ++fetches_;
      look_(options);
      auto found = web_.find(url.to_string());
      if (found == web_.end()) return fail(ErrorCode::kUnavailable, "the network is gone");
      return Fetched{to_bytes(found->second), url};
    };
  }

  std::string read(const std::string& text, Referred what = Referred::kState) {
    auto bytes = read_reference(*parse_reference(text, {"/base"}), what, reader_);
    return bytes ? std::string(as_text(*bytes)) : "error: " + bytes.error().to_string();
  }

  std::string component(const std::string& more) {
    auto manifest = parse_manifest("name = \"a\"\ncomponent = " + more, "a.toml", "/base");
    auto bytes = read_component(*manifest, reader_);
    return bytes ? std::string(as_text(*bytes)) : "error: " + bytes.error().to_string();
  }

  void be_guest(const std::string& hosts) {
    reader_.permissions.emplace().http_client.emplace();
    auto& granted = *reader_.permissions->http_client;
    granted.hosts = HostList({*HostPattern::parse(hosts, "")});
    granted.methods = NameList::unrestricted();
    granted.max_redirects.value = 1;
    granted.timeout.value = 500;
    granted.max_response_size.value = 1000;
  }

  TemporaryFolder temporary_;
  std::unique_ptr<BlobStore> blobs_;
  std::map<std::string, std::string> web_;
  int fetches_ = 0;
  // At what a server is asked with.
  std::function<void(const FetchOptions&)> look_ = [](const FetchOptions&) {};
  ReferenceReader reader_;
};

TEST_F(ReadReferences, AreReadByTheOperatorWithoutAsking) {
  web_["https://h/a"] = "there";
  look_ = [](const FetchOptions& options) {
    EXPECT_EQ(options.size_max, kInitialStateSizeMax);
    EXPECT_EQ(options.total_time, std::chrono::seconds(120));
    EXPECT_EQ(options.redirects_max, 5);
    EXPECT_FALSE(options.check_url);
  };
  EXPECT_EQ(read("https://h/a"), "there");
  EXPECT_EQ(read("https://h/a"), "there");
  EXPECT_EQ(fetches_, 2);
}

TEST_F(ReadReferences, AreNotInPrivateNetworksUnlessThePolicyNamesTheHost) {
  web_["https://h/a"] = "there";
  auto allows = [](const FetchOptions& options, const char* url) {
    return options.allows_address(*parse_url(url), *IpAddress::parse("fd00::1"));
  };
  look_ = [&](const FetchOptions& options) { EXPECT_FALSE(allows(options, "https://h/a")); };
  EXPECT_EQ(read("https://h/a"), "there");
  reader_.private_hosts = HostList({*HostPattern::parse("[fd00::1]:8080", "")});
  look_ = [&](const FetchOptions& options) {
    EXPECT_TRUE(allows(options, "http://[fd00::1]:8080/x"));
    EXPECT_FALSE(allows(options, "http://[fd00::1]/x"));
    EXPECT_FALSE(allows(options, "http://h:8080/x"));
  };
  EXPECT_EQ(read("https://h/a"), "there");
}

TEST_F(ReadReferences, OfAPinAreWhatItSays) {
  web_["https://h/a"] = "there";
  EXPECT_EQ(read("https://h/a#sha256=" + digest_of("there")), "there");
  std::string wrong = read("https://h/a#sha256=" + digest_of("other"));
  EXPECT_THAT(wrong, HasSubstr(digest_of("there")));
  EXPECT_THAT(wrong, HasSubstr(digest_of("other")));
  EXPECT_FALSE(blobs_->contains(sha256(as_bytes(std::string_view("there")))));
}

TEST_F(ReadReferences, OfAPinThatTheHomeHasAreNotFetched) {
  ASSERT_TRUE(blobs_->put(as_bytes(std::string_view("kept"))));
  EXPECT_EQ(read("https://h/a#sha256=" + digest_of("kept")), "kept");
  EXPECT_EQ(read("https://h/a#sha256=" + digest_of("kept"), Referred::kManifest), "kept");
  EXPECT_EQ(fetches_, 0);
  EXPECT_THAT(read("https://h/a"), HasSubstr("the network is gone"));
  reader_.blobs = nullptr;
  EXPECT_THAT(read("https://h/a#sha256=" + digest_of("kept")), HasSubstr("the network is gone"));
}

TEST_F(ReadReferences, GiveAGuestNothingForADigestButComponents) {
  std::string binary("\0asm\x0d\0\1\0rest", 12);
  ASSERT_TRUE(blobs_->put(as_bytes(std::string_view("of somebody else"))));
  ASSERT_TRUE(blobs_->put(as_bytes(binary)));
  be_guest("h");
  for (Referred what : {Referred::kState, Referred::kManifest, Referred::kComponent}) {
    EXPECT_THAT(read("https://h/a#sha256=" + digest_of("of somebody else"), what),
                HasSubstr("the network is gone"));
  }
  EXPECT_EQ(read("https://h/a#sha256=" + digest_of(binary), Referred::kComponent), binary);
  EXPECT_THAT(read("https://h/a#sha256=" + digest_of(binary)), HasSubstr("the network is gone"));
  EXPECT_THAT(read("sha256:" + digest_of("of somebody else"), Referred::kComponent),
              HasSubstr("keeps no component"));
  EXPECT_THAT(read("sha256:" + digest_of(binary)), HasSubstr("only a component"));
}

TEST_F(ReadReferences, OfComponentsMayBePinnedByTheManifest) {
  std::string binary("\0asm\x0d\0\1\0rest", 12);
  web_["https://h/a"] = "other";
  std::string pinned = "\"https://h/a\"\ncomponent_digest = \"" + digest_of(binary) + "\"\n";
  // Whether it is the component that is pinned is seen when it is compiled.
  EXPECT_EQ(component(pinned), "other");
  ASSERT_TRUE(blobs_->put(as_bytes(binary)));
  EXPECT_EQ(component(pinned), binary);
  EXPECT_EQ(fetches_, 1);
  EXPECT_THAT(component("\"https://h/a#sha256=" + digest_of("other") + "\"\ncomponent_digest = \"" +
                        digest_of(binary) + "\"\n"),
              HasSubstr("keep the one that is right"));
}

TEST_F(ReadReferences, ForAGuestAreBoundByItsGrant) {
  web_["https://h/a"] = "there";
  be_guest("h:443");
  look_ = [](const FetchOptions& options) {
    EXPECT_EQ(options.redirects_max, 1);
    EXPECT_EQ(options.total_time, std::chrono::milliseconds(500));
    EXPECT_EQ(options.size_max, 1000U);
    EXPECT_TRUE(options.check_url(*parse_url("https://h/b")));
    for (const char* other : {"http://h/b", "https://i/b", "https://h:8443/"})
      EXPECT_EQ(options.check_url(*parse_url(other)).error().code(), ErrorCode::kPermissionDenied);
  };
  EXPECT_EQ(read("https://h/a"), "there");
  fetches_ = 0;
  EXPECT_THAT(read("https://other/a"), HasSubstr("Permission denied: http-client:hosts=other:443;"
                                                 "methods=GET is needed to read https://other/a"));
  reader_.permissions->http_client->methods = NameList({NamePattern{"POST"}});
  EXPECT_THAT(read("https://h/a"), HasSubstr("Permission denied"));
  reader_.permissions->http_client.reset();
  EXPECT_THAT(read("https://h/a"), HasSubstr("Permission denied"));
  EXPECT_EQ(fetches_, 0);
}

}  // namespace theater::references_test
