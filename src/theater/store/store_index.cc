#include "theater/store/store_index.h"

#include "theater/base/check.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace theater {

namespace {

// "Thst" in ASCII: what `file` and SQLite's shell show of whose a database is.
constexpr uint64_t kApplication = 0x54687374;
constexpr uint64_t kVersion = 1;

// The counts in `store` are those of the other two tables.
constexpr const char* kSchema = R"sql(
  CREATE TABLE store (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner BLOB,
    contents INTEGER NOT NULL DEFAULT 0,
    labels INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX store_by_owner ON store (owner);
  CREATE TABLE content (
    store INTEGER NOT NULL REFERENCES store,
    digest BLOB NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (store, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX content_by_digest ON content (digest);
  CREATE TABLE label (
    store INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (store, name),
    FOREIGN KEY (store, digest) REFERENCES content
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX label_by_content ON label (store, digest);
  PRAGMA application_id = 0x54687374;
  PRAGMA user_version = 1;
)sql";

Failure bad_row(const Database& database, std::string_view what) {
  return fail(ErrorCode::kCorrupt,
              "the database {} has {}; restore the folder it is in from a copy",
              database.file().string(), what);
}

Failure no_store(const StoreUser& user, const StoreId& id) {
  if (!user.actor) return fail(ErrorCode::kNotFound, "there is no store {}", id.text());
  return fail(ErrorCode::kNotFound,
              "{} is no store of this actor: it uses those that it made itself, and shared ones by "
              "their names",
              id.text());
}

Failure no_content(const Hash& digest) {
  return fail(ErrorCode::kNotFound, "Content does not exist: {}", digest.to_string());
}

Failure over_quota(std::string_view whose, std::string_view have, std::string_view key,
                   uint64_t max) {
  return fail(ErrorCode::kResourceExhausted,
              "{} has {}, {} = {}: raise it in the manifest's store handler, or keep less", whose,
              have, key, max);
}

std::string named(const StoreId& id) {
  return "store " + id.text();
}

Result<uint64_t> number_of(Database& database, std::string_view sql) {
  Query query = THEATER_TRY(database.query(sql));
  bool row = THEATER_TRY(query.next());
  THEATER_CHECK(row, "no row: {}", sql);
  return query.number(0);
}

}  // namespace

Result<StoreIndex> StoreIndex::open(const std::filesystem::path& file, Database::Access access) {
  StoreIndex index(THEATER_TRY(Database::open(file, access)));
  Database& database = *index.database_;
  uint64_t application = THEATER_TRY(number_of(database, "PRAGMA application_id"));
  uint64_t version = THEATER_TRY(number_of(database, "PRAGMA user_version"));
  uint64_t tables = THEATER_TRY(number_of(database, "SELECT count(*) FROM sqlite_schema"));
  bool fresh = application == 0 && version == 0 && tables == 0;
  if (fresh && access == Database::Access::kCreate) {
    Transaction transaction = THEATER_TRY(Transaction::begin(database));
    THEATER_TRY_VOID(database.execute(kSchema));
    THEATER_TRY_VOID(transaction.commit());
    return index;
  }
  if (fresh) return fail(ErrorCode::kNotFound, "{} has no stores yet", file.string());
  if (application != kApplication) return bad_row(database, "no stores, but something else");
  if (version != kVersion) {
    return fail(ErrorCode::kUnsupported,
                "the database {} has version {} of the stores; this program knows version {}: use "
                "the program that made it",
                file.string(), version, kVersion);
  }
  // A home of an earlier build lacks it, and without it each removal would read every label.
  if (access == Database::Access::kCreate) {
    THEATER_TRY_VOID(
        database.execute("CREATE INDEX IF NOT EXISTS label_by_content ON label (store, digest)"));
  }
  return index;
}

Result<std::optional<StoreIndex::Row>> StoreIndex::find(const StoreUser& user, const StoreId& id) {
  Query query = THEATER_TRY(database_->query(
      "SELECT key, owner, contents, labels, bytes FROM store WHERE id = ?1", id.text()));
  if (!THEATER_TRY(query.next())) {
    if (!id.is_shared()) return no_store(user, id);
    return std::optional<Row>();
  }
  Row row{query.number(0), {id, std::nullopt, query.number(2), query.number(3), query.number(4)}};
  if (query.is_null(1) != id.is_shared()) return bad_row(*database_, "a store without an owner");
  if (!query.is_null(1)) {
    ByteView bytes = query.bytes(1);
    ActorId owner;
    if (bytes.size() != owner.bytes.size()) return bad_row(*database_, "an owner that is none");
    std::copy(bytes.begin(), bytes.end(), owner.bytes.begin());
    if (user.actor && *user.actor != owner) return no_store(user, id);
    row.facts.owner = owner;
  }
  return std::optional(std::move(row));
}

Result<StoreIndex::Row> StoreIndex::find_or_enter(const StoreUser& user, const StoreId& id) {
  if (auto row = THEATER_TRY(find(user, id))) return *std::move(row);
  THEATER_TRY_VOID(database_->change("INSERT INTO store (id) VALUES (?1)", id.text()));
  return THEATER_TRY(find(user, id)).value();
}

Result<void> StoreIndex::create(const StoreUser& user, const StoreId& id) {
  THEATER_CHECK(user.actor.has_value() && !id.is_shared(), "{}", id.text());
  Transaction transaction = THEATER_TRY(Transaction::begin(*database_));
  {
    Query count = THEATER_TRY(database_->query("SELECT count(*) FROM store WHERE owner = ?1",
                                               ByteView(user.actor->bytes)));
    if (!THEATER_TRY(count.next())) return bad_row(*database_, "no count of stores");
    if (count.number(0) >= user.quota.stores) {
      return over_quota("the actor", fmt::format("{} stores", count.number(0)), "max_stores",
                        user.quota.stores);
    }
  }
  THEATER_TRY_VOID(database_->change("INSERT INTO store (id, owner) VALUES (?1, ?2)", id.text(),
                                     ByteView(user.actor->bytes)));
  return transaction.commit();
}

Result<bool> StoreIndex::has(const Row& row, const Hash& digest) {
  Query query = THEATER_TRY(database_->query(
      "SELECT 1 FROM content WHERE store = ?1 AND digest = ?2", row.key, digest.view()));
  return query.next();
}

Result<bool> StoreIndex::has_or_takes(const StoreUser& user, const StoreId& id, const Hash& digest,
                                      uint64_t size) {
  auto row = THEATER_TRY(find(user, id));
  if (row && THEATER_TRY(has(*row, digest))) return true;
  StoreFacts facts = row ? row->facts : StoreFacts{id, std::nullopt};
  const StoreQuota& quota = user.quota;
  if (facts.contents >= quota.contents) {
    return over_quota(named(id), fmt::format("{} contents", facts.contents), "max_contents",
                      quota.contents);
  }
  if (size > quota.bytes || facts.bytes > quota.bytes - size) {
    return over_quota(named(id), fmt::format("{} bytes and would get {} more", facts.bytes, size),
                      "max_bytes", quota.bytes);
  }
  return false;
}

Result<bool> StoreIndex::is_held(const Hash& digest) {
  Query query = THEATER_TRY(
      database_->query("SELECT 1 FROM content WHERE digest = ?1 LIMIT 1", digest.view()));
  return query.next();
}

Result<void> StoreIndex::add(const StoreUser& user, const StoreId& id, const Hash& digest,
                             uint64_t size, const std::optional<Label>& label) {
  Transaction transaction = THEATER_TRY(Transaction::begin(*database_));
  bool has_it = THEATER_TRY(has_or_takes(user, id, digest, size));
  Row row = THEATER_TRY(find_or_enter(user, id));
  if (!has_it) {
    THEATER_TRY_VOID(
        database_->change("INSERT INTO content (store, digest, size) VALUES (?1, ?2, ?3)", row.key,
                          digest.view(), size));
    THEATER_TRY_VOID(
        database_->change("UPDATE store SET contents = contents + 1, bytes = bytes + ?2 "
                          "WHERE key = ?1",
                          row.key, size));
  }
  if (label) THEATER_TRY_VOID(point(row, user, *label, digest));
  return transaction.commit();
}

Result<void> StoreIndex::point(const Row& row, const StoreUser& user, const Label& label,
                               const Hash& digest) {
  bool is_new = !THEATER_TRY(find_label(user, row.facts.id, label)).has_value();
  if (is_new && row.facts.labels >= user.quota.labels) {
    return over_quota(named(row.facts.id), fmt::format("{} labels", row.facts.labels), "max_labels",
                      user.quota.labels);
  }
  THEATER_TRY_VOID(
      database_->change("INSERT INTO label (store, name, digest) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT (store, name) DO UPDATE SET digest = ?3",
                        row.key, label.text(), digest.view()));
  if (!is_new) return {};
  return database_->change("UPDATE store SET labels = labels + 1 WHERE key = ?1", row.key);
}

Result<std::optional<uint64_t>> StoreIndex::find_content(const StoreUser& user, const StoreId& id,
                                                         const Hash& digest) {
  auto row = THEATER_TRY(find(user, id));
  if (!row) return std::optional<uint64_t>();
  Query query = THEATER_TRY(database_->query(
      "SELECT size FROM content WHERE store = ?1 AND digest = ?2", row->key, digest.view()));
  if (!THEATER_TRY(query.next())) return std::optional<uint64_t>();
  return std::optional(query.number(0));
}

Result<void> StoreIndex::set_label(const StoreUser& user, const StoreId& id, const Label& label,
                                   const Hash& digest) {
  Transaction transaction = THEATER_TRY(Transaction::begin(*database_));
  auto row = THEATER_TRY(find(user, id));
  if (!row || !THEATER_TRY(has(*row, digest))) return no_content(digest);
  THEATER_TRY_VOID(point(*row, user, label, digest));
  return transaction.commit();
}

Result<std::optional<Hash>> StoreIndex::find_label(const StoreUser& user, const StoreId& id,
                                                   const Label& label) {
  auto row = THEATER_TRY(find(user, id));
  if (!row) return std::optional<Hash>();
  Query query = THEATER_TRY(database_->query(
      "SELECT digest FROM label WHERE store = ?1 AND name = ?2", row->key, label.text()));
  if (!THEATER_TRY(query.next())) return std::optional<Hash>();
  Result<Hash> digest = Hash::from_bytes(query.bytes(0));
  if (!digest) return bad_row(*database_, "a digest that is none");
  return std::optional(*digest);
}

Result<void> StoreIndex::remove_label(const StoreUser& user, const StoreId& id, const Label& label,
                                      const std::optional<Hash>& only_on) {
  Transaction transaction = THEATER_TRY(Transaction::begin(*database_));
  auto row = THEATER_TRY(find(user, id));
  if (!row) return {};
  std::optional<Hash> digest = THEATER_TRY(find_label(user, id, label));
  if (!digest || (only_on && *only_on != *digest)) return {};
  THEATER_TRY_VOID(database_->change("DELETE FROM label WHERE store = ?1 AND name = ?2", row->key,
                                     label.text()));
  THEATER_TRY_VOID(
      database_->change("UPDATE store SET labels = labels - 1 WHERE key = ?1", row->key));
  return transaction.commit();
}

Result<std::vector<LabelledContent>> StoreIndex::labels(const StoreUser& user, const StoreId& id) {
  std::vector<LabelledContent> all;
  auto row = THEATER_TRY(find(user, id));
  if (!row) return all;
  Query query = THEATER_TRY(
      database_->query("SELECT name, digest FROM label WHERE store = ?1 ORDER BY name", row->key));
  while (THEATER_TRY(query.next())) {
    Result<Label> label = Label::parse(query.text(0));
    Result<Hash> digest = Hash::from_bytes(query.bytes(1));
    if (!label || !digest) return bad_row(*database_, "a label that is none");
    all.push_back({*std::move(label), *digest});
  }
  return all;
}

Result<std::vector<Hash>> StoreIndex::contents(const StoreUser& user, const StoreId& id) {
  std::vector<Hash> all;
  auto row = THEATER_TRY(find(user, id));
  if (!row) return all;
  Query query = THEATER_TRY(
      database_->query("SELECT digest FROM content WHERE store = ?1 ORDER BY digest", row->key));
  while (THEATER_TRY(query.next())) {
    Result<Hash> digest = Hash::from_bytes(query.bytes(0));
    if (!digest) return bad_row(*database_, "a digest that is none");
    all.push_back(*digest);
  }
  return all;
}

Result<std::optional<StoreFacts>> StoreIndex::facts(const StoreUser& user, const StoreId& id) {
  auto row = THEATER_TRY(find(user, id));
  if (!row) return std::optional<StoreFacts>();
  return std::optional(std::move(row->facts));
}

Result<std::vector<SizedContent>> StoreIndex::unlabelled(const StoreUser& user, const StoreId& id) {
  std::vector<SizedContent> all;
  auto row = THEATER_TRY(find(user, id));
  if (!row) return all;
  Query query = THEATER_TRY(
      database_->query("SELECT digest, size FROM content WHERE store = ?1 AND digest NOT IN "
                       "(SELECT digest FROM label WHERE store = ?1) ORDER BY digest",
                       row->key));
  while (THEATER_TRY(query.next())) {
    Result<Hash> digest = Hash::from_bytes(query.bytes(0));
    if (!digest) return bad_row(*database_, "a digest that is none");
    all.push_back({*digest, query.number(1)});
  }
  return all;
}

Result<std::vector<SizedContent>> StoreIndex::remove_unlabelled(const StoreUser& user,
                                                                const StoreId& id) {
  Transaction transaction = THEATER_TRY(Transaction::begin(*database_));
  std::vector<SizedContent> all = THEATER_TRY(unlabelled(user, id));
  if (all.empty()) return all;
  Row row = THEATER_TRY(find(user, id)).value();
  uint64_t size = 0;
  for (const SizedContent& one : all)
    size += one.size;
  THEATER_TRY_VOID(
      database_->change("DELETE FROM content WHERE store = ?1 AND digest NOT IN "
                        "(SELECT digest FROM label WHERE store = ?1)",
                        row.key));
  THEATER_TRY_VOID(
      database_->change("UPDATE store SET contents = contents - ?2, bytes = bytes - ?3 "
                        "WHERE key = ?1",
                        row.key, uint64_t{all.size()}, size));
  THEATER_TRY_VOID(transaction.commit());
  return all;
}

Result<bool> StoreIndex::is_labelled(const Hash& digest) {
  Query query =
      THEATER_TRY(database_->query("SELECT 1 FROM content JOIN label USING (store, digest) "
                                   "WHERE content.digest = ?1 LIMIT 1",
                                   digest.view()));
  return query.next();
}

Result<std::vector<StoreFacts>> StoreIndex::list() {
  std::vector<StoreId> ids;
  {
    Query query = THEATER_TRY(database_->query("SELECT id FROM store ORDER BY id"));
    while (THEATER_TRY(query.next())) {
      Result<StoreId> id = StoreId::parse(query.text(0));
      if (!id) return bad_row(*database_, "a store id that is none");
      ids.push_back(*std::move(id));
    }
  }
  std::vector<StoreFacts> all;
  for (const StoreId& id : ids) {
    if (auto facts_of_one = THEATER_TRY(facts({}, id))) all.push_back(*std::move(facts_of_one));
  }
  return all;
}

Result<void> StoreIndex::remove(const StoreId& id) {
  Transaction transaction = THEATER_TRY(Transaction::begin(*database_));
  auto row = THEATER_TRY(find({}, id));
  if (!row) return no_store({}, id);
  for (std::string_view sql :
       {"DELETE FROM label WHERE store = ?1", "DELETE FROM content WHERE store = ?1",
        "DELETE FROM store WHERE key = ?1"}) {
    THEATER_TRY_VOID(database_->change(sql, row->key));
  }
  return transaction.commit();
}

Result<std::vector<Hash>> StoreIndex::all_contents() {
  std::vector<Hash> all;
  Query query =
      THEATER_TRY(database_->query("SELECT DISTINCT digest FROM content ORDER BY digest"));
  while (THEATER_TRY(query.next())) {
    Result<Hash> digest = Hash::from_bytes(query.bytes(0));
    if (!digest) return bad_row(*database_, "a digest that is none");
    all.push_back(*digest);
  }
  return all;
}

}  // namespace theater
