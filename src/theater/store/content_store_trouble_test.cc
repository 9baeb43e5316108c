// Stores on a disk that is full, broken or was tampered with.
#include "theater/base/file.h"
#include "theater/base/file_faults.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/store/content_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

namespace theater::content_store_trouble_test {

using ::testing::HasSubstr;

constexpr int kNothingMounted = 77;

class ContentStoreTroubleTest : public ::testing::Test {
 protected:
  std::unique_ptr<ContentStore> open() {
    auto store = ContentStore::open(folder_);
    EXPECT_TRUE(store) << store.error().to_string();
    return *std::move(store);
  }
  std::filesystem::path file_of(const Hash& digest) const {
    std::string name = digest.to_string();
    return folder_ / "contents" / name.substr(0, 2) / name;
  }

  TemporaryFolder temporary_;
  const std::filesystem::path& root_ = temporary_.path();
  std::filesystem::path folder_ = root_ / "stores";
  StoreId notes_ = StoreId::parse("notes").value();
};

// One call of a kind fails, the nth.
class OneFault final : public FileFaults {
 public:
  OneFault(FileCall call, int nth, int error) : call_(call), left_(nth), error_(error) {
    set_file_faults(this);
  }
  ~OneFault() override { set_file_faults(nullptr); }
  FileFault before(FileCall call, const std::filesystem::path&) override {
    if (call != call_ || left_ < 0 || --left_ >= 0) return {};
    return {.error = error_};
  }
  bool happened() const { return left_ < 0; }

 private:
  FileCall call_;
  int left_;
  int error_;
};

TEST_F(ContentStoreTroubleTest, AFailedCallStoresNothingAndTheNextTryWorks) {
  auto store = open();
  int number = 0, faults = 0;
  for (FileCall call : {FileCall::kOpen, FileCall::kWrite, FileCall::kSync, FileCall::kRename,
                        FileCall::kMakeFolder, FileCall::kOpenFolder, FileCall::kSyncFolder}) {
    for (int error : {EIO, ENOSPC}) {
      for (int nth = 0; nth < 2; ++nth) {
        std::string content = fmt::format("content {}", ++number);
        Hash digest = sha256(as_bytes(content));
        Result<Hash> put = digest;
        bool happened = false;
        {
          OneFault fault(call, nth, error);
          put = store->put({}, notes_, as_bytes(content));
          happened = fault.happened();
        }
        EXPECT_EQ(put.has_value(), !happened);
        EXPECT_EQ(store->exists({}, notes_, digest).value(), !happened);
        if (happened) {
          ++faults;
          EXPECT_EQ(put.error().code(),
                    error == EIO ? ErrorCode::kIo : ErrorCode::kResourceExhausted);
        }
        ASSERT_TRUE(store->put({}, notes_, as_bytes(content)));
        EXPECT_EQ(as_text(store->get({}, notes_, digest).value()), content);
      }
    }
  }
  EXPECT_GE(faults, 14);
  EXPECT_EQ(
      store->check([](const Hash&, const Error& error) { ADD_FAILURE() << error.to_string(); })
          .value(),
      static_cast<uint64_t>(number));
}

TEST_F(ContentStoreTroubleTest, DamagedContentIsReportedAndStays) {
  auto store = open();
  Hash changed = store->put({}, notes_, as_bytes("changed")).value();
  Hash missing = store->put({}, notes_, as_bytes("missing")).value();
  Hash cut = store->put({}, notes_, as_bytes("cut short")).value();
  Hash good = store->put({}, notes_, as_bytes("good")).value();
  ASSERT_TRUE(write_file(file_of(changed), as_bytes("CHANGED")));
  ASSERT_TRUE(write_file(file_of(cut), as_bytes("cut")));
  std::filesystem::remove(file_of(missing));
  for (const Hash& digest : {changed, missing, cut}) {
    Result<Bytes> content = store->get({}, notes_, digest);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code(), ErrorCode::kCorrupt);
    EXPECT_THAT(content.error().message(), HasSubstr(file_of(digest).string()));
    EXPECT_TRUE(store->exists({}, notes_, digest).value());
  }
  std::vector<Hash> bad;
  EXPECT_EQ(store->check([&](const Hash& digest, const Error&) { bad.push_back(digest); }).value(),
            4U);
  EXPECT_THAT(bad, ::testing::UnorderedElementsAre(changed, missing, cut));
  EXPECT_EQ(store->collect().value().files, 0U);
  EXPECT_EQ(read_text_file(file_of(changed)).value(), "CHANGED");
  EXPECT_TRUE(store->get({}, notes_, good));
  // What is missing or has another size is written again.
  ASSERT_TRUE(store->put({}, notes_, as_bytes("missing")));
  ASSERT_TRUE(store->put({}, notes_, as_bytes("cut short")));
  EXPECT_TRUE(store->get({}, notes_, missing));
  EXPECT_TRUE(store->get({}, notes_, cut));
}

