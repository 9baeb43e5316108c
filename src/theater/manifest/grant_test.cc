#include "theater/manifest/grant.h"

#include "theater/manifest/policy.h"
#include "theater/manifest/testing/permission_generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace theater::grant_test {

Permissions granted(std::string_view text) {
  Result<Permissions> result = parse_grant(text, "/base");
  EXPECT_TRUE(result) << result.error().message();
  return result ? *result : Permissions{};
}

std::string complaint_of(std::string_view text) {
  Result<Permissions> result = parse_grant(text, "/base");
  return result ? "" : result.error().message();
}

TEST(Grant, NamesVariablesAndPrefixes) {
  Permissions permissions = granted("environment:vars=HOME,PATH;prefix=APP_;denied=APP_KEY");
  EXPECT_TRUE(permissions.environment->allows_var("HOME"));
  EXPECT_TRUE(permissions.environment->allows_var("APP_X"));
  EXPECT_FALSE(permissions.environment->allows_var("APP_KEY"));
  EXPECT_FALSE(permissions.environment->allows_var("USER"));
  EXPECT_FALSE(permissions.environment->allows_list_all());
}

TEST(Grant, LeavesFlagsOffAndListsAndBoundsUnrestrictedIfNotNamed) {
  Permissions permissions = granted("filesystem:read");
  EXPECT_TRUE(permissions.file_system->read);
  EXPECT_FALSE(permissions.file_system->write);
  EXPECT_TRUE(permissions.file_system->paths.is_unrestricted());
  EXPECT_EQ(granted("http-client").http_client->timeout.value, UINT64_MAX);
  EXPECT_FALSE(granted("runtime").runtime->system_info);
  EXPECT_TRUE(granted("environment").environment->vars.is_unrestricted());
}

TEST(Grant, TakesRelativePathsBelowTheFolder) {
  EXPECT_EQ(granted("filesystem:paths=data,/tmp;read").file_system->paths,
            PathList({{"/base/data"}, {"/tmp"}}));
}

TEST(Grant, TakesAnEmptyListForNothing) {
  EXPECT_TRUE(granted("http-client:hosts=").http_client->hosts.patterns().empty());
  EXPECT_TRUE(granted("environment:vars=").environment->vars.is_empty());
}

TEST(Grant, SaysNothingOfCommandsUnlessItLetsThemRun) {
  for (const char* text : {"filesystem:paths=/w;read", "filesystem:paths=/w;read;commands="}) {
    Permissions permissions = granted(text);
    EXPECT_EQ(permissions.file_system->commands, CommandList());
    EXPECT_EQ(to_grants(permissions), (std::vector<std::string>{"filesystem:paths=/w;read"}));
  }
  EXPECT_TRUE(granted("filesystem:execute").file_system->commands.is_unrestricted());
  EXPECT_EQ(to_grants(granted("filesystem:execute;commands=")),
            (std::vector<std::string>{"filesystem:execute;commands="}));
  EXPECT_EQ(complaint_of("filesystem:read;commands=wc *"),
            "grant `filesystem:read;commands=wc *`:1:17: `commands`: commands run only with "
            "`execute`: add it, or leave out the commands");
  EXPECT_EQ(complaint_of("filesystem:read;unsandboxed=git"),
            "grant `filesystem:read;unsandboxed=git`:1:17: `unsandboxed`: it names commands, which "
            "run only with `execute`: add that");
}

TEST(Grant, LeavesNoProgramUnsandboxedUnlessItNamesIt) {
  auto programs = [](std::string_view text) { return granted(text).file_system->unsandboxed; };
  EXPECT_EQ(programs("filesystem:execute"), NameList());
  EXPECT_EQ(programs("filesystem:execute;unsandboxed=git,make"), NameList({{"git"}, {"make"}}));
  EXPECT_EQ(to_grants(granted("filesystem:execute;unsandboxed=git")),
            std::vector<std::string>{"filesystem:execute;unsandboxed=git"});
  EXPECT_EQ(to_policy_toml(granted("filesystem:execute;unsandboxed=git")),
            "[grant.filesystem]\nexecute = true\nunsandboxed = [\"git\"]\n");
  EXPECT_NE(complaint_of("filesystem:execute;unsandboxed"), "");
  std::string bound = "git#sha256=" + std::string(64, '0');
  EXPECT_EQ(programs("filesystem:execute;unsandboxed=" + bound), NameList({{bound}}));
  EXPECT_EQ(to_grants(granted("filesystem:execute;unsandboxed=" + bound)),
            std::vector<std::string>{"filesystem:execute;unsandboxed=" + bound});
  EXPECT_EQ(complaint_of("filesystem:execute;unsandboxed=git#sha256=1"),
            "grant `filesystem:execute;unsandboxed=git#sha256=1`:1:20: `unsandboxed`: "
            "`git#sha256=1`: a program is bound to a digest by `#sha256=` and 64 hexadecimal "
            "digits, as sha256sum prints them");
}

