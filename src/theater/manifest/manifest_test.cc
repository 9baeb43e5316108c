#include "theater/manifest/manifest.h"

#include "theater/base/file.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace theater::manifest_test {

constexpr std::string_view kHead = "name = \"counter\"\ncomponent = \"counter.wasm\"\n";

Result<Manifest> parse(std::string_view text, const ContextLookup& context = {}) {
  return parse_manifest(text, "a.toml", "/base", context);
}

Result<Manifest> parse_rest(std::string_view text) {
  return parse(fmt::format("{}{}", kHead, text));
}

std::string complaint_of(const Result<Manifest>& manifest) {
  return manifest ? "" : manifest.error().message();
}

TEST(Manifest, TheLeastOneHasTheDefaults) {
  Result<Manifest> manifest = parse(kHead);
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_EQ(manifest->name, "counter");
  EXPECT_EQ(manifest->version, std::nullopt);
  EXPECT_EQ(manifest->component, "counter.wasm");
  EXPECT_EQ(manifest->component_path, "/base/counter.wasm");
  EXPECT_EQ(manifest->component_digest, std::nullopt);
  EXPECT_FALSE(manifest->save_chain);
  EXPECT_EQ(manifest->state, StateMode::kHeap);
  EXPECT_TRUE(manifest->handlers.empty());
  EXPECT_EQ(manifest->limits, ManifestLimits{});
  EXPECT_EQ(manifest->log, ManifestLog{});
  EXPECT_EQ(manifest->digest, sha256(as_bytes(kHead)));
}

TEST(Manifest, ReadsEveryKey) {
  std::string digest(64, 'a');
  Result<Manifest> manifest = parse(fmt::format(R"(
name = "counter"
version = "1.2.0"
component_path = "build/counter.wasm"
component_digest = "sha256:{}"
description = "counts"
long_description = "counts on"
save_chain = true
init_state = "state.json"
state = "explicit"

[[handlers]]
type = "runtime"
config = {{}}

[[handlers]]
type = "message-server"

[permission_policy.runtime]
type = "inherit"

[limits]
memory_bytes = "1GiB"
table_elements = 5
instances = 6
call_cpu_ms = "2s"
payload_bytes = 4096
mailbox_messages = 7

[log]
durability = "async"
detach = "all"
snapshot_events = 50
snapshot_bytes = "2KiB"
)",
                                                digest));
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_EQ(manifest->version, "1.2.0");
  EXPECT_EQ(manifest->component_path, "/base/build/counter.wasm");
  EXPECT_EQ(manifest->component_digest->to_string(), digest);
  EXPECT_EQ(manifest->description, "counts");
  EXPECT_EQ(manifest->long_description, "counts on");
  EXPECT_TRUE(manifest->save_chain);
  EXPECT_EQ(manifest->init_state, "state.json");
  EXPECT_EQ(manifest->state, StateMode::kExplicit);
  EXPECT_NE(manifest->handler(Capability::kMessageServer), nullptr);
  EXPECT_EQ(manifest->handler(Capability::kTiming), nullptr);
  EXPECT_EQ(manifest->limits, (ManifestLimits{uint64_t{1} << 30, 5, 6, 2000, 4096, 7}));
  EXPECT_EQ(manifest->log.durability, Durability::kAsync);
  EXPECT_EQ(manifest->log.detach, Detach::kAll);
  EXPECT_EQ(manifest->log.snapshot_events, 50u);
  EXPECT_EQ(manifest->log.snapshot_bytes, 2048u);
}

TEST(Manifest, SnapshotsAreOfActorsWithExplicitState) {
  EXPECT_EQ(complaint_of(parse_rest("[log]\nsnapshot_events = 5\n")),
            "a.toml:4:19: `snapshot_events` in [log]: snapshots are taken only of an actor whose "
            "manifest says state = \"explicit\"");
  EXPECT_NE(complaint_of(parse_rest("[log]\nsnapshot_bytes = \"1MiB\"\n")), "");
  EXPECT_NE(complaint_of(parse_rest("state = \"explicit\"\n[log]\nsnapshot_events = 0\n")), "");
}

TEST(Manifest, AComponentElsewhereHasNoPath) {
  for (const char* component : {"store://s/label/x", "https://h/x", "sha256:00"}) {
    Result<Manifest> manifest = parse(fmt::format("name = \"a\"\ncomponent = \"{}\"\n", component));
    ASSERT_TRUE(manifest) << complaint_of(manifest);
    EXPECT_EQ(manifest->component_path, std::nullopt);
  }
}

TEST(Manifest, ThatWasNoFileNamesNoFile) {
  ManifestPlace place{"/base", "https://h/a.toml"};
  Result<Manifest> manifest =
      parse_manifest("name = \"a\"\ncomponent = \"a.wasm\"\n", "a.toml", place);
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_EQ(manifest->component, "a.wasm");
  EXPECT_EQ(manifest->component_path, std::nullopt);
  EXPECT_EQ(manifest->place, place);
  EXPECT_NE(complaint_of(parse("name = \"a\"\ncomponent = \"ftp://h/x\"\n")).find("https://"),
            std::string::npos);
}

