#pragma once
// A damaged database made readable, in a copy of its own: what its -wal has committed is put in, and a header that was
// overwritten is written anew. For `salvage` alone; one thread.

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace SQLite {
class Database;
}

namespace aigw::store {

class SalvageSource {
 public:
  /// Copies `damaged` and its -wal into `folder`. Neither is changed.
  /// @errors not_found when there is neither file nor -wal; database when not even the list of tables can be read
  static Result<SalvageSource> open(const std::filesystem::path& damaged, const std::filesystem::path& folder);

  SalvageSource(SalvageSource&&) noexcept;
  SalvageSource& operator=(SalvageSource&&) noexcept;
  ~SalvageSource();

  SQLite::Database& raw() const { return *connection_; }
  std::int64_t version() const { return version_; }  ///< of its schema; 0: cannot be told

 private:
  explicit SalvageSource(std::unique_ptr<SQLite::Database> connection) : connection_(std::move(connection)) {}
  std::unique_ptr<SQLite::Database> connection_;
  std::int64_t version_ = 0;
};

/// Puts the pages of every transaction that `wal` committed into `file`, as a checkpoint would. Stops at the first
/// frame whose sum is wrong. Returns how many pages. (https://www.sqlite.org/fileformat2.html#walformat)
Result<std::int64_t> apply_wal(const std::filesystem::path& file, const std::filesystem::path& wal);

}  // namespace aigw::store