TEST(Grant, GivesProcessesNoNetworkUnlessItNamesIt) {
  using Kind = NetworkReach::Kind;
  const ProcessPermissions bare = *granted("process").process;
  EXPECT_EQ(bare.network.kind, Kind::kNone);
  EXPECT_EQ(bare.hosts, HostList());
  EXPECT_EQ(bare.methods, NameList());
  const ProcessPermissions proxy = *granted("process:network").process;
  EXPECT_EQ(proxy.network.kind, Kind::kProxy);
  EXPECT_TRUE(proxy.hosts.is_unrestricted() && proxy.methods.is_unrestricted());
  EXPECT_EQ(granted("process:network=host").process->network.kind, Kind::kHost);
  for (const char* text : {"process", "process:network", "process:network=host",
                           "process:programs=curl;network;hosts=a.org:443;methods=GET"})
    EXPECT_EQ(to_grants(granted(text)), std::vector<std::string>{text});
  EXPECT_EQ(to_policy_toml(granted("process:network;hosts=a.org")),
            "[grant.process]\nnetwork = true\nhosts = [\"a.org\"]\n");
  EXPECT_EQ(to_policy_toml(granted("process:network=host")),
            "[grant.process]\nnetwork = \"host\"\n");
  EXPECT_EQ(complaint_of("process:hosts=a.org"),
            "grant `process:hosts=a.org`:1:9: `hosts`: it bounds the `network` of processes: add "
            "that, or leave this out");
  for (const char* text : {"process:network=true", "process:network=", "process:network=host,host",
                           "process:methods=GET", "process:network=proxy"})
    EXPECT_NE(complaint_of(text), "") << text;
}

TEST(Grant, TakesEscapedSeparators) {
  EXPECT_EQ(granted("process:programs=a\\,b\\;c\\\\d,e").process->programs,
            NameList({{"a,b;c\\d"}, {"e"}}));
}

TEST(Grant, TakesPorts) {
  EXPECT_EQ(granted("http-framework:ports=8080,0").http_framework->ports, PortList({{8080}, {0}}));
  EXPECT_TRUE(granted("http-framework:ports=*,80").http_framework->ports.is_unrestricted());
  // A grant that says nothing of them is for this machine alone, on a port that the system chooses.
  const HttpFrameworkPermissions bare = *granted("http-framework").http_framework;
  EXPECT_EQ(bare.hosts, HostList({HostPattern{"127.0.0.1", 0}, HostPattern{"[::1]", 0}}));
  EXPECT_EQ(bare.ports, PortList({PortPattern{0}}));
  EXPECT_EQ(bare.origins, NameList());
  EXPECT_TRUE(bare.routes.is_unrestricted());
  EXPECT_EQ(to_grants(granted("http-framework")).front(), "http-framework");
  EXPECT_EQ(to_grants(granted("http-framework:hosts=*;ports=*")).front(),
            "http-framework:hosts=*;ports=*");
  for (const char* text : {"http-framework:ports=-1", "http-framework:ports=65536",
                           "http-framework:ports=http", "http-framework:ports=80-90"})
    EXPECT_NE(complaint_of(text), "") << text;
}

TEST(Grant, GivesNoSecretUnlessItNamesIt) {
  EXPECT_EQ(granted("http-client").http_client->secrets, NameList());
  EXPECT_EQ(granted("http-client:hosts=a.org").http_client->secrets, NameList());
  EXPECT_EQ(granted("http-client:secrets=openai,other").http_client->secrets,
            NameList({{"openai"}, {"other"}}));
  EXPECT_TRUE(granted("http-client:secrets=*").http_client->secrets.is_unrestricted());
  for (const char* text : {"http-client", "http-client:secrets=openai", "http-client:secrets=*"})
    EXPECT_EQ(to_grants(granted(text)), std::vector<std::string>{text});
  EXPECT_EQ(to_grants(granted("http-client:secrets=")), std::vector<std::string>{"http-client"});
}

