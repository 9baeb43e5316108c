// Rows of so many bytes in a table of an SQLite database that is as durable as our log: in WAL
// mode, synced at each commit.
#pragma once

#include "theater/base/check.h"

#include <sqlite3.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace theater::bench {

class SqliteRows {
 public:
  explicit SqliteRows(const std::filesystem::path& file) {
    THEATER_CHECK(sqlite3_open(file.c_str(), &database_) == SQLITE_OK, "{}", file.string());
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("CREATE TABLE events (id INTEGER PRIMARY KEY, event BLOB)");
    check(sqlite3_prepare_v2(database_, "INSERT INTO events (event) VALUES (?)", -1, &insert_,
                             nullptr));
  }
  ~SqliteRows() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  SqliteRows(const SqliteRows&) = delete;
  SqliteRows& operator=(const SqliteRows&) = delete;

  // Inserts so many rows and commits them together.
  void add(size_t rows, const std::vector<unsigned char>& event) {
    run("BEGIN");
    for (size_t i = 0; i < rows; ++i) {
      check(sqlite3_bind_blob(insert_, 1, event.data(), static_cast<int>(event.size()),
                              SQLITE_STATIC));
      THEATER_CHECK(sqlite3_step(insert_) == SQLITE_DONE, "{}", sqlite3_errmsg(database_));
      check(sqlite3_reset(insert_));
    }
    run("COMMIT");
  }

 private:
  void check(int status) const {
    THEATER_CHECK(status == SQLITE_OK, "{}", sqlite3_errmsg(database_));
  }
  void run(const char* sql) const {
    check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr));
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

}  // namespace theater::bench
