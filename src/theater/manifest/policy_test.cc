#include "theater/manifest/policy.h"

#include "theater/manifest/grant.h"

#include <gtest/gtest.h>

namespace theater::policy_test {

std::string complaint_of(std::string_view text) {
  Result<Policy> result = Policy::parse(text, "policy.toml", "/base");
  return result ? "" : result.error().message();
}

TEST(Policy, DefaultGrantsWhatStaysInsideTheNode) {
  EXPECT_EQ(to_grants(Policy::default_policy().permissions()),
            (std::vector<std::string>{"runtime", "random:crypto-secure", "timing",
                                      "store:shared=", "supervisor", "message-server"}));
}

TEST(Policy, FileAddsToTheDefault) {
  Result<Policy> policy = Policy::parse("[grant.environment]\nvars = [\"HOME\"]\n", "p", "/base");
  ASSERT_TRUE(policy);
  EXPECT_TRUE(policy->permissions().environment->allows_var("HOME"));
  EXPECT_FALSE(policy->permissions().environment->allows_var("PATH"));
  EXPECT_TRUE(policy->permissions().store.has_value());
}

TEST(Policy, TableOfAFileReplacesWhatTheDefaultGrants) {
  Result<Policy> policy = Policy::parse("[grant.random]\nmax-bytes = \"1KiB\"\n", "p", "/base");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->permissions().random->max_bytes.value, 1024u);
  EXPECT_FALSE(policy->permissions().random->crypto_secure);
}

TEST(Policy, FileTakesCapabilitiesAway) {
  Result<Policy> policy = Policy::parse("deny = [\"store\", \"message_server\"]\n", "p", "/base");
  ASSERT_TRUE(policy);
  EXPECT_FALSE(policy->permissions().store.has_value());
  EXPECT_FALSE(policy->permissions().message_server.has_value());
  EXPECT_TRUE(policy->permissions().supervisor.has_value());
}

TEST(Policy, FileComplainsWithPlaceAndNearestName) {
  EXPECT_EQ(
      complaint_of("grants = 1\n\n[grant.enviroment]\nvars = [\"HOME\"]\n"
                   "[grant.filesystem]\npath = [\"/\"]\nread = 1\n"),
      "policy.toml:1:1: unknown key `grants` in the policy; did you mean `grant`? Known keys: "
      "deny, grant, limits, budget, supervision, private-hosts, commands, min-free-bytes, "
      "secret, tls\n"
      "policy.toml:3:8: unknown capability `enviroment`; did you mean `environment`? Known "
      "capabilities: runtime, environment, random, timing, store, supervisor, "
      "message-server, http-client, http-framework, filesystem, process, custom\n"
      "policy.toml:6:1: unknown key `path` in [grant.filesystem]; did you mean `paths`? Known "
      "keys: paths, denied, read, write, execute, commands, unsandboxed, new-dir\n"
      "policy.toml:7:8: `read` in [grant.filesystem] must be a boolean, found an integer");
}

TEST(Policy, FileNamesTheUserOfCommands) {
  EXPECT_EQ(Policy::default_policy().command_user(), std::nullopt);
  Result<Policy> policy = Policy::parse("[commands]\nrun_as = \"nobody\"\n", "p", "/base");
  ASSERT_TRUE(policy) << policy.error().to_string();
  EXPECT_EQ(*policy->command_user(), *user_named("nobody"));
}

TEST(Policy, FileMayNotNameAnUnknownUserOrRoot) {
  EXPECT_EQ(complaint_of("[commands]\nrun_as = \"no such user\"\n"),
            "policy.toml:2:10: `run_as` in [commands]: this machine has no user `no such user`; "
            "name a user that `getent passwd` lists");
  EXPECT_EQ(complaint_of("[commands]\nrun_as = \"root\"\n"),
            "policy.toml:2:10: `run_as` in [commands]: `root` is root, and commands never run as "
            "root; name another user");
  EXPECT_EQ(complaint_of("[commands]\nuser = \"nobody\"\n"),
            "policy.toml:2:1: unknown key `user` in [commands]. Known keys: run_as");
}

