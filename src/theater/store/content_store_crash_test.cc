// What a store has said it did outlives a kill at any moment: a ledger outside of the process that
// is killed has what was acknowledged.
#include "theater/base/testing/temporary_folder.h"
#include "theater/store/content_store.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace theater::content_store_crash_test {

const StoreId kNotes = StoreId::parse("notes").value();

// What was done: content with this number got this label, or the label went, or files were
// collected.
struct Done {
  uint64_t number = 0;
  uint32_t label = 0;
  enum class What : uint32_t { kPut, kRemoved, kCollected } what = What::kPut;
};

Bytes numbered_content(uint64_t number) {
  SeededRandom random(number);
  // Now and then one that takes long to write.
  Bytes content(random.below(random.below(4) == 0 ? 300'000 : 5'000));
  random.fill(content);
  return content;
}

Label numbered_label(uint32_t number) {
  return Label::parse(fmt::format("some/label/{}", number)).value();
}

// Works until it is killed, and says what it did when that was acknowledged.
[[noreturn]] void work_for_ever(const std::filesystem::path& folder, uint64_t seed, int pipe) {
  auto store = ContentStore::open(folder);
  if (!store) ::_exit(1);
  SeededRandom random(seed);
  for (;;) {
    Done done{random.below(300), static_cast<uint32_t>(random.below(20)), Done::What::kPut};
    uint64_t choice = random.below(10);
    if (choice == 0) {
      done.what = Done::What::kRemoved;
      if (!(*store)->remove_label({}, kNotes, numbered_label(done.label))) ::_exit(2);
    } else if (choice == 1) {
      done.what = Done::What::kCollected;
      if (!(*store)->collect()) ::_exit(3);
    } else if (!(*store)->put({}, kNotes, numbered_content(done.number),
                              numbered_label(done.label))) {
      ::_exit(4);
    }
    // Less than PIPE_BUF: all of it or nothing.
    if (std::cmp_not_equal(::write(pipe, &done, sizeof done), sizeof done)) ::_exit(5);
  }
}

// How often it is killed: THEATER_ROUNDS, for a run that lasts.
uint64_t rounds() {
  const char* given = std::getenv("THEATER_ROUNDS");
  return given == nullptr ? 40 : std::strtoull(given, nullptr, 10);
}

class ContentStoreCrashTest : public ::testing::Test {
 protected:
  // Runs the worker, kills it, and enters what it acknowledged.
  void run_and_kill(uint64_t round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      work_for_ever(folder_, round, ends[1]);
    }
    ::close(ends[1]);
    uint64_t enough = random_.below(12);
    Done done;
    for (uint64_t seen = 0;; ++seen) {
      if (seen == enough) {
        // The child continues meanwhile, so that the kill comes anywhere in its loop.
        for (uint64_t i = random_.below(10'000); i > 0; --i)
          std::this_thread::yield();
        ASSERT_EQ(::kill(child, SIGKILL), 0);
      }
      if (::read(ends[0], &done, sizeof done) != sizeof done) break;
      enter(done);
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it gave up by itself with " << WEXITSTATUS(status);
  }

  void enter(const Done& done) {
    ++acknowledged_;
    if (done.what == Done::What::kCollected) return;
    if (done.what == Done::What::kRemoved) {
      labels_[done.label] = std::nullopt;
      return;
    }
    Hash digest = sha256(numbered_content(done.number));
    contents_.insert_or_assign(digest, done.number);
    labels_[done.label] = digest;
  }

  // All that was acknowledged is there, except that the last thing, which was not, may have been
  // done too: it changes one label.
  void check(ContentStore& store, uint64_t round) {
    for (const auto& [digest, number] : contents_) {
      auto content = store.get({}, kNotes, digest);
      ASSERT_TRUE(content) << "round " << round << ": " << content.error().to_string();
      ASSERT_EQ(*content, numbered_content(number));
    }
    int differ = 0;
    for (auto& [label, digest] : labels_) {
      auto found = store.find_label({}, kNotes, numbered_label(label)).value();
      differ += found == digest ? 0 : 1;
      digest = found;
      ASSERT_TRUE(!found || store.exists({}, kNotes, *found).value());
    }
    ASSERT_LE(differ, 1) << "round " << round;
    auto all = store.check([](const Hash&, const Error& bad) { ADD_FAILURE() << bad.to_string(); });
    ASSERT_TRUE(all);
  }

  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path() / "stores";
  OsRandom random_;
  uint64_t acknowledged_ = 0;
  std::map<Hash, uint64_t> contents_;
  std::map<uint32_t, std::optional<Hash>> labels_;
};

TEST_F(ContentStoreCrashTest, WhatWasAcknowledgedOutlivesAKill) {
  for (uint64_t round = 1; round <= rounds(); ++round) {
    run_and_kill(round);
    if (HasFatalFailure()) return;
    auto store = ContentStore::open(folder_);
    ASSERT_TRUE(store) << store.error().to_string();
    check(**store, round);
    if (HasFatalFailure()) return;
    // What the kill left is removed, and nothing else.
    ASSERT_TRUE((*store)->collect());
    check(**store, round);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(acknowledged_, rounds());
}

}  // namespace theater::content_store_crash_test
