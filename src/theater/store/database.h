// A database file of SQLite: opened so that what was committed stays, and with errors that say
// which file, what was wrong and what to do.
//
// The only road to SQLite. Statements are prepared once and kept; a Query is one use of one.
//
// Two failed calls of the system stay with a connection of SQLite. After a failed open of the index
// of its WAL (the `-shm` file), SQLite opens that file for reading, and answers each write that the
// database is read-only. After a failed unlock of the index, the connection waits for itself:
// SQLite tries each use a hundred times, for ten seconds together, and then says "locking
// protocol". A Database therefore closes a connection that answers either, and its next use opens
// another one. A transaction that cannot begin tries once more at once. Those ten seconds are
// SQLite's own and have no setting; no disk makes an unlock fail, so nothing here shortens them.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace theater {

class Database;

// One use of a statement. Not while another of the same text is under way.
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  // Goes to the next row; false behind the last. What the columns gave is valid until then.
  Result<bool> next();
  // The same for a statement without rows.
  Result<void> run();

  // Columns count from 0.
  bool is_null(int column) const;
  std::string_view text(int column) const;
  ByteView bytes(int column) const;
  uint64_t number(int column) const;

 private:
  friend class Database;
  Query(Database& database, sqlite3_stmt* statement);

  // Parameters count from 1.
  void bind(int parameter, std::string_view text);
  void bind(int parameter, ByteView bytes);
  void bind(int parameter, uint64_t number);

  Database* database_;
  sqlite3_stmt* statement_;
};

// Used by one thread at a time.
class Database {
 public:
  enum class Access : uint8_t {
    kCreate,  // Made if it is not there.
    kLook,    // While another process writes: changes nothing.
  };

  // Fails with kNotFound (kLook, and it is not there), kCorrupt (no database), kUnavailable
  // (another process holds it for longer than a few seconds), kResourceExhausted or kIo. So does
  // everything here.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `sql` is one statement, and text that outlives the database; `values` are put in for ?1, ?2 and
  // so on: text, bytes or numbers.
  template <class... Values>
  Result<Query> query(std::string_view sql, const Values&... values) {
    Query query = THEATER_TRY(prepare(sql));
    int parameter = 0;
    (query.bind(++parameter, values), ...);
    return query;
  }
  // The same for a statement without rows.
  template <class... Values>
  Result<void> change(std::string_view sql, const Values&... values) {
    Query statement = THEATER_TRY(query(sql, values...));
    return statement.run();
  }
  // Statements without rows or parameters.
  Result<void> execute(const char* sql);

  const std::filesystem::path& file() const { return file_; }

 private:
  friend class Query;
  friend class Transaction;

  struct Close {
    void operator()(sqlite3* connection) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  Database(std::filesystem::path file, Access access) : file_(std::move(file)), access_(access) {}

  // Opens a connection if there is none.
  Result<void> connect();
  Result<Query> prepare(std::string_view sql);
  // The failure of a statement. Notes a connection that is of no more use.
  Failure failure(int code);
  // Closes a connection that is of no more use, unless a query or a transaction is under way in it.
  void drop_if_spent();

  std::filesystem::path file_;
  Access access_;
  std::unique_ptr<sqlite3, Close> connection_;  // Null between a spent one and the next use.
  std::map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
  bool is_spent_ = false;
  int in_use_ = 0;  // Queries and transactions that are under way.
};

// Changes that come into force together, with commit(), or not at all.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // When it has returned without failure, the changes are on disk.
  Result<void> commit();

 private:
  explicit Transaction(Database& database);
  void end();

  Database* database_;  // Null once it is over.
};

}  // namespace theater
