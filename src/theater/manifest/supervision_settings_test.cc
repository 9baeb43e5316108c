#include "theater/manifest/manifest.h"

#include <gtest/gtest.h>

namespace theater::supervision_settings_test {

using namespace std::chrono_literals;

constexpr std::string_view kHead =
    "name = \"boss\"\ncomponent = \"boss.wasm\"\n[[handler]]\ntype = \"supervisor\"\n";

Result<Manifest> parse(std::string_view rest) {
  return parse_manifest(fmt::format("{}{}", kHead, rest), "a.toml", "/base");
}

std::string complaint_of(std::string_view rest) {
  Result<Manifest> manifest = parse(rest);
  return manifest ? "" : manifest.error().message();
}

void expect_complaint(std::string_view rest, std::string_view part) {
  EXPECT_NE(complaint_of(rest).find(part), std::string::npos) << rest << "\n" << complaint_of(rest);
}

TEST(SupervisionSettings, HaveTheDefaultsThatAreDocumented) {
  Result<Manifest> manifest = parse("");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->supervision, SupervisionRules{});
  EXPECT_EQ(manifest->supervision.strategy, Strategy::kOneForOne);
  EXPECT_EQ(manifest->supervision.spawned, RestartKind::kTemporary);
  EXPECT_TRUE(manifest->children.empty());
  manifest = parse("[[child]]\nname = \"a\"\nmanifest = \"a.toml\"\n");
  ASSERT_TRUE(manifest) << manifest.error().message();
  ChildEntry entry;
  entry.name = "a";
  entry.manifest = "a.toml";
  entry.rules.restart = RestartKind::kPermanent;
  EXPECT_EQ(manifest->children.at(0), entry);
}

TEST(SupervisionSettings, AreReadWhole) {
  Result<Manifest> manifest = parse(R"(
[supervision]
strategy = "rest-for-one"
restarts = 7
period = "1m"
backoff = "10ms"
backoff_max = "2s"
spawned = "transient"

[[child]]
name = "store"
manifest = "../store/manifest.toml"
restart = "transient"
restart_from = "committed"
restart_init = true
stop_timeout = "30s"
init_state = "store.json"

[[child]]
name = "worker"
manifest = "/abs/worker.toml"
restart = "temporary"
)");
  ASSERT_TRUE(manifest) << manifest.error().message();
  SupervisionRules rules;
  rules.strategy = Strategy::kRestForOne;
  rules.restarts = 7;
  rules.period = 60s;
  rules.backoff = 10ms;
  rules.backoff_max = 2s;
  rules.spawned = RestartKind::kTransient;
  EXPECT_EQ(manifest->supervision, rules);
  ASSERT_EQ(manifest->children.size(), 2u);
  const ChildEntry& store = manifest->children[0];
  EXPECT_EQ(store.name, "store");
  EXPECT_EQ(store.manifest, "../store/manifest.toml");
  EXPECT_EQ(store.init_state, "store.json");
  EXPECT_EQ(store.rules.restart, RestartKind::kTransient);
  EXPECT_EQ(store.rules.from, RestartFrom::kCommitted);
  EXPECT_TRUE(store.rules.init_runs);
  EXPECT_EQ(store.rules.stop_timeout, 30s);
  EXPECT_EQ(manifest->children[1].manifest, "/abs/worker.toml");
  EXPECT_EQ(manifest->children[1].rules.restart, RestartKind::kTemporary);
}

TEST(SupervisionSettings, SayWhatIsWrongWithThem) {
  const std::string child = "[[child]]\nname = \"a\"\nmanifest = \"a.toml\"\n";
  expect_complaint("[supervision]\nstrategy = \"all\"\n", "one-for-one");
  expect_complaint("[supervision]\nretries = 3\n", "unknown key `retries`");
  expect_complaint("[supervision]\nperiod = 0\n", "period");
  expect_complaint("[supervision]\nbackoff = \"2s\"\nbackoff_max = \"1s\"\n",
                   "it is less than backoff, which is 2s");
  expect_complaint("[[child]]\nmanifest = \"a.toml\"\n", "name");
  expect_complaint("[[child]]\nname = \"a\"\n", "manifest");
  expect_complaint("[[child]]\nname = \"\"\nmanifest = \"a.toml\"\n", "1 to 128 bytes");
  expect_complaint("[[child]]\nname = \"a\"\nmanifest = \"ftp://x/a.toml\"\n",
                   "begins with https://");
  expect_complaint("[[child]]\nname = \"a\"\nmanifest = \"\"\n", "names no file");
  expect_complaint(child + "init_state = \"file:///a\"\n", "begins with https://");
  expect_complaint(child + "restart = \"always\"\n", "permanent");
  expect_complaint(child + "restart_init = true\n", "always runs init");
  expect_complaint(child + "stop_timeout = 0\n", "stop_timeout");
  expect_complaint(child + "retsart = \"permanent\"\n", "restart");
  expect_complaint(child + child, "a child `a` is declared in line 5 already");
}

