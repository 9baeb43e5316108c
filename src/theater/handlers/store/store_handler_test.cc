#include "theater/handlers/store/store_handler.h"

#include "theater/actor/handler/binding.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/store/store_session.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/store/home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace theater::store_handler_test {

using ::testing::ElementsAre;
using testing::HandlerFixture;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <class R>
using Answer = tl::expected<R, std::string>;

// Keeps the answer of a waiting call.
struct AnswerSink final : ReplySink {
  void answered(CallAnswer answer) override { result = std::move(answer.result); }
  std::optional<Bytes> result;
};

// Below HandlerFixture, which makes the handler.
struct WithHome {
  TemporaryFolder home;
};

struct StoreHandlerTest : ::testing::Test, WithHome, HandlerFixture {
  StoreHandlerTest() : HandlerFixture(std::make_unique<StoreHandler>(home.path())) {
    StorePermissions& granted = permissions.store.emplace();
    granted.shared = NameList({{"notes"}});
    granted.max_stores = {2};
    granted.max_bytes = {1'000};
    granted.max_contents = {5};
    granted.max_labels = {3};
  }

  // What the binder does: the check, the call, and the answer when all jobs have run.
  template <class R, class... Args>
  Answer<R> ask(const std::string& name, const Args&... args) {
    const HostFunction& function = find<Answer<R>, Args...>(name);
    Bytes encoded;
    wit::encode_params(encoded, args...);
    if (Refusal why = function.refusal(session(), encoded)) {
      return tl::unexpected("Permission denied: " + *why);
    }
    auto sink = std::make_shared<AnswerSink>();
    std::get<HostFunction::Waiting>(function.body)(session(), encoded, RawResponder(sink, 1));
    // Nothing that is on disk is done on the turn's thread.
    bool waits = !sink->result;
    scheduler.run();
    THEATER_CHECK(sink->result.has_value(), "{} has no answer", name);
    auto answer = *wit::decode<Answer<R>>(*sink->result);
    EXPECT_TRUE(waits || !answer) << name;
    return answer;
  }

  std::string create() { return *ask<std::string>("new"); }
  std::string put(const std::string& store, std::string_view content) {
    return ask<ContentRef>("store", store, to_bytes(content))->hash;
  }
  std::string on_label(const std::string& store, const std::string& label) {
    auto found = *ask<std::optional<ContentRef>>("get-by-label", store, label);
    return found ? found->hash : "none";
  }

  static std::string hash_of(std::string_view content) {
    return sha256(as_bytes(content)).to_string();
  }
};

TEST_F(StoreHandlerTest, ContentIsKeptByItsDigest) {
  std::string store = create();
  EXPECT_EQ(put(store, "a"), hash_of("a"));
  EXPECT_EQ(put(store, "a"), hash_of("a"));
  EXPECT_EQ(put(store, "bc"), hash_of("bc"));
  EXPECT_EQ(as_text(*ask<Bytes>("get", store, ContentRef{hash_of("bc")})), "bc");
  EXPECT_TRUE(*ask<bool>("exists", store, ContentRef{hash_of("a")}));
  EXPECT_FALSE(*ask<bool>("exists", store, ContentRef{hash_of("x")}));
  EXPECT_EQ(ask<Bytes>("get", store, ContentRef{hash_of("x")}).error(),
            "Content does not exist: " + hash_of("x"));
  EXPECT_EQ(*ask<uint64_t>("calculate-total-size", store), 3u);
  auto all = *ask<std::vector<ContentRef>>("list-all-content", store);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].hash, std::min(hash_of("a"), hash_of("bc")));
}

TEST_F(StoreHandlerTest, WhatHasNoLabelIsRemoved) {
  std::string store = create();
  put(store, "unlabelled");
  EXPECT_TRUE(ask<ContentRef>("store-at-label", store, std::string("x"), to_bytes("kept")));
  EXPECT_EQ(*ask<uint64_t>("remove-unlabelled", store), 10u);
  EXPECT_FALSE(*ask<bool>("exists", store, ContentRef{hash_of("unlabelled")}));
  EXPECT_EQ(*ask<uint64_t>("calculate-total-size", store), 4u);
  EXPECT_THAT(ask<uint64_t>("remove-unlabelled", std::string("notes")).error(),
              HasSubstr("store notes is shared, so the operator empties it"));
  EXPECT_EQ(ask<uint64_t>("remove-unlabelled", std::string("plans")).error(),
            "Permission denied: store:shared=plans");
  EXPECT_THAT(ask<uint64_t>("remove-unlabelled", std::string("../x")).error(),
              HasSubstr("is no store id"));
}

