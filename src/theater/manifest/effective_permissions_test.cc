#include "theater/manifest/effective_permissions.h"

#include "theater/manifest/grant.h"
#include "theater/manifest/testing/permission_generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace theater::effective_permissions_test {

Manifest manifest_of(std::string_view rest) {
  Result<Manifest> manifest = parse_manifest(
      fmt::format("name = \"a\"\ncomponent = \"a.wasm\"\n{}", rest), "a.toml", "/base");
  EXPECT_TRUE(manifest) << manifest.error().message();
  return manifest ? *manifest : Manifest{};
}

// A manifest that asks for exactly this, of which `required` is insisted on.
Manifest asking(const Permissions& ceiling, const Permissions& required) {
  Manifest manifest;
  for (Capability capability : kCapabilities) {
    if (!ceiling.has(capability)) {
      manifest.permission_policy[capability].type = PermissionRule::Type::kDisallow;
      continue;
    }
    HandlerEntry entry;
    entry.type = capability;
    entry.ask = {ceiling.only(capability), required.only(capability), ceiling.only(capability)};
    manifest.handlers.push_back(std::move(entry));
  }
  return manifest;
}

TEST(EffectivePermissions, ManifestWithoutHandlersGetsTheRuntimeAlone) {
  Result<Permissions> effective =
      effective_permissions(Policy::default_policy(), std::nullopt, manifest_of(""));
  ASSERT_TRUE(effective);
  EXPECT_EQ(to_grants(*effective), (std::vector<std::string>{"runtime"}));
}

// What an actor whose manifest has this `network` gets of a policy and a parent.
std::string network_of(std::string_view policy_grant, std::string_view parent_grant,
                       std::string_view entry) {
  Policy policy{*parse_grant(policy_grant, "/")};
  std::optional<Permissions> parent;
  if (!parent_grant.empty()) parent = *parse_grant(parent_grant, "/");
  Manifest manifest = manifest_of(fmt::format("[[handler]]\ntype='process'\n{}\n", entry));
  Result<Permissions> effective = effective_permissions(policy, parent, manifest);
  return effective ? to_grants(effective->only(Capability::kProcess)).front()
                   : std::string("refused");
}

TEST(EffectivePermissions, NarrowTheNetworkOfProcesses) {
  std::string_view rest = "process:programs=;paths=;max-processes=10;max-output-buffer=1MiB";
  auto with = [&](std::string_view network) { return fmt::format("{}{}", rest, network); };
  // Nothing by itself, however much is granted.
  EXPECT_EQ(network_of("process:network=host", "", ""), rest);
  EXPECT_EQ(network_of("process", "", "network=true"), "refused");
  EXPECT_EQ(network_of("process:network", "process", "network=true"), "refused");
  EXPECT_EQ(network_of("process:network", "", "network=\"host\""), "refused");
  EXPECT_EQ(network_of("process:network=host", "process:network", "network=\"host\""), "refused");
  EXPECT_EQ(network_of("process:network=host", "", "network=true"), with(";network"));
  EXPECT_EQ(network_of("process:network=host", "process:network=host", "network=\"host\""),
            with(";network=host"));
  EXPECT_EQ(network_of("process:network;hosts=*.org;methods=GET,HEAD",
                       "process:network;hosts=a.org,b.com;methods=GET,POST", "network=true"),
            with(";network;hosts=a.org;methods=GET"));
  EXPECT_EQ(network_of("process:network;hosts=a.org", "", "network=true\nallowed_hosts=['b.org']"),
            "refused");
  EXPECT_EQ(network_of("process:network;hosts=*.org", "", "network=true\nallowed_hosts=['b.org']"),
            with(";network;hosts=b.org"));
  // A manifest gives up a part of what it asks for.
  EXPECT_EQ(network_of("process:network=host", "",
                       "network=true\n[permission_policy.process]\ntype='restrict'\n"
                       "config={network=false}"),
            rest);
}

