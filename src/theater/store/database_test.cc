// A database whose system calls fail, one at a time: later uses do not suffer for it.
//
// SQLite calls the system through a table, whose entries these tests replace.
#include "theater/store/database.h"

#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <string>
#include <string_view>
#include <vector>

namespace theater::database_test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

// The calls that a test can have fail.
enum class Call { kOpen, kOpenIndex, kLock, kUnlock, kTruncate, kRead, kWrite, kMap };

// Has SQLite's call of that kind and number fail with EIO, once, and adds up what SQLite sleeps: it
// does so when it tries something again. For one thread, one at a time.
class OneFault {
 public:
  OneFault(Call kind, int number) : kind_(kind), left_(number) {
    current = this;
    set("open", as_entry(open));
    set("fcntl", as_entry(control));
    set("ftruncate", as_entry(truncate));
    for (const char* name : {"pread", "pread64"})
      set(name, as_entry(read));
    for (const char* name : {"pwrite", "pwrite64"})
      set(name, as_entry(write));
    set("mmap", as_entry(map));
    system_sleep = vfs()->xSleep;
    vfs()->xSleep = sleep;
  }
  ~OneFault() {
    vfs()->xSleep = system_sleep;
    vfs()->xSetSystemCall(vfs(), nullptr, nullptr);  // All entries as they were.
    current = nullptr;
  }
  OneFault(const OneFault&) = delete;
  OneFault& operator=(const OneFault&) = delete;

  bool happened() const { return left_ < 0; }
  std::chrono::microseconds slept() const { return slept_; }

 private:
  template <class Function>
  static sqlite3_syscall_ptr as_entry(Function* function) {
    return reinterpret_cast<sqlite3_syscall_ptr>(function);
  }
  static sqlite3_vfs* vfs() { return ::sqlite3_vfs_find(nullptr); }
  // A name that this SQLite does not call has no entry.
  static void set(const char* name, sqlite3_syscall_ptr function) {
    if (vfs()->xGetSystemCall(vfs(), name) != nullptr) {
      ASSERT_EQ(vfs()->xSetSystemCall(vfs(), name, function), SQLITE_OK);
    }
  }

  static bool fails(Call kind) {
    if (current->kind_ != kind || current->left_ < 0 || --current->left_ >= 0) return false;
    errno = EIO;
    return true;
  }
  static int open(const char* path, int flags, int mode) {
    if (fails(Call::kOpen)) return -1;
    if (std::string_view(path).ends_with("-shm") && fails(Call::kOpenIndex)) return -1;
    return ::open(path, flags, mode);
  }
  static int control(int file, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);
    if (command == F_SETLK) {
      bool unlocks = static_cast<struct flock*>(argument)->l_type == F_UNLCK;
      if (fails(unlocks ? Call::kUnlock : Call::kLock)) return -1;
    }
    return ::fcntl(file, command, argument);
  }
  static int truncate(int file, off_t size) {
    return fails(Call::kTruncate) ? -1 : ::ftruncate(file, size);
  }
  static ssize_t read(int file, void* to, size_t size, off_t offset) {
    return fails(Call::kRead) ? -1 : ::pread(file, to, size, offset);
  }
  static ssize_t write(int file, const void* from, size_t size, off_t offset) {
    return fails(Call::kWrite) ? -1 : ::pwrite(file, from, size, offset);
  }
  static void* map(void* at, size_t size, int rights, int flags, int file, off_t offset) {
    return fails(Call::kMap) ? MAP_FAILED : ::mmap(at, size, rights, flags, file, offset);
  }
  static int sleep(sqlite3_vfs*, int us) {
    current->slept_ += std::chrono::microseconds(us);
    return us;
  }

  static inline OneFault* current = nullptr;
  static inline int (*system_sleep)(sqlite3_vfs*, int) = nullptr;

  Call kind_;
  int left_;
  std::chrono::microseconds slept_{0};
};

