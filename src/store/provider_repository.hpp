#pragma once
// The user's own providers, and the lists of models that providers told us. On the connection's thread.

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

struct ProviderRow {
  ProviderId id;  ///< 0 on insert
  std::string name;
  std::string endpoints_json;  ///< what it speaks and where; ops writes and reads it
  bool allow_private = false;
  std::string pricing;  ///< ops writes and reads it: "" unpriced, "free", "as:NAME"
};

struct ProviderModel {
  std::string provider;
  std::string model;
  UnixMillis learnt;
};

class ProviderRepository {
 public:
  explicit ProviderRepository(Database& db) : db_(db) {}

  Result<ProviderId> insert(const ProviderRow& row);  ///< @errors conflict when the name is taken
  Status update(const ProviderRow& row);              ///< by name; @errors not_found
  Status remove(std::string_view name);               ///< with its models and prices; @errors not_found
  Result<std::vector<ProviderRow>> list() const;      ///< by name
  Result<std::optional<ProviderRow>> find(std::string_view name) const;

  /// Replaces what is known of this provider's models. Any provider's name, also of one that has no row.
  Status set_models(std::string_view provider, const std::vector<std::string>& models, UnixMillis learnt);
  Result<std::vector<ProviderModel>> models() const;  ///< by provider, then model

 private:
  Database& db_;
};

}  // namespace aigw::store
