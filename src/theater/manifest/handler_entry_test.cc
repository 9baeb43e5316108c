#include "theater/manifest/handler_entry.h"

#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/manifest.h"

#include <gtest/gtest.h>

namespace theater::handler_entry_test {

// A manifest with one handler entry of these lines.
Result<Manifest> with_entry(std::string_view lines) {
  return parse_manifest(
      fmt::format("name = \"a\"\ncomponent = \"a.wasm\"\n[[handler]]\n{}\n", lines), "a.toml",
      "/base");
}

Ask ask_of(std::string_view lines) {
  Result<Manifest> manifest = with_entry(lines);
  EXPECT_TRUE(manifest) << manifest.error().message();
  return manifest ? manifest->ask() : Ask{};
}

std::string complaint_of(std::string_view lines) {
  Result<Manifest> manifest = with_entry(lines);
  return manifest ? "" : manifest.error().message();
}

TEST(HandlerEntry, EnvironmentWithoutAListAsksForNoVariable) {
  Ask ask = ask_of("type = \"environment\"");
  ASSERT_TRUE(ask.ceiling.environment);
  EXPECT_TRUE(ask.ceiling.environment->vars.is_empty());
  EXPECT_TRUE(
      ask_of("type = \"environment\"\ndenied_vars = [\"X\"]").ceiling.environment->vars.is_empty());
}

TEST(HandlerEntry, EnvironmentAsksForWhatItLists) {
  Ask ask = ask_of(
      "type = \"environment\"\nallowed_vars = [\"HOME\"]\nallowed_prefixes = [\"APP_\"]\n"
      "denied_vars = [\"APP_KEY\"]\nallow_list_all = true");
  EXPECT_TRUE(ask.required.environment->allows_var("HOME"));
  EXPECT_TRUE(ask.required.environment->allows_var("APP_X"));
  EXPECT_FALSE(ask.required.environment->allows_var("APP_KEY"));
  EXPECT_TRUE(ask.required.environment->allows_list_all());
}

TEST(HandlerEntry, EnvironmentAsksForEverythingOnlyByAStar) {
  EXPECT_TRUE(ask_of("type = \"environment\"\nallowed_vars = [\"*\"]")
                  .ceiling.environment->vars.is_unrestricted());
  EXPECT_NE(complaint_of("type = \"environment\"\nallowed_prefixes = [\"\"]"), "");
}

TEST(HandlerEntry, RuntimeTakesSystemInfoIfGrantedAndInsistsOnlyIfWritten) {
  Ask silent = ask_of("type = \"runtime\"\nconfig = {}");
  EXPECT_TRUE(silent.ceiling.runtime->system_info);
  EXPECT_FALSE(silent.required.runtime->system_info);
  EXPECT_TRUE(ask_of("type = \"runtime\"\nsystem_info = true").required.runtime->system_info);
  EXPECT_FALSE(ask_of("type = \"runtime\"\nsystem_info = false").ceiling.runtime->system_info);
}

TEST(HandlerEntry, DefaultsAreACeilingAndNotInsistedOn) {
  Ask ask = ask_of("type = \"random\"\nmax_int = 6");
  EXPECT_EQ(ask.ceiling.random->max_bytes.value, HandlerEntry::kRandomBytesMax);
  EXPECT_EQ(ask.required.random->max_bytes.value, 0u);
  EXPECT_EQ(ask.ceiling.random->max_int.value, 6u);
  EXPECT_EQ(ask.required.random->max_int.value, 6u);
  EXPECT_FALSE(ask.ceiling.random->crypto_secure);
}

TEST(HandlerEntry, TimingReadsItsBounds) {
  Ask ask = ask_of("type = \"timing\"\nconfig = { max_sleep_duration = \"5s\" }");
  EXPECT_EQ(ask.required.timing->max_sleep.value, 5000u);
  EXPECT_EQ(ask.ceiling.timing->min_sleep.value, HandlerEntry::kSleepMsMin);
  EXPECT_NE(complaint_of("type = \"timing\"\nmax_sleep_duration = 5\nmin_sleep_duration = 6"), "");
}

TEST(HandlerEntry, MessageServerReadsHowLongRequestsWait) {
  auto timeout = [](std::string_view lines) {
    Result<Manifest> manifest = with_entry(lines);
    EXPECT_TRUE(manifest) << manifest.error().message();
    return manifest->handler(Capability::kMessageServer)->request_timeout_ms;
  };
  EXPECT_EQ(timeout("type = \"message-server\""), std::nullopt);
  EXPECT_EQ(timeout("type = \"message-server\"\nrequest_timeout_ms = 250"), 250u);
  EXPECT_EQ(timeout("type = \"message-server\"\nrequest_timeout_ms = \"2s\""), 2'000u);
  std::string zero = complaint_of("type = \"message-server\"\nrequest_timeout_ms = 0");
  EXPECT_NE(zero.find("request_timeout_ms"), std::string::npos) << zero;
  EXPECT_NE(complaint_of("type = \"store\"\nrequest_timeout_ms = 1"), "");
}

TEST(HandlerEntry, StoreAsksForNoSharedStoreUnlessItNamesThem) {
  Ask plain = ask_of("type = \"store\"");
  EXPECT_EQ(plain.ceiling.store->shared, NameList());
  EXPECT_EQ(plain.ceiling.store->max_stores.value, HandlerEntry::kStoresMax);
  EXPECT_EQ(plain.ceiling.store->max_bytes.value, HandlerEntry::kStoreBytesMax);
  EXPECT_EQ(plain.ceiling.store->max_contents.value, HandlerEntry::kStoreContentsMax);
  EXPECT_EQ(plain.ceiling.store->max_labels.value, HandlerEntry::kStoreLabelsMax);
  EXPECT_EQ(*plain.required.store, StorePermissions());
  Ask ask = ask_of(
      "type = \"store\"\nshared = [\"notes\", \"team.plans\"]\nmax_bytes = \"1MiB\"\n"
      "max_labels = 3");
  EXPECT_EQ(ask.required.store->shared, NameList({{"notes"}, {"team.plans"}}));
  EXPECT_EQ(ask.required.store->max_bytes.value, 1u << 20);
  EXPECT_EQ(ask.required.store->max_labels.value, 3u);
  EXPECT_EQ(ask.required.store->max_contents.value, 0u);
}

TEST(HandlerEntry, FileSystemAsksForItsFolderWithWhatOperationsThePolicyHas) {
  Result<Manifest> manifest = with_entry("type = \"filesystem\"\nconfig = { path = \"data\" }");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->handlers.front().folder, "/base/data");
  Ask ask = manifest->ask();
  EXPECT_EQ(ask.required.file_system->paths, PathList({{"/base/data"}}));
  EXPECT_FALSE(ask.required.file_system->write);
  EXPECT_TRUE(ask.ceiling.file_system->write);
  EXPECT_FALSE(ask.ceiling.file_system->execute);
}

TEST(HandlerEntry, FileSystemWorksInOneFolder) {
  Result<Manifest> manifest =
      with_entry("type = \"filesystem\"\nnew_dir = true\nkeep_dir = false\nquota = \"4KiB\"");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_TRUE(manifest->ask().required.file_system->new_dir);
  EXPECT_FALSE(manifest->handlers.front().keep_dir);
  EXPECT_EQ(manifest->handlers.front().quota, 4096u);
}

TEST(HandlerEntry, FileSystemAsksForANewFolderAtAPath) {
  Result<Manifest> manifest =
      with_entry("type = \"filesystem\"\nconfig = { path = \"data\", new_dir = true }");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->handlers.front().folder, "/base/data");
  EXPECT_TRUE(manifest->handlers.front().keep_dir);
  EXPECT_EQ(to_grants(manifest->handlers.front().ask.demand),
            (std::vector<std::string>{"filesystem:paths=/base/data;read;write;new-dir"}));
}

