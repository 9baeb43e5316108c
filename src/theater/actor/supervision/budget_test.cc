#include "theater/actor/supervision/budget.h"

#include "theater/base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace theater::budget_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kStore = "theater:simple/store";

ActorId some_id(uint64_t number) {
  SeededRandom random(number);
  return ActorId::generate(random);
}

std::shared_ptr<Budget> budget_of(uint64_t number, const ManifestBudget& own,
                                  std::shared_ptr<Budget> above = nullptr) {
  return Budget::of(some_id(number), own, std::move(above));
}

TEST(Budget, IsThereOnlyIfSomebodyHasOne) {
  EXPECT_EQ(budget_of(1, {}), nullptr);
  auto above = budget_of(1, {.messages = 1});
  EXPECT_EQ(budget_of(2, {}, above), above);
  EXPECT_NE(budget_of(2, {.messages = 1}, above), above);
}

TEST(Budget, IsUsedUpAndThenRefuses) {
  auto budget = budget_of(1, {.messages = 2, .descendants = 1, .host_calls = {{kStore, 1}}});
  EXPECT_FALSE(budget->take_message());
  EXPECT_FALSE(budget->take_message());
  auto spent = budget->take_message();
  ASSERT_TRUE(spent);
  EXPECT_EQ(spent->what, "budget.messages");
  EXPECT_EQ(spent->text,
            fmt::format("budget-spent: budget.messages = 2 of actor {} is used up, by it and its "
                        "descendants",
                        some_id(1).to_string()));
  EXPECT_FALSE(budget->take_descendant());
  EXPECT_EQ(budget->take_descendant()->what, "budget.descendants");
  EXPECT_FALSE(budget->take_host_call(kStore));
  spent = budget->take_host_call(kStore);
  EXPECT_EQ(spent->what, "budget.host_calls.theater:simple/store");
  EXPECT_THAT(spent->text, HasSubstr("budget.host_calls.theater:simple/store = 1 of actor"));
  EXPECT_FALSE(budget->take_host_call("theater:simple/other"));
}

TEST(Budget, OfADescendantCountsAgainstThoseAbove) {
  auto root = budget_of(1, {.messages = 3});
  auto middle = budget_of(2, {.descendants = 1}, root);
  auto leaf = budget_of(3, {.messages = 2}, middle);
  EXPECT_FALSE(leaf->take_message());
  EXPECT_FALSE(leaf->take_message());
  EXPECT_THAT(leaf->take_message()->text, HasSubstr(some_id(3).to_string()));
  // What was refused below was not taken above.
  EXPECT_EQ(root->messages_used(), 2u);
  EXPECT_FALSE(root->take_message());
  EXPECT_THAT(middle->take_message()->text, HasSubstr(some_id(1).to_string()));
  // What was refused above was not taken below.
  EXPECT_EQ(leaf->messages_used(), 2u);
}

TEST(Budget, OfBytesTakesAllOrNothing) {
  auto root = budget_of(1, {.store_bytes = 100});
  auto leaf = budget_of(2, {.store_bytes = 1000, .files_bytes = 5000}, root);
  EXPECT_FALSE(leaf->take_bytes(log::kStoreBytes, 60));
  auto spent = leaf->take_bytes(log::kStoreBytes, 60);
  ASSERT_TRUE(spent);
  EXPECT_EQ(spent->what, "budget.store_bytes");
  EXPECT_EQ(spent->text,
            fmt::format("budget-spent: budget.store_bytes = 100 of actor {} is used up, by it and "
                        "its descendants; this takes 60 bytes, and 40 are left",
                        some_id(1).to_string()));
  EXPECT_TRUE(leaf->is_news(*spent));
  EXPECT_FALSE(leaf->is_news(*spent));
  EXPECT_EQ(leaf->bytes_used(log::kStoreBytes), 60u)
      << "what was refused above was not taken below";
  EXPECT_FALSE(leaf->take_bytes(log::kStoreBytes, 40));
  leaf->give_back_bytes(log::kStoreBytes, 40);
  EXPECT_EQ(root->bytes_used(log::kStoreBytes), 60u);
  EXPECT_FALSE(leaf->take_bytes(log::kFilesBytes, 5000));
  EXPECT_EQ(leaf->take_bytes(log::kFilesBytes, 1)->what, "budget.files_bytes");
  EXPECT_EQ(root->bytes_used(log::kFilesBytes), 0u) << "it is without bound";
}