TEST(EffectivePermissions, PrintsTheGrantThatIsMissing) {
  Result<Permissions> effective = effective_permissions(
      Policy::default_policy(), std::nullopt,
      manifest_of("[[handler]]\ntype='environment'\nallowed_vars=['HOME','PATH']\n"
                  "[[handler]]\ntype='filesystem'\npath='data'\n"
                  "[[handler]]\ntype='runtime'\nsystem_info=true\n"
                  "[[handler]]\ntype='http-client'\n"));
  ASSERT_FALSE(effective);
  EXPECT_EQ(effective.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(effective.error().message(),
            "`a` asks for more than the policy grants:\n"
            "  runtime: system-info\n"
            "  environment: vars HOME, PATH\n"
            "  http-client\n"
            "  filesystem: paths /base/data");
  EXPECT_EQ(effective.error().hint(),
            "to allow it, add to the command line:\n"
            "  --grant runtime:system-info\n"
            "  --grant environment:vars=HOME,PATH\n"
            "  --grant http-client\n"
            "  --grant 'filesystem:paths=/base/data;read;write'\n"
            "or to the policy file, in place of tables of these names:\n"
            "  [grant.runtime]\n"
            "  system-info = true\n"
            "\n"
            "  [grant.environment]\n"
            "  vars = [\"HOME\", \"PATH\"]\n"
            "\n"
            "  [grant.http-client]\n"
            "\n"
            "  [grant.filesystem]\n"
            "  paths = [\"/base/data\"]\n"
            "  read = true\n"
            "  write = true");
}

TEST(EffectivePermissions, AHintOfCommandsNamesThemAndNoOthers) {
  std::string_view asking_commands =
      "[[handler]]\ntype='filesystem'\npath='/w'\nallowed_commands=['wc *', 'sh -c *']\n";
  for (const char* granted : {"filesystem:paths=/w;read", "filesystem:paths=/w;read;commands="}) {
    Policy policy = Policy::default_policy();
    ASSERT_TRUE(policy.add_grant(granted, "/"));
    Manifest manifest = manifest_of(asking_commands);
    Permissions missing = missing_grants(policy, manifest.ask());
    EXPECT_EQ(to_grants(missing),
              (std::vector<std::string>{"filesystem:paths=/w;read;execute;commands=sh -c *,wc *"}));
    Result<Permissions> refused = effective_permissions(policy, std::nullopt, manifest);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message(),
              "`a` asks for more than the policy grants:\n"
              "  filesystem: execute\n"
              "  filesystem: commands sh -c *, wc *");
    ASSERT_TRUE(policy.add_grant(to_grants(missing).front(), "/"));
    EXPECT_FALSE(policy.permissions().file_system->commands.allows({"rm -rf out"}));
  }
}

TEST(EffectivePermissions, CustomHandlersAreGrantedByTheirNamesAndRights) {
  Manifest manifest = manifest_of("[[handler]]\ntype='custom'\nname='dice'\nrights=['scores']\n");
  Result<Permissions> denied =
      effective_permissions(Policy::default_policy(), std::nullopt, manifest);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().message(),
            "`a` asks for more than the policy grants:\n  custom: rights dice, dice/scores");
  EXPECT_EQ(denied.error().hint(),
            "to allow it, add to the command line:\n"
            "  --grant custom:rights=dice,dice/scores\n"
            "or to the policy file, in place of tables of these names:\n"
            "  [grant.custom]\n"
            "  rights = [\"dice\", \"dice/scores\"]");
  // Neither right includes the other.
  for (const char* grant : {"custom:rights=dice", "custom:rights=dice/scores", "custom:rights="}) {
    Policy policy = Policy::default_policy();
    ASSERT_TRUE(policy.add_grant(grant, "/"));
    EXPECT_FALSE(effective_permissions(policy, std::nullopt, manifest)) << grant;
  }
  for (const char* grant : {"custom:rights=dice,dice/scores,coin", "custom"}) {
    Policy policy = Policy::default_policy();
    ASSERT_TRUE(policy.add_grant(grant, "/"));
    Result<Permissions> effective = effective_permissions(policy, std::nullopt, manifest);
    ASSERT_TRUE(effective) << grant;
    EXPECT_TRUE(effective->custom->allows("dice/scores"));
    EXPECT_FALSE(effective->custom->allows("coin"));
    // A parent without the right has no child with it.
    EXPECT_FALSE(effective_permissions(policy, Policy::default_policy().permissions(), manifest));
  }
}

