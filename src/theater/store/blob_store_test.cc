#include "theater/store/blob_store.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/random.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <csignal>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace theater::blob_store_test {

using ::testing::HasSubstr;

constexpr int kNoTmpfs = 77;

class BlobStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<BlobStore> open(uint64_t pending_bytes_max = BlobStore::kPendingBytesMax) {
    auto store = BlobStore::open(folder_, pending_bytes_max);
    EXPECT_TRUE(store) << store.error().to_string();
    return std::move(store).value();
  }
  std::unique_ptr<BlobStore> reader() { return BlobStore::open_read_only(folder_).value(); }
  std::filesystem::path file_of(const Hash& digest) const {
    std::string name = digest.to_string();
    return folder_ / name.substr(0, 2) / name;
  }

  TemporaryFolder temporary_;
  const std::filesystem::path& root_ = temporary_.path();
  std::filesystem::path folder_ = root_ / "blobs";
};

// The same bytes for the same number.
Bytes numbered_blob(uint64_t number, uint64_t size_max) {
  SeededRandom random(number);
  Bytes bytes(random.below(size_max + 1), static_cast<uint8_t>(number));
  random.fill(std::span(bytes).first(std::min<size_t>(bytes.size(), 16)));
  return bytes;
}

// Every other one is among a few that are drawn again and again.
uint64_t draw_number(Random& random) {
  return random.below(2) == 0 ? random.below(100) : random.next_u64();
}

std::vector<BlobStore::Damaged> damaged_in(const BlobStore& store, uint64_t count) {
  std::vector<BlobStore::Damaged> found;
  auto checked = store.check([&](const auto& damaged) { found.push_back(damaged); });
  EXPECT_TRUE(checked) << checked.error().to_string();
  EXPECT_EQ(checked.value_or(0), count);
  return found;
}

// What `fn` returns in a process of its own.
int in_child(const std::function<int()>& fn) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(fn());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(BlobStoreTest, HasNothingThatWasNotPut) {
  auto store = open();
  Hash digest = sha256(as_bytes("a"));
  EXPECT_FALSE(store->contains(digest));
  auto missing = store->get(digest);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr(digest.to_string()));
  EXPECT_FALSE(store->pending());
  EXPECT_TRUE(store->sync());
  EXPECT_TRUE(damaged_in(*store, 0).empty());
}

TEST_F(BlobStoreTest, IsReadableAtOnceAndOnDiskAfterSync) {
  auto store = open();
  for (std::string_view text : {"", "a", "a longer text"}) {
    Hash digest = store->put(as_bytes(text)).value();
    EXPECT_EQ(digest, sha256(as_bytes(text)));
    EXPECT_EQ(as_text(store->get(digest).value()), text);
    EXPECT_TRUE(store->contains(digest));
    EXPECT_TRUE(store->pending());
    EXPECT_FALSE(reader()->contains(digest));

    ASSERT_TRUE(store->sync());
    EXPECT_FALSE(store->pending());
    EXPECT_EQ(read_text_file(file_of(digest)).value(), text);
    EXPECT_EQ(as_text(store->get(digest).value()), text);
    EXPECT_EQ(as_text(reader()->get(digest).value()), text);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "tmp"));
  EXPECT_TRUE(damaged_in(*store, 3).empty());
}

// More than are open at a time.
TEST_F(BlobStoreTest, OneSyncWritesAnyNumber) {
  auto store = open();
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(store->put(as_bytes(std::to_string(i))));
  ASSERT_TRUE(store->sync());
  EXPECT_TRUE(damaged_in(*reader(), 200).empty());
}