TEST_F(ContentStoreTroubleTest, AnIndexThatIsNoneIsSaidSo) {
  std::filesystem::create_directories(folder_);
  ASSERT_TRUE(write_file(folder_ / "index.db", as_bytes(std::string(10'000, 'x'))));
  for (bool looking : {false, true}) {
    auto store = looking ? ContentStore::open_to_look(folder_) : ContentStore::open(folder_);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::kCorrupt);
    EXPECT_THAT(store.error().message(), HasSubstr("index.db"));
    EXPECT_THAT(store.error().message(), HasSubstr("from a copy"));
  }
}

TEST_F(ContentStoreTroubleTest, AnIndexOfSomethingElseIsLeftAlone) {
  std::filesystem::create_directories(folder_);
  {
    auto other = Database::open(folder_ / "index.db", Database::Access::kCreate).value();
    ASSERT_TRUE(other->execute("CREATE TABLE theirs (x)"));
  }
  EXPECT_THAT(ContentStore::open(folder_).error().message(), HasSubstr("something else"));
  std::filesystem::remove_all(folder_);
  {
    open();
    auto later = Database::open(folder_ / "index.db", Database::Access::kCreate).value();
    ASSERT_TRUE(later->execute("PRAGMA user_version = 2"));
  }
  auto refused = ContentStore::open(folder_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
}

// Whatever bytes of the index are changed, all that there is are errors and answers.
TEST_F(ContentStoreTroubleTest, ADamagedIndexNeverEndsTheProcess) {
  std::vector<Hash> digests;
  {
    auto store = open();
    for (int i = 0; i < 60; ++i) {
      Label label = Label::parse(fmt::format("label/{}", i)).value();
      digests.push_back(
          store->put({}, notes_, as_bytes(fmt::format("content {}", i)), label).value());
    }
  }
  Bytes whole = read_file(folder_ / "index.db").value();
  int corrupt = 0;
  for (uint64_t seed = 1; seed <= 120; ++seed) {
    SeededRandom random(seed);
    Bytes damaged = whole;
    if (seed % 10 == 0) {
      damaged.resize(random.below(damaged.size()));
    } else {
      uint64_t from = random.below(damaged.size());
      for (uint64_t i = from; i < std::min<uint64_t>(damaged.size(), from + 40); ++i)
        damaged[i] = static_cast<uint8_t>(random.next_u64());
    }
    std::filesystem::remove(folder_ / "index.db-wal");
    std::filesystem::remove(folder_ / "index.db-shm");
    ASSERT_TRUE(write_file(folder_ / "index.db", damaged));
    auto store = ContentStore::open(folder_);
    auto note = [&](const auto& result) {
      if (!result && result.error().code() == ErrorCode::kCorrupt) ++corrupt;
    };
    note(store);
    if (!store) continue;
    note((*store)->list());
    note((*store)->labels({}, notes_));
    note((*store)->contents({}, notes_));
    for (const Hash& digest : digests)
      note((*store)->get({}, notes_, digest));
    note((*store)->put({}, notes_, as_bytes("more"), Label::parse("more").value()));
    note((*store)->remove(notes_));
  }
  EXPECT_GT(corrupt, 100);
}

// Gives a number that says where it went wrong.
int fill_the_disk_with_content(const std::filesystem::path& folder) {
  StoreId notes = StoreId::parse("notes").value();
  OsRandom random;
  auto store = ContentStore::open(folder);
  if (!store) return 10;
  std::vector<Hash> kept;
  Bytes content(40'000);
  for (;;) {
    random.fill(content);
    auto put = (*store)->put({}, notes, content);
    if (!put) {
      if (put.error().code() != ErrorCode::kResourceExhausted) return 11;
      break;
    }
    kept.push_back(*put);
    if (kept.size() > 1'000) return 12;
  }
  // The index gets its turn to find no room.
  for (int i = 0; i < 100'000; ++i) {
    auto set =
        (*store)->set_label({}, notes, Label::parse(fmt::format("l/{}", i)).value(), kept.front());
    if (set) continue;
    if (set.error().code() != ErrorCode::kResourceExhausted &&
        set.error().code() != ErrorCode::kIo) {
      return 13;
    }
    break;
  }
  for (const Hash& digest : kept) {
    if (!(*store)->get({}, notes, digest)) return 14;
  }
  // With room again it continues, without being opened again.
  std::filesystem::remove(folder.parent_path() / "ballast");
  auto put = (*store)->put({}, notes, as_bytes("more"), Label::parse("more").value());
  if (!put) return 15;
  store->reset();
  auto again = ContentStore::open(folder);
  if (!again || !(*again)->get({}, notes, *put)) return 16;
  uint64_t bad = 0;
  if ((*again)->check([&](const Hash&, const Error&) { ++bad; }).value_or(0) != kept.size() + 1) {
    return 17;
  }
  return bad == 0 ? 0 : 18;
}

TEST_F(ContentStoreTroubleTest, AFullDiskIsAnErrorAndNoMore) {
  pid_t child = ::fork();
  if (child == 0) {
    // Mounted for this process alone, so that it is gone with it.
    bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                   ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   ::mount("tmpfs", root_.c_str(), "tmpfs", 0, "size=3m") == 0;
    if (!mounted) ::_exit(kNothingMounted);
    if (!write_file(root_ / "ballast", Bytes(1'000'000))) ::_exit(2);
    ::_exit(fill_the_disk_with_content(folder_));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNothingMounted) GTEST_SKIP() << "no tmpfs can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace theater::content_store_trouble_test