TEST(EffectivePermissions, HintAddsOnlyWhatIsMissingToWhatIsGranted) {
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("environment:vars=HOME", "/"));
  Result<Permissions> effective = effective_permissions(
      policy, std::nullopt,
      manifest_of("[[handler]]\ntype='environment'\nallowed_vars=['HOME','PATH']\n"));
  ASSERT_FALSE(effective);
  EXPECT_EQ(effective.error().message(),
            "`a` asks for more than the policy grants:\n  environment: vars PATH");
  EXPECT_EQ(effective.error().hint(),
            "to allow it, add to the command line:\n"
            "  --grant environment:vars=PATH\n"
            "or to the policy file, in place of tables of these names:\n"
            "  [grant.environment]\n"
            "  vars = [\"HOME\", \"PATH\"]");
}

TEST(EffectivePermissions, NamesASettingAskedForWithoutRestriction) {
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("environment:vars=HOME", "/"));
  Result<Permissions> effective = effective_permissions(
      policy, std::nullopt, manifest_of("[[handler]]\ntype='environment'\nallowed_vars=['*']\n"));
  ASSERT_FALSE(effective);
  EXPECT_EQ(effective.error().message(),
            "`a` asks for more than the policy grants:\n"
            "  environment: vars without restriction");
}

TEST(EffectivePermissions, UnwrittenDefaultsAreCutSilently) {
  Policy policy = Policy::default_policy();
  Permissions permissions = policy.permissions();
  permissions.random->max_bytes.value = 16;
  Result<Permissions> effective = effective_permissions(
      Policy(permissions), std::nullopt, manifest_of("[[handler]]\ntype='random'\n"));
  ASSERT_TRUE(effective);
  EXPECT_EQ(effective->random->max_bytes.value, 16u);
}

TEST(EffectivePermissions, AChildMayNotHaveMoreThanItsParent) {
  Policy policy(Permissions::unrestricted());
  Permissions parent = Permissions::unrestricted();
  parent.environment->vars = EnvironmentNames({"HOME"}, {}, {});
  Result<Permissions> effective = effective_permissions(
      policy, parent, manifest_of("[[handler]]\ntype='environment'\nallowed_vars=['PATH']\n"));
  ASSERT_FALSE(effective);
  EXPECT_EQ(effective.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(effective.error().message(),
            "`a` asks for more than its parent has:\n  environment: vars PATH");
  EXPECT_EQ(effective.error().hint().find("--grant"), std::string::npos);
}

TEST(EffectivePermissions, AGrantedListMeetsAnUnrestrictedAsk) {
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("http-client:hosts=a.org", "/"));
  Result<Permissions> effective =
      effective_permissions(policy, std::nullopt, manifest_of("[[handler]]\ntype='http-client'\n"));
  ASSERT_TRUE(effective);
  EXPECT_EQ(effective->http_client->hosts, HostList({{"a.org", 0}}));
}

TEST(EffectivePermissions, HaveASecretOnlyIfPolicyParentAndManifestNameIt) {
  Manifest asks = manifest_of("[[handler]]\ntype='http-client'\nsecrets=['openai']\n");
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("http-client", "/"));
  Result<Permissions> refused = effective_permissions(policy, std::nullopt, asks);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "`a` asks for more than the policy grants:\n  http-client: secrets openai");
  EXPECT_NE(refused.error().hint().find("--grant http-client:secrets=openai"), std::string::npos);
  ASSERT_TRUE(policy.add_grant("http-client:secrets=openai,other", "/"));
  Result<Permissions> effective = effective_permissions(policy, std::nullopt, asks);
  ASSERT_TRUE(effective);
  EXPECT_EQ(effective->http_client->secrets, NameList({{"openai"}}));
  Manifest silent = manifest_of("[[handler]]\ntype='http-client'\n");
  Permissions without = *effective_permissions(policy, std::nullopt, silent);
  EXPECT_EQ(without.http_client->secrets, NameList());
  EXPECT_FALSE(effective_permissions(policy, without, asks));
}

TEST(EffectivePermissions, AddTheHeadersOfPolicyParentAndManifest) {
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("http-client:idempotency-header=A", "/"));
  Permissions parent = policy.permissions();
  parent.http_client->idempotency_headers = {NameList({{"B"}})};
  Result<Permissions> effective = effective_permissions(
      policy, parent, manifest_of("[[handler]]\ntype='http-client'\nidempotency_header='c'\n"));
  ASSERT_TRUE(effective) << effective.error().message();
  EXPECT_EQ(effective->http_client->idempotency_headers.names(),
            (std::vector<std::string>{"A", "B", "C"}));
}

