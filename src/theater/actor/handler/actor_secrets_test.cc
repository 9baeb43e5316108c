#include "theater/actor/handler/actor_secrets.h"

#include <gtest/gtest.h>

#include <set>

namespace theater::actor_secrets_test {

Hash hash_of(uint8_t byte) {
  Hash hash;
  hash.bytes.fill(byte);
  return hash;
}

SecretRule rule_of(std::string name) {
  SecretRule rule;
  rule.name = std::move(name);
  rule.hosts = {{"a.org", 443}};
  return rule;
}

Permissions allowing(NameList secrets) {
  Permissions permissions;
  permissions.http_client.emplace().secrets = std::move(secrets);
  return permissions;
}

const Hash kListed = hash_of(1);
const Hash kForeign = hash_of(2);
const Hash kKey = hash_of(3);
const Permissions kAllowed = allowing(NameList({{"s"}}));

TEST(ActorSecrets, ARootHoldsASecretByItsDigestOrByTheOperatorsName) {
  SecretRule rule = rule_of("s");
  rule.components = {kListed};
  rule.actors = {"agent"};
  EXPECT_TRUE(holds(rule, {kAllowed, kListed}));
  EXPECT_TRUE(holds(rule, {kAllowed, kListed, "other"}));
  EXPECT_TRUE(holds(rule, {kAllowed, kForeign, "agent"}));
  EXPECT_FALSE(holds(rule, {kAllowed, kForeign, "other"}));
  EXPECT_FALSE(holds(rule, {kAllowed, kForeign}));
}

TEST(ActorSecrets, NoActorHoldsASecretThatItsPermissionsDoNotName) {
  SecretRule rule = rule_of("s");
  rule.components = {kListed};
  for (const Permissions& less : {Permissions{}, allowing({}), allowing(NameList({{"other"}}))}) {
    EXPECT_FALSE(holds(rule, {less, kListed, "agent"}));
  }
  EXPECT_TRUE(holds(rule, {allowing(NameList::unrestricted()), kListed}));
}

TEST(ActorSecrets, AChildNeedsADigestOfItsOwnAndAParentThatHoldsTheSecret) {
  SecretRule rule = rule_of("s");
  rule.components = {kListed};
  rule.actors = {"agent"};
  ActorSecrets with = held_secrets(std::vector{rule}, {kAllowed, kListed}, kKey);
  ActorSecrets without;
  EXPECT_TRUE(holds(rule, {kAllowed, kListed, {}, &with}));
  EXPECT_FALSE(holds(rule, {kAllowed, kListed, {}, &without}));
  // The name is an operator's for a root, and an author's for a child.
  EXPECT_FALSE(holds(rule, {kAllowed, kForeign, "agent", &with}));
}

TEST(ActorSecrets, AreThoseOfThePolicyThatTheActorHolds) {
  std::vector<SecretRule> rules{rule_of("a"), rule_of("b"), rule_of("c")};
  for (SecretRule& rule : rules)
    rule.actors = {"agent"};
  rules[0].variable = "A_KEY";
  rules[2].variable = "C_KEY";
  ActorSecrets secrets =
      held_secrets(rules, {allowing(NameList({{"a"}, {"b"}, {"d"}})), kListed, "agent"}, kKey);
  ASSERT_EQ(secrets.held().size(), 2u);
  EXPECT_EQ(secrets.find("a"), &secrets.held()[0]);
  EXPECT_EQ(secrets.find("c"), nullptr);
  EXPECT_EQ(secrets.shown_by("A_KEY"), &secrets.held()[0]);
  EXPECT_EQ(secrets.shown_by("C_KEY"), nullptr);
  EXPECT_EQ(secrets.shown_by(""), nullptr);
  EXPECT_EQ(secrets.record(),
            (std::vector<std::string>{"secret:a=" + secrets.held()[0].placeholder,
                                      "secret:b=" + secrets.held()[1].placeholder}));
  EXPECT_TRUE(is_secret_variable(rules, "C_KEY"));
  EXPECT_FALSE(is_secret_variable(rules, "B_KEY"));
}

TEST(ActorSecrets, PlaceholdersHaveTheLookOfThePattern) {
  std::string text = placeholder_of("s", "sk-{48}-x", kKey);
  EXPECT_EQ(text.size(), 3 + 48 + 2u);
  EXPECT_TRUE(text.starts_with("sk-"));
  EXPECT_TRUE(text.ends_with("-x"));
  std::string letters = text.substr(3, 48);
  EXPECT_EQ(
      letters.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
      std::string::npos);
  EXPECT_GT(std::set<char>(letters.begin(), letters.end()).size(), 10u);
  EXPECT_EQ(placeholder_of("s", "{200}", kKey).size(), 200u);
}

TEST(ActorSecrets, PlaceholdersStayAndDifferByNameAndNode) {
  std::string one = placeholder_of("s", "{40}", kKey);
  EXPECT_EQ(one, placeholder_of("s", "{40}", kKey));
  std::set<std::string> others{one, placeholder_of("t", "{40}", kKey),
                               placeholder_of("s", "{40}", kListed)};
  EXPECT_EQ(others.size(), 3u);
  EXPECT_NE(placeholder_key(as_bytes("a")), placeholder_key(as_bytes("b")));
}

}  // namespace theater::actor_secrets_test