TEST(Budget, OfTheLogIsCountedWhenItHasBeenUsed) {
  auto root = budget_of(1, {.log_bytes = 4096});
  auto leaf = budget_of(2, {.messages = 1}, root);
  EXPECT_EQ(leaf->smallest_log(), 4096u);
  EXPECT_FALSE(budget_of(3, {.messages = 1})->smallest_log());
  EXPECT_FALSE(leaf->use_log(4095));
  auto spent = leaf->use_log(1);
  ASSERT_TRUE(spent);
  EXPECT_EQ(spent->what, "budget.log_bytes");
  EXPECT_THAT(spent->text, HasSubstr("budget.log_bytes = 4KiB of actor " + some_id(1).to_string()));
}

TEST(Budget, CountsOnlyWhatABoundIsFor) {
  log::HeldBudget calls{0, 0, 0, {{kStore, 1}}};
  log::HeldBudget stored{0, 0, 0, {{std::string(log::kStoreBytes), 1}}};
  log::HeldBudget logged{0, 0, 0, {{std::string(log::kLogBytes), 1}}};
  auto disk = budget_of(1, {.store_bytes = 100});
  EXPECT_TRUE(disk->counts(stored));
  EXPECT_FALSE(disk->counts(calls));
  EXPECT_FALSE(disk->counts(logged));
  EXPECT_FALSE(disk->counts({}));
  auto all = budget_of(2, {.messages = 1}, disk);
  EXPECT_TRUE(all->counts(calls));
  EXPECT_TRUE(all->counts(stored));
  EXPECT_FALSE(all->counts(logged));
}

TEST(Budget, CountsTimeWhenItHasBeenUsed) {
  auto root = budget_of(1, {.cpu_ms = 10});
  auto leaf = budget_of(2, {.messages = 1}, root);
  EXPECT_TRUE(leaf->counts_cpu());
  EXPECT_FALSE(budget_of(3, {.messages = 1})->counts_cpu());
  EXPECT_FALSE(leaf->use_cpu(9ms));
  auto spent = leaf->use_cpu(1ms);
  ASSERT_TRUE(spent);
  EXPECT_EQ(spent->what, "budget.cpu_ms");
  EXPECT_THAT(spent->text, HasSubstr("budget.cpu_ms = 10ms of actor " + some_id(1).to_string()));
  EXPECT_TRUE(root->use_cpu(0ms));
  EXPECT_EQ(root->cpu_used(), 10ms);
}

// A tree of budgets, some of them without a bound for messages.
struct Tree {
  explicit Tree(Random& random) {
    size_t size = 1 + random.below(20);
    for (size_t i = 0; i < size; ++i) {
      ManifestBudget own{.descendants = 1};
      if (i == 0 || random.below(3) != 0) own.messages = random.below(200);
      size_t parent = i == 0 ? 0 : random.below(i);
      parents.push_back(parent);
      bounds.push_back(own.messages);
      budgets.push_back(budget_of(i, own, i == 0 ? nullptr : budgets[parent]));
    }
  }

  // Given what each actor took: checks that no subtree took more than its bound, and that each
  // budget counted exactly that.
  void expect_right(std::vector<uint64_t> taken) const {
    for (size_t i = taken.size(); i-- > 0;) {
      if (bounds[i]) {
        EXPECT_LE(taken[i], *bounds[i]) << i;
        EXPECT_EQ(budgets[i]->messages_used(), taken[i]) << i;
      }
      if (i > 0) taken[parents[i]] += taken[i];
    }
  }

  std::vector<size_t> parents;
  std::vector<std::optional<uint64_t>> bounds;
  std::vector<std::shared_ptr<Budget>> budgets;
};

TEST(Budget, OfNobodyIsExceededByAnyTree) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    Tree tree(random);
    std::vector<uint64_t> taken(tree.budgets.size());
    for (int i = 0; i < 1'000; ++i) {
      size_t who = random.below(tree.budgets.size());
      if (!tree.budgets[who]->take_message()) ++taken[who];
    }
    tree.expect_right(taken);
  }
}

TEST(Budget, OfNobodyIsExceededByThreadsEither) {
  constexpr size_t kThreads = 4;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    Tree tree(random);
    std::vector<std::vector<uint64_t>> taken(kThreads, std::vector<uint64_t>(tree.budgets.size()));
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        SeededRandom own(seed * kThreads + thread);
        for (int i = 0; i < 500; ++i) {
          size_t who = own.below(tree.budgets.size());
          if (!tree.budgets[who]->take_message()) ++taken[thread][who];
        }
      });
    }
    for (std::thread& thread : threads)
      thread.join();
    std::vector<uint64_t> all(tree.budgets.size());
    for (const auto& part : taken) {
      for (size_t i = 0; i < all.size(); ++i)
        all[i] += part[i];
    }
    tree.expect_right(all);
  }
}

}  // namespace theater::budget_test