TEST(EffectivePermissions, SayOfEachCapabilityWhatComesOfIt) {
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("environment:vars=HOME", "/"));
  auto outcomes = outcomes_by_capability(
      policy, manifest_of("[[handler]]\ntype='environment'\nallowed_vars=['HOME','PATH']\n"
                          "[[handler]]\ntype='http-client'\n"));
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[0].capability, Capability::kRuntime);
  EXPECT_EQ(outcomes[0].missing, Permissions{});
  EXPECT_EQ(to_grants(outcomes[0].granted), (std::vector<std::string>{"runtime"}));
  EXPECT_EQ(to_grants(outcomes[1].asked), (std::vector<std::string>{"environment:vars=HOME,PATH"}));
  EXPECT_EQ(to_grants(outcomes[1].granted), (std::vector<std::string>{"environment:vars=HOME"}));
  EXPECT_EQ(to_grants(outcomes[1].missing), (std::vector<std::string>{"environment:vars=PATH"}));
  EXPECT_EQ(outcomes[2].granted, Permissions{});
  EXPECT_EQ(to_grants(outcomes[2].missing), (std::vector<std::string>{"http-client"}));
}

RC_GTEST_PROP(EffectivePermissions, OfEachCapabilityMakeUpTheWhole,
              (const Permissions& granted, const Permissions& ceiling, const Permissions& part)) {
  Manifest manifest = asking(ceiling, meet(ceiling, part));
  Permissions whole;
  bool complete = true;
  for (const CapabilityOutcome& outcome : outcomes_by_capability(Policy(granted), manifest)) {
    RC_ASSERT(outcome.asked.has(outcome.capability));
    whole = join(whole, outcome.granted);
    complete &= outcome.missing == Permissions{};
  }
  auto effective = effective_permissions(Policy(granted), std::nullopt, manifest);
  RC_ASSERT(effective.has_value() == complete);
  if (effective) RC_ASSERT(whole == *effective);
}

RC_GTEST_PROP(EffectivePermissions, OnlyNarrowDownTheTree,
              (const Permissions& policy, const std::vector<Permissions>& asked)) {
  std::vector<Permissions> line;
  std::optional<Permissions> parent;
  for (const Permissions& ceiling : asked) {
    auto effective = effective_permissions(Policy(policy), parent, asking(ceiling, Permissions{}));
    RC_ASSERT(effective.has_value());
    for (const Permissions& ancestor : line)
      RC_ASSERT(leq(*effective, ancestor));
    RC_ASSERT(leq(*effective, policy));
    line.push_back(*effective);
    parent = *std::move(effective);
  }
}

RC_GTEST_PROP(EffectivePermissions, AreBelowPolicyParentAndManifest,
              (const Permissions& policy, const Permissions& parent, const Permissions& ceiling)) {
  Manifest manifest = asking(ceiling, Permissions{});
  Result<Permissions> effective = effective_permissions(Policy(policy), parent, manifest);
  RC_ASSERT(effective.has_value());
  RC_ASSERT(leq(*effective, policy));
  RC_ASSERT(leq(*effective, parent));
  RC_ASSERT(leq(*effective, manifest.asked()));
}

RC_GTEST_PROP(EffectivePermissions, AreRefusedExactlyIfLessThanRequired,
              (const Permissions& policy, const Permissions& parent, const Permissions& ceiling,
               const Permissions& part)) {
  Permissions required = meet(ceiling, part);
  Result<Permissions> effective =
      effective_permissions(Policy(policy), parent, asking(ceiling, required));
  RC_ASSERT(effective.has_value() == (leq(required, policy) && leq(required, parent)));
  if (effective) RC_ASSERT(leq(required, *effective));
}

RC_GTEST_PROP(EffectivePermissions, TheHintedGrantsSuffice,
              (const Permissions& granted, const Permissions& ceiling, const Permissions& part)) {
  Policy policy(granted);
  Manifest manifest = asking(ceiling, meet(ceiling, part));
  for (const std::string& grant : to_grants(missing_grants(policy, manifest.ask()))) {
    Result<void> added = policy.add_grant(grant, "/");
    if (!added) RC_FAIL(added.error().message());
  }
  RC_ASSERT(effective_permissions(policy, std::nullopt, manifest).has_value());
}

}  // namespace theater::effective_permissions_test
