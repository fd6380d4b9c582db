#include "store/vault.hpp"

#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;

namespace {

struct Safe {
  Home home;
  std::unique_ptr<Ingester> ingester = home.open();
  MasterKeySource source;

  Safe() {
    recovered(*ingester);
    source.file = home / "aigw.db.key";
  }
  Result<Vault> unlock() { return unlock(source); }
  Result<Vault> unlock(const MasterKeySource& with) {
    return ingester->write([&](Database& db) { return Vault::unlock(db, with); });
  }
  CredentialRow add(const Vault& vault, std::string_view provider, std::string_view secret) {
    auto row = ingester->write(
        [&](Database& db) { return vault.add(db, provider, "default", Secret(std::string(secret)), kNoon); });
    REQUIRE(row.ok());
    return *row;
  }
  Result<Secret> reveal(const Vault& vault, CredentialId id) {
    Database db = reader_of(*ingester);
    return vault.reveal(db, id);
  }
  void tamper(const std::string& sql) { SQLite::Database(home.db().string(), SQLite::OPEN_READWRITE).exec(sql); }
};

std::string all_bytes_of(const Home& home) {
  std::string all;
  for (const char* name : {"aigw.db", "aigw.db-wal"}) {
    std::ifstream in(home / name, std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

}  // namespace

TEST_CASE("a provider's secret comes back, also after a restart, and is nowhere in the files") {
  Safe safe;
  const auto vault = safe.unlock();
  REQUIRE(vault.ok());
  const CredentialRow row = safe.add(*vault, "acme", "sk-canary-0123456789");
  CHECK(row.hint == "6789");
  CHECK(safe.reveal(*vault, row.id)->reveal() == "sk-canary-0123456789");
  CHECK(safe.reveal(*safe.unlock(), row.id)->reveal() == "sk-canary-0123456789");
  CHECK(all_bytes_of(safe.home).find("sk-canary") == std::string::npos);
  struct stat facts {};
  REQUIRE(::stat(safe.source.file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a replaced secret is the new one, and a second of the same name is refused") {
  Safe safe;
  const auto vault = safe.unlock();
  const CredentialRow row = safe.add(*vault, "acme", "old");
  CHECK(row.hint.empty());
  REQUIRE(safe.ingester->write([&](Database& db) { return vault->replace(db, row.id, Secret("new")); }).ok());
  CHECK(safe.reveal(*vault, row.id)->reveal() == "new");
  const auto twin =
      safe.ingester->write([&](Database& db) { return vault->add(db, "acme", "default", Secret("x"), kNoon); });
  CHECK(twin.error().kind == ErrorKind::conflict);
  CHECK(safe.reveal(*vault, {99}).error().kind == ErrorKind::not_found);
}

TEST_CASE("a flipped bit and two swapped rows are errors that name the row and a way out") {
  Safe safe;
  const auto vault = safe.unlock();
  const CredentialRow one = safe.add(*vault, "acme", "secret one");
  const CredentialRow two = safe.add(*vault, "zeta", "secret two");
  SUBCASE("swapped") {
    safe.tamper(
        "CREATE TEMP TABLE both AS SELECT id, sealed FROM provider_credentials; "
        "UPDATE provider_credentials SET sealed = (SELECT sealed FROM both WHERE both.id = 3 - "
        "provider_credentials.id)");
  }
  SUBCASE("flipped") {
    safe.tamper(
        "UPDATE provider_credentials SET sealed = CAST(substr(sealed, 1, 20) || x'00' || substr(sealed, 22) AS BLOB)");
  }
  SUBCASE("emptied") { safe.tamper("UPDATE provider_credentials SET sealed = x''"); }
  for (const CredentialRow& row : {one, two}) {
    const auto secret = safe.reveal(*vault, row.id);
    REQUIRE_FALSE(secret.ok());
    CHECK(secret.error().kind == ErrorKind::crypto);
    CHECK(secret.error().message.find("provider_credentials row " + std::to_string(row.id.value)) != std::string::npos);
    CHECK_FALSE(secret.error().next.empty());
  }
}

TEST_CASE("the master key may come as a text or as a file that was named") {
  Safe safe;
  SUBCASE("text") {
    safe.source.value = Secret("correct horse");
    CHECK(safe.unlock().ok());
    CHECK_FALSE(std::filesystem::exists(safe.source.file));
  }
  SUBCASE("file") {
    safe.source.file_named = true;
    CHECK(safe.unlock().error().text().find("AIGW_MASTER_KEY_FILE") != std::string::npos);
    std::ofstream(safe.source.file) << "correct horse\n";
    CHECK(safe.unlock().ok());
    MasterKeySource as_text;
    as_text.value = Secret("correct horse");
    CHECK(safe.unlock(as_text).ok());
  }
}

TEST_CASE("another master key opens nothing and overwrites nothing") {
  Safe safe;
  const auto vault = safe.unlock();
  const CredentialRow row = safe.add(*vault, "acme", "sk-secret");
  const auto refused = [&](const Result<Vault>& tried) {
    REQUIRE_FALSE(tried.ok());
    CHECK(tried.error().kind == ErrorKind::crypto);
    CHECK(tried.error().next.find("nothing was changed") != std::string::npos);
  };
  MasterKeySource other;
  other.value = Secret("wrong");
  refused(safe.unlock(other));

  const auto key = *files::read_file(safe.source.file);
  std::filesystem::remove(safe.source.file);
  refused(safe.unlock());
  CHECK_FALSE(std::filesystem::exists(safe.source.file));

  REQUIRE(files::write_private_file_atomic(safe.source.file, "").ok());
  refused(safe.unlock());
  REQUIRE(files::write_private_file_atomic(safe.source.file, key).ok());
  CHECK(safe.reveal(*safe.unlock(), row.id)->reveal() == "sk-secret");
}

TEST_CASE("a master key of ours that others can read is refused") {
  Safe safe;
  REQUIRE(safe.unlock().ok());
  REQUIRE(::chmod(safe.source.file.c_str(), 0644) == 0);
  const auto vault = safe.unlock();
  REQUIRE_FALSE(vault.ok());
  CHECK(vault.error().next.find("chmod 600") != std::string::npos);
}

namespace {

/// The database seals its data key under `text` from now on.
void rewrap(Safe& safe, const Vault& vault, std::string_view text) {
  REQUIRE(safe.ingester->write([&](Database& db) { return vault.rewrap(db, Secret(std::string(text))); }).ok());
}

void put(const std::filesystem::path& file, std::string_view text) {
  REQUIRE(files::write_private_file_atomic(file, text).ok());
}

}  // namespace

TEST_CASE("under another master key the same secrets open, and the key before opens nothing") {
  Safe safe;
  const auto vault = safe.unlock();
  const CredentialRow row = safe.add(*vault, "acme", "sk-secret");
  rewrap(safe, *vault, "a new master key");
  CHECK_FALSE(safe.unlock().ok());
  safe.source.value = Secret("a new master key");
  CHECK(safe.reveal(*safe.unlock(), row.id)->reveal() == "sk-secret");
  CHECK(safe.reveal(*vault, row.id)->reveal() == "sk-secret");
}

TEST_CASE("a rotation that died at any point leaves a key that opens the database") {
  Safe safe;
  const auto vault = safe.unlock();
  const std::filesystem::path &file = safe.source.file, pending = pending_key_file(file),
                              previous = previous_key_file(file);
  const std::string before = *files::read_file(file);
  SUBCASE("before the database knew: the old key is in place") { put(pending, "the new key"); }
  SUBCASE("after the database knew: the new key is put in place by the next start") {
    put(pending, "the new key");
    rewrap(safe, *vault, "the new key");
    REQUIRE(safe.unlock().ok());
    CHECK(*files::read_file(file) == "the new key");
    CHECK_FALSE(std::filesystem::exists(pending));
  }
  SUBCASE("with the old key put aside") {
    put(pending, "the new key");
    rewrap(safe, *vault, "the new key");
    put(previous, before);
  }
  SUBCASE("the new key is in place, and power went before the database's commit was on the disk") {
    put(previous, before);
    put(file, "the new key");
  }
  CHECK(safe.unlock().ok());
  CHECK(safe.unlock().ok());
}

TEST_CASE("a value sealed for the configuration file opens with its database alone") {
  Safe safe;
  const auto vault = safe.unlock();
  const auto sealed = vault->seal_text(Secret("sk-canary-0123456789"));
  REQUIRE(sealed.ok());
  CHECK(sealed->starts_with("sealed:v1:"));
  CHECK(sealed->find("canary") == std::string::npos);
  CHECK(vault->open_text(*sealed)->reveal() == "sk-canary-0123456789");
  rewrap(safe, *vault, "another master key");
  CHECK(vault->open_text(*sealed)->reveal() == "sk-canary-0123456789");
  for (const std::string& wrong : {std::string("sealed:v1:"), std::string("sealed:v1:zz"), std::string("sk-plain"),
                                   sealed->substr(0, sealed->size() - 2)}) {
    const auto opened = vault->open_text(wrong);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().next.find("aigw config seal") != std::string::npos);
  }
  Safe other;
  CHECK_FALSE(other.unlock()->open_text(*sealed).ok());
}
