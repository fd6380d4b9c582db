#include "store/credential_repository.hpp"
#include "store/key_repository.hpp"
#include "store/model_fact_repository.hpp"
#include "store/price_repository.hpp"
#include "store/provider_repository.hpp"
#include "store/setting_repository.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <set>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;

namespace {

Database write_connection(const Home& home) {
  auto db = Database::open(home.db(), Database::Mode::write);
  REQUIRE(db.ok());
  return *std::move(db);
}

NewKey key_named(std::string_view name, std::string_view text) {
  return {name, "aigw_abc", crypto::sha256(text), kNoon, std::nullopt};
}

}  // namespace

TEST_CASE("a key's name is free again when the key was revoked") {
  Home home;
  Database db = write_connection(home);
  KeyRepository keys(db);
  const auto first = keys.insert(key_named("laptop", "one"));
  REQUIRE(first.ok());
  CHECK(first->name == "laptop");
  CHECK(first->prefix == "aigw_abc");
  CHECK(first->created == kNoon);
  const auto twin = keys.insert(key_named("laptop", "two"));
  REQUIRE_FALSE(twin.ok());
  CHECK(twin.error().kind == ErrorKind::conflict);
  REQUIRE(keys.revoke(first->id, {kNoon.value + 1}).ok());
  CHECK(keys.revoke(first->id, kNoon).error().kind == ErrorKind::not_found);
  const auto second = keys.insert(key_named("laptop", "two"));
  REQUIRE(second.ok());
  CHECK((*keys.find("laptop"))->id == second->id);
  CHECK(keys.list(IncludeRevoked::yes)->size() == 2);
  CHECK(keys.list(IncludeRevoked::no)->size() == 1);
  REQUIRE(keys.revoke(second->id, {kNoon.value + 2}).ok());
  CHECK((*keys.find("laptop"))->id == second->id);
}

