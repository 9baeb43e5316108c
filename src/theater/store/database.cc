#include "theater/store/database.h"

#include "theater/base/check.h"

#include <sqlite3.h>

#include <utility>

namespace theater {

namespace {

constexpr int kBusyMs = 5'000;

ErrorCode code_for(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorCode::kResourceExhausted;
    default:
      return ErrorCode::kIo;
  }
}

std::string_view advice_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCorrupt:
      return "restore the folder it is in from a copy, or move it away to begin with no stores";
    case ErrorCode::kUnavailable:
      return "another process is changing it: end that, or try again later";
    case ErrorCode::kResourceExhausted:
      return "make room on the disk";
    default:
      return "see that the disk works and that the file may be written";
  }
}

Failure failure_of(const std::filesystem::path& file, int code, std::string_view what) {
  ErrorCode kind = code_for(code);
  // The advice is in the text, since a guest sees nothing else.
  return fail(kind, "the database {} cannot be used: {}; {}", file.string(), what,
              advice_for(kind));
}

}  // namespace

Query::Query(Database& database, sqlite3_stmt* statement)
    : database_(&database), statement_(statement) {
  ++database_->in_use_;
}

Query::Query(Query&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  // What they return was returned by next() before.
  ::sqlite3_reset(statement_);
  ::sqlite3_clear_bindings(statement_);
  --database_->in_use_;
  database_->drop_if_spent();
}

void Query::bind(int parameter, std::string_view text) {
  // Copied, since the text may be gone when the statement runs.
  int code = ::sqlite3_bind_text64(statement_, parameter, text.data(), text.size(),
                                   SQLITE_TRANSIENT, SQLITE_UTF8);
  THEATER_CHECK(code == SQLITE_OK, "parameter {}: {}", parameter, ::sqlite3_errstr(code));
}

void Query::bind(int parameter, ByteView bytes) {
  int code =
      ::sqlite3_bind_blob64(statement_, parameter, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  THEATER_CHECK(code == SQLITE_OK, "parameter {}: {}", parameter, ::sqlite3_errstr(code));
}

void Query::bind(int parameter, uint64_t number) {
  int code = ::sqlite3_bind_int64(statement_, parameter, static_cast<sqlite3_int64>(number));
  THEATER_CHECK(code == SQLITE_OK, "parameter {}: {}", parameter, ::sqlite3_errstr(code));
}

Result<bool> Query::next() {
  int code = ::sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->failure(code);
}

Result<void> Query::run() {
  bool row = THEATER_TRY(next());
  THEATER_CHECK(!row, "a statement that changes has rows: {}", ::sqlite3_sql(statement_));
  return {};
}

bool Query::is_null(int column) const {
  return ::sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Query::text(int column) const {
  ByteView view = bytes(column);
  return as_text(view);
}

ByteView Query::bytes(int column) const {
  const auto* data = static_cast<const uint8_t*>(::sqlite3_column_blob(statement_, column));
  auto size = static_cast<size_t>(::sqlite3_column_bytes(statement_, column));
  return {data, size};
}

uint64_t Query::number(int column) const {
  return static_cast<uint64_t>(::sqlite3_column_int64(statement_, column));
}

void Database::Close::operator()(sqlite3* connection) const {
  ::sqlite3_close(connection);
}

void Database::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

Database::~Database() = default;

Failure Database::failure(int code) {
  int kind = code & 0xff;
  // A database that is opened to look is read-only by intent.
  if (kind == SQLITE_READONLY && access_ == Access::kCreate) is_spent_ = true;
  if (kind == SQLITE_PROTOCOL) is_spent_ = true;
  return failure_of(file_, code, ::sqlite3_errmsg(connection_.get()));
}

void Database::drop_if_spent() {
  if (!is_spent_ || in_use_ > 0) return;
  is_spent_ = false;
  statements_.clear();
  connection_.reset();
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file, Access access) {
  std::error_code unreadable;
  if (access == Access::kLook && !std::filesystem::exists(file, unreadable) && !unreadable) {
    return fail(ErrorCode::kNotFound, "there is no {}", file.string());
  }
  std::unique_ptr<Database> database(new Database(file, access));  // tidy: owned by the unique_ptr
  THEATER_TRY_VOID(database->connect());
  return database;
}

Result<void> Database::connect() {
  if (connection_) return {};
  // Looking too takes part in the database's locks, and so opens it for writing.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (access_ == Access::kCreate) flags |= SQLITE_OPEN_CREATE;
  sqlite3* connection = nullptr;
  int code = ::sqlite3_open_v2(file_.c_str(), &connection, flags, nullptr);
  std::unique_ptr<sqlite3, Close> held(connection);
  if (code != SQLITE_OK) {
    return failure_of(
        file_, code, connection == nullptr ? ::sqlite3_errstr(code) : ::sqlite3_errmsg(connection));
  }
  ::sqlite3_busy_timeout(connection, kBusyMs);
  // A file from elsewhere may have been made to do something when it is used.
  ::sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  ::sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  const char* settings = access_ == Access::kCreate
                             ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON"
                             : "PRAGMA query_only = ON; PRAGMA cell_size_check = ON";
  code = ::sqlite3_exec(connection, settings, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure_of(file_, code, ::sqlite3_errmsg(connection));
  connection_ = std::move(held);
  return {};
}

Result<Query> Database::prepare(std::string_view sql) {
  THEATER_TRY_VOID(connect());
  auto& kept = statements_[sql];
  if (kept == nullptr) {
    sqlite3_stmt* statement = nullptr;
    int code = ::sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    kept.reset(statement);
    if (code != SQLITE_OK) {
      Failure failed = failure(code);
      drop_if_spent();
      return failed;
    }
  }
  THEATER_CHECK(::sqlite3_stmt_busy(kept.get()) == 0, "used twice at once: {}", sql);
  return Query(*this, kept.get());
}

Result<void> Database::execute(const char* sql) {
  THEATER_TRY_VOID(connect());
  int code = ::sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  Failure failed = failure(code);
  drop_if_spent();
  return failed;
}

Transaction::Transaction(Database& database) : database_(&database) {
  ++database_->in_use_;
}

Result<Transaction> Transaction::begin(Database& database) {
  Result<void> begun = database.execute("BEGIN IMMEDIATE");
  // Nothing of it has happened, and the next connection may do better.
  if (!begun && !database.connection_) begun = database.execute("BEGIN IMMEDIATE");
  THEATER_TRY_VOID(std::move(begun));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // After some errors SQLite has rolled back by itself, and this fails.
  (void)database_->execute("ROLLBACK");
  end();
}

Result<void> Transaction::commit() {
  THEATER_CHECK(database_ != nullptr, "a transaction is committed twice");
  THEATER_TRY_VOID(database_->execute("COMMIT"));
  end();
  return {};
}

void Transaction::end() {
  Database* database = std::exchange(database_, nullptr);
  --database->in_use_;
  database->drop_if_spent();
}

}  // namespace theater
