#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/store.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { Host::current() = {}; }
};

TEST_F(StoreTest, KeepsContentByItsDigest) {
  Store store = Store::create().value();
  ContentRef a = store.put("a").value();
  EXPECT_EQ(a.hash.size(), 64u);
  EXPECT_EQ(store.put("a").value(), a);
  EXPECT_NE(store.put("bc").value(), a);
  EXPECT_EQ(store.get(a).value(), "a");
  EXPECT_TRUE(store.exists(a).value());
  EXPECT_FALSE(store.exists({"00"}).value());
  EXPECT_EQ(store.get({"00"}).error(), "Content does not exist: 00");
  EXPECT_EQ(store.contents().value().size(), 2u);
  EXPECT_EQ(store.total_size().value(), 3u);
}

TEST_F(StoreTest, LabelsMove) {
  Store store = Store::create().value();
  ContentRef a = store.put("a").value();
  ContentRef b = store.put_at("x/y", "b").value();
  EXPECT_EQ(store.find("x/y").value(), b);
  ASSERT_TRUE(store.replace_at("x/y", a));
  EXPECT_EQ(store.find("x/y").value(), a);
  ASSERT_TRUE(store.replace_content_at("x/y", "c"));
  ASSERT_TRUE(store.label("a", a));
  EXPECT_THAT(store.labels().value(), ElementsAre("a", "x/y"));
  ASSERT_TRUE(store.remove_from_label("a", b));
  EXPECT_EQ(store.find("a").value(), a);
  ASSERT_TRUE(store.remove_from_label("a", a));
  ASSERT_TRUE(store.remove_label("x/y"));
  ASSERT_TRUE(store.remove_label("x/y"));
  EXPECT_EQ(store.find("x/y").value(), std::nullopt);
  EXPECT_EQ(store.label("a", {"00"}).error(), "Content does not exist: 00");
}

TEST_F(StoreTest, AStoreMustBeThereOrShared) {
  Host::current().stores["notes"] = {};
  EXPECT_TRUE(Store("notes").put("a"));
  EXPECT_EQ(Store("plans").put("a").error(), "plans is no store of this actor");
  EXPECT_NE(Store::create().value().id(), Store::create().value().id());
}

}  // namespace
}  // namespace theater