TEST(HandlerEntry, FileSystemTakesWhatThePolicyDeniesAsDenied) {
  Ask ask = ask_of("type = \"filesystem\"\npath = \"data\"\ndenied_paths = [\"data/x\"]");
  Permissions granted;
  granted.file_system.emplace();
  granted.file_system->paths = PathList({{"/base/data"}});
  granted.file_system->denied = {PathList({{"/base/data/y"}})};
  EXPECT_TRUE(leq(ask.required, granted));
  EXPECT_EQ(meet(ask.ceiling, granted).file_system->denied.list,
            PathList({{"/base/data/x"}, {"/base/data/y"}}));
}

TEST(HandlerEntry, FileSystemExecutesIfItListsCommands) {
  Ask ask = ask_of("type = \"filesystem\"\npath = \"data\"\nallowed_commands = [\"git log *\"]");
  EXPECT_TRUE(ask.required.file_system->execute);
  EXPECT_EQ(ask.required.file_system->commands, CommandList({{"git log *"}}));
  EXPECT_NE(complaint_of("type = \"filesystem\"\nallowed_commands = [\"a; b\"]"), "");
}

TEST(HandlerEntry, UnsandboxedIsTheOperatorsAlone) {
  for (std::string_view value : {"true", "[\"git\"]"}) {
    EXPECT_EQ(complaint_of(fmt::format("type = \"filesystem\"\nallowed_commands = [\"git *\"]\n"
                                       "unsandboxed = {}",
                                       value)),
              "a.toml:6:15: `unsandboxed` in handler `filesystem`: the operator alone lets "
              "programs run where the kernel cannot sandbox them: leave it out here, and name the "
              "programs in the grant, as in filesystem:execute;unsandboxed=git");
  }
  // What the policy has is left to it, and nothing is asked for.
  Ask ask = ask_of("type = \"filesystem\"\nallowed_commands = [\"git *\"]");
  EXPECT_TRUE(ask.ceiling.file_system->unsandboxed.is_unrestricted());
  EXPECT_EQ(ask.required.file_system->unsandboxed, NameList());
  EXPECT_EQ(ask.demand.file_system->unsandboxed, NameList());
}

