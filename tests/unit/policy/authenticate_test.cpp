#include "policy/authenticate.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using policy::CredentialFields;

namespace {

policy::Snapshot with_key(std::string_view key) {
  policy::Snapshot snapshot;
  snapshot.keys.emplace(crypto::sha256(key), policy::IssuedKey{KeyId{3}, "ci"});
  return snapshot;
}

}  // namespace

SCENARIO("a key is read from every place where clients put it") {
  const auto snapshot = with_key("aigw_abc");
  for (const CredentialFields& fields :
       {CredentialFields{.authorization = "Bearer aigw_abc"}, CredentialFields{.authorization = "bearer   aigw_abc "},
        CredentialFields{.authorization = "Basic OmFpZ3dfYWJj"} /* :aigw_abc */,
        CredentialFields{.authorization = "Basic YWlnd19hYmM6"}, CredentialFields{.x_api_key = "aigw_abc"},
        CredentialFields{.x_goog_api_key = "aigw_abc"}, CredentialFields{.api_key = "aigw_abc"},
        CredentialFields{.query_key = "aigw_abc"},
        CredentialFields{.authorization = "Bearer aigw_abc", .x_api_key = "aigw_abc"}}) {
    const auto key = policy::authenticate(snapshot, fields);
    REQUIRE(key.ok());
    CHECK((*key)->name == "ci");
  }
}

SCENARIO("what is no key of ours is refused, and the message tells what to do") {
  const auto snapshot = with_key("aigw_abc");
  for (const CredentialFields& fields :
       {CredentialFields{}, CredentialFields{.authorization = "Bearer aigw_other"},
        CredentialFields{.authorization = "Token aigw_abc"}, CredentialFields{.x_api_key = "' OR 1=1 --"},
        CredentialFields{.authorization = "Bearer aigw_abc", .x_api_key = "aigw_other"},
        CredentialFields{.authorization = "Bearer aigw_other", .x_api_key = "aigw_abc"},
        CredentialFields{.x_api_key = "aigw_abc "}}) {
    const auto key = policy::authenticate(snapshot, fields);
    REQUIRE_FALSE(key.ok());
    CHECK(key.error().kind == ErrorKind::unauthorized);
    CHECK_FALSE(key.error().next.empty());
    CHECK(key.error().text().find("aigw_other") == std::string::npos);
  }
}

SCENARIO("a connection's last caller is known again, but only by the same key in the same snapshot") {
  const auto snapshot = with_key("aigw_abc");
  policy::LastCaller last;
  const CredentialFields fields{.x_api_key = "aigw_abc"};
  const auto first = policy::authenticate(snapshot, fields, &last);
  REQUIRE(first.ok());
  CHECK(last.key == *first);
  CHECK(*policy::authenticate(snapshot, {.authorization = "Bearer aigw_abc"}, &last) == *first);
  CHECK_FALSE(policy::authenticate(snapshot, {.x_api_key = "aigw_abd"}, &last).ok());
  CHECK_FALSE(policy::authenticate(snapshot, {}, &last).ok());

  const policy::Snapshot revoked;  // a later snapshot, without the key
  CHECK_FALSE(policy::authenticate(revoked, fields, &last).ok());
}
