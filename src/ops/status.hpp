#pragma once
// How this aigw is: for `aigw status`, monitors and bug reports.

#include "ops/context.hpp"

#include <cstdint>
#include <string>

namespace aigw::ops {

struct StatusView {
  std::string version;
  UnixMillis now;
  UnixMillis started;          ///< 0 when nothing serves
  std::int64_t keys = 0;       ///< active ones
  std::int64_t providers = 0;  ///< callable ones
  std::int64_t credentials = 0;
  std::uint64_t ledger_lag_bytes = 0;  ///< how far the tables are behind the journal
  std::string models_date;             ///< of the catalogue's prices
};

Result<StatusView> status(const Context& context);

}  // namespace aigw::ops
