// The store behind the wall: what guests get, what is recorded of it, and many of them at once.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/store/store_handler.h"
#include "theater/handlers/store/store_session.h"
#include "theater/store/home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

namespace theater::store_guest_test {

using namespace testing;
using ::testing::HasSubstr;

constexpr const char* kStore = "theater:simple/store";

template <class R>
using Answer = tl::expected<R, std::string>;

HandlerSet store_only(const std::filesystem::path& home) {
  HandlerSet handlers;
  handlers.push_back(std::make_unique<StoreHandler>(home));
  return handlers;
}

ActorHarness::Options granted(std::vector<NamePattern> shared = {}) {
  Permissions permissions;
  StorePermissions& store = permissions.store.emplace();
  store = *Permissions::unrestricted().store;
  store.shared = NameList(std::move(shared));
  ActorHarness::Options options;
  options.permissions = permissions;
  return options;
}

struct StoreGuestTest : ::testing::Test {
  TemporaryFolder home;
};

TEST_F(StoreGuestTest, EachCallIsRecordedWithItsResult) {
  SeededScheduler scheduler{1};
  ActorHarness harness(scheduler, store_only(home.path()));
  std::string read;
  ActorId id = harness.add(harness.component([&](Play& first) {
    first.call_waiting<Answer<std::string>>(
        kStore, "new", [&](Play& play, Answer<std::string> store) {
          play.call_waiting<Answer<ContentRef>>(
              kStore, "store-at-label",
              [&, store = *store](Play& next, Answer<ContentRef> ref) {
                next.call_waiting<Answer<Bytes>>(
                    kStore, "get",
                    [&](Play& last, Answer<Bytes> content) {
                      read = as_text(content.value_or(Bytes()));
                      last.finish(last.state());
                    },
                    store, *ref);
              },
              *store, std::string("a/b"), to_bytes("content"));
        });
  }),
                           granted());
  scheduler.run();
  EXPECT_EQ(read, "content");
  EXPECT_EQ(harness.outline(id), "genesis instance call host host host returned");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST_F(StoreGuestTest, WhatIsNotGrantedIsRefusedOnRecord) {
  SeededScheduler scheduler{1};
  ActorHarness harness(scheduler, store_only(home.path()));
  std::vector<std::string> errors;
  auto script = [&](Play& first) {
    first.call_waiting<Answer<std::vector<std::string>>>(
        kStore, "list-labels",
        [&](Play& play, Answer<std::vector<std::string>> labels) {
          errors.push_back(labels ? "" : labels.error());
          play.finish(play.state());
        },
        std::string("notes"));
  };
  ActorId stranger = harness.add(harness.component(script), {.permissions = {}});
  scheduler.run();
  ActorId without_name = harness.add(harness.component(script), granted());
  scheduler.run();
  ActorId with_name = harness.add(harness.component(script), granted({{"notes"}}));
  scheduler.run();
  std::string_view asks = "the manifest does not ask for it: add a [[handler]] entry { type = ";
  EXPECT_EQ(errors,
            (std::vector<std::string>{
                fmt::format("Permission denied: store ({}\"store\" }})", asks),
                fmt::format("Permission denied: store:shared=notes (the policy lacks it: add "
                            "--grant store:shared=notes; {}\"store\", shared = [\"notes\"] }})",
                            asks),
                ""}));
  EXPECT_EQ(harness.outline(stranger), "genesis instance call refused returned");
  EXPECT_EQ(harness.outline(without_name), "genesis instance call refused returned");
  EXPECT_EQ(harness.outline(with_name), "genesis instance call host returned");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

// Stores something of its own and something that all store, privately or shared, and reads it back.
class Worker {
 public:
  Worker(int number, std::string store, std::atomic<int>& done)
      : number_(number), store_(std::move(store)), done_(done) {}

  void play(Play& first) const {
    if (!store_.empty()) return work(first, store_);
    first.call_waiting<Answer<std::string>>(
        kStore, "new",
        [self = *this](Play& play, Answer<std::string> store) { self.work(play, *store); });
  }

 private:
  void work(Play& first, const std::string& store) const {
    std::string mine = fmt::format("content of {}", number_);
    first.call_waiting<Answer<ContentRef>>(
        kStore, "store-at-label",
        [self = *this, store, mine](Play& play, Answer<ContentRef> ref) {
          play.call_waiting<Answer<ContentRef>>(
              kStore, "store",
              [self, store, mine, ref](Play& next, Answer<ContentRef> common) {
                next.call_waiting<Answer<Bytes>>(
                    kStore, "get",
                    [self, mine, common](Play& last, Answer<Bytes> content) {
                      bool good = common && content && as_text(*content) == mine;
                      if (good) ++self.done_.get();
                      last.finish(last.state());
                    },
                    store, ref.value_or(ContentRef{}));
              },
              store, to_bytes(fmt::format("common {}", self.number_ % 5)));
        },
        store, fmt::format("of/{}", number_), to_bytes(mine));
  }

  int number_;
  std::string store_;
  std::reference_wrapper<std::atomic<int>> done_;
};

// Runs `count` workers. Every other one uses the shared store.
int run_workers(ActorHarness& harness, const std::function<void()>& run, int count) {
  std::atomic<int> done{0};
  for (int i = 0; i < count; ++i) {
    Worker worker(i, i % 2 == 0 ? "notes" : "", done);
    harness.add(harness.component([worker](Play& play) { worker.play(play); }),
                granted({{"notes"}}));
  }
  run();
  return done;
}

void check_stores(const std::filesystem::path& home, int count) {
  auto stores = ContentStore::open_to_look(HomeLayout{home}.stores()).value();
  auto half = static_cast<uint64_t>(count / 2);
  EXPECT_EQ(stores->list()->size(), half + 1);
  StoreId notes = StoreId::parse("notes").value();
  EXPECT_EQ(stores->labels({}, notes)->size(), half);
  EXPECT_EQ(stores->contents({}, notes)->size(), half + 5);
  EXPECT_EQ(stores->check([](const Hash&, const Error& bad) { ADD_FAILURE() << bad.to_string(); })
                .value(),
            2 * half + 5);
}

TEST_F(StoreGuestTest, ManyAtOnceInAnyOrder) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    TemporaryFolder folder;
    SeededScheduler scheduler{seed};
    ActorHarness harness(scheduler, store_only(folder.path()));
    EXPECT_EQ(run_workers(harness, [&] { scheduler.run(); }, 20), 20);
    EXPECT_EQ(harness.check_chains(), std::nullopt);
    check_stores(folder.path(), 20);
  }
}

TEST_F(StoreGuestTest, AThousandAtOnce) {
  SeededScheduler scheduler{7};
  ActorHarness harness(scheduler, store_only(home.path()));
  EXPECT_EQ(run_workers(harness, [&] { scheduler.run(); }, 1'000), 1'000);
  EXPECT_EQ(harness.check_chains(), std::nullopt);
  check_stores(home.path(), 1'000);
}

// An actor that waits for the store can be killed or stopped at any time: the work on disk is done
// or not, and no call waits for its answer any more.
TEST_F(StoreGuestTest, AnActorThatEndsMeanwhileLeavesNothingBehind) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    TemporaryFolder folder;
    SeededScheduler scheduler{seed};
    ActorHarness harness(scheduler, store_only(folder.path()));
    std::atomic<int> done{0};
    std::vector<ActorId> ids;
    for (int i = 0; i < 6; ++i) {
      Worker worker(i, "notes", done);
      ids.push_back(harness.add(harness.component([worker](Play& play) { worker.play(play); }),
                                granted({{"notes"}})));
    }
    for (size_t i = 0; i < ids.size(); ++i)
      i % 2 == 0 ? harness.kill(ids[i]) : harness.stop(ids[i]);
    scheduler.run();
    EXPECT_EQ(harness.check_chains(), std::nullopt);
    auto stores = ContentStore::open(HomeLayout{folder.path()}.stores()).value();
    EXPECT_TRUE(
        stores->check([](const Hash&, const Error& bad) { ADD_FAILURE() << bad.to_string(); }));
  }
}

}  // namespace theater::store_guest_test