TEST(Grant, TakesHeadersThatTheNodeAdds) {
  AddedHeaders headers =
      granted("http-client:idempotency-header=idempotency-key").http_client->idempotency_headers;
  EXPECT_EQ(headers.names(), std::vector<std::string>{"Idempotency-Key"});
  EXPECT_EQ(granted("http-client").http_client->idempotency_headers, AddedHeaders::unrestricted());
  EXPECT_EQ(
      to_grants(granted("http-client:secrets=openai;idempotency-header=idempotency-key")),
      std::vector<std::string>{"http-client:secrets=openai;idempotency-header=Idempotency-Key"});
  for (const char* header : {"*", "Host", "a b", ""})
    EXPECT_NE(complaint_of(fmt::format("http-client:idempotency-header={},", header)), "")
        << header;
}

TEST(Grant, TakesUnits) {
  EXPECT_EQ(granted("random:max-bytes=4KiB").random->max_bytes.value, 4096u);
  EXPECT_EQ(granted("timing:max-sleep=2m").timing->max_sleep.value, 120'000u);
}

TEST(Grant, SuggestsTheNearestCapability) {
  EXPECT_EQ(complaint_of("enviroment:vars=HOME"),
            "grant `enviroment:vars=HOME`:1:1: unknown capability `enviroment`; did you mean "
            "`environment`? Known capabilities: runtime, environment, random, timing, store, "
            "supervisor, message-server, http-client, http-framework, filesystem, process, custom");
}

TEST(Grant, SuggestsTheNearestSettingAtItsColumn) {
  EXPECT_EQ(complaint_of("environment:list-all;var=HOME"),
            "grant `environment:list-all;var=HOME`:1:22: unknown setting `var` of environment; did "
            "you mean `vars`? Known settings: vars, prefix, denied, list-all");
  EXPECT_EQ(complaint_of("supervisor:x"),
            "grant `supervisor:x`:1:12: unknown setting `x` of supervisor; there are no settings "
            "here");
}

TEST(Grant, ReportsEverythingThatIsWrong) {
  EXPECT_EQ(
      complaint_of("filesystem:read=yes;paths;read"),
      "grant `filesystem:read=yes;paths;read`:1:12: `read`: a flag takes no value; name it to "
      "set it, leave it out to leave it off\n"
      "grant `filesystem:read=yes;paths;read`:1:21: `paths`: it takes a list, as `paths=a,b`; "
      "leave it out for no restriction\n"
      "grant `filesystem:read=yes;paths;read`:1:27: `read` is given twice");
}

TEST(Grant, RefusesBadValues) {
  for (const char* text :
       {"", ":", "runtime:", "environment:vars=A=B", "environment:vars=A*", "environment:prefix=,",
        "random:max-bytes", "random:max-bytes=1,2", "random:max-bytes=4KB", "timing:max-sleep=-1",
        "http-client:hosts=a b", "filesystem:paths=,;read", "process:programs=\xff"}) {
    EXPECT_NE(complaint_of(text), "") << text;
  }
}

TEST(Grant, QuotesForTheShellOnlyWhatNeedsIt) {
  EXPECT_EQ(shell_quoted("environment:vars=HOME,PATH"), "environment:vars=HOME,PATH");
  EXPECT_EQ(shell_quoted("filesystem:paths=/a;read"), "'filesystem:paths=/a;read'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
}

RC_GTEST_PROP(Grant, IsReadBackFromItsPrint, (const Permissions& permissions)) {
  Permissions read;
  for (const std::string& grant : to_grants(permissions)) {
    Result<Permissions> one = parse_grant(grant, "/elsewhere");
    if (!one) RC_FAIL(grant + ": " + one.error().message());
    read = join(read, *one);
  }
  RC_ASSERT(read == permissions);
}

RC_GTEST_PROP(Grant, IsReadBackFromAPolicyFile, (const Permissions& permissions)) {
  std::string text = to_policy_toml(permissions);
  Result<Policy> policy = Policy::parse(text, "p.toml", "/elsewhere");
  if (!policy) RC_FAIL(text + policy.error().message());
  Permissions expected = permissions;
  for (Capability capability : kCapabilities) {
    if (permissions.has(capability)) continue;
    expected = join(expected, Policy::default_policy().permissions().only(capability));
  }
  RC_ASSERT(policy->permissions() == expected);
}

}  // namespace theater::grant_test
