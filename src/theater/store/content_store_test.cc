#include "theater/store/content_store.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace theater::content_store_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ContentStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<ContentStore> open() {
    auto store = ContentStore::open(folder_);
    EXPECT_TRUE(store) << store.error().to_string();
    return *std::move(store);
  }
  static Label label(std::string_view text) { return Label::parse(text).value(); }
  StoreUser actor(uint64_t seed = 1) {
    SeededRandom random(seed);
    return {ActorId::generate(random), {}};
  }
  std::vector<std::string> labels_of(ContentStore& store, const StoreUser& user,
                                     const StoreId& id) {
    std::vector<std::string> texts;
    std::vector<LabelledContent> all = store.labels(user, id).value();
    for (const LabelledContent& one : all)
      texts.push_back(one.label.text());
    return texts;
  }
  uint64_t files() const {
    uint64_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "contents"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path() / "stores";
  OsRandom random_;
  StoreUser user_ = actor();
  StoreId shared_ = StoreId::parse("notes").value();
};

TEST_F(ContentStoreTest, ContentIsThereUnderItsDigestAlsoLater) {
  StoreId id = shared_;
  for (std::string text : {std::string(), std::string("a"), std::string(100'000, 'x')}) {
    Hash digest;
    {
      auto store = open();
      if (!id.is_shared()) {
        EXPECT_TRUE(store->exists(user_, id, sha256(as_bytes(""))).value());
      } else {
        id = store->create(user_, random_).value();
      }
      EXPECT_FALSE(store->exists(user_, id, sha256(as_bytes(text))).value());
      digest = store->put(user_, id, as_bytes(text)).value();
      EXPECT_EQ(digest, sha256(as_bytes(text)));
    }
    auto store = open();
    EXPECT_EQ(as_text(store->get(user_, id, digest).value()), text);
  }
  EXPECT_EQ(open()->total_size(user_, id).value(), 100'001U);
  EXPECT_EQ(open()->contents(user_, id).value().size(), 3U);
}

TEST_F(ContentStoreTest, StoringAgainChangesNothing) {
  auto store = open();
  StoreId id = store->create(user_, random_).value();
  Hash digest = store->put(user_, id, as_bytes("a")).value();
  EXPECT_EQ(store->put(user_, id, as_bytes("a")).value(), digest);
  EXPECT_THAT(store->contents(user_, id).value(), ElementsAre(digest));
  EXPECT_EQ(store->total_size(user_, id).value(), 1U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(ContentStoreTest, ALabelMovesAndGoes) {
  auto store = open();
  StoreId id = store->create(user_, random_).value();
  Hash a = store->put(user_, id, as_bytes("a")).value();
  Hash b = store->put(user_, id, as_bytes("b"), label("x/y")).value();
  EXPECT_EQ(store->find_label(user_, id, label("x/y")).value(), b);
  EXPECT_EQ(store->find_label(user_, id, label("x")).value(), std::nullopt);
  ASSERT_TRUE(store->set_label(user_, id, label("x/y"), a));
  ASSERT_TRUE(store->set_label(user_, id, label("a"), a));
  EXPECT_EQ(store->find_label(user_, id, label("x/y")).value(), a);
  EXPECT_THAT(labels_of(*store, user_, id), ElementsAre("a", "x/y"));

  // Only if it is on that content.
  ASSERT_TRUE(store->remove_label(user_, id, label("x/y"), b));
  EXPECT_EQ(store->find_label(user_, id, label("x/y")).value(), a);
  ASSERT_TRUE(store->remove_label(user_, id, label("x/y"), a));
  EXPECT_EQ(store->find_label(user_, id, label("x/y")).value(), std::nullopt);
  ASSERT_TRUE(store->remove_label(user_, id, label("a")));
  ASSERT_TRUE(store->remove_label(user_, id, label("never was")));
  EXPECT_THAT(labels_of(*store, user_, id), IsEmpty());
  // Content stays without a label.
  EXPECT_EQ(store->contents(user_, id).value().size(), 2U);
}

TEST_F(ContentStoreTest, ALabelNeedsContentOfItsStore) {
  auto store = open();
  StoreId id = store->create(user_, random_).value();
  Hash elsewhere = store->put(user_, shared_, as_bytes("a")).value();
  for (const StoreId& one : {id, StoreId::parse("nothing-yet").value()}) {
    auto set = store->set_label(user_, one, label("x"), elsewhere);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().message(), "Content does not exist: " + elsewhere.to_string());
    EXPECT_FALSE(store->get(user_, one, elsewhere));
    EXPECT_FALSE(store->exists(user_, one, elsewhere).value());
  }
}

TEST_F(ContentStoreTest, AForeignStoreIsRefusedAsOneThatNeverWas) {
  auto store = open();
  StoreId id = store->create(user_, random_).value();
  Hash digest = store->put(user_, id, as_bytes("a"), label("x")).value();
  StoreUser other = actor(2);
  SeededRandom seeded(77);
  StoreId unknown = StoreId::generate(seeded);

  auto texts = [&](const StoreId& one) {
    std::vector<std::string> all;
    auto note = [&](const auto& result) {
      EXPECT_FALSE(result);
      std::string text = result ? "" : result.error().to_string();
      size_t at = text.find(one.text());
      if (at != text.npos) text.replace(at, one.text().size(), "ID");
      all.push_back(std::move(text));
    };
    note(store->put(other, one, as_bytes("b")));
    note(store->put(other, one, as_bytes("a"), label("y")));
    note(store->get(other, one, digest));
    note(store->exists(other, one, digest));
    note(store->set_label(other, one, label("x"), digest));
    note(store->find_label(other, one, label("x")));
    note(store->remove_label(other, one, label("x")));
    note(store->remove_label(other, one, label("x"), digest));
    note(store->labels(other, one));
    note(store->contents(other, one));
    note(store->total_size(other, one));
    return all;
  };
  EXPECT_EQ(texts(id), texts(unknown));
  EXPECT_THAT(texts(id).front(), HasSubstr("ID is no store of this actor"));
  EXPECT_EQ(files(), 1U);
  // The operator may.
  EXPECT_EQ(as_text(store->get({}, id, digest).value()), "a");
}

TEST_F(ContentStoreTest, ASharedStoreIsEverybodys) {
  auto store = open();
  EXPECT_THAT(labels_of(*store, user_, shared_), IsEmpty());
  EXPECT_EQ(store->total_size(user_, shared_).value(), 0U);
  ASSERT_TRUE(store->remove_label(user_, shared_, label("x")));
  EXPECT_THAT(store->list().value(), IsEmpty());
  Hash digest = store->put(user_, shared_, as_bytes("a"), label("x")).value();
  EXPECT_EQ(store->find_label(actor(2), shared_, label("x")).value(), digest);
  ASSERT_EQ(store->list().value().size(), 1U);
  StoreFacts facts = store->list().value().front();
  EXPECT_EQ(facts.id, shared_);
  EXPECT_EQ(facts.owner, std::nullopt);
  EXPECT_EQ(facts.contents, 1U);
  EXPECT_EQ(facts.labels, 1U);
  EXPECT_EQ(facts.bytes, 1U);
}

TEST_F(ContentStoreTest, EachBoundIsKept) {
  auto store = open();
  StoreUser bounded = user_;
  bounded.quota = {.stores = 1, .bytes = 10, .contents = 2, .labels = 2};
  StoreId id = store->create(bounded, random_).value();
  auto refused = [&](const auto& result, std::string_view key) {
    ASSERT_FALSE(result) << key;
    EXPECT_EQ(result.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_THAT(result.error().message(), HasSubstr(key));
  };
  refused(store->create(bounded, random_), "max_stores = 1");
  refused(store->put(bounded, id, as_bytes("more than ten")), "max_bytes = 10");
  Hash ten = store->put(bounded, id, as_bytes("0123456789")).value();
  refused(store->put(bounded, id, as_bytes("x")), "max_bytes = 10");
  // What is there already is no more.
  ASSERT_TRUE(store->put(bounded, id, as_bytes("0123456789"), label("a")));
  Hash empty = store->put(bounded, id, as_bytes("")).value();
  bounded.quota.bytes = 100;
  refused(store->put(bounded, id, as_bytes("x")), "max_contents = 2");
  ASSERT_TRUE(store->set_label(bounded, id, label("b"), empty));
  ASSERT_TRUE(store->set_label(bounded, id, label("b"), ten));
  refused(store->set_label(bounded, id, label("c"), ten), "max_labels = 2");
  bounded.quota.contents = 3;
  refused(store->put(bounded, id, as_bytes("x"), label("c")), "max_labels = 2");
  // Nothing of what was refused is there.
  EXPECT_EQ(store->contents(user_, id).value().size(), 2U);
  EXPECT_EQ(labels_of(*store, user_, id).size(), 2U);
}

TEST_F(ContentStoreTest, AReferenceLeadsToContent) {
  auto store = open();
  Hash digest = store->put({}, shared_, as_bytes("a"), label("x/y")).value();
  auto resolve = [&](std::string text, uint64_t size_max = 100) {
    return store->resolve(user_, StoreReference::parse(text).value(), size_max);
  };
  EXPECT_EQ(as_text(resolve("store://notes/x/y").value()), "a");
  EXPECT_EQ(as_text(resolve("store://notes/hash/" + digest.to_string()).value()), "a");
  EXPECT_EQ(resolve("store://notes/x").error().message(), "Label not found: x");
  EXPECT_EQ(resolve("store://notes/x/y", 0).error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(ContentStoreTest, CollectRemovesWhatNoStoreNeeds) {
  auto store = open();
  StoreId id = store->create(user_, random_).value();
  Hash both = store->put(user_, id, as_bytes("both")).value();
  ASSERT_TRUE(store->put(user_, id, as_bytes("only here"), label("x")));
  ASSERT_TRUE(store->put(user_, shared_, as_bytes("both")));
  EXPECT_EQ(files(), 2U);
  EXPECT_EQ(store->collect().value().files, 0U);
  ASSERT_TRUE(store->remove(id));
  EXPECT_FALSE(store->remove(id));
  EXPECT_FALSE(store->get(user_, id, both));
  EXPECT_EQ(files(), 2U);
  // Left by crashes: a file that was not finished, one that was not entered; and what is no
  // content.
  std::string name = both.to_string();
  std::filesystem::path there = folder_ / "contents" / name.substr(0, 2);
  ASSERT_TRUE(write_file(there / (name + ".tmp-0011"), as_bytes("bo")));
  Hash lost = sha256(as_bytes("lost"));
  std::filesystem::path lost_in = folder_ / "contents" / lost.to_string().substr(0, 2);
  std::filesystem::create_directories(lost_in);
  ASSERT_TRUE(write_file(lost_in / lost.to_string(), as_bytes("lost")));
  ASSERT_TRUE(write_file(there / "readme", as_bytes("mine")));

  ContentFiles::Removed removed = store->collect().value();
  EXPECT_EQ(removed.files, 3U);
  EXPECT_EQ(removed.bytes, 9U + 2U + 4U);
  EXPECT_EQ(files(), 2U);
  EXPECT_EQ(as_text(store->get({}, shared_, both).value()), "both");
  EXPECT_EQ(store->collect().value().files, 0U);
}

TEST_F(ContentStoreTest, OnlyWhatHasNoLabelIsRemoved) {
  auto store = open();
  StoreId id = store->create(user_, random_).value();
  Hash labelled = store->put(user_, id, as_bytes("labelled"), label("x")).value();
  ASSERT_TRUE(store->set_label(user_, id, label("y"), labelled));
  Hash moved = store->put(user_, id, as_bytes("moved"), label("z")).value();
  ASSERT_TRUE(store->set_label(user_, id, label("z"), labelled));
  Hash never = store->put(user_, id, as_bytes("never")).value();
  EXPECT_EQ(files(), 3U);
  EXPECT_EQ(store->remove_unlabelled(user_, id).value(), 10U);
  EXPECT_EQ(files(), 1U);
  for (const Hash& digest : {moved, never})
    EXPECT_EQ(store->get(user_, id, digest).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(as_text(store->get(user_, id, labelled).value()), "labelled");
  EXPECT_EQ(store->total_size(user_, id).value(), 8U);
  EXPECT_THAT(store->contents(user_, id).value(), ElementsAre(labelled));
  EXPECT_EQ(store->remove_unlabelled(user_, id).value(), 0U);
  ASSERT_TRUE(store->remove_label(user_, id, label("x")));
  EXPECT_EQ(store->remove_unlabelled(user_, id).value(), 0U) << "one label is left";
  // It may come back, and its quota with it.
  EXPECT_EQ(store->put(user_, id, as_bytes("never")).value(), never);
  EXPECT_EQ(as_text(store->get(user_, id, never).value()), "never");
}

TEST_F(ContentStoreTest, WhatOtherStoresHaveStays) {
  auto store = open();
  StoreId mine = store->create(user_, random_).value();
  StoreId theirs = store->create(actor(2), random_).value();
  Hash both = store->put(user_, mine, as_bytes("both")).value();
  ASSERT_TRUE(store->put(actor(2), theirs, as_bytes("both")));
  EXPECT_EQ(store->remove_unlabelled(user_, theirs).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store->remove_unlabelled(user_, mine).value(), 4U);
  EXPECT_FALSE(store->get(user_, mine, both));
  EXPECT_EQ(as_text(store->get(actor(2), theirs, both).value()), "both");
}

TEST_F(ContentStoreTest, NoActorEmptiesASharedStore) {
  auto store = open();
  Hash digest = store->put(user_, shared_, as_bytes("a")).value();
  Error refused = store->remove_unlabelled(user_, shared_).error();
  EXPECT_EQ(refused.code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(refused.to_string(), HasSubstr("theater store gc --unlabelled"));
  EXPECT_TRUE(store->get(user_, shared_, digest));
  EXPECT_EQ(store->remove_unlabelled({}, shared_).value(), 1U);
}

TEST_F(ContentStoreTest, CollectsUnlabelledContentsOfAllStoresOrCountsThem) {
  auto store = open();
  StoreId id = store->create(user_, random_).value();
  ASSERT_TRUE(store->put(user_, id, as_bytes("both")));
  ASSERT_TRUE(store->put(user_, shared_, as_bytes("both"), label("x")));
  ASSERT_TRUE(store->put(user_, shared_, as_bytes("alone")));
  using Doing = ContentStore::Doing;
  for (Doing doing : {Doing::kCount, Doing::kCount, Doing::kRemove}) {
    ContentStore::Collected collected = store->collect_unlabelled(doing).value();
    EXPECT_EQ(collected.contents, 2U);
    EXPECT_EQ(collected.content_bytes, 9U);
    EXPECT_EQ(collected.files.files, 1U);
    EXPECT_EQ(collected.files.bytes, 5U);
  }
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(store->collect_unlabelled().value().contents, 0U);
  EXPECT_EQ(as_text(store->get({}, shared_, sha256(as_bytes("both"))).value()), "both");
  ASSERT_TRUE(store->remove(shared_));
  EXPECT_EQ(store->collect(Doing::kCount).value().files, 1U);
  EXPECT_EQ(files(), 1U);
}

// The home of an earlier build gets what the removal needs.
TEST_F(ContentStoreTest, AnIndexWithoutLabelsByContentGetsThem) {
  ASSERT_TRUE(open()->put(user_, shared_, as_bytes("a"), label("x")));
  {
    auto database = *Database::open(folder_ / "index.db", Database::Access::kCreate);
    ASSERT_TRUE(database->execute("DROP INDEX label_by_content"));
  }
  auto looking = ContentStore::open_to_look(folder_);
  ASSERT_TRUE(looking) << "a reader needs none";
  EXPECT_EQ(open()->collect_unlabelled().value().contents, 0U);
  auto database = *Database::open(folder_ / "index.db", Database::Access::kLook);
  Query query = *database->query("SELECT 1 FROM sqlite_schema WHERE name = 'label_by_content'");
  EXPECT_TRUE(*query.next());
}

// Actors that share a file on disk store and remove it, each in its own store: what put() has
// returned for is there until its own store removes it.
TEST_F(ContentStoreTest, RemovingNeverTakesWhatAnotherStores) {
  auto store = open();
  std::atomic<int> failures{0};
  auto work = [&](uint64_t seed) {
    SeededRandom random(seed);
    StoreUser user = actor(seed);
    StoreId id = store->create(user, random).value();
    for (int round = 0; round < 40; ++round) {
      std::string content = fmt::format("content {}", random.below(3));
      Result<Hash> digest = store->put(user, id, as_bytes(content));
      if (!digest || as_text(store->get(user, id, *digest).value_or(Bytes())) != content) {
        ++failures;
      }
      if (!store->remove_unlabelled(user, id)) ++failures;
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 4; ++seed)
    threads.emplace_back(work, seed);
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
  ASSERT_TRUE(store->collect());
  EXPECT_EQ(files(), 0U);
}

// While some put the same few contents into stores that come and go, one collects all the time:
// what put() has returned for is there until its store is removed.
TEST_F(ContentStoreTest, CollectNeverTakesWhatIsBeingStored) {
  auto store = open();
  std::atomic<int> failures{0};
  std::atomic<uint64_t> removed{0};
  std::atomic<int> working{4};
  auto work = [&](uint64_t seed) {
    SeededRandom random(seed);
    StoreUser user = actor(seed);
    for (int round = 0; round < 40; ++round) {
      Result<StoreId> id = store->create(user, random);
      if (!id) {
        ++failures;
        continue;
      }
      for (uint64_t i = 0; i < 3; ++i) {
        std::string content = fmt::format("content {}", random.below(4));
        Result<Hash> digest = store->put(user, *id, as_bytes(content));
        if (!digest || as_text(store->get(user, *id, *digest).value_or(Bytes())) != content) {
          ++failures;
        }
      }
      if (!store->remove(*id)) ++failures;
    }
    --working;
  };
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 4; ++seed)
    threads.emplace_back(work, seed);
  while (working > 0) {
    auto collected = store->collect();
    if (!collected) ++failures;
    removed += collected ? collected->files : 0;
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(removed, 0U);
  ASSERT_TRUE(store->collect());
  EXPECT_EQ(files(), 0U);
}

TEST_F(ContentStoreTest, ALookBesideChangesNothing) {
  EXPECT_EQ(ContentStore::open_to_look(folder_).error().code(), ErrorCode::kNotFound);
  auto store = open();
  Hash digest = store->put(user_, shared_, as_bytes("a"), label("x")).value();
  auto looking = ContentStore::open_to_look(folder_);
  ASSERT_TRUE(looking) << looking.error().to_string();
  EXPECT_EQ(as_text((*looking)->get({}, shared_, digest).value()), "a");
  EXPECT_FALSE((*looking)->set_label({}, shared_, label("y"), digest));
  EXPECT_FALSE((*looking)->remove(shared_));
  // What is written later is seen too.
  Hash later = store->put(user_, shared_, as_bytes("b")).value();
  EXPECT_EQ(as_text((*looking)->get({}, shared_, later).value()), "b");
}

}  // namespace theater::content_store_test