TEST_F(BlobStoreTest, WritesABlobOnce) {
  auto store = open();
  Hash digest = store->put(as_bytes("a")).value();
  ASSERT_TRUE(store->put(as_bytes("a")));
  ASSERT_TRUE(store->sync());
  struct stat before{}, after{};
  ASSERT_EQ(::stat(file_of(digest).c_str(), &before), 0);
  ASSERT_TRUE(store->put(as_bytes("a")));
  EXPECT_FALSE(store->pending());
  ASSERT_TRUE(store->sync());
  ASSERT_EQ(::stat(file_of(digest).c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

// The earlier process may have been killed between naming the blob and making the name last.
TEST_F(BlobStoreTest, ABlobOfAnEarlierProcessIsSyncedOnceMore) {
  ASSERT_TRUE(open()->put(as_bytes("a")));
  auto earlier = open();
  Hash digest = earlier->put(as_bytes("a")).value();
  ASSERT_TRUE(earlier->sync());

  auto store = open();
  EXPECT_FALSE(store->pending());
  EXPECT_EQ(store->put(as_bytes("a")).value(), digest);
  EXPECT_TRUE(store->pending());
  ASSERT_TRUE(store->sync());
  EXPECT_FALSE(store->pending());
  ASSERT_TRUE(store->put(as_bytes("a")));
  EXPECT_FALSE(store->pending());
}

TEST_F(BlobStoreTest, APutPastTheBoundSyncsFirst) {
  auto store = open(100);
  Hash first = store->put(Bytes(60, 1)).value();
  EXPECT_FALSE(reader()->contains(first));
  Hash second = store->put(Bytes(41, 2)).value();
  EXPECT_TRUE(reader()->contains(first));
  EXPECT_FALSE(reader()->contains(second));
  // Larger than the bound: waits alone.
  Hash third = store->put(Bytes(1000, 3)).value();
  EXPECT_TRUE(reader()->contains(second));
  EXPECT_FALSE(reader()->contains(third));
  EXPECT_EQ(store->get(third).value(), Bytes(1000, 3));
  Hash fourth = store->put(Bytes(1, 4)).value();
  EXPECT_TRUE(reader()->contains(third));
  EXPECT_FALSE(reader()->contains(fourth));
}

TEST_F(BlobStoreTest, OpeningRemovesWhatWasBeingWritten) {
  std::filesystem::create_directories(folder_ / "tmp" / "folder");
  std::string name = sha256(as_bytes("a")).to_string();
  ASSERT_TRUE(write_file(folder_ / "tmp" / name, as_bytes("")));
  auto store = open();
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "tmp"));
  ASSERT_TRUE(store->put(as_bytes("a")));
  EXPECT_TRUE(store->sync());
}

TEST_F(BlobStoreTest, AReaderChangesNothing) {
  auto missing = reader();
  EXPECT_EQ(missing->get(Hash{}).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(damaged_in(*missing, 0).empty());
  EXPECT_FALSE(std::filesystem::exists(folder_));

  auto writer = open();
  ASSERT_TRUE(write_file(folder_ / "tmp" / "x", as_bytes("x")));
  auto refused = reader()->put(as_bytes("a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(reader()->sync());
  EXPECT_TRUE(std::filesystem::exists(folder_ / "tmp" / "x"));

  ASSERT_TRUE(write_file(root_ / "file", as_bytes("x")));
  EXPECT_EQ(BlobStore::open_read_only(root_ / "file").error().code(), ErrorCode::kIo);
  EXPECT_EQ(BlobStore::open(root_ / "file").error().code(), ErrorCode::kIo);
}

TEST_F(BlobStoreTest, GetAndCheckFindDamage) {
  auto store = open();
  std::vector<Hash> digests;
  for (const char* text : {"zero", "one", "two", "three"})
    digests.push_back(store->put(as_bytes(text)).value());
  ASSERT_TRUE(store->sync());
  ASSERT_TRUE(write_file(file_of(digests[0]), as_bytes("zerO")));
  ASSERT_TRUE(write_file(file_of(digests[1]), as_bytes("on")));
  std::filesystem::remove(file_of(digests[2]));
  std::filesystem::create_directory(file_of(digests[2]));

  std::map<std::filesystem::path, std::string> expected = {
      {file_of(digests[0]), sha256(as_bytes("zerO")).to_string()},
      {file_of(digests[1]), "its 2 bytes have the digest"},
      {file_of(digests[2]), "not a regular file"}};
  auto found = damaged_in(*store, 4);
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& damaged : found)
    EXPECT_THAT(damaged.what, HasSubstr(expected.at(damaged.file)));
  for (int i : {0, 1}) {
    auto read = store->get(digests[static_cast<size_t>(i)]);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
    EXPECT_THAT(read.error().message(),
                HasSubstr(file_of(digests[static_cast<size_t>(i)]).string()));
  }
  EXPECT_FALSE(store->get(digests[2]));
  EXPECT_TRUE(store->get(digests[3]));
}

TEST_F(BlobStoreTest, CheckFindsWhatIsNoBlobAmongThem) {
  auto store = open();
  Hash digest = store->put(as_bytes("a")).value();
  ASSERT_TRUE(store->sync());
  std::filesystem::path among = file_of(digest).parent_path();
  std::string other = sha256(as_bytes("b")).to_string();
  ASSERT_NE(other.substr(0, 2), among.filename());
  std::string capitals = digest.to_string();
  for (char& letter : capitals)
    letter = static_cast<char>(std::toupper(letter));
  for (const std::string& name : {std::string("readme"), other, capitals})
    ASSERT_TRUE(write_file(among / name, as_bytes("b")));
  ASSERT_TRUE(write_file(folder_ / "readme", as_bytes("not ours")));
  ASSERT_TRUE(make_private_folder(folder_ / "lost+found"));
  ASSERT_TRUE(write_file(folder_ / "07", as_bytes("")));
  auto found = damaged_in(*store, 4);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].file, folder_ / "07");
}

TEST_F(BlobStoreTest, ABlobThatWasCutShortIsWrittenAgain) {
  auto store = open();
  Hash digest = store->put(as_bytes("text")).value();
  ASSERT_TRUE(store->sync());
  ASSERT_TRUE(write_file(file_of(digest), as_bytes("te")));
  ASSERT_TRUE(store->put(as_bytes("text")));
  ASSERT_TRUE(store->sync());
  EXPECT_EQ(read_text_file(file_of(digest)).value(), "text");
}

// Gives a number that says where it went wrong.
int fill_the_disk_with_blobs(const std::filesystem::path& folder) {
  OsRandom random;
  Bytes small(100'000), large(2'000'000);
  random.fill(small);
  random.fill(large);
  Hash small_digest = sha256(small), large_digest = sha256(large);
  {
    auto store = BlobStore::open(folder);
    if (!store) return 10;
    if (!(*store)->put(small) || !(*store)->sync()) return 11;
    if (!(*store)->put(large)) return 12;
    auto failed = (*store)->sync();
    if (failed || failed.error().code() != ErrorCode::kResourceExhausted) return 13;
    auto again = (*store)->sync();
    if (again || again.error().to_string() != failed.error().to_string()) return 14;
    auto refused = (*store)->put(as_bytes("x"));
    if (refused || refused.error().to_string() != failed.error().to_string()) return 15;
    if (!(*store)->pending()) return 16;
    if ((*store)->get(small_digest).value() != small) return 17;
    if ((*store)->get(large_digest).value() != large) return 18;
  }
  auto store = BlobStore::open(folder);
  if (!store) return 20;
  uint64_t damaged = 0;
  if ((*store)->check([&](const auto&) { ++damaged; }).value() != 1 || damaged != 0) return 21;
  if ((*store)->get(small_digest).value() != small || (*store)->contains(large_digest)) return 22;
  if (!(*store)->put(as_bytes("x")) || !(*store)->sync()) return 23;
  return 0;
}

TEST_F(BlobStoreTest, AFileOverTheLimitFailsEveryLaterSync) {
  EXPECT_EQ(in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              rlimit limit{1'000'000, 1'000'000};
              if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
              return fill_the_disk_with_blobs(folder_);
            }),
            0);
}

