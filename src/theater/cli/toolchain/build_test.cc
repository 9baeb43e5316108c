#include "theater/cli/toolchain/build.h"

#include "theater/base/file.h"
#include "theater/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace theater::cli::build_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kManifest = "name = \"made\"\ncomponent = \"out/made.wasm\"\n";
constexpr std::string_view kSource = R"(#include <theater/actor.hpp>
struct Made {
  theater::Status init(std::string_view) {
    theater::log(__FILE__);
    return {};
  }
};
THEATER_ACTOR(Made)
)";

// Folders of actors, removed in the end.
class BuildActorTest : public ::testing::Test {
 protected:
  BuildActorTest() {
    std::string path = (fs::temp_directory_path() / "theater-build-test-XXXXXX").string();
    root_ = mkdtemp(path.data());
  }
  ~BuildActorTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  fs::path folder(const std::string& name, std::string_view source,
                  std::string_view manifest = kManifest) {
    fs::create_directories(root_ / name);
    EXPECT_TRUE(write_file(root_ / name / "manifest.toml", as_bytes(manifest)));
    if (!source.empty()) {
      EXPECT_TRUE(write_file(root_ / name / "made.cpp", as_bytes(source)));
    }
    return root_ / name;
  }

  static std::string error_of(const fs::path& folder) {
    auto built = build_actor({folder, {}});
    return built ? "no error" : built.error().to_string();
  }

  fs::path root_;
};

#define SKIP_WITHOUT(language)                                                                   \
  do {                                                                                           \
    if (auto tools = require_tools(language); !tools) GTEST_SKIP() << tools.error().to_string(); \
  } while (false)

TEST_F(BuildActorTest, SaysWhatIsMissing) {
  EXPECT_THAT(error_of(root_ / "gone"), HasSubstr("gone is no folder"));
  EXPECT_THAT(error_of(root_), HasSubstr("manifest.toml"));
  EXPECT_THAT(error_of(folder("empty", "")), HasSubstr("has no sources"));
}

TEST_F(BuildActorTest, DeclaresTheFoldersOwnWorld) {
  SKIP_WITHOUT(GuestLanguage::kCpp);
  fs::path actor = folder("dicer", R"(#include <theater/actor.hpp>
extern "C" __attribute__((import_module("my:game/dice"), import_name("roll"))) int raw_roll(int);
struct Made {
  theater::Status init(std::string_view) {
    theater::log(std::to_string(raw_roll(6)));
    return {};
  }
};
THEATER_ACTOR(Made)
)");
  // Without a declaration the type of an import is unknown.
  EXPECT_THAT(error_of(actor), HasSubstr("my:game/dice"));
  fs::create_directories(actor / "wit");
  auto declare = [&](std::string_view world) {
    std::string text = "package my:game;\ninterface dice { roll: func(sides: u32) -> u32; }\n";
    text += world;
    EXPECT_TRUE(write_file(actor / "wit/world.wit", as_bytes(text)));
  };
  declare("world other { import dice; }\n");
  EXPECT_THAT(error_of(actor), HasSubstr("its worlds: other"));
  declare("world actor { import dice; }\n");
  auto built = build_actor({actor, {}});
  ASSERT_TRUE(built) << built.error().to_string();
  auto component = read_file(built->component);
  ASSERT_TRUE(component);
  auto wit = engine::print_wit(*component);
  ASSERT_TRUE(wit) << wit.error().to_string();
  EXPECT_THAT(*wit, HasSubstr("import my:game/dice"));
  EXPECT_THAT(*wit, HasSubstr("export theater:simple/actor"));
}

TEST_F(BuildActorTest, RefusesAComponentThatIsNoPath) {
  fs::path actor =
      folder("remote", kSource, "name = \"a\"\ncomponent = \"https://a.example/b.wasm\"\n");
  EXPECT_THAT(error_of(actor), HasSubstr("needs a path to write to"));
}