TEST(SupervisionSettings, NameChildrenByAddressToo) {
  Result<Manifest> manifest = parse(
      "[[child]]\nname = \"a\"\nmanifest = \"https://x/a.toml\"\ninit_state = "
      "\"store://notes/s\"\n");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->children.at(0).manifest, "https://x/a.toml");
  EXPECT_EQ(manifest->children.at(0).init_state, "store://notes/s");
}

TEST(SupervisionSettings, WantTheHandler) {
  Result<Manifest> manifest = parse_manifest(
      "name = \"boss\"\ncomponent = \"boss.wasm\"\n[[child]]\nname = \"a\"\nmanifest = "
      "\"a.toml\"\n",
      "a.toml", "/base");
  ASSERT_FALSE(manifest);
  EXPECT_NE(manifest.error().message().find("lists the supervisor handler"), std::string::npos);
}

constexpr std::string_view kServer = "[[handler]]\ntype = \"http-framework\"\n";

TEST(SupervisionSettings, InstancesAreChildrenAfterThoseThatAreDeclared) {
  std::string server(kServer);
  Result<Manifest> manifest =
      parse(server + "[http]\ninstances = 3\n[[child]]\nname = \"a\"\nmanifest = \"a.toml\"\n");
  ASSERT_TRUE(manifest) << manifest.error().message();
  ASSERT_EQ(manifest->children.size(), 3u);
  EXPECT_EQ(manifest->children[0].source, ChildEntry::Source::kReference);
  ChildEntry member;
  member.name = "http-2";
  member.rules.restart = RestartKind::kPermanent;
  member.source = ChildEntry::Source::kParent;
  EXPECT_EQ(manifest->children[1], member);
  EXPECT_EQ(manifest->children[2].name, "http-3");
  EXPECT_TRUE(manifest->has_pool());
  Manifest made = pool_member(*manifest, "http-2");
  EXPECT_EQ(made.name, "http-2");
  EXPECT_TRUE(made.is_pool_member);
  EXPECT_TRUE(made.children.empty()) << "a member has no pool of its own";
  EXPECT_EQ(made.digest, manifest->digest);
  for (const char* alone : {"", "[http]\n", "[http]\ninstances = 1\n"}) {
    manifest = parse(server + alone);
    ASSERT_TRUE(manifest);
    EXPECT_FALSE(manifest->has_pool()) << alone;
  }
}

TEST(SupervisionSettings, InstancesHaveBoundsAndHandlers) {
  std::string server(kServer);
  expect_complaint(server + "[http]\ninstances = 0\n", "it must be from 1 to 64");
  expect_complaint(server + "[http]\ninstances = 65\n", "it must be from 1 to 64");
  expect_complaint(server + "[http]\nworkers = 2\n", "unknown key `workers` in [http]");
  expect_complaint("[http]\ninstances = 2\n", "add [[handler]] with type = \"http-framework\"");
  expect_complaint(
      server + "[http]\ninstances = 2\n[[child]]\nname = \"http-2\"\nmanifest = \"a.toml\"\n",
      "one of its instances is called `http-2`");
  Result<Manifest> alone = parse_manifest(
      "name = \"a\"\ncomponent = \"a.wasm\"\n" + server + "[http]\ninstances = 2\n", "a.toml", "/");
  ASSERT_FALSE(alone);
  EXPECT_NE(alone.error().message().find("add [[handler]] with type = \"supervisor\""),
            std::string::npos);
}

}  // namespace theater::supervision_settings_test