TEST(HandlerEntry, ProcessWithoutAListAsksForNoProgram) {
  Ask ask = ask_of("type = \"process\"");
  EXPECT_TRUE(ask.ceiling.process->programs.patterns().empty());
  EXPECT_EQ(ask.ceiling.process->max_processes.value, HandlerEntry::kProcessesMax);
}

TEST(HandlerEntry, ProcessTakesTheArgumentsThatAreGrantedAndInsistsOnThoseItWrites) {
  Ask any = ask_of("type = \"process\"\nallowed_programs = [\"git\"]");
  EXPECT_TRUE(any.ceiling.process->commands.is_unrestricted());
  EXPECT_EQ(any.required.process->commands, CommandList());
  Ask some = ask_of(
      "type = \"process\"\nallowed_programs = [\"git\"]\nallowed_commands = [\"git log *\"]");
  EXPECT_EQ(some.ceiling.process->commands, CommandList({{"git log *"}}));
  EXPECT_EQ(some.required.process->commands, some.ceiling.process->commands);
}

TEST(HandlerEntry, ProcessesHaveNoNetworkUnlessTheirEntryAsksForIt) {
  using Kind = NetworkReach::Kind;
  EXPECT_EQ(ask_of("type = \"process\"").ceiling.process->network.kind, Kind::kNone);
  EXPECT_EQ(ask_of("type = \"process\"").ceiling.process->hosts, HostList());
  EXPECT_EQ(ask_of("type = \"process\"\nnetwork = false").ceiling.process->network.kind,
            Kind::kNone);
  Ask proxy = ask_of("type = \"process\"\nnetwork = true\nallowed_hosts = [\"a.org:443\"]");
  EXPECT_EQ(proxy.ceiling.process->network.kind, Kind::kProxy);
  EXPECT_EQ(proxy.required.process->network.kind, Kind::kProxy);
  EXPECT_EQ(proxy.required.process->hosts, HostList({{"a.org", 443}}));
  // What it leaves out it takes as granted.
  EXPECT_TRUE(proxy.ceiling.process->methods.is_unrestricted());
  EXPECT_EQ(proxy.required.process->methods, NameList());
  Ask host = ask_of("type = \"process\"\nnetwork = \"host\"");
  EXPECT_EQ(host.required.process->network.kind, Kind::kHost);
  for (const char* wrong : {"network = \"proxy\"", "network = 1", "allowed_hosts = [\"a.org\"]",
                            "network = false\nallowed_methods = [\"GET\"]"})
    EXPECT_FALSE(with_entry(std::string("type = \"process\"\n") + wrong)) << wrong;
}