TEST_F(StoreHandlerTest, LabelsAreSetMovedAndRemoved) {
  std::string store = create();
  std::string a = put(store, "a");
  EXPECT_EQ(on_label(store, "x/y"), "none");
  EXPECT_TRUE(ask<void>("label", store, std::string("x/y"), ContentRef{a}));
  EXPECT_EQ(on_label(store, "x/y"), a);
  EXPECT_EQ(ask<ContentRef>("store-at-label", store, std::string("x/y"), to_bytes("b"))->hash,
            hash_of("b"));
  EXPECT_EQ(on_label(store, "x/y"), hash_of("b"));
  EXPECT_TRUE(ask<void>("replace-at-label", store, std::string("x/y"), ContentRef{a}));
  EXPECT_EQ(on_label(store, "x/y"), a);
  EXPECT_TRUE(
      ask<ContentRef>("replace-content-at-label", store, std::string("x/y"), to_bytes("c")));
  EXPECT_EQ(on_label(store, "x/y"), hash_of("c"));
  EXPECT_TRUE(ask<void>("label", store, std::string("a"), ContentRef{a}));
  EXPECT_THAT(*ask<std::vector<std::string>>("list-labels", store), ElementsAre("a", "x/y"));

  EXPECT_TRUE(ask<void>("remove-from-label", store, std::string("x/y"), ContentRef{a}));
  EXPECT_EQ(on_label(store, "x/y"), hash_of("c"));
  EXPECT_TRUE(ask<void>("remove-from-label", store, std::string("x/y"), ContentRef{hash_of("c")}));
  EXPECT_TRUE(ask<void>("remove-label", store, std::string("a")));
  EXPECT_TRUE(ask<void>("remove-label", store, std::string("a")));
  EXPECT_THAT(*ask<std::vector<std::string>>("list-labels", store), IsEmpty());
  for (const char* name : {"label", "replace-at-label"}) {
    EXPECT_EQ(ask<void>(name, store, std::string("l"), ContentRef{hash_of("never")}).error(),
              "Content does not exist: " + hash_of("never"));
  }
}

// Every function with a store id, and what it answers in error.
std::map<std::string, std::string> errors(StoreHandlerTest& test, const std::string& store,
                                          const std::string& label, const std::string& hash) {
  std::map<std::string, std::string> all;
  auto note = [&](const char* name, const auto& answer) {
    all[name] = answer ? "" : answer.error();
  };
  ContentRef ref{hash};
  note("store", test.ask<ContentRef>("store", store, to_bytes("b")));
  note("get", test.ask<Bytes>("get", store, ref));
  note("exists", test.ask<bool>("exists", store, ref));
  note("label", test.ask<void>("label", store, label, ref));
  note("get-by-label", test.ask<std::optional<ContentRef>>("get-by-label", store, label));
  note("remove-label", test.ask<void>("remove-label", store, label));
  note("remove-from-label", test.ask<void>("remove-from-label", store, label, ref));
  note("store-at-label", test.ask<ContentRef>("store-at-label", store, label, to_bytes("b")));
  note("replace-content-at-label",
       test.ask<ContentRef>("replace-content-at-label", store, label, to_bytes("b")));
  note("replace-at-label", test.ask<void>("replace-at-label", store, label, ref));
  note("list-labels", test.ask<std::vector<std::string>>("list-labels", store));
  note("list-all-content", test.ask<std::vector<ContentRef>>("list-all-content", store));
  note("calculate-total-size", test.ask<uint64_t>("calculate-total-size", store));
  return all;
}

TEST_F(StoreHandlerTest, NothingIsAllowedWithoutThePermission) {
  permissions.store.reset();
  EXPECT_EQ(ask<std::string>("new").error(), "Permission denied: store");
  auto all = errors(*this, "notes", "a", hash_of("a"));
  EXPECT_EQ(all.size(), 13u);
  for (const auto& [name, error] : all)
    EXPECT_EQ(error, "Permission denied: store") << name;
  EXPECT_FALSE(std::filesystem::exists(HomeLayout{home.path()}.stores()));
}

TEST_F(StoreHandlerTest, ASharedStoreNeedsItsName) {
  for (const auto& [name, error] : errors(*this, "plans", "a", hash_of("a")))
    EXPECT_EQ(error, "Permission denied: store:shared=plans") << name;
  put("notes", "a");
  for (const auto& [name, error] : errors(*this, "notes", "l", hash_of("a")))
    EXPECT_EQ(error, "") << name;
  permissions.store->shared = NameList::unrestricted();
  EXPECT_EQ(put("plans", "x"), hash_of("x"));
}