TEST_F(BlobStoreTest, AFullDiskFailsEveryLaterSync) {
  int result = in_child([&] {
    // Mounted for this process alone, so that it is gone with it.
    bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                   ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   ::mount("tmpfs", root_.c_str(), "tmpfs", 0, "size=1m") == 0;
    return mounted ? fill_the_disk_with_blobs(folder_) : kNoTmpfs;
  });
  if (result == kNoTmpfs) GTEST_SKIP() << "no tmpfs can be mounted here";
  EXPECT_EQ(result, 0);
}

// Each thread finds everything that it put on disk after its own sync(), whichever thread wrote it.
TEST_F(BlobStoreTest, ManyThreadsPutGetAndSyncAtOnce) {
  auto store = open(20'000);
  auto on_disk = reader();
  std::atomic<int> failures{0};
  auto expect = [&](bool good) { failures += good ? 0 : 1; };
  auto work = [&](uint64_t seed) {
    SeededRandom random(seed);
    for (int round = 0; round < 12; ++round) {
      std::map<Hash, Bytes> put;
      for (uint64_t i = random.below(8); i > 0; --i) {
        Bytes bytes = numbered_blob(draw_number(random), 3000);
        Result<Hash> digest = store->put(bytes);
        expect(digest && store->get(*digest).value_or(Bytes()) == bytes);
        if (digest) put.emplace(*digest, bytes);
      }
      expect(store->sync().has_value());
      for (const auto& [digest, bytes] : put) {
        expect(on_disk->get(digest).value_or(Bytes()) == bytes);
        expect(store->contains(digest));
      }
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t seed = 100; seed < 106; ++seed)
    threads.emplace_back(work, seed);
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_FALSE(store->pending());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "tmp"));
  EXPECT_TRUE(store->check([](const auto& bad) { ADD_FAILURE() << bad.file << ": " << bad.what; }));
}