TEST_CASE("only keys that are neither revoked nor expired are live, and rotating changes the hash alone") {
  Home home;
  Database db = write_connection(home);
  KeyRepository keys(db);
  NewKey expiring = key_named("short", "two");
  expiring.expires = UnixMillis{kNoon.value + 1'000};
  const auto stays = keys.insert(key_named("stays", "one"));
  REQUIRE(keys.insert(expiring).ok());
  CHECK(keys.live(kNoon)->size() == 2);
  CHECK(keys.live({kNoon.value + 1'000})->size() == 1);
  REQUIRE(keys.rotate(stays->id, "aigw_new", crypto::sha256("three")).ok());
  const auto live = keys.live({kNoon.value + 1'000});
  CHECK((*live)[0].hash == crypto::sha256("three"));
  CHECK((*live)[0].id == stays->id);
  CHECK((*keys.find(stays->id))->prefix == "aigw_new");
  REQUIRE(keys.remove(stays->id).ok());
  CHECK(keys.rotate(stays->id, "x", crypto::sha256("four")).error().kind == ErrorKind::not_found);
  CHECK(keys.insert(key_named("next", "five"))->id > stays->id);
}

TEST_CASE("providers, their models and prices come and go together") {
  Home home;
  Database db = write_connection(home);
  ProviderRepository providers(db);
  PriceRepository prices(db);
  REQUIRE(providers.insert({{}, "zeta", "[]", true, "free"}).ok());
  REQUIRE(providers.insert({{}, "acme", "[1]", false, ""}).ok());
  CHECK(providers.insert({{}, "acme", "[]", false, ""}).error().kind == ErrorKind::conflict);
  REQUIRE(providers.set_models("acme", {"b", "a", "b"}, kNoon).ok());
  REQUIRE(providers.set_models("acme", {"c", "a"}, kNoon).ok());
  REQUIRE(prices.set({"acme", "a", {1}, {2}, {3}, {4}, kNoon}).ok());
  REQUIRE(prices.set({"acme", "a", {5}, {6}, {7}, {8}, kNoon}).ok());
  const auto list = providers.list();
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].name == "acme");
  CHECK((*list)[1].allow_private);
  CHECK((*list)[1].pricing == "free");
  const auto models = providers.models();
  REQUIRE(models->size() == 2);
  CHECK((*models)[0].model == "a");
  CHECK((*models)[1].model == "c");
  REQUIRE(prices.list()->size() == 1);
  CHECK((*prices.list())[0].output.value == 8);
  REQUIRE(providers.update({{}, "acme", "[2]", true, "as:zeta"}).ok());
  CHECK((*providers.find("acme"))->endpoints_json == "[2]");
  REQUIRE(providers.remove("acme").ok());
  CHECK(providers.models()->empty());
  CHECK(prices.list()->empty());
  CHECK(providers.remove("acme").error().kind == ErrorKind::not_found);
  CHECK(providers.update({{}, "acme", "", false, ""}).error().kind == ErrorKind::not_found);
  CHECK(prices.remove("acme", "a").error().kind == ErrorKind::not_found);
}

TEST_CASE("settings and the audit log keep what they were told") {
  Home home;
  Database db = write_connection(home);
  SettingRepository settings(db);
  CHECK_FALSE(settings.get("a")->has_value());
  CHECK(*settings.get_number("a") == 0);
  REQUIRE(settings.set("a", "1").ok());
  REQUIRE(settings.set("a", "12").ok());
  CHECK(*settings.get_number("a") == 12);
  REQUIRE(settings.set("a", "12x").ok());
  CHECK_FALSE(settings.get_number("a").ok());
  AuditRepository audit(db);
  for (int i = 0; i < 3; ++i) REQUIRE(audit.add({kNoon, "owner", "keys.issue", std::to_string(i)}).ok());
  const auto last = audit.last(2);
  REQUIRE(last->size() == 2);
  CHECK((*last)[0].object == "2");
  CHECK((*last)[1].object == "1");
}

TEST_CASE("pages of requests go on where the last one ended, and the last n begin where asked") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  for (int i = 0; i < 25; ++i) settle(*writer, settled(id_at(i)));
  REQUIRE(ingester->flush().ok());
  Database db = reader_of(*ingester);
  RequestRepository requests(db);
  RequestId after;
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto page = requests.page_after(after, 10);
    REQUIRE(page.ok());
    if (page->empty()) break;
    sizes.push_back(page->size());
    after = page->back().id;
  }
  CHECK(sizes == std::vector<std::size_t>{10, 10, 5});
  CHECK(requests.page_after(*requests.start_of_last(3), 100)->size() == 3);
  CHECK(requests.page_after(*requests.start_of_last(3), 100)->front().id == id_at(22));
  CHECK(requests.page_after(*requests.start_of_last(1'000), 100)->size() == 25);
  CHECK(requests.page_after(*requests.start_of_last(0), 100)->empty());
  CHECK(*requests.max_id() == id_at(24));
}

TEST_CASE("every query of the repositories finds its rows by an index and sorts nothing") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  std::set<std::string> queries;
  REQUIRE(ingester
              ->write([&](Database& db) -> Status {
                sqlite3_trace_v2(
                    db.raw().getHandle(), SQLITE_TRACE_STMT,
                    [](unsigned, void* out, void* statement, void*) {
                      const std::string sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
                      if (sql.starts_with("SELECT") || sql.starts_with("UPDATE") || sql.starts_with("DELETE"))
                        static_cast<std::set<std::string>*>(out)->insert(sql);
                      return 0;
                    },
                    &queries);
                KeyRepository keys(db);
                const auto key = keys.insert(key_named("k", "k"));
                AIGW_TRY(keys.list(IncludeRevoked::yes));
                AIGW_TRY(keys.list(IncludeRevoked::no));
                AIGW_TRY(keys.live(kNoon));
                AIGW_TRY(keys.find(key->id));
                AIGW_TRY(keys.find("k"));
                AIGW_TRY(keys.rotate(key->id, "p", crypto::sha256("y")));
                AIGW_TRY(keys.revoke(key->id, kNoon));
                AIGW_TRY(keys.remove(key->id));
                CredentialRepository credentials(db);
                const auto credential = credentials.insert("acme", "default", "", kNoon);
                AIGW_TRY(credentials.set_sealed(*credential, "x", ""));
                AIGW_TRY(credentials.sealed(*credential));
                AIGW_TRY(credentials.list());
                AIGW_TRY(credentials.find(*credential));
                AIGW_TRY(credentials.find("acme", "default"));
                AIGW_TRY(credentials.remove(*credential));
                ProviderRepository providers(db);
                AIGW_TRY(providers.insert({{}, "acme", "[]", false, ""}));
                AIGW_TRY(providers.update({{}, "acme", "[]", false, ""}));
                AIGW_TRY(providers.set_models("acme", {"m"}, kNoon));
                AIGW_TRY(providers.models());
                AIGW_TRY(providers.list());
                PriceRepository prices(db);
                AIGW_TRY(prices.set({"acme", "m", {}, {}, {}, {}, kNoon}));
                AIGW_TRY(prices.list());
                AIGW_TRY(prices.remove("acme", "m"));
                ModelFactRepository facts(db);
                ModelFactRow fact;
                fact.provider = "acme";
                fact.model = "m";
                AIGW_TRY(facts.replace_imported("litellm", {&fact, 1}));
                AIGW_TRY(facts.correct(fact));
                AIGW_TRY(facts.list());
                AIGW_TRY(facts.remove("acme", "m"));
                AIGW_TRY(facts.remove_imported());
                AIGW_TRY(providers.remove("acme"));
                AIGW_TRY(SettingRepository(db).get("x"));
                AIGW_TRY(AuditRepository(db).last(5));
                RequestRepository requests(db);
                AIGW_TRY(requests.page_after({}, 5));
                AIGW_TRY(requests.start_of_last(5));
                AIGW_TRY(requests.find({1}));
                AIGW_TRY(requests.open_rows(5));
                AIGW_TRY(requests.max_id());
                sqlite3_trace_v2(db.raw().getHandle(), 0, nullptr, nullptr);
                return {};
              })
              .ok());
  const auto writer = writer_of(*ingester);
  for (int i = 0; i < 3; ++i) settle(*writer, settled(id_at(i * 1'000)));
  REQUIRE(ingester
              ->write([&](Database& db) -> Status {
                sqlite3_trace_v2(
                    db.raw().getHandle(), SQLITE_TRACE_STMT,
                    [](unsigned, void* out, void* statement, void*) {
                      const std::string sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
                      if (sql.starts_with("SELECT")) static_cast<std::set<std::string>*>(out)->insert(sql);
                      return 0;
                    },
                    &queries);
                const std::int64_t day = 86'400'000;
                AIGW_TRY(stats(db, {{kNoon.value - 3 * day - 1}, {kNoon.value + 1'500}, {true, true, true, false}}));
                AIGW_TRY(stats(db, {{kNoon.value + 1}, {kNoon.value + 1'500}, {true, true, true, true}}));
                sqlite3_trace_v2(db.raw().getHandle(), 0, nullptr, nullptr);
                return {};
              })
              .ok());

  CHECK(queries.size() > 30);
  Database db = reader_of(*ingester);
  for (const std::string& sql : queries) {
    CAPTURE(sql);
    SQLite::Statement plan(db.raw(), "EXPLAIN QUERY PLAN " + sql);
    while (plan.executeStep()) {
      const std::string step = plan.getColumn(3).getString();
      CAPTURE(step);
      // The maximum of a row id is found at the end of the table, which the plan calls a search without an index.
      const bool indexed = step.find("USING") != std::string::npos || step == "SEARCH requests";
      CHECK(indexed);
      CHECK(step.find("TEMP B-TREE") == std::string::npos);
    }
  }
}