TEST_F(StoreHandlerTest, AForeignStoreIsAsOneThatNeverWas) {
  std::string foreign;
  {
    auto stores = ContentStore::open(HomeLayout{home.path()}.stores()).value();
    SeededRandom random(5);
    foreign = stores->create({ActorId::generate(random), {}}, random)->text();
  }
  std::string unknown(32, 'a');
  auto first = errors(*this, foreign, "a", hash_of("a"));
  auto second = errors(*this, unknown, "a", hash_of("a"));
  for (auto& [name, error] : first) {
    EXPECT_THAT(error, HasSubstr(foreign + " is no store of this actor")) << name;
    error.replace(error.find(foreign), foreign.size(), unknown);
  }
  EXPECT_EQ(first, second);
}

TEST_F(StoreHandlerTest, BadTextIsSaidToBeSo) {
  for (std::string store : {"", "../x", "/etc/passwd", "A", "a/b"}) {
    for (const auto& [name, error] : errors(*this, store, "a", hash_of("a")))
      EXPECT_THAT(error, HasSubstr("is no store id")) << name;
  }
  for (std::string label : {"", "/a", "a//b", "../../x", "a\nb", "hash/a"}) {
    auto all = errors(*this, "notes", label, hash_of("a"));
    for (const char* name : {"label", "get-by-label", "remove-label", "remove-from-label",
                             "store-at-label", "replace-content-at-label", "replace-at-label"}) {
      EXPECT_THAT(all[name], HasSubstr("is no label")) << name;
    }
  }
  std::string store = create();
  for (std::string hash : {std::string(), std::string("xyz"), std::string(40, 'a'),
                           std::string(63, 'a') + "/", std::string(100'000, 'a')}) {
    auto all = errors(*this, store, "a", hash);
    for (const char* name : {"get", "exists", "label", "remove-from-label", "replace-at-label"})
      EXPECT_THAT(all[name], HasSubstr("is no content reference")) << name;
  }
  EXPECT_THAT(*ask<std::vector<std::string>>("list-labels", std::string("notes")), IsEmpty());
}

TEST_F(StoreHandlerTest, TheBoundsAreThoseOfThePermission) {
  std::string store = create();
  create();
  EXPECT_THAT(ask<std::string>("new").error(), HasSubstr("max_stores = 2"));
  EXPECT_THAT(ask<ContentRef>("store", store, Bytes(1'001)).error(), HasSubstr("max_bytes = 1000"));
  for (int i = 0; i < 5; ++i)
    put(store, std::string(1, static_cast<char>('a' + i)));
  EXPECT_THAT(ask<ContentRef>("store", store, to_bytes("f")).error(),
              HasSubstr("max_contents = 5"));
  for (const char* label : {"1", "2", "3"}) {
    EXPECT_TRUE(ask<void>("label", store, std::string(label), ContentRef{hash_of("a")}));
  }
  EXPECT_THAT(ask<void>("label", store, std::string("4"), ContentRef{hash_of("a")}).error(),
              HasSubstr("max_labels = 3"));
}

TEST_F(StoreHandlerTest, DamageIsAnErrorThatNamesTheFile) {
  put("notes", "good");
  std::string hash = hash_of("good");
  auto file = HomeLayout{home.path()}.stores() / "contents" / hash.substr(0, 2) / hash;
  ASSERT_TRUE(write_file(file, as_bytes("evil")));
  EXPECT_THAT(ask<Bytes>("get", std::string("notes"), ContentRef{hash}).error(),
              HasSubstr(file.string()));
  EXPECT_EQ(read_text_file(file).value(), "evil");
}

TEST_F(StoreHandlerTest, ADamagedIndexIsAnErrorUntilItIsRepaired) {
  std::filesystem::path index = HomeLayout{home.path()}.stores() / "index.db";
  std::filesystem::create_directories(index.parent_path());
  ASSERT_TRUE(write_file(index, as_bytes(std::string(5'000, 'x'))));
  EXPECT_THAT(ask<std::string>("new").error(), HasSubstr("index.db cannot be used"));
  std::filesystem::remove(index);
  EXPECT_TRUE(ask<std::string>("new"));
}

// A job that cannot be taken, and one that was dropped, are answered; the session may be gone.
TEST_F(StoreHandlerTest, ABusyNodeSaysSo) {
  jobs.stop();
  EXPECT_EQ(ask<std::string>("new").error(), "the node is too busy: try later");
}

TEST(StoreHandlerHomeTest, WithoutAHomeThereAreNoSessions) {
  struct Fixture : HandlerFixture {
    Fixture() : HandlerFixture(std::make_unique<StoreHandler>("")) {}
  } fixture;
  StoreHandler handler("");
  auto session = handler.make_session({fixture.actor, fixture.manifest, fixture.permissions,
                                       fixture.clock, fixture.scheduler, fixture.jobs});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code(), ErrorCode::kUnavailable);
}

}  // namespace theater::store_handler_test