TEST(Manifest, TakesABareDigest) {
  Result<Manifest> manifest =
      parse_rest(fmt::format("component_digest = \"{}\"\n", std::string(64, 'B')));
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_EQ(manifest->component_digest->to_string(), std::string(64, 'b'));
}

TEST(Manifest, ReportsEverythingThatIsWrongInOrder) {
  EXPECT_EQ(complaint_of(parse("name = 7\ncomponnet = \"a.wasm\"\nstate = \"heep\"\n[limits]\n"
                               "memory_bytes = -1\ninstances = \"many\"\n")),
            "a.toml:1:1: `component` is missing in the manifest: the WebAssembly component to run, "
            "as in component = \"counter.wasm\"\n"
            "a.toml:1:8: `name` in the manifest must be a string, found an integer\n"
            "a.toml:2:1: unknown key `componnet` in the manifest; did you mean `component`? Known "
            "keys: name, version, description, long_description, component, component_path, "
            "component_digest, save_chain, init_state, state, handler, handlers, "
            "permission_policy, limits, budget, log, supervision, child, http\n"
            "a.toml:3:9: `state` in the manifest: `heep` is none of its values; did you mean "
            "`heap`? Known values: heap, explicit\n"
            "a.toml:5:16: `memory_bytes` in [limits]: -1 is out of range; it must be from 64KiB to "
            "4GiB\n"
            "a.toml:6:13: `instances` in [limits]: `many` is not a whole number such as 100");
}

TEST(Manifest, KeysOfOtherSystemsAreUnknown) {
  for (const char* text : {"[logging]\nlevel = 1\n", "[permissions]\n", "init_data = 1\n"}) {
    EXPECT_NE(complaint_of(parse_rest(text)).find("unknown key"), std::string::npos) << text;
  }
}

TEST(Manifest, RefusesBothSpellingsAtOnce) {
  EXPECT_EQ(complaint_of(parse_rest("component_path = \"b.wasm\"\n")),
            "a.toml:3:18: `component_path` in the manifest: it is another spelling of `component`, "
            "which is given too; keep one of them");
  EXPECT_NE(complaint_of(parse_rest("[[handler]]\ntype='runtime'\n[[handlers]]\ntype='store'\n")),
            "");
}

TEST(Manifest, RefusesAHandlerListedTwice) {
  EXPECT_EQ(complaint_of(parse_rest("[[handler]]\ntype='store'\n[[handler]]\ntype='store'\n")),
            "a.toml:6:6: `type` in handler `store`: `store` is listed twice, first in line 3; make "
            "one entry of both");
}

TEST(Manifest, RefusesHandlersThatAreNotTables) {
  EXPECT_EQ(complaint_of(parse_rest("handler = \"runtime\"\n")),
            "a.toml:3:11: `handler` in the manifest must be an array of tables, written "
            "[[handler]], found a string");
}

TEST(Manifest, RefusesANameThatCannotBeShown) {
  for (std::string name : {std::string(), std::string("a\\nb"), std::string(129, 'x')}) {
    EXPECT_NE(complaint_of(parse(fmt::format("name = \"{}\"\ncomponent = \"a\"\n", name))), "");
  }
}

