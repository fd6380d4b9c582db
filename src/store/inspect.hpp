#pragma once
// A database as `aigw doctor` looks at it: read-only, while anything may run. On the connection's thread.

#include "base/request_id.hpp"
#include "store/database.hpp"

#include <optional>
#include <string>

namespace aigw::store {

std::string sqlite_version();  ///< "3.40.1"

/// None when there is no row yet.
Result<std::optional<RequestId>> newest_row(Database& db);

}  // namespace aigw::store