TEST(HandlerEntry, HttpEntriesInsistOnWhatTheyWriteAndTakeTheRestAsGranted) {
  Ask ask = ask_of("type = \"http-client\"\nallowed_hosts = [\"a.org\"]");
  EXPECT_EQ(ask.required.http_client->hosts, HostList({{"a.org", 0}}));
  EXPECT_EQ(ask.ceiling.http_client->hosts, HostList({{"a.org", 0}}));
  EXPECT_TRUE(ask.ceiling.http_client->methods.is_unrestricted());
  EXPECT_EQ(ask.required.http_client->methods, NameList());
  EXPECT_EQ(
      complaint_of("type = \"http-framework\"\nports = [65536]"),
      "a.toml:5:9: `ports` in handler `http-framework`: `65536`: a port is a number from 1 to "
      "65535, 0 for one that the system chooses, or *");
  EXPECT_NE(complaint_of("type = \"http-framework\"\nports = [true]").find("an array of numbers"),
            std::string::npos);
  EXPECT_NE(
      complaint_of("type = \"http-client\"\nallowed_hosts = [8080]").find("an array of strings"),
      std::string::npos);
}

TEST(HandlerEntry, HttpClientAsksForNoSecretUnlessItNamesIt) {
  Ask ask = ask_of("type = \"http-client\"");
  EXPECT_EQ(ask.ceiling.http_client->secrets, NameList());
  EXPECT_EQ(ask.required.http_client->secrets, NameList());
  EXPECT_EQ(ask_of("type = \"http-client\"\nsecrets = [\"a\"]").required.http_client->secrets,
            NameList({{"a"}}));
}

TEST(HandlerEntry, HttpClientTakesTheHeadersThatThePolicyAdds) {
  Ask ask = ask_of("type = \"http-client\"\nidempotency_header = \"Once\"");
  Permissions granted;
  granted.http_client =
      *parse_grant("http-client:idempotency-header=Idempotency-Key", "/")->http_client;
  EXPECT_TRUE(leq(ask.required, granted));
  EXPECT_EQ(meet(ask.ceiling, granted).http_client->idempotency_headers.names(),
            (std::vector<std::string>{"Idempotency-Key", "Once"}));
  EXPECT_EQ(
      complaint_of("type = \"http-client\"\nidempotency_header = \"Host\""),
      "a.toml:5:22: `idempotency_header` in handler `http-client`: `Host`: the node alone sets "
      "this header");
  EXPECT_NE(complaint_of("type = \"http-client\"\nidempotency_header = 1"), "");
}

