#pragma once
// Named values, and who changed what. On the connection's thread.

#include "base/time.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

class SettingRepository {
 public:
  explicit SettingRepository(Database& db) : db_(db) {}

  Result<std::optional<std::string>> get(std::string_view key) const;
  /// 0 when it was never set. @errors database when it is no number
  Result<std::int64_t> get_number(std::string_view key) const;
  Status set(std::string_view key, std::string_view value);

 private:
  Database& db_;
};

/// One line of the audit log. Never a secret.
struct AuditRow {
  UnixMillis at;
  std::string actor;   ///< "owner"
  std::string action;  ///< "keys.issue"
  std::string object;  ///< "laptop"
};

class AuditRepository {
 public:
  explicit AuditRepository(Database& db) : db_(db) {}

  Status add(const AuditRow& row);
  Result<std::vector<AuditRow>> last(int count) const;  ///< newest first

 private:
  Database& db_;
};

}  // namespace aigw::store