TEST(Policy, FileMayNotGrantAndDenyTheSame) {
  EXPECT_EQ(complaint_of("deny = [\"store\"]\n[grant.store]\n"),
            "policy.toml:2:8: `store` is both granted and denied; keep one");
}

TEST(Policy, FileMayNotGrantOneCapabilityTwice) {
  EXPECT_NE(complaint_of("[grant.file_system]\nread=true\n[grant.filesystem]\nwrite=true\n"), "");
}

TEST(Policy, GrantsAddUp) {
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("environment:vars=HOME", "/"));
  ASSERT_TRUE(policy.add_grant("environment:prefix=APP_", "/"));
  ASSERT_TRUE(policy.add_grant("runtime:system-info", "/"));
  EXPECT_TRUE(policy.permissions().environment->allows_var("HOME"));
  EXPECT_TRUE(policy.permissions().environment->allows_var("APP_X"));
  EXPECT_TRUE(policy.permissions().runtime->system_info);
}

TEST(Policy, NamesHostsThatMayHaveAddressesOfPrivateNetworks) {
  auto host = [](const char* text) { return *HostPattern::parse(text, ""); };
  EXPECT_FALSE(Policy::default_policy().private_hosts().allows(host("127.0.0.1:80")));
  Result<Policy> policy =
      Policy::parse("private-hosts = [\"127.0.0.1:80\", \"*.lan\"]\n", "policy.toml", "/");
  ASSERT_TRUE(policy) << policy.error().message();
  ASSERT_TRUE(policy->add_private_host("[::1]"));
  for (const char* there : {"127.0.0.1:80", "a.lan:8080", "[::1]:1"})
    EXPECT_TRUE(policy->private_hosts().allows(host(there))) << there;
  for (const char* other : {"127.0.0.1:81", "127.0.0.2:80", "lan:80", "localhost:80"})
    EXPECT_FALSE(policy->private_hosts().allows(host(other))) << other;
  EXPECT_FALSE(policy->permissions().http_client);
  EXPECT_FALSE(policy->add_private_host("http://a"));
  EXPECT_NE(complaint_of("private-hosts = [\"a b\"]\n").find("is not a host"), std::string::npos);
}

TEST(Policy, SaysHowRootsAreRestarted) {
  EXPECT_EQ(Policy::default_policy().root_supervision(), RootSupervision());
  Result<Policy> policy = Policy::parse(
      "[supervision]\nrestarts = 7\nperiod = \"1m\"\nbackoff = \"20s\"\nrestart_from = "
      "\"committed\"\nrestart_init = true\n",
      "policy.toml", "/");
  ASSERT_TRUE(policy) << policy.error().message();
  const RootSupervision& roots = policy->root_supervision();
  EXPECT_EQ(roots.rules.restarts, 7u);
  EXPECT_EQ(roots.rules.period, std::chrono::minutes(1));
  EXPECT_EQ(roots.rules.backoff, std::chrono::seconds(20));
  EXPECT_EQ(roots.rules.backoff_max, std::chrono::seconds(20));
  EXPECT_EQ(roots.from, RestartFrom::kCommitted);
  EXPECT_TRUE(roots.init_runs);
  EXPECT_NE(complaint_of("[supervision]\nstrategy = \"one-for-all\"\n").find("unknown key"),
            std::string::npos);
  EXPECT_NE(complaint_of("[supervision]\nrestart_init = true\n").find("always runs init"),
            std::string::npos);
}

TEST(Policy, RefusesAGrantThatWouldCombineIntoMore) {
  Policy policy = Policy::default_policy();
  ASSERT_TRUE(policy.add_grant("filesystem:paths=/etc;read", "/"));
  Result<void> added = policy.add_grant("filesystem:paths=/data;read;write", "/");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message(),
            "grant `filesystem:paths=/data;read;write` cannot be added to "
            "`filesystem:paths=/etc;read`: together they would also allow what neither does, "
            "because they differ in more than one setting");
  EXPECT_EQ(added.error().hint(),
            "if all of it is meant, grant both in one: --grant "
            "'filesystem:paths=/data,/etc;read;write'");
  EXPECT_FALSE(policy.permissions().file_system->write);
}

}  // namespace theater::policy_test
