#include "theater/views/recorded_types.h"

#include "theater/base/random.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/registry.h"
#include "theater/store/blob_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace theater::views::recorded_types_test {

constexpr std::string_view kDice = R"((component
  (import "example:dice/dice" (instance
    (export "roll" (func (param "sides" u32) (result (result u32 (error string)))))))))";

TEST(RecordedTypes, KnowsTheHandlersFunctionsWithoutAnyComponent) {
  RecordedTypes recorded([](const Hash&) -> Result<Bytes> {
    ADD_FAILURE() << "no component is needed";
    return fail(ErrorCode::kNotFound, "none");
  });
  EXPECT_EQ(recorded.types().of_handlers("theater:simple/runtime/log").size(), 2u);
  EXPECT_EQ(recorded.types().of_handlers("theater:simple/actor/init").size(), 1u);
  EXPECT_TRUE(recorded.types().of_handlers("example:dice/dice/roll").empty());
  EXPECT_EQ(recorded.loaded(), 0u);
}

TEST(RecordedTypes, ReadsTheFunctionsOfARecordedComponent) {
  TemporaryFolder folder;
  HomeLayout home{folder.path()};
  Bytes component = engine::binary_form(as_bytes(kDice)).value();
  Hash digest = sha256(component);
  {
    auto blobs = BlobStore::open(home.blobs()).value();
    ASSERT_TRUE(blobs->put(component));
    ASSERT_TRUE(blobs->sync());
  }
  RecordedTypes recorded(RecordedTypes::blobs_of(home), home);
  auto roll = recorded.types().of_component(digest, "example:dice/dice/roll");
  ASSERT_TRUE(roll);
  EXPECT_EQ(roll->arguments, wit::Type::tuple({wit::Type::u32()}));
  EXPECT_EQ(roll->result, wit::Type::result(wit::Type::u32(), wit::Type::string()));
  EXPECT_EQ(recorded.types().of_component(digest, "example:dice/dice/shake"), std::nullopt);
  EXPECT_EQ(recorded.loaded(), 1u);
}

TEST(RecordedTypes, KnowNothingOfAComponentThatIsMissing) {
  TemporaryFolder folder;
  HomeLayout home{folder.path()};
  RecordedTypes recorded(RecordedTypes::blobs_of(home), home);
  EXPECT_EQ(recorded.types().of_component(Hash{}, "example:dice/dice/roll"), std::nullopt);
}

TEST(RecordedTypes, LoadsForAServerByTheCacheOfItsNode) {
  TemporaryFolder folder;
  auto engine = engine::Engine::create().value();
  SeededRandom random(1);
  CompiledCache compiled(*engine, folder.path() / "cache", SigningKey::generate(random));
  Bytes component = engine::binary_form(as_bytes(kDice)).value();
  auto blobs = [&](const Hash&) -> Result<Bytes> { return component; };
  PayloadTypes types(make_handlers(), load_compiled(compiled, blobs));
  Hash digest = sha256(component);
  std::atomic<int> known = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      if (types.of_component(digest, "example:dice/dice/roll")) ++known;
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(known, 4);
  EXPECT_EQ(compiled.counts().compiled, 1u);
  EXPECT_EQ(types.of_component(Hash{}, "example:dice/dice/roll"), std::nullopt);
}

// The digest of a blob is that of the component that the record names.
TEST(RecordedTypes, KnowNothingOfAnotherComponentUnderItsDigest) {
  RecordedTypes recorded([](const Hash&) -> Result<Bytes> { return to_bytes(kDice); });
  EXPECT_EQ(recorded.types().of_component(Hash{}, "example:dice/dice/roll"), std::nullopt);
}

}  // namespace theater::views::recorded_types_test
