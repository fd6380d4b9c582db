#pragma once
// Sums after a salvage: of what the rows say and what the tables of sums still said, the larger, since rows were lost
// and sums were lost, but nothing was ever counted that had not been there.

#include "base/error.hpp"
#include "store/database.hpp"

#include <cstdint>

namespace aigw::store {

/// Returns how many requests only the sums know of. Hours that miss rows are marked, so that `stats` asks their sums.
Result<std::int64_t> make_sums_fit(Database& db);

}  // namespace aigw::store