TEST(HandlerEntry, EveryTypeCanBeListed) {
  for (Capability type : kCapabilities) {
    std::string_view name = type == Capability::kCustom ? "\nname = \"dice\"" : "";
    Ask ask = ask_of(fmt::format("type = \"{}\"{}", capability_name(type), name));
    EXPECT_TRUE(ask.ceiling.has(type)) << capability_name(type);
    EXPECT_TRUE(ask.required.has(type)) << capability_name(type);
    EXPECT_TRUE(leq(ask.required, ask.ceiling)) << capability_name(type);
  }
}

TEST(HandlerEntry, CustomHandlersAskForTheirNameAndTheRightsThatTheyList) {
  Result<Manifest> manifest = with_entry(
      "type = \"custom\"\nname = \"dice\"\nrights = [\"scores\"]\nconfig = { seed = \"7\" }\n"
      "[[handler]]\ntype = \"custom\"\nname = \"weather\"");
  ASSERT_TRUE(manifest) << manifest.error().message();
  Ask ask = manifest->ask();
  EXPECT_EQ(ask.required.custom->rights, NameList({{"dice"}, {"dice/scores"}, {"weather"}}));
  EXPECT_EQ(ask.ceiling.custom, ask.required.custom);
  const HandlerEntry* dice = manifest->custom_handler("dice");
  ASSERT_NE(dice, nullptr);
  EXPECT_EQ(dice->handler_name(), "dice");
  EXPECT_EQ(dice->custom_settings.at("seed"), "7");
  EXPECT_TRUE(manifest->custom_handler("weather")->custom_settings.empty());
  EXPECT_EQ(manifest->custom_handler("coin"), nullptr);
}

TEST(HandlerEntry, ACustomHandlerIsNamedByTheRules) {
  EXPECT_EQ(complaint_of("type = \"custom\""),
            "a.toml:3:1: `name` is missing in handler `custom`: the handler that is meant, as in "
            "name = \"dice\"");
  EXPECT_EQ(complaint_of("type = \"custom\"\nname = \"timing\""),
            "a.toml:5:8: `name` in handler `custom`: `timing` is no custom handler: write type = "
            "\"timing\"");
  std::string rule = "1 to 64 small letters, digits and dashes, with a letter first";
  for (const char* name : {"", "Dice", "9dice", "dice/scores", "*", "d ice"}) {
    std::string said = complaint_of(fmt::format("type = \"custom\"\nname = \"{}\"", name));
    EXPECT_NE(said.find(rule), std::string::npos) << name << ": " << said;
  }
  EXPECT_EQ(complaint_of("type = \"custom\"\nname = \"dice\"\nrights = [\"*\"]"),
            "a.toml:6:10: `rights` in handler `custom`: `*`: a right is " + rule);
  EXPECT_EQ(complaint_of("type = \"custom\"\nname = \"dice\"\nconfig = { seed = 7 }"),
            "a.toml:6:19: `seed` in the config of handler `custom` must be a string, found an "
            "integer");
  EXPECT_EQ(complaint_of("type = \"custom\"\nname = \"dice\"\n[[handler]]\ntype = \"custom\"\n"
                         "name = \"dice\""),
            "a.toml:8:8: `name` in handler `custom`: `dice` is listed twice, first in line 3; "
            "make one entry of both");
}

// Entries of every type, with the grants that say what they ask for.
struct Demand {
  std::string_view lines;
  std::string_view grant;
};

