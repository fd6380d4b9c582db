#include "ops/keys.hpp"

#include "base/crypto.hpp"
#include "ops/names.hpp"
#include "ops/snapshot.hpp"
#include "store/setting_repository.hpp"
#include "tests/support/ops_fixture.hpp"

#include <doctest/doctest.h>

using namespace aigw;

namespace {

bool lets_in(const ops::Context& context, const Secret& key) {
  const auto snapshot = ops::load_snapshot(context);
  REQUIRE(snapshot.ok());
  return (*snapshot)->keys.contains(crypto::sha256(key.reveal()));
}

}  // namespace

TEST_CASE_FIXTURE(test::OpsFixture, "an issued key lets in until it is revoked") {
  const auto issued = ops::issue_key(context, "laptop");
  REQUIRE(issued.ok());
  CHECK(issued->secret.reveal().starts_with(issued->row.prefix));
  CHECK(issued->row.prefix.size() < 16);
  CHECK(lets_in(context, issued->secret));
  CHECK(changes == 1);

  REQUIRE(ops::revoke_key(context, "laptop").ok());
  CHECK_FALSE(lets_in(context, issued->secret));
  CHECK(ops::revoke_key(context, ops::id_text("key", issued->row.id.value)).ok());
  CHECK(ops::state_of(*ops::show_key(context, "laptop"), now) == "revoked");
}

TEST_CASE_FIXTURE(test::OpsFixture, "the key of a run leaves nothing when no request was made with it, else its name") {
  const auto listed = [&] { return ops::list_keys(context)->size(); };
  const auto unused = ops::issue_key(context, "run-unused");
  REQUIRE(ops::end_key(context, "run-unused").ok());
  CHECK_FALSE(lets_in(context, unused->secret));
  CHECK(listed() == 0);

  auto writer = ingester->open_writer(0);
  REQUIRE(writer.ok());
  RequestIdMaker ids(0, {});
  const auto settled = ops::issue_key(context, "run-settled");
  ledger::Settled row;
  row.id = ids.next(now);
  row.key = settled->row.id;
  row.outcome = ledger::Outcome::succeeded;
  REQUIRE(((*writer)->reserve().ok() && (*writer)->settle(row).ok()));
  REQUIRE(ops::end_key(context, "run-settled").ok());
  CHECK_FALSE(lets_in(context, settled->secret));
  CHECK(ops::state_of(*ops::show_key(context, "run-settled"), now) == "revoked");

  const auto open = ops::issue_key(context, "run-open");
  ledger::Open begun;
  begun.id = ids.next(now);
  begun.key = open->row.id;
  REQUIRE(((*writer)->reserve().ok() && (*writer)->append(begun).ok()));
  REQUIRE(ops::end_key(context, "run-open").ok());
  CHECK(listed() == 2);
}

TEST_CASE_FIXTURE(test::OpsFixture, "a rotated key keeps its id, and only the new text lets in") {
  const auto before = ops::issue_key(context, "ci");
  const auto after = ops::rotate_key(context, "ci");
  REQUIRE(after.ok());
  CHECK(after->row.id == before->row.id);
  CHECK(lets_in(context, after->secret));
  CHECK_FALSE(lets_in(context, before->secret));
  REQUIRE(ops::revoke_key(context, "ci").ok());
  CHECK(ops::rotate_key(context, "ci").error().kind == ErrorKind::conflict);
}

TEST_CASE_FIXTURE(test::OpsFixture, "an expired key stays on the list and does not let in") {
  const auto issued = ops::issue_key(context, "guest", UnixMillis{now.value + 1000});
  REQUIRE(issued.ok());
  CHECK(lets_in(context, issued->secret));
  now.value += 1000;
  CHECK_FALSE(lets_in(context, issued->secret));
  const auto rows = ops::list_keys(context);
  REQUIRE(rows->size() == 1);
  CHECK(ops::state_of(rows->front(), now) == "expired");
  CHECK(ops::issue_key(context, "late", UnixMillis{now.value}).error().param == "expires_ms");
}

TEST_CASE_FIXTURE(test::OpsFixture, "names are unique among keys that work, and free again afterwards") {
  REQUIRE(ops::issue_key(context, "laptop").ok());
  CHECK(ops::issue_key(context, "laptop").error().kind == ErrorKind::conflict);
  REQUIRE(ops::remove_key(context, "laptop").ok());
  CHECK(ops::issue_key(context, "laptop").ok());
  const auto unknown = ops::show_key(context, "labtop");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().next == "Did you mean \"laptop\"?");
}

TEST_CASE_FIXTURE(test::OpsFixture, "each write leaves one line in the audit log, a refused one none") {
  REQUIRE(ops::issue_key(context, "laptop").ok());
  REQUIRE_FALSE(ops::issue_key(context, "laptop").ok());
  REQUIRE(ops::revoke_key(context, "laptop").ok());
  auto reader = ingester->open_reader();
  REQUIRE(reader.ok());
  const auto lines = store::AuditRepository(*reader).last(10);
  REQUIRE(lines.ok());
  REQUIRE(lines->size() == 2);
  CHECK(lines->at(0).action == "keys.revoke");
  CHECK(lines->at(1).action == "keys.issue");
  CHECK(lines->at(1).object == "laptop");
  CHECK(lines->at(1).actor == "owner");
}
