#include "theater/runtime/initial_state.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace theater::initial_state_test {

// Files in memory below /actor, and what was read of them.
class InitialState : public ::testing::Test {
 protected:
  Result<ActorStart> started(const std::string& manifest, std::optional<std::string> given = {},
                             GivenState how = GivenState::kMerged) {
    std::string text = "name = \"a\"\ncomponent = \"c.wasm\"\n" + manifest;
    std::optional<Bytes> state;
    if (given) state = to_bytes(*given);
    auto read = [this](const Reference& reference) -> Result<Bytes> {
      std::string name = reference_text(reference);
      asked_.push_back(name);
      auto found = files_.find(name);
      if (found == files_.end()) {
        return fail(ErrorCode::kPermissionDenied, "no grant for {}", name);
      }
      return to_bytes(found->second);
    };
    return resolve_start({text, "a.toml", place_}, std::move(state), read, how);
  }

  std::string state(const std::string& manifest, std::optional<std::string> given = {}) {
    auto start = started(manifest, std::move(given));
    if (!start) return "error: " + start.error().to_string();
    return start->state ? std::string(as_text(*start->state)) : "none";
  }

  std::string description(const std::string& text, std::optional<std::string> given = {}) {
    auto start = started("description = '" + text + "'\n", std::move(given));
    return start ? start->manifest.description.value_or("none")
                 : "error: " + start.error().to_string();
  }

  ManifestPlace place_{"/actor"};
  std::map<std::string, std::string> files_;
  std::vector<std::string> asked_;
};

std::string merged(std::string_view base, std::string_view given) {
  return std::string(as_text(merge_states(to_bytes(base), to_bytes(given))));
}

