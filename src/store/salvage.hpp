#pragma once
// Reads what is left of a damaged database into a new file: rows around damaged pages, what the journal still has, and
// sums that fit both. The damaged file, its -wal and the journal stay as they are. Under the damaged file's lock.

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aigw::store {

struct SalvagedTable {
  std::string name;
  std::int64_t rows = 0;  ///< that were read
  bool whole = true;      ///< false: a part of it could not be read
};

struct Salvage {
  std::vector<SalvagedTable> tables;
  std::string unreadable;                 ///< why not even the list of tables could be read; then the journal is all
  std::int64_t requests = 0;              ///< rows in the new file
  std::int64_t requests_lost = 0;         ///< that the sums tell of and nobody has any more; their sums are kept
  std::int64_t requests_of_journal = 0;   ///< that only the journal still had
  std::int64_t journal_records_lost = 0;  ///< could not be read there either
  bool whole() const;
};

/// @errors conflict when `to` exists; not_found; overloaded when the disk is full. `to` is not made then.
Result<Salvage> salvage(const std::filesystem::path& damaged, const std::filesystem::path& ledger,
                        const std::filesystem::path& to);

}  // namespace aigw::store