std::vector<Demand> demands() {
  return {
      {"type='runtime'", "runtime"},
      {"type='runtime'\nsystem_info=true", "runtime:system-info"},
      {"type='environment'", "environment:vars="},
      {"type='environment'\nallowed_vars=['HOME']\nallowed_prefixes=['A_']\ndenied_vars=['A_K']",
       "environment:vars=HOME;prefix=A_;denied=A_K"},
      {"type='random'", "random"},
      {"type='random'\nmax_int=6\nallow_crypto_secure=true", "random:max-int=6;crypto-secure"},
      {"type='timing'", "timing"},
      {"type='timing'\nmin_sleep_duration='5s'", "timing:min-sleep=5s"},
      {"type='timing'\nmax_sleep_duration=0\nmin_sleep_duration=0", "timing:max-sleep=0"},
      {"type='store'", "store:shared="},
      {"type='store'\nshared=['notes']\nmax_stores=0", "store:shared=notes;max-stores=0"},
      {"type='supervisor'", "supervisor"},
      {"type='message-server'", "message-server"},
      {"type='http-client'", "http-client"},
      {"type='http-client'\nallowed_hosts=['a.org:443']\nallowed_methods=['GET']\n"
       "max_redirects=0\ntimeout='30s'\nmax_request_size='1MiB'\nmax_response_size='2MiB'",
       "http-client:hosts=a.org:443;methods=GET;max-redirects=0;timeout=30s;"
       "max-request-size=1MiB;max-response-size=2MiB"},
      {"type='http-client'\nallowed_hosts=[]", "http-client:hosts="},
      {"type='http-client'\nsecrets=['openai']\nidempotency_header='Idempotency-Key'",
       "http-client:secrets=openai;idempotency-header=Idempotency-Key"},
      {"type='http-client'\nsecrets=['*']\nidempotency_header=['Once', 'idempotency-key']",
       "http-client:secrets=*;idempotency-header=Idempotency-Key,Once"},
      {"type='http-framework'", "http-framework"},
      {"type='http-framework'\nhosts=['*']\nports=['*']\nallowed_origins=['https://a.org']",
       "http-framework:hosts=*;ports=*;origins=https://a.org"},
      {"type='http-framework'\nhosts=['127.0.0.1']\nports=[8080, '0']\n"
       "allowed_routes=['/hook']\nallowed_methods=['POST']\nmax_request_size='64KiB'\n"
       "max_servers=1\nmax_routes=2\nmax_connections=100",
       "http-framework:hosts=127.0.0.1;ports=0,8080;routes=/hook;methods=POST;"
       "max-request-size=64KiB;max-servers=1;max-routes=2;max-connections=100"},
      {"type='filesystem'\npath='/w'", "filesystem:paths=/w;read;write"},
      {"type='filesystem'\npath='/w'\nallowed_commands=['wc *', 'sh -c *']",
       "filesystem:paths=/w;read;write;execute;commands=sh -c *,wc *"},
      {"type='process'", "process:programs=;paths="},
      {"type='process'\nallowed_programs=['make']\nallowed_paths=['/w']\nmax_processes=2",
       "process:programs=make;paths=/w;max-processes=2"},
      {"type='process'\nallowed_programs=['git']\nallowed_commands=['git log *']",
       "process:programs=git;commands=git log *;paths="},
      {"type='process'\nallowed_programs=['curl']\nnetwork=true",
       "process:programs=curl;paths=;network"},
      {"type='process'\nallowed_programs=['curl']\nnetwork=true\nallowed_hosts=['a.org:443']\n"
       "allowed_methods=['CONNECT']",
       "process:programs=curl;paths=;network;hosts=a.org:443;methods=CONNECT"},
      {"type='process'\nallowed_programs=['curl']\nnetwork='host'",
       "process:programs=curl;paths=;network=host"},
      {"type='custom'\nname='dice'\nrights=['scores']", "custom:rights=dice,dice/scores"},
  };
}

TEST(HandlerEntry, WhatItAsksForIsAGrantWithoutWhatNobodyAskedFor) {
  for (const auto& [lines, grant] : demands()) {
    Ask ask = ask_of(lines);
    ASSERT_EQ(to_grants(ask.demand), std::vector<std::string>{std::string(grant)}) << lines;
    Result<Permissions> read = parse_grant(grant, "/");
    ASSERT_TRUE(read) << grant;
    EXPECT_EQ(*read, ask.demand) << lines;
    EXPECT_TRUE(leq(ask.required, ask.demand)) << lines;
  }
}

