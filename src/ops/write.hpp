#pragma once
// The one way in which ops/ changes the database: the change and its line in the audit log are one transaction, then
// the daemon is told. Any thread but the ingester's.

#include "ops/context.hpp"
#include "store/database.hpp"
#include "store/ingester.hpp"
#include "store/setting_repository.hpp"

#include <string_view>
#include <type_traits>

namespace aigw::ops {

/// Calls `context.changed`, one caller at a time: of two snapshots loaded at once the older could be published last,
/// and a revoked key would let in again.
void announce(const Context& context);

/// `body(store::Database&) -> Result<T>`; `action` as "keys.issue"; `object` is a name, never a secret.
template <class Body>
auto write(const Context& context, std::string_view action, std::string_view object, Body body)
    -> std::invoke_result_t<Body&, store::Database&> {
  auto done = context.ingester->write([&](store::Database& db) -> std::invoke_result_t<Body&, store::Database&> {
    auto result = body(db);
    if (result)
      AIGW_TRY(
          store::AuditRepository(db).add({context.clock(), context.actor, std::string(action), std::string(object)}));
    return result;
  });
  if (done) announce(context);
  return done;
}

}  // namespace aigw::ops
