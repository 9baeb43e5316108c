// The actors that hold the operator's secrets: roots by name and by component, children, and all of
// them over restarts and losses of the node.
#include "theater/runtime/testing/lost_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace theater::secrets_test {

using Node = testing::LostNode;
using ::testing::HasSubstr;

const std::string kAsks = "[[handler]]\ntype = \"http-client\"\nsecrets = [\"s\"]\n";

// A policy with the secret `s` for the actors that `who` lists, and what members need.
Policy policy_for(const testing::Family& family, const std::string& who) {
  Result<Policy> policy = Policy::parse(
      "[[secret]]\nname = \"s\"\nenvironment = \"S_KEY\"\nhosts = [\"a.org\"]\n" + who + "\n",
      "policy.toml", "/");
  EXPECT_TRUE(policy) << policy.error().to_string();
  EXPECT_TRUE(policy->add_grant("filesystem:paths=" + family.folder().string() + ";read", "/"));
  EXPECT_TRUE(policy->add_grant("http-client:secrets=s", "/"));
  return *policy;
}

std::string for_component(const Hash& digest) {
  return fmt::format("components = [\"sha256:{}\"]", digest.to_string());
}

SpawnReport start(Node& node, const Policy& policy, std::optional<std::string> name = {},
                  const std::string& more = kAsks) {
  SpawnRequest request = node.family().root_request("kept", more);
  request.policy = policy;
  if (name) request.root = RootRequest{.name = name, .restart = RestartKind::kPermanent};
  auto spawned = node.runtime().spawn(std::move(request));
  EXPECT_TRUE(spawned) << spawned.error().to_string();
  return *spawned;
}

// The digest that every member's component has.
Hash member_digest(Node& node) {
  return start(node, policy_for(node.family(), "actors = [\"none\"]")).component;
}

// What the actor's newest instance has on record of the secret; empty if it does not hold it.
std::string held(Node& node, const ActorId& id) {
  auto instances = node.family().told(id).all<log::Instance>();
  for (const std::string& grant : instances.back().grants) {
    if (grant.starts_with("secret:s=")) return grant;
  }
  return {};
}

CodeUpdate update_of(const testing::Family& family, const Policy& policy, std::string_view name) {
  CodeUpdate update;
  auto manifest = parse_manifest(
      name == "ticker" ? family.ticker_text(kAsks) : family.manifest_text(kAsks), "new.toml", "/");
  EXPECT_TRUE(manifest) << manifest.error().to_string();
  update.manifest = *std::move(manifest);
  update.component = to_bytes(name);
  update.policy = policy;
  return update;
}

std::string refusal(Node& node, const ActorId& id, CodeUpdate update) {
  auto updated = node.runtime().update(id, std::move(update));
  if (updated) return {};
  EXPECT_EQ(updated.error().code(), ErrorCode::kPermissionDenied);
  return updated.error().to_string();
}

TEST(Secrets, OfANameAreNotForCodeThatAnotherClientBrings) {
  Node node;
  Policy policy = policy_for(node.family(), "actors = [\"agent\"]");
  ActorId id = start(node, policy, "agent").id;
  std::string before = held(node, id);
  CodeUpdate update = update_of(node.family(), policy, "ticker");
  EXPECT_THAT(refusal(node, id, update), HasSubstr("needs the scope admin"));
  EXPECT_EQ(held(node, id), before);
  update.may_hold_secrets = true;
  EXPECT_EQ(refusal(node, id, update), "");
  EXPECT_EQ(held(node, id), before);
}

TEST(Secrets, OfAComponentAreNotForTheNext) {
  Node node;
  Policy policy = policy_for(node.family(), for_component(member_digest(node)));
  ActorId id = start(node, policy, "agent").id;
  ASSERT_NE(held(node, id), "");
  CodeUpdate update = update_of(node.family(), policy, "ticker");
  update.may_hold_secrets = true;
  EXPECT_THAT(refusal(node, id, update), HasSubstr("change which secrets"));
  EXPECT_NE(held(node, id), "");
}

TEST(Secrets, AreHeldUnderTheNameOfTheOperatorAndNoOther) {
  Node node;
  Policy policy = policy_for(node.family(), "actors = [\"agent\", \"member\"]");
  EXPECT_THAT(held(node, start(node, policy, "agent").id), HasSubstr("secret:s=theater-"));
  EXPECT_EQ(held(node, start(node, policy, "other").id), "");
  // The manifest's own name is `member`.
  EXPECT_EQ(held(node, start(node, policy).id), "");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Secrets, AreHeldByAComponentThatIsListedAndNoOther) {
  Node node;
  Hash digest = member_digest(node);
  EXPECT_NE(held(node, start(node, policy_for(node.family(), for_component(digest))).id), "");
  digest.bytes[0] ^= 1;
  EXPECT_EQ(held(node, start(node, policy_for(node.family(), for_component(digest))).id), "");
}

TEST(Secrets, AreNotHeldByAnActorThatDoesNotAsk) {
  Node node;
  Policy policy = policy_for(node.family(), "actors = [\"agent\"]");
  EXPECT_EQ(held(node, start(node, policy, "agent", "[[handler]]\ntype = \"http-client\"\n").id),
            "");
}

TEST(Secrets, AreHeldByAChildIfItIsListedAndItsParentHoldsThem) {
  Node node;
  Hash digest = member_digest(node);
  std::string asking = node.family().add_manifest("asking", kAsks);
  std::string silent =
      node.family().add_manifest("silent", "[[handler]]\ntype = \"http-client\"\n");
  auto child = [&](const ActorId& parent, const std::string& manifest) {
    std::string id = node.family().ask(parent, "spawn-as " + manifest);
    EXPECT_TRUE(ActorId::parse(id)) << id;
    return *ActorId::parse(id);
  };
  ActorId listed = start(node, policy_for(node.family(), for_component(digest))).id;
  EXPECT_EQ(held(node, child(listed, asking)), held(node, listed));
  EXPECT_EQ(held(node, child(listed, silent)), "");
  // Its parent has the secret by name, and the child is not listed.
  ActorId named = start(node, policy_for(node.family(), "actors = [\"agent\"]"), "agent").id;
  EXPECT_NE(held(node, named), "");
  EXPECT_EQ(held(node, child(named, asking)), "");
  // Its parent does not ask for it, so the child is refused what it asks for.
  ActorId without = start(node, policy_for(node.family(), for_component(digest)), {},
                          "[[handler]]\ntype = \"http-client\"\n")
                        .id;
  EXPECT_THAT(node.family().ask(without, "spawn-as " + asking),
              HasSubstr("asks for more than its parent has"));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Secrets, KeepTheirPlaceholdersOverRestartsAndLosses) {
  Node node;
  Policy policy = policy_for(node.family(), "actors = [\"agent\"]");
  ActorId id = start(node, policy, "agent").id;
  std::string first = held(node, id);
  ASSERT_NE(first, "");
  (void)node.family().ask(id, "trap");
  EXPECT_EQ(node.family().ask(id, "ping"), "pong");
  EXPECT_EQ(node.family().told(id).all<log::Instance>().size(), 2u);
  EXPECT_EQ(held(node, id), first);
  RecoveryReport report = node.lose([&](RecoveryRequest& request) { request.policy = policy; });
  ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
  EXPECT_EQ(held(node, id), first);
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  // The next policy gives the secret to others.
  Policy other = policy_for(node.family(), "actors = [\"other\"]");
  report = node.lose([&](RecoveryRequest& request) { request.policy = other; });
  ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
  EXPECT_EQ(held(node, id), "");
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

}  // namespace theater::secrets_test