// Puts and syncs until it is killed, and says what has been acknowledged.
[[noreturn]] void put_for_ever(const std::filesystem::path& folder, uint64_t seed, int pipe) {
  auto store = BlobStore::open(folder);
  if (!store) ::_exit(1);
  SeededRandom random(seed);
  for (;;) {
    Bytes digests;
    for (uint64_t i = random.below(4) + 1; i > 0; --i) {
      // Now and then one that takes long to write.
      uint64_t size_max = random.below(4) == 0 ? 500'000 : 30'000;
      Bytes bytes = numbered_blob(draw_number(random), size_max);
      append(digests, (*store)->put(bytes).value().view());
    }
    if (!(*store)->sync()) ::_exit(2);
    // At most PIPE_BUF: all of it or nothing.
    if (std::cmp_not_equal(::write(pipe, digests.data(), digests.size()), digests.size())) {
      ::_exit(3);
    }
  }
}

TEST_F(BlobStoreTest, WhatWasAcknowledgedOutlivesAKill) {
  OsRandom random;
  std::vector<Hash> acknowledged;
  for (uint64_t round = 1; round <= 30; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      put_for_ever(folder_, round, ends[1]);
    }
    ::close(ends[1]);
    // The child continues meanwhile, so that the kill comes anywhere in its loop.
    uint64_t enough = random.below(10);
    Hash digest;
    for (uint64_t seen = 0;; ++seen) {
      if (seen == enough) {
        for (uint64_t i = random.below(10'000); i > 0; --i)
          std::this_thread::yield();
        ASSERT_EQ(::kill(child, SIGKILL), 0);
      }
      if (::read(ends[0], digest.bytes.data(), Hash::kSize) != Hash::kSize) break;
      acknowledged.push_back(digest);
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it gave up by itself with " << WEXITSTATUS(status);

    auto store = open();
    EXPECT_TRUE(std::filesystem::is_empty(folder_ / "tmp"));
    for (const Hash& one : acknowledged)
      ASSERT_TRUE(reader()->get(one)) << "round " << round;
    EXPECT_TRUE(
        store->check([&](const auto& bad) { ADD_FAILURE() << bad.file << ": " << bad.what; }));
  }
  EXPECT_FALSE(acknowledged.empty());
}

}  // namespace theater::blob_store_test