TEST(HandlerEntry, WhatIsHintedIsWhatItAsksForAndNotMore) {
  Policy none{Permissions{}};
  for (const auto& [lines, grant] : demands()) {
    // Without the runtime, which every actor asks for.
    Ask ask = with_entry(lines)->handlers.front().ask;
    std::vector<std::string> hints = to_grants(missing_grants(none, ask));
    ASSERT_EQ(hints.size(), 1u) << lines;
    Result<Permissions> hinted = parse_grant(hints.front(), "/");
    ASSERT_TRUE(hinted) << hints.front();
    EXPECT_TRUE(leq(ask.required, *hinted)) << hints.front();
    EXPECT_TRUE(leq(*hinted, ask.ceiling)) << hints.front();
    EXPECT_TRUE(leq(*hinted, ask.demand)) << hints.front();
    EXPECT_EQ(meet(*hinted, ask.ceiling), meet(ask.demand, ask.ceiling)) << hints.front();
  }
}

TEST(HandlerEntry, WhatAManifestGivesUpItDoesNotAskFor) {
  Ask ask = ask_of(
      "type='timing'\n[permission_policy.timing]\ntype='restrict'\n"
      "config={max_sleep_duration='5s'}");
  EXPECT_EQ(to_grants(ask.demand), (std::vector<std::string>{"timing:max-sleep=5s"}));
}

TEST(HandlerEntry, TakesTheOtherSpellingsOfATypeName) {
  EXPECT_TRUE(ask_of("type = \"file_system\"").ceiling.file_system);
  EXPECT_TRUE(ask_of("type = \"message_server\"").ceiling.message_server);
}

TEST(HandlerEntry, SeedIsKept) {
  EXPECT_EQ(with_entry("type = \"random\"\nseed = 42")->handlers.front().random_seed, 42u);
}

TEST(HandlerEntry, ASeedIsNotForSecrets) {
  EXPECT_NE(complaint_of("type = \"random\"\nseed = 42\nallow_crypto_secure = true")
                .find("values that repeat are no secrets"),
            std::string::npos);
  EXPECT_EQ(complaint_of("type = \"random\"\nseed = 42\nallow_crypto_secure = false"), "");
}

TEST(HandlerEntry, ReadsItsSettingsFlatOrFromConfigButNotOneFromBoth) {
  EXPECT_EQ(ask_of("type = \"random\"\nmax_int = 6\n[handler.config]\nmax_bytes = 7")
                .required.random->max_bytes.value,
            7u);
  EXPECT_EQ(complaint_of("type = \"random\"\nmax_int = 6\nconfig = { max_int = 6 }"),
            "a.toml:6:12: `max_int` is given twice in handler `random`: directly and in its "
            "`config`; keep one of them");
}

TEST(HandlerEntry, AnUnknownTypeNamesTheNearest) {
  EXPECT_EQ(complaint_of("type = \"http-clinet\""),
            "a.toml:4:8: `type` in the handler entry: unknown handler `http-clinet`; did you mean "
            "`http-client`? Known handlers: runtime, environment, random, timing, store, "
            "supervisor, message-server, http-client, http-framework, filesystem, process, custom");
}

TEST(HandlerEntry, AnUnknownSettingNamesTheNearest) {
  EXPECT_EQ(complaint_of("type = \"environment\"\n[handler.config]\nallowed_var = [\"HOME\"]"),
            "a.toml:6:1: unknown key `allowed_var` in handler `environment`; did you mean "
            "`allowed_vars`? Known keys: type, config, allowed_vars, allowed_prefixes, "
            "denied_vars, allow_list_all");
}

TEST(HandlerEntry, AMissingTypeIsNamed) {
  EXPECT_EQ(complaint_of("config = {}"),
            "a.toml:3:1: `type` is missing in the handler entry: the handler's name, as in type = "
            "\"runtime\"");
}

}  // namespace theater::handler_entry_test