// A reader that compared every key with every other would take minutes.
TEST(Manifest, LargeTextsAreReadInLittleMoreThanLinearTime) {
  std::string keys;
  std::string entries;
  for (size_t i = 0; keys.size() < 400'000; ++i)
    keys += fmt::format("k{} = 1\n", i);
  for (size_t i = 0; i < 20'000; ++i)
    entries += "[[handler]]\ntype = 'storr'\n";
  std::string rules;
  for (size_t i = 0; i < 900; ++i)
    rules += fmt::format("[permission_policy.x{}]\n", i);
  EXPECT_NE(complaint_of(parse_rest(keys)), "");
  EXPECT_NE(complaint_of(parse_rest(entries)), "");
  EXPECT_NE(complaint_of(parse_rest(rules)), "");
  EXPECT_NE(
      complaint_of(parse_rest("[[handler]]\ntype='random'\n" + keys + "[handler.config]\n" + keys)),
      "");
}

TEST(Manifest, LimitsHaveHardBounds) {
  for (const char* line :
       {"memory_bytes = \"5GiB\"", "memory_bytes = 65535", "table_elements = 10000001",
        "instances = 1001", "call_cpu_ms = \"61m\"", "payload_bytes = \"257MiB\"",
        "mailbox_messages = 0", "mailbox_messages = 1000001", "memory_bytes = 1.5"}) {
    EXPECT_NE(complaint_of(parse_rest(fmt::format("[limits]\n{}\n", line))), "") << line;
  }
}

TEST(Manifest, LocatesASyntaxErrorAndNothingElse) {
  std::string complaint = complaint_of(parse("name = \"a\ncomponent = \"b\"\n"));
  EXPECT_TRUE(complaint.starts_with("a.toml:1:")) << complaint;
  EXPECT_EQ(complaint.find('\n'), std::string::npos) << complaint;
}

TEST(Manifest, FillsInPlaceholdersAfterParsing) {
  auto context = [](std::string_view path) -> std::optional<std::string> {
    if (path == "who") return "x\"\nsave_chain = true\n";
    return std::nullopt;
  };
  Result<Manifest> manifest = parse(
      "name = \"a\"\ncomponent = \"{{default c \\\"c.wasm\\\"}}\"\ndescription = \"{{who}}\"\n",
      context);
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_EQ(manifest->component_path, "/base/c.wasm");
  EXPECT_EQ(manifest->description, "x\"\nsave_chain = true\n");
  EXPECT_FALSE(manifest->save_chain);
}

TEST(Manifest, LocatesAPlaceholderWithoutValue) {
  EXPECT_EQ(complaint_of(parse_rest("description = \"{{a.b}}\"\n")),
            "a.toml:3:15: the context has no value for {{a.b}}; give one, or write {{default a.b "
            "\"…\"}}");
}

TEST(Manifest, InitStateCanBeReadBeforeItsContextIsKnown) {
  EXPECT_EQ(*peek_init_state("init_state = \"s.json\"\nname = \"{{a}}\"\nwhat = 1\n", "a.toml"),
            "s.json");
  EXPECT_EQ(*peek_init_state("", "a.toml"), std::nullopt);
  EXPECT_FALSE(peek_init_state("init_state = 1\n", "a.toml"));
  EXPECT_FALSE(peek_init_state("= 1\n", "a.toml"));
}

TEST(Manifest, DisallowTakesACapabilityAway) {
  Result<Manifest> manifest = parse_rest(
      "[[handler]]\ntype='random'\n[permission_policy.random]\ntype='disallow'\n"
      "[permission_policy.runtime]\ntype='disallow'\n");
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_EQ(manifest->asked(), Permissions{});
}

TEST(Manifest, RestrictNarrowsWhatItNamesAndNothingElse) {
  Result<Manifest> manifest = parse_rest(
      "[[handler]]\ntype='http-client'\n[[handler]]\ntype='filesystem'\npath='d'\n"
      "[permission_policy.http_client]\ntype='restrict'\n"
      "config={allowed_hosts=['*.a.org'], timeout='5s'}\n"
      "[permission_policy.file_system]\ntype='restrict'\nconfig={write=false}\n");
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  Permissions asked = manifest->asked();
  EXPECT_EQ(asked.http_client->hosts, HostList({{"*.a.org", 0}}));
  EXPECT_EQ(asked.http_client->timeout.value, 5000u);
  EXPECT_TRUE(asked.http_client->methods.is_unrestricted());
  EXPECT_TRUE(asked.file_system->read);
  EXPECT_FALSE(asked.file_system->write);
}

TEST(Manifest, RestrictNeverAddsACapability) {
  Result<Manifest> manifest = parse_rest(
      "[permission_policy.process]\ntype='restrict'\nconfig={allowed_programs=['git']}\n");
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_FALSE(manifest->asked().process.has_value());
}

TEST(Manifest, RestrictCannotNameProgramsWithoutASandbox) {
  EXPECT_EQ(complaint_of(parse_rest("[permission_policy.file_system]\ntype='restrict'\n"
                                    "config={unsandboxed=['git']}\n")),
            "a.toml:5:21: `unsandboxed` in the config of [permission_policy.file_system]: the "
            "operator alone lets programs run where the kernel cannot sandbox them: leave it out "
            "here, and name the programs in the grant, as in filesystem:execute;unsandboxed=git");
}

TEST(Manifest, ComplainsOfABadPermissionPolicy) {
  EXPECT_EQ(complaint_of(parse_rest("[permission_policy.timng]\ntype='inherit'\n"
                                    "[permission_policy.store]\ntype='forbid'\n"
                                    "[permission_policy.random]\ntype='restrict'\n"
                                    "[permission_policy.timing]\ntype='inherit'\nconfig={}\n")),
            "a.toml:3:20: unknown capability `timng` in [permission_policy]; did you mean "
            "`timing`? Known capabilities: runtime, environment, random, timing, store, "
            "supervisor, message-server, http-client, http-framework, filesystem, process, custom\n"
            "a.toml:6:6: `type` in [permission_policy.store]: `forbid` is none of its values. "
            "Known values: inherit, disallow, restrict\n"
            "a.toml:7:20: `config` is missing in [permission_policy.random]: what to restrict to, "
            "as a table\n"
            "a.toml:11:8: `config` in [permission_policy.timing]: only `restrict` takes one, not "
            "`inherit`");
}

TEST(Manifest, IsReadFromAFileWithItsFolderAsBase) {
  std::string folder = ::testing::TempDir() + "theater_manifest_test_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::filesystem::path file = std::filesystem::path(folder) / "a.toml";
  ASSERT_TRUE(write_file(file, as_bytes(kHead)));
  Result<Manifest> manifest = read_manifest(file);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(manifest) << complaint_of(manifest);
  EXPECT_EQ(manifest->component_path, std::filesystem::path(folder) / "counter.wasm");
  Result<Manifest> gone = read_manifest(file);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::kNotFound);
}

}  // namespace theater::manifest_test
