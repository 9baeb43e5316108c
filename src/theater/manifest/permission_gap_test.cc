#include "theater/manifest/permission_gap.h"

#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"

#include <gtest/gtest.h>

namespace theater::permission_gap_test {

// An actor with these handler entries, under the default policy with these grants.
struct Actor {
  Actor(std::string_view entries, const std::vector<std::string>& grants,
        std::optional<Permissions> parent = {}) {
    Result<Manifest> read = parse_manifest(
        fmt::format("name = \"a\"\ncomponent = \"a.wasm\"\n{}", entries), "a.toml", "/base");
    EXPECT_TRUE(read) << read.error().message();
    manifest = *std::move(read);
    for (const std::string& grant : grants)
      EXPECT_TRUE(policy.add_grant(grant, "/"));
    effective = meet(manifest.asked(), policy.permissions());
    if (parent) effective = meet(effective, *parent);
    has_parent = parent.has_value();
  }

  std::string lacks(std::string_view grant) const {
    return who_lacks(grant, {policy, manifest, effective, has_parent});
  }
  std::string explained(std::string_view refusal) const {
    return explained_refusal(refusal, {policy, manifest, effective, has_parent});
  }

  Manifest manifest;
  Policy policy = Policy::default_policy();
  Permissions effective;
  bool has_parent = false;
};

TEST(PermissionGap, NamesTheManifestWhereThePolicyGrants) {
  EXPECT_EQ(Actor("", {"environment:vars=HOME"}).lacks("environment:vars=HOME"),
            "the manifest does not ask for it: add a [[handler]] entry { type = \"environment\", "
            "allowed_vars = [\"HOME\"] }");
  EXPECT_EQ(Actor("[[handler]]\ntype='environment'\nallowed_vars=['PATH']",
                  {"environment:vars=HOME,PATH"})
                .lacks("environment:vars=HOME"),
            "the manifest asks for less: write allowed_vars = [\"HOME\", \"PATH\"] in its handler "
            "`environment`");
}

TEST(PermissionGap, NamesThePolicyWhereTheManifestAsks) {
  EXPECT_EQ(Actor("[[handler]]\ntype='environment'\nallowed_vars=['HOME']", {})
                .lacks("environment:vars=HOME"),
            "the policy lacks it: add --grant environment:vars=HOME");
  // The grant adds up with the one that is there.
  Actor actor("[[handler]]\ntype='filesystem'\npath='/w'\nallowed_commands=['wc *', 'ls']",
              {"filesystem:paths=/w;read;execute;commands=wc *"});
  std::string clause = actor.lacks("filesystem:paths=/w;execute;commands=ls");
  EXPECT_EQ(clause,
            "the policy lacks it: add --grant 'filesystem:paths=/w;read;execute;commands=ls'");
  ASSERT_TRUE(actor.policy.add_grant("filesystem:paths=/w;read;execute;commands=ls", "/"));
  actor.effective = meet(actor.manifest.asked(), actor.policy.permissions());
  EXPECT_EQ(actor.lacks("filesystem:paths=/w;execute;commands=ls"), "");
}

TEST(PermissionGap, NamesEveryPartyThatLacksIt) {
  EXPECT_EQ(Actor("", {}).lacks("environment:vars=HOME"),
            "the policy lacks it: add --grant environment:vars=HOME; the manifest does not ask for "
            "it: add a [[handler]] entry { type = \"environment\", allowed_vars = [\"HOME\"] }");
  EXPECT_EQ(Actor("", {}, Permissions{}).lacks("runtime:system-info"),
            "the policy lacks it: add --grant runtime:system-info; the parent lacks it: its "
            "manifest must ask for it too");
}

TEST(PermissionGap, NamesTheParentWhereTheOthersHaveIt) {
  Actor child("[[handler]]\ntype='environment'\nallowed_vars=['HOME']", {"environment:vars=HOME"},
              Permissions{});
  EXPECT_EQ(child.lacks("environment:vars=HOME"),
            "the parent lacks it: its manifest must ask for it too");
}

TEST(PermissionGap, NamesWhatTheManifestGivesUp) {
  Actor actor(
      "[[handler]]\ntype='filesystem'\npath='/w'\ndenied_paths=['/w/keys']\n"
      "[[handler]]\ntype='timing'\n"
      "[permission_policy.timing]\ntype='disallow'\n"
      "[permission_policy.file_system]\ntype='restrict'\nconfig={write=false}",
      {"filesystem:paths=/w;denied=/w/secret;read;write"});
  EXPECT_EQ(actor.lacks("timing"),
            "the manifest gives it up: widen or remove its table [permission_policy.timing]");
  EXPECT_EQ(actor.lacks("filesystem:paths=/w;write"),
            "the manifest gives it up: widen or remove its table [permission_policy.filesystem]");
  EXPECT_EQ(actor.lacks("filesystem:paths=/w/keys;read"),
            "the manifest gives that path up: take it out of its `denied_paths`");
  EXPECT_EQ(actor.lacks("filesystem:paths=/w/secret;read"),
            "the policy denies that path: take it out of its `denied`");
}

TEST(PermissionGap, NeedsOnlyTheSettingsThatAreNamed) {
  Actor actor("[[handler]]\ntype='timing'\nmax_sleep_duration='5s'", {});
  EXPECT_EQ(actor.lacks("timing:max-sleep=6s"),
            "the manifest asks for less: write max_sleep_duration = \"6s\" in its handler "
            "`timing`");
  EXPECT_EQ(actor.lacks("timing"), "");
  EXPECT_EQ(actor.explained("timing:max-sleep=6s (a sleep of 6000 ms)"),
            "timing:max-sleep=6s (a sleep of 6000 ms; the manifest asks for less: write "
            "max_sleep_duration = \"6s\" in its handler `timing`)");
}

TEST(PermissionGap, NamesThePartyThatLacksASecret) {
  EXPECT_EQ(Actor("[[handler]]\ntype='http-client'", {"http-client:secrets=openai"})
                .lacks("http-client:secrets=openai"),
            "the manifest asks for less: write secrets = [\"openai\"] in its handler "
            "`http-client`");
  EXPECT_EQ(Actor("", {"http-client:secrets=openai"}).lacks("http-client:secrets=openai"),
            "the manifest does not ask for it: add a [[handler]] entry { type = \"http-client\", "
            "secrets = [\"openai\"] }");
  EXPECT_EQ(Actor("[[handler]]\ntype='http-client'\nsecrets=['openai']", {"http-client"})
                .lacks("http-client:secrets=openai"),
            "the policy lacks it: add --grant http-client:secrets=openai");
}

TEST(PermissionGap, ReadsParenthesesOfANameAsItsOwn) {
  EXPECT_EQ(Actor("[[handler]]\ntype='environment'\nallowed_vars=['A (B)']", {})
                .explained("environment:vars=A (B)"),
            "environment:vars=A (B) (the policy lacks it: add --grant 'environment:vars=A (B)')");
}

TEST(PermissionGap, NamesTheEntryOfACustomHandler) {
  EXPECT_EQ(Actor("", {"custom"}).lacks("custom:rights=dice/scores"),
            "the manifest does not ask for it: add a [[handler]] entry { type = \"custom\", name = "
            "\"dice\", rights = [\"scores\"] }");
  EXPECT_EQ(Actor("[[handler]]\ntype='custom'\nname='dice'", {"custom"})
                .lacks("custom:rights=dice/scores"),
            "the manifest asks for less: add \"scores\" to the `rights` of its handler `dice`");
}

TEST(PermissionGap, SaysNothingOfWhatIsNoGrantOrTooLong) {
  Actor actor("", {});
  EXPECT_EQ(actor.explained("environment:vars=A=B"), "environment:vars=A=B");
  EXPECT_EQ(actor.explained("grant secret"), "grant secret");
  std::string longest = "store:shared=" + std::string(kExplainedGrantSizeMax, 'x');
  EXPECT_EQ(actor.lacks(longest), "");
  longest.resize(kExplainedGrantSizeMax);
  EXPECT_NE(actor.lacks(longest), "");
}

}  // namespace theater::permission_gap_test