// The files that a killed process has left of a database with one row.
class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() {
    auto database = Database::open(folder_.path() / "index.db", Database::Access::kCreate);
    EXPECT_TRUE(database) << database.error().to_string();
    EXPECT_TRUE((*database)->execute("CREATE TABLE row (number INTEGER)"));
    EXPECT_TRUE(add(**database, 0));
    fs::create_directory(left_);
    for (const char* name : {"index.db", "index.db-wal", "index.db-shm"})
      fs::copy(folder_.path() / name, left_ / name);
  }

  // A copy of them, to be opened.
  fs::path fresh() {
    fs::path folder = folder_.path() / std::to_string(++copies_);
    fs::copy(left_, folder);
    return folder / "index.db";
  }

  static Result<void> add(Database& database, uint64_t number) {
    Transaction transaction = THEATER_TRY(Transaction::begin(database));
    THEATER_TRY_VOID(database.change("INSERT INTO row (number) VALUES (?1)", number));
    return transaction.commit();
  }
  static Result<std::vector<uint64_t>> rows(Database& database) {
    std::vector<uint64_t> all;
    Query query = THEATER_TRY(database.query("SELECT number FROM row ORDER BY number"));
    while (THEATER_TRY(query.next()))
      all.push_back(query.number(0));
    return all;
  }

  TemporaryFolder folder_;
  const fs::path left_ = folder_.path() / "left";
  int copies_ = 0;
};

TEST_F(DatabaseTest, WritesAfterItsIndexCouldNotBeOpened) {
  fs::path file = fresh();
  Result<std::unique_ptr<Database>> database = fail(ErrorCode::kIo, "not opened");
  {
    OneFault fault(Call::kOpenIndex, 0);
    database = Database::open(file, Database::Access::kCreate);
    EXPECT_TRUE(fault.happened());
  }
  ASSERT_TRUE(database) << database.error().to_string();
  EXPECT_THAT(*rows(**database), ::testing::ElementsAre(0));
  for (uint64_t number : {1, 2}) {
    Result<void> added = add(**database, number);
    EXPECT_TRUE(added) << added.error().to_string();
  }
  EXPECT_THAT(*rows(**database), ::testing::ElementsAre(0, 1, 2));
}

// A query that fails in a connection that can write no more leaves the next one whole.
TEST_F(DatabaseTest, AStatementOutsideATransactionFailsOnce) {
  fs::path file = fresh();
  Result<std::unique_ptr<Database>> database = fail(ErrorCode::kIo, "not opened");
  {
    OneFault fault(Call::kOpenIndex, 0);
    database = Database::open(file, Database::Access::kCreate);
  }
  ASSERT_TRUE(database) << database.error().to_string();
  auto insert = [&] {
    return (*database)->change("INSERT INTO row (number) VALUES (?1)", uint64_t{7});
  };
  Result<void> first = insert();
  ASSERT_FALSE(first);
  EXPECT_THAT(first.error().message(), HasSubstr("readonly"));
  EXPECT_TRUE(insert());
  EXPECT_THAT(*rows(**database), ::testing::ElementsAre(0, 7));
}

// Whatever call fails, it fails at most the use that made it.
TEST_F(DatabaseTest, WorksAfterAnyFailedCall) {
  for (Call kind : {Call::kOpen, Call::kOpenIndex, Call::kLock, Call::kUnlock, Call::kTruncate,
                    Call::kRead, Call::kWrite, Call::kMap}) {
    int faults = 0;
    for (bool happened = true; happened; ++faults) {
      SCOPED_TRACE(fmt::format("call {} of kind {}", faults, static_cast<int>(kind)));
      fs::path file = fresh();
      Result<std::unique_ptr<Database>> database = fail(ErrorCode::kIo, "not opened");
      bool is_added = false;
      {
        OneFault fault(kind, faults);
        database = Database::open(file, Database::Access::kCreate);
        if (database) is_added = add(**database, 1).has_value() && rows(**database).has_value();
        happened = fault.happened();
        // Of the others, SQLite tries none again for long.
        EXPECT_TRUE(kind == Call::kUnlock || fault.slept() < 1s) << fault.slept().count();
      }
      EXPECT_TRUE(is_added || happened);
      if (!database) database = Database::open(file, Database::Access::kCreate);
      ASSERT_TRUE(database) << database.error().to_string();
      Result<void> added = add(**database, 2);
      EXPECT_TRUE(added) << added.error().to_string();
      auto all = rows(**database);
      ASSERT_TRUE(all) << all.error().to_string();
      EXPECT_EQ(all->front(), 0u);
      EXPECT_EQ(all->back(), 2u);
      EXPECT_TRUE(!is_added || all->size() == 3);
    }
    EXPECT_GT(faults, 1) << static_cast<int>(kind);
  }
}

}  // namespace theater::database_test