TEST_F(BuildActorTest, MakesAComponentThatImportsOnlyWhatItCalls) {
  SKIP_WITHOUT(GuestLanguage::kCpp);
  auto built = build_actor({folder("actor", kSource), {}});
  ASSERT_TRUE(built) << built.error().to_string();
  EXPECT_EQ(built->component, root_ / "actor/out/made.wasm");
  EXPECT_LT(built->size_bytes, 40'000u);
  auto bytes = read_file(built->component);
  ASSERT_TRUE(bytes);
  auto world = engine::print_wit(*bytes);
  ASSERT_TRUE(world) << world.error().to_string();
  EXPECT_THAT(*world, HasSubstr("import theater:simple/runtime;"));
  EXPECT_THAT(*world, HasSubstr("log: func(msg: string);"));
  EXPECT_THAT(*world, Not(HasSubstr("get-chain")));
  EXPECT_THAT(*world, Not(HasSubstr("message-server")));
  EXPECT_THAT(*world, Not(HasSubstr("wasi")));
}

TEST_F(BuildActorTest, MakesTheSameBytesInAnyFolder) {
  SKIP_WITHOUT(GuestLanguage::kCpp);
  auto one = build_actor({folder("one", kSource), {}});
  auto two = build_actor({folder("another/place", kSource), {}});
  ASSERT_TRUE(one && two);
  auto first = read_file(one->component);
  auto second = read_file(two->component);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_THAT(std::string(as_text(*first)), Not(HasSubstr(root_.string())));
}

TEST_F(BuildActorTest, ShowsWhatTheCompilerSays) {
  SKIP_WITHOUT(GuestLanguage::kCpp);
  fs::path actor = folder("wrong", "int missing_semicolon = 1\n");
  EXPECT_THAT(error_of(actor), HasSubstr("expected ';'"));
  EXPECT_FALSE(fs::exists(actor / "out/made.wasm"));
}

TEST_F(BuildActorTest, RefusesWhatIsNoActor) {
  SKIP_WITHOUT(GuestLanguage::kCpp);
  EXPECT_THAT(error_of(folder("lonely",
                              "#include <theater/actor.hpp>\n"
                              "extern \"C\" void theater_sdk_log(const char*, size_t) {}\n")),
              HasSubstr("is no actor"));
}

TEST_F(BuildActorTest, LeavesTestsOut) {
  SKIP_WITHOUT(GuestLanguage::kCpp);
  fs::path actor = folder("tested", kSource);
  ASSERT_TRUE(write_file(actor / "made_test.cpp", as_bytes("#include <gtest/gtest.h>\n")));
  EXPECT_EQ(error_of(actor), "no error");
}

TEST_F(BuildActorTest, BuildsEveryActorOfAFolder) {
  SKIP_WITHOUT(GuestLanguage::kCpp);
  folder("all/b", kSource);
  folder("all/a", kSource);
  auto reports = build_actors({root_ / "all", {}});
  ASSERT_TRUE(reports) << reports.error().to_string();
  ASSERT_EQ(reports->size(), 2u);
  EXPECT_EQ((*reports)[0].component, root_ / "all/a/out/made.wasm");
  // One that has a manifest of its own comes before those in it.
  folder("all/a/child", kSource);
  reports = build_actors({root_ / "all/a", {}});
  ASSERT_TRUE(reports) << reports.error().to_string();
  ASSERT_EQ(reports->size(), 2u);
  EXPECT_EQ((*reports)[0].component, root_ / "all/a/out/made.wasm");
  EXPECT_EQ((*reports)[1].component, root_ / "all/a/child/out/made.wasm");
}

// An example is built in a copy, so that the tree stays as it is.
class ExampleBuildTest : public BuildActorTest {
 protected:
  Result<BuildReport> build_example(const std::string& name) {
    auto sdk = find_sdk();
    if (!sdk) return Failure(std::move(sdk).error());
    fs::create_directories(root_ / "examples");
    fs::copy(sdk->parent_path() / "examples" / name, root_ / "examples" / name,
             fs::copy_options::recursive);
    return build_actor({root_ / "examples" / name, {}});
  }

  // Toolchains that fetch packages cannot do so everywhere.
  static bool offline(const Error& error) {
    std::string text = error.to_string();
    for (std::string_view sign : {"Could not resolve", "Couldn't resolve", "ENOTFOUND", "EAI_AGAIN",
                                  "failed to download", "network", "failed to fetch"}) {
      if (text.find(sign) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(ExampleBuildTest, BuildsTheRustCounter) {
  SKIP_WITHOUT(GuestLanguage::kRust);
  // Debian's toolchain compiles the standard library first: minutes, unless it is kept between
  // runs.
  const char* cache = std::getenv("THEATER_CACHE_DIR");
  const char* home = std::getenv("HOME");
  fs::path kept = cache != nullptr ? fs::path(cache)
                                   : fs::path(home != nullptr ? home : "/tmp") / ".cache/theater";
  setenv("CARGO_TARGET_DIR", (kept / "rust-guests").c_str(), 0);
  auto built = build_example("counter-rust");
  if (!built && offline(built.error())) GTEST_SKIP() << built.error().to_string();
  ASSERT_TRUE(built) << built.error().to_string();
  EXPECT_LT(built->size_bytes, 100'000u);
}

TEST_F(ExampleBuildTest, BuildsTheJavaScriptCounter) {
  SKIP_WITHOUT(GuestLanguage::kJavaScript);
  auto built = build_example("counter-js");
  if (!built && offline(built.error())) GTEST_SKIP() << built.error().to_string();
  ASSERT_TRUE(built) << built.error().to_string();
}

TEST(FindSdk, NamesTheVariableThatIsWrong) {
  const char* before = std::getenv("THEATER_SDK");
  std::string kept = before != nullptr ? before : "";
  setenv("THEATER_SDK", "/nowhere", 1);
  auto sdk = find_sdk();
  before != nullptr ? setenv("THEATER_SDK", kept.c_str(), 1) : unsetenv("THEATER_SDK");
  ASSERT_FALSE(sdk);
  EXPECT_THAT(sdk.error().message(), HasSubstr("$THEATER_SDK is /nowhere"));
}

}  // namespace theater::cli::build_test
