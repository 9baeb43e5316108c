#include "theater/runtime/compiled_cache.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace theater::compiled_cache_test {

namespace fs = std::filesystem;

engine::Engine& shared_engine() {
  static std::unique_ptr<engine::Engine> engine = engine::Engine::create().value();
  return *engine;
}

// Components that differ.
Bytes component(int number) {
  return to_bytes(fmt::format(
      R"((component (core module (func (export "f") (result i32) (i32.const {})))))", number));
}

struct CompiledCacheTest : ::testing::Test {
  CompiledCache cache(uint64_t bytes_max = CompiledCache::kBytesMax) {
    return CompiledCache(shared_engine(), folder.path() / "cache", key, bytes_max);
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder.path() / "cache"))
      all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
  }

  TemporaryFolder folder;
  SeededRandom random{1};
  SigningKey key = SigningKey::generate(random);
};

TEST_F(CompiledCacheTest, LoadsWhatAnotherRunHasCompiled) {
  auto compiled = cache().compile(component(1));
  ASSERT_TRUE(compiled) << compiled.error().to_string();
  auto status = fs::status(files().at(0));
  EXPECT_EQ(status.permissions(), fs::perms::owner_read | fs::perms::owner_write);
  CompiledCache next = cache();
  auto loaded = next.compile(component(1));
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  EXPECT_EQ((*loaded)->digest(), (*compiled)->digest());
  EXPECT_EQ(next.counts().loaded, 1u);
  EXPECT_EQ(next.counts().compiled, 0u);
}

TEST_F(CompiledCacheTest, CompilesWhatIsWrongAndKeepsItAgain) {
  (void)cache().compile(component(1));
  fs::path file = files().at(0);
  Bytes whole = *read_file(file);
  for (size_t at : {size_t{0}, size_t{20}, whole.size() / 2, whole.size() - 1}) {
    Bytes damaged = whole;
    damaged[at] ^= 1;
    ASSERT_TRUE(write_file(file, damaged));
    CompiledCache next = cache();
    EXPECT_TRUE(next.compile(component(1)));
    EXPECT_EQ(next.counts().compiled, 1u) << "byte " << at;
    EXPECT_EQ(read_file(file)->size(), whole.size());
  }
  ASSERT_TRUE(write_file(file, ByteView(whole).first(10)));
  EXPECT_TRUE(cache().compile(component(1)));
}

TEST_F(CompiledCacheTest, TakesNoCodeOfAnotherComponentOrKey) {
  (void)cache().compile(component(1));
  fs::path first = files().at(0);
  Bytes code = *read_file(first);
  (void)cache().compile(component(2));
  for (const fs::path& file : files())
    ASSERT_TRUE(write_file(file, code));
  CompiledCache next = cache();
  EXPECT_EQ((*next.compile(component(2)))->digest(), sha256(*engine::binary_form(component(2))));
  EXPECT_EQ(next.counts().compiled, 1u);

  key = SigningKey::generate(random);
  CompiledCache stranger = cache();
  EXPECT_TRUE(stranger.compile(component(1)));
  EXPECT_EQ(stranger.counts().compiled, 1u);
}

TEST_F(CompiledCacheTest, RemovesWhatWasNotUsedForLongest) {
  (void)cache().compile(component(0));
  uint64_t one = fs::file_size(files().at(0));
  CompiledCache small = cache(3 * one + one / 2);
  for (int number = 1; number < 8; ++number) {
    EXPECT_TRUE(small.compile(component(number)));
    EXPECT_LE(files().size(), 3u);
  }
  CompiledCache next = cache();
  EXPECT_TRUE(next.compile(component(7)));
  EXPECT_EQ(next.counts().loaded, 1u);
}

TEST_F(CompiledCacheTest, WithoutRoomItOnlyReads) {
  EXPECT_TRUE(cache(0).compile(component(1)));
  EXPECT_FALSE(fs::exists(folder.path() / "cache"));
  EXPECT_TRUE(cache().compile(component(1)));
  CompiledCache reader = cache(0);
  EXPECT_TRUE(reader.compile(component(1)));
  EXPECT_TRUE(reader.compile(component(2)));
  EXPECT_EQ(reader.counts().loaded, 1u);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(CompiledCacheTest, CompilesAllTheSameWithoutAFolder) {
  ASSERT_TRUE(write_file(folder.path() / "cache", as_bytes("a file")));
  EXPECT_TRUE(cache().compile(component(1)));
}

TEST_F(CompiledCacheTest, FailsAsTheEngineDoes) {
  auto compiled = cache().compile(as_bytes("(component nonsense"));
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(fs::exists(folder.path() / "cache"));
}

TEST_F(CompiledCacheTest, CompilesOnceHoweverManyAsk) {
  CompiledCache shared = cache();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  std::vector<CompiledCache::Compiled> held(8);
  for (auto& mine : held)
    threads.emplace_back([&] {
      mine = shared.compile(component(1));
      good += mine.has_value();
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(shared.counts().compiled, 1u);
  EXPECT_EQ(shared.counts().loaded, 0u);
}

}  // namespace theater::compiled_cache_test
