#include "store/migrations.hpp"

#include "base/crypto.hpp"
#include "base/time.hpp"
#include "store/door.hpp"

#include <array>

namespace aigw::store {
namespace {

// A step that was released never changes: its sum stands in the databases. New things are new steps.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE texts(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE requests(
  id INTEGER PRIMARY KEY, key INTEGER, credential INTEGER,
  client_dialect INTEGER NOT NULL, provider_dialect INTEGER NOT NULL, operation INTEGER NOT NULL, stream INTEGER NOT NULL,
  outcome INTEGER NOT NULL, status INTEGER NOT NULL, usage_source INTEGER NOT NULL,
  input INTEGER, cache_read INTEGER, cache_write INTEGER, output INTEGER, reasoning INTEGER, cost INTEGER, held INTEGER,
  latency_us INTEGER NOT NULL, ttft_us INTEGER, bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,
  provider INTEGER, model_requested INTEGER, model_served INTEGER, error INTEGER, attempts BLOB) STRICT;

CREATE TABLE requests_open(
  id INTEGER PRIMARY KEY, key INTEGER, client_dialect INTEGER NOT NULL, operation INTEGER NOT NULL, stream INTEGER NOT NULL,
  reserved INTEGER NOT NULL, provider INTEGER, model_requested INTEGER) STRICT;

CREATE TABLE usage_hour(
  id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, key INTEGER NOT NULL, provider INTEGER NOT NULL, model INTEGER NOT NULL, outcome INTEGER NOT NULL,
  requests INTEGER NOT NULL, unpriced INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL, cost INTEGER NOT NULL,
  latency BLOB NOT NULL, ttft BLOB NOT NULL,
  UNIQUE(hour, key, provider, model, outcome)) STRICT;

CREATE TABLE usage_day(
  id INTEGER PRIMARY KEY, day INTEGER NOT NULL, key INTEGER NOT NULL, provider INTEGER NOT NULL, model INTEGER NOT NULL, outcome INTEGER NOT NULL,
  requests INTEGER NOT NULL, unpriced INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL, cost INTEGER NOT NULL,
  latency BLOB NOT NULL, ttft BLOB NOT NULL,
  UNIQUE(day, key, provider, model, outcome)) STRICT;

CREATE TABLE segments(
  epoch INTEGER NOT NULL, loop INTEGER NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY(epoch, loop, number)) STRICT, WITHOUT ROWID;

CREATE TABLE issued_keys(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, prefix TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL, last_used_ms INTEGER, expires_ms INTEGER, revoked_ms INTEGER) STRICT;
CREATE INDEX issued_keys_name ON issued_keys(name);
CREATE UNIQUE INDEX issued_keys_live_name ON issued_keys(name) WHERE revoked_ms IS NULL;

CREATE TABLE provider_credentials(
  id INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB NOT NULL, hint TEXT NOT NULL,
  created_ms INTEGER NOT NULL, UNIQUE(provider, name)) STRICT;

CREATE TABLE providers(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, endpoints TEXT NOT NULL, allow_private INTEGER NOT NULL,
  pricing TEXT NOT NULL) STRICT;

CREATE TABLE provider_models(
  provider TEXT NOT NULL, model TEXT NOT NULL, learnt_ms INTEGER NOT NULL,
  PRIMARY KEY(provider, model)) STRICT, WITHOUT ROWID;

CREATE TABLE model_prices(
  provider TEXT NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL, output INTEGER NOT NULL, since_ms INTEGER NOT NULL,
  PRIMARY KEY(provider, model)) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log(
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL) STRICT;

INSERT INTO settings(key, value) VALUES('database_uuid', lower(hex(randomblob(16))));
)sql";

// Until now nobody knew which texts are names, so those that are there stay.
constexpr std::string_view kTextsEnd = R"sql(
ALTER TABLE texts ADD COLUMN last_hour INTEGER NOT NULL DEFAULT 9223372036854775807;
CREATE INDEX texts_last_hour ON texts(last_hour) WHERE last_hour < 9223372036854775807;
)sql";

constexpr std::string_view kModelFacts = R"sql(
CREATE TABLE model_facts(
  provider TEXT NOT NULL, model TEXT NOT NULL, layer INTEGER NOT NULL, context INTEGER, output_max INTEGER, input INTEGER,
  cache_read INTEGER, cache_write INTEGER, output INTEGER, capabilities TEXT, source TEXT NOT NULL, since_ms INTEGER NOT NULL,
  PRIMARY KEY(provider, model, layer)) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array kMigrations = {Migration{1, "first", kFirst}, Migration{2, "texts end", kTextsEnd},
                                    Migration{3, "model facts", kModelFacts}};

std::string checksum_of(const Migration& step) {
  const crypto::Sha256 sum = crypto::sha256(step.sql);
  return crypto::to_hex({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

/// What was applied must be what this program knows under that number.
Status check_history(SQLite::Database& db, std::span<const Migration> steps, std::int64_t version) {
  if (version == 0) return {};
  SQLite::Statement row(db, "SELECT number, checksum FROM schema_migrations ORDER BY number");
  std::int64_t known = 0;
  while (row.executeStep()) {
    const std::int64_t number = int_of(row, 0);
    if (number != ++known || number > static_cast<std::int64_t>(steps.size()) ||
        text_of(row, 1) != checksum_of(steps[static_cast<std::size_t>(number - 1)]))
      return make_error(
          ErrorKind::database,
          "the database's schema was made by another history: step " + std::to_string(number) + " differs",
          "Use the aigw that made it, or restore a backup; nothing was changed");
  }
  if (known == version) return {};
  return make_error(
      ErrorKind::database,
      "the database says schema version " + std::to_string(version) + " but records " + std::to_string(known),
      "Restore a backup; nothing was changed");
}

void apply(SQLite::Database& db, const Migration& step) {
  db.exec("BEGIN IMMEDIATE");
  try {
    if (step.number == 1) {
      db.exec(
          "CREATE TABLE schema_migrations(number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, "
          "applied_ms INTEGER NOT NULL) STRICT");
      db.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
    }
    db.exec(std::string(step.sql));
    SQLite::Statement record(db,
                             "INSERT INTO schema_migrations(number, name, checksum, applied_ms) VALUES(?, ?, ?, ?)");
    record.bind(1, step.number);
    bind_text(record, 2, step.name);
    record.bind(3, checksum_of(step));
    record.bind(4, wall_now().value);
    record.exec();
    db.exec("PRAGMA user_version = " + std::to_string(step.number));
    db.exec("COMMIT");
  } catch (const SQLite::Exception&) {
    db.tryExec("ROLLBACK");
    throw;
  }
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<std::span<const Migration>> pending_migrations(SQLite::Database& db, std::span<const Migration> steps) {
  return guarded("read the schema's history", [&]() -> Result<std::span<const Migration>> {
    const std::int64_t version = db.execAndGet("PRAGMA user_version").getInt64();
    if (version > static_cast<std::int64_t>(steps.size()))
      return make_error(ErrorKind::database,
                        "the database has schema version " + std::to_string(version) + ", this aigw knows up to " +
                            std::to_string(steps.size()),
                        "Use a newer aigw; nothing was changed");
    AIGW_TRY(check_history(db, steps, version));
    return steps.subspan(static_cast<std::size_t>(version));
  });
}

Status migrate(SQLite::Database& db, std::span<const Migration> steps) {
  AIGW_TRY_ASSIGN(const auto pending, pending_migrations(db, steps));
  return guarded("bring the schema up to date", [&]() -> Status {
    for (const Migration& step : pending) apply(db, step);
    return {};
  });
}

}  // namespace aigw::store
