#include "theater/views/recorded_types.h"

#include "theater/base/testing/temporary_folder.h"
#include "theater/store/blob_store.h"

#include <gtest/gtest.h>

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
  const PayloadType* roll = recorded.types().of_component(digest, "example:dice/dice/roll");
  ASSERT_NE(roll, nullptr);
  EXPECT_EQ(roll->arguments, wit::Type::tuple({wit::Type::u32()}));
  EXPECT_EQ(roll->result, wit::Type::result(wit::Type::u32(), wit::Type::string()));
  EXPECT_EQ(recorded.types().of_component(digest, "example:dice/dice/shake"), nullptr);
  EXPECT_EQ(recorded.loaded(), 1u);
}

TEST(RecordedTypes, KnowNothingOfAComponentThatIsMissing) {
  TemporaryFolder folder;
  HomeLayout home{folder.path()};
  RecordedTypes recorded(RecordedTypes::blobs_of(home), home);
  EXPECT_EQ(recorded.types().of_component(Hash{}, "example:dice/dice/roll"), nullptr);
}

// The digest of a blob is that of the component that the record names.
TEST(RecordedTypes, KnowNothingOfAnotherComponentUnderItsDigest) {
  RecordedTypes recorded([](const Hash&) -> Result<Bytes> { return to_bytes(kDice); });
  EXPECT_EQ(recorded.types().of_component(Hash{}, "example:dice/dice/roll"), nullptr);
}

}  // namespace theater::views::recorded_types_test
