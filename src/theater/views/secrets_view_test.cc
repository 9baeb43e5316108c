#include "theater/views/secrets_view.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace theater::views::secrets_view_test {

using ::testing::HasSubstr;

struct SecretsViewTest : ::testing::Test {
  std::vector<AskedSecret> asked(const std::string& policy_text, const std::string& entries) {
    auto policy = Policy::parse(policy_text, "policy.toml", folder.path());
    EXPECT_TRUE(policy) << policy.error().to_string();
    auto manifest =
        parse_manifest("name = \"a\"\ncomponent = \"a.wasm\"\n" + entries, "a.toml", "/");
    EXPECT_TRUE(manifest) << manifest.error().to_string();
    return asked_secrets(*policy, *manifest);
  }
  static std::string rule(const std::string& more = "") {
    return "[[secret]]\nname = \"s\"\nfile = \"key\"\nhosts = [\"a.org\"]\nactors = [\"agent\"]\n" +
           more;
  }

  TemporaryFolder folder;
};

constexpr const char* kAsks = "[[handler]]\ntype = \"http-client\"\nsecrets = [\"s\"]\n";
constexpr const char* kGrant = "[grant.http-client]\nsecrets = [\"s\"]\n";

TEST_F(SecretsViewTest, SaysWhoGetsASecretAndForWhat) {
  ASSERT_TRUE(write_file(folder.path() / "key", as_bytes("the-value-of-the-secret")));
  std::string digest(64, 'a');
  auto secrets = asked(kGrant + rule("components = [\"" + digest +
                                     "\"]\nmethods = [\"POST\"]\n"
                                     "paths = [\"/v1\"]\n"),
                       kAsks);
  EXPECT_EQ(secrets_text(secrets),
            "secret s\n"
            "  for      a.org:443; methods POST; paths /v1\n"
            "  header   Authorization: Bearer {}\n"
            "  needs    a start under the name `agent`, or the component sha256:" +
                digest + "\n");
  Json json = secrets_json(secrets);
  EXPECT_EQ(json[0]["secret"], "s");
  EXPECT_EQ(json[0]["rule"]["actors"], Json({"agent"}));
  EXPECT_TRUE(json[0]["rule"]["variable"].is_null());
  EXPECT_TRUE(json[0]["missing"].empty());
  EXPECT_THAT(json.dump(), ::testing::Not(HasSubstr("the-value")));
}

TEST_F(SecretsViewTest, SaysWhatIsMissing) {
  auto missing = [&](const std::string& policy, const std::string& entries = kAsks) {
    return asked(policy, entries).at(0).missing;
  };
  EXPECT_THAT(missing(""), ::testing::ElementsAre("the policy has no [[secret]] of this name"));
  EXPECT_THAT(missing(rule()),
              ::testing::ElementsAre("--grant http-client:secrets=s", HasSubstr("cannot open")));
  ASSERT_TRUE(write_file(folder.path() / "key", as_bytes("short")));
  EXPECT_THAT(missing(kGrant + rule()), ::testing::ElementsAre(HasSubstr("it has 5 bytes")));
  ASSERT_TRUE(write_file(folder.path() / "key", as_bytes("the-value-of-the-secret")));
  std::string shown = kGrant + rule("variable = \"S_KEY\"\n");
  EXPECT_THAT(missing(shown), ::testing::ElementsAre(HasSubstr("environment:vars=S_KEY")));
  std::string reads = "[[handler]]\ntype = \"environment\"\nallowed_vars = [\"S_KEY\"]\n";
  EXPECT_THAT(missing("[grant.environment]\nvars = [\"S_KEY\"]\n" + shown, kAsks + reads),
              ::testing::IsEmpty());
}

TEST_F(SecretsViewTest, ShowsOnlyWhatTheManifestAsksFor) {
  EXPECT_TRUE(asked(rule(), "").empty());
  EXPECT_TRUE(asked(rule(), "[[handler]]\ntype = \"http-client\"\n").empty());
  auto all = asked(rule(), "[[handler]]\ntype = \"http-client\"\nsecrets = [\"*\"]\n");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].name, "s");
}

}  // namespace theater::views::secrets_view_test
