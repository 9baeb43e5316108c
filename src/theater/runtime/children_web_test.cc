// Children whose manifests, components and states are on the web, which here is a map.
#include "theater/base/file.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::children_web_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::OnThreads;
using testing::Seeded;

constexpr const char* kHandlers =
    "[[handler]]\ntype = \"supervisor\"\n[[handler]]\ntype = \"message-server\"\n";

std::string manifest(const std::string& component, const std::string& more = "") {
  return "name = \"child\"\ncomponent = \"" + component + "\"\n" + more + kHandlers;
}

std::string pin(const std::string& content) {
  return "#sha256=" + sha256(as_bytes(content)).to_string();
}

// What a parent needs to read from there.
constexpr const char* kClient = "[[handler]]\ntype = \"http-client\"\n";

struct ChildrenOnTheWeb : ::testing::Test {
  ChildrenOnTheWeb() {
    web["https://a.example/x/child.toml"] = manifest("child.wasm");
    web["https://a.example/x/child.wasm"] = "member";
  }
  std::string spawn(const ActorId& parent, const std::string& what) {
    return seeded.family.ask(parent, "spawn-as " + what);
  }
  bool is_child(const std::string& answer) { return ActorId::parse(answer).has_value(); }

  Seeded seeded{1};
  std::map<std::string, std::string>& web = seeded.family.web;
  std::vector<std::string>& fetched = seeded.family.fetched;
  ActorId root = seeded.family.add_root("kept", kClient);
};

TEST_F(ChildrenOnTheWeb, AreReadUnderTheParentsGrant) {
  EXPECT_TRUE(is_child(spawn(root, "https://a.example/x/child.toml")));
  EXPECT_EQ(fetched.size(), 2u);
  EXPECT_TRUE(is_child(spawn(root, manifest("https://a.example/x/child.wasm"))));
  EXPECT_THAT(spawn(root, "https://b.example/x/child.toml"),
              HasSubstr("http-client:hosts=b.example:443;methods=GET is needed"));
  EXPECT_THAT(spawn(root, "https://a.example/gone.toml"), HasSubstr("there is no https://a.exa"));
  seeded.expect_right();
}

TEST_F(ChildrenOnTheWeb, NameNoFiles) {
  std::string member = (seeded.family.folder() / "member.wasm").string();
  web["https://a.example/absolute.toml"] = manifest(member);
  web["https://a.example/state.toml"] =
      manifest("x/child.wasm", "init_state = \"" + member + "\"\n");
  for (const char* address : {"https://a.example/absolute.toml", "https://a.example/state.toml"})
    EXPECT_THAT(spawn(root, address), HasSubstr("which names no files"));
  // What leads upwards leads to the same server, and so it does for the operator.
  web["https://a.example/up.toml"] = manifest("../../../.." + member);
  EXPECT_THAT(spawn(root, "https://a.example/up.toml"),
              HasSubstr("there is no https://a.example" + member));
}

TEST_F(ChildrenOnTheWeb, AreWhatTheirPinsSay) {
  std::string good = "https://a.example/x/child.toml";
  EXPECT_TRUE(is_child(spawn(root, good + pin(web[good]))));
  std::string answer = spawn(root, good + pin("other"));
  EXPECT_THAT(answer, HasSubstr(sha256(as_bytes(std::string_view("other"))).to_string()));
  EXPECT_THAT(answer, HasSubstr(sha256(as_bytes(web[good])).to_string()));
  std::string component = "https://a.example/x/child.wasm";
  EXPECT_TRUE(is_child(spawn(root, manifest(component + pin("member")))));
  EXPECT_THAT(spawn(root, manifest(component + pin("other"))), HasSubstr("is pinned to"));
  std::string digest = sha256(as_bytes(std::string_view("member"))).to_string();
  EXPECT_THAT(
      spawn(root, manifest(component + pin("other"), "component_digest = \"" + digest + "\"\n")),
      HasSubstr("keep the one that is right"));
  EXPECT_THAT(spawn(root, good + "#sha256=12"), HasSubstr("is no pin"));
}

