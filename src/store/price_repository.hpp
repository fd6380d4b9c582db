#pragma once
// The user's own prices, which hold over the catalogue's. On the connection's thread.

#include "base/money.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

struct PriceRow {
  std::string provider;
  std::string model;
  PicoUsdPerToken input;
  PicoUsdPerToken cache_read;
  PicoUsdPerToken cache_write;
  PicoUsdPerToken output;
  UnixMillis since;
};

class PriceRepository {
 public:
  explicit PriceRepository(Database& db) : db_(db) {}

  Status set(const PriceRow& row);                                   ///< replaces the price of that model
  Status remove(std::string_view provider, std::string_view model);  ///< @errors not_found
  Result<std::vector<PriceRow>> list() const;                        ///< by provider, then model

 private:
  Database& db_;
};

}  // namespace aigw::store