TEST_F(InitialState, IsNothingIfNobodyGivesOne) {
  EXPECT_EQ(state(""), "none");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(InitialState, IsReadBesideTheManifestByWhoeverStartsIt) {
  files_["/actor/sub/s.json"] = "{ \"a\" : 1 }\n";
  EXPECT_EQ(state("init_state = \"sub/s.json\"\n"), "{ \"a\" : 1 }\n");
  EXPECT_EQ(asked_, std::vector<std::string>{"/actor/sub/s.json"});
  EXPECT_EQ(state("init_state = \"gone.json\"\n"),
            "error: a.toml: init_state = \"gone.json\": no grant for /actor/gone.json");
  auto start = started("init_state = \"gone.json\"\n");
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(InitialState, MayBeAnyBytes) {
  std::string opaque("\0\xff{", 3);
  files_["/actor/s"] = opaque;
  EXPECT_EQ(state("init_state = \"s\"\n"), opaque);
  EXPECT_EQ(state("", opaque), opaque);
  EXPECT_EQ(state("", ""), "");
  EXPECT_EQ(state("init_state = \"s\"\n", "{ }"), "{ }");
  files_["/actor/s"] = "{\"a\": 1}";
  EXPECT_EQ(state("init_state = \"s\"\n", opaque), opaque);
}

TEST_F(InitialState, IsReadFromAStore) {
  files_["store://notes/a/b"] = "{\"a\": 1}";
  EXPECT_EQ(state("init_state = \"store://notes/a/b\"\n", "{\"b\": 2}"), "{\"a\":1,\"b\":2}");
  EXPECT_EQ(asked_, std::vector<std::string>{"store://notes/a/b"});
}

TEST_F(InitialState, IsReadFromTheWeb) {
  files_["https://a.b/s.json"] = "{\"a\": 1}";
  EXPECT_EQ(state("init_state = \"https://a.b/s.json\"\n"), "{\"a\": 1}");
  place_.address = "https://a.b/x/a.toml";
  EXPECT_EQ(state("init_state = \"../s.json\"\n"), "{\"a\": 1}");
}

TEST_F(InitialState, NamesAReferenceThatIsNone) {
  EXPECT_EQ(state("init_state = \"ftp://a/b\"\n"),
            "error: a.toml: init_state = \"ftp://a/b\": `ftp://a/b`: it is neither a path nor an "
            "address that begins with https://, http:// or store://");
  EXPECT_TRUE(state("init_state = \"\"\n").starts_with("error: a.toml: init_state = \"\": write"));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(InitialState, MergesObjectsByTheirTopLevelMembers) {
  EXPECT_EQ(merged(R"({ "a": 1, "b": {"x": 1}, "c" : [ 3 ] })", R"({ "d": 4, "b": {"y" : 2} })"),
            R"({"a":1,"b":{"y":2},"c":[3],"d":4})");
  EXPECT_EQ(merged("{}", "{}"), "{}");
  EXPECT_EQ(merged("{ }", "{\"a\": 1}"), "{\"a\":1}");
  EXPECT_EQ(merged("{\"a\": 1}", "{ }"), "{\"a\":1}");
  EXPECT_EQ(merged(R"({"\u0061": 1})", R"({"a": null})"), R"({"\u0061":null})");
  EXPECT_EQ(merged(R"({"n": 10000000000000000000001.50})", R"({"m": 1e2})"),
            R"({"n":10000000000000000000001.50,"m":1e2})");
}

TEST_F(InitialState, IsReplacedWhereOneIsNoObject) {
  EXPECT_EQ(merged("{\"a\": 1}", " [ 2 ]"), " [ 2 ]");
  EXPECT_EQ(merged("[ 1 ]", "{ \"a\" : 1 }"), "{ \"a\" : 1 }");
  EXPECT_EQ(merged("{\"a\": 1}", "{\"a\": "), "{\"a\": ");
  EXPECT_EQ(merged("{\"a\": 1}", ""), "");
}

TEST_F(InitialState, FillsPlaceholdersOfTheManifest) {
  constexpr const char* kState =
      R"({"who": {"name": "<&>\n", "of": {"n": 7}}, "on": true, "no": null, "big": 1e400000})";
  EXPECT_TRUE(description("{{who.name}}", kState).starts_with("error: "));
  std::string state = R"({"who": {"name": "<&>\n", "of": {"n": 7}}, "on": true, "no": null})";
  EXPECT_EQ(description("{{who.name}} {{who.of.n}} {{on}}", state), "<&>\n 7 true");
  EXPECT_EQ(description("{{who.of}}", state), "{\"n\":7}");
  EXPECT_EQ(description("{{default no \"x\"}}{{default who.none \"y\"}}", state), "xy");
  EXPECT_EQ(description("{{default on.deeper \"x\"}}", state), "x");
  EXPECT_NE(description("{{gone}}", state).find("a.toml:3:15: the context has no value"),
            std::string::npos);
}

TEST_F(InitialState, FillsPlaceholdersFromTheMergedState) {
  files_["/actor/s"] = R"({"a": "file", "b": "file"})";
  auto start = started("init_state = \"s\"\ndescription = \"{{a}} {{b}}\"\n", R"({"b": "given"})");
  ASSERT_TRUE(start);
  EXPECT_EQ(start->manifest.description, "file given");
}

TEST_F(InitialState, GivesNoContextIfItIsNoObject) {
  for (const char* given : {"text", "[1]", "\"a\""})
    EXPECT_EQ(description("{{default a \"x\"}}", given), "x") << given;
  EXPECT_NE(description("{{a}}", "text").find("no value for {{a}}"), std::string::npos);
}

TEST_F(InitialState, DoesNotFollowAPathForEver) {
  std::string nested = "1";
  std::string path;
  for (size_t i = 0; i < kContextDepthMax; ++i) {
    nested = "{\"a\":" + nested + "}";
    path += path.empty() ? "a" : ".a";
  }
  EXPECT_EQ(description("{{" + path + "}}", nested), "1");
  nested = "{\"a\":" + nested + "}";
  EXPECT_EQ(description("{{default " + path + ".a \"x\"}}", nested), "x");
}

TEST_F(InitialState, ThatAnActorHasLeftIsTakenAsItIs) {
  files_["/actor/s.json"] = R"({"a": 1, "text": "of the manifest"})";
  std::string text = "init_state = \"s.json\"\ndescription = '{{text}}'\n";
  auto start = started(text, R"({"a": 2, "text": "left"})", GivenState::kAsItIs);
  ASSERT_TRUE(start);
  EXPECT_EQ(as_text(*start->state), R"({"a": 2, "text": "left"})");
  EXPECT_EQ(start->manifest.description, "of the manifest");
  start = started(text, std::nullopt, GivenState::kAsItIs);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->state, std::nullopt);
  start = started("limits = { payload_bytes = \"1KiB\" }\n", std::string(513, 'x'),
                  GivenState::kAsItIs);
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(InitialState, IsBounded) {
  auto start = started("limits = { payload_bytes = \"1KiB\" }\n", std::string(513, 'x'));
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(start.error().to_string().find("half of its manifest's limits.payload_bytes is 512"),
            std::string::npos);
  EXPECT_TRUE(started("limits = { payload_bytes = \"1KiB\" }\n", std::string(512, 'x')));
  files_["/actor/s"] = std::string(kInitialStateSizeMax + 1, 'x');
  start = started("init_state = \"s\"\n");
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(InitialState, FillsInABoundedText) {
  std::string given = "{\"a\": \"" + std::string(kContextTextSizeMax / 8, 'x') + "\"}";
  std::string manifest;
  for (int i = 0; i < 9; ++i) {
    manifest += "[[handler]]\ntype = \"{{a}}\"\n";
  }
  auto start = started(manifest, given);
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(start.error().to_string().starts_with("a.toml: its placeholders stand for more"));
}

}  // namespace theater::initial_state_test