TEST_F(ChildrenOnTheWeb, InPrivateNetworksNeedThePolicysWord) {
  web["http://inside.example/child.toml"] = manifest("child.wasm");
  web["http://inside.example/child.wasm"] = "member";
  std::string answer = spawn(root, "http://inside.example/child.toml");
  EXPECT_THAT(answer, HasSubstr("is private"));
  EXPECT_THAT(answer, HasSubstr("--private-host inside.example:80"));
  SpawnRequest request = seeded.family.root_request("kept", kClient);
  ASSERT_TRUE(request.policy.add_private_host("inside.example:80"));
  ActorId allowed = seeded.family.runtime().spawn(std::move(request))->id;
  EXPECT_TRUE(is_child(spawn(allowed, "http://inside.example/child.toml")));
  // It is no grant.
  request = seeded.family.root_request("kept");
  ASSERT_TRUE(request.policy.add_private_host("*"));
  ActorId stranger = seeded.family.runtime().spawn(std::move(request))->id;
  EXPECT_THAT(spawn(stranger, "http://inside.example/child.toml"),
              HasSubstr("Permission denied: http-client:hosts=inside.example:80"));
}

TEST_F(ChildrenOnTheWeb, HaveInitialStatesFromThere) {
  web["https://a.example/s.json"] = "{\"a\":1}";
  ActorId child =
      *ActorId::parse(spawn(root, manifest("https://a.example/x/child.wasm",
                                           "init_state = \"https://a.example/s.json\"\n")));
  auto instance = seeded.family.told(child).all<log::Instance>().at(0);
  EXPECT_EQ(std::get<log::SomeState>(instance.state).value.digest,
            sha256(as_bytes(web["https://a.example/s.json"])));
  // A restart begins with the same, wherever it came from.
  web.clear();
  fetched.clear();
  EXPECT_EQ(seeded.family.ask(root, "restart " + child.to_string()), "restarted");
  EXPECT_THAT(fetched, IsEmpty());
}

TEST_F(ChildrenOnTheWeb, CanBeDeclaredByTheOperatorsManifests) {
  web["https://b.example/child.toml"] = manifest("child.wasm");
  web["https://b.example/child.wasm"] = "member";
  web["https://b.example/s"] = "kept";
  std::string declared =
      "[[child]]\nname = \"far\"\nmanifest = \"https://b.example/child.toml\"\ninit_state = "
      "\"https://b.example/s\"\n";
  auto far = seeded.family.runtime().spawn(seeded.family.root_request("kept", declared));
  ASSERT_TRUE(far) << far.error().to_string();
  EXPECT_EQ(seeded.children_of(far->id).size(), 1u);
  EXPECT_THAT(fetched, ElementsAre("https://b.example/s", "https://b.example/child.toml",
                                   "https://b.example/child.wasm"));
  seeded.expect_right();
}

TEST(ChildrenOnTheWebOnThreads, KeepNobodyElseWaiting) {
  Guarded<bool> open(false);
  OnThreads threads;
  threads.family.before_fetch = [&](const FetchOptions& options) {
    std::stop_callback wake(options.stop, [&] {
      open.with([](bool& it) { it = true; });
      open.notify_all();
    });
    open.wait([](bool it) { return it; }, [](bool) {});
  };
  ActorId root = threads.family.add_root("kept", kClient);
  // More than there are threads that spawn, and each waits for a server that says nothing.
  std::vector<ActorId> others;
  for (size_t i = 0; i < 2 * Runtime::kSpawnThreads; ++i) {
    others.push_back(threads.family.add_root("kept", kClient));
    threads.family.runtime().request(others.back(), as_bytes("spawn-as https://a.example/x"),
                                     [](const Result<Bytes>&) {});
  }
  EXPECT_TRUE(ActorId::parse(threads.family.ask(root, "spawn kept")));
  // The end of the runtime calls them off.
}

}  // namespace theater::children_web_test
