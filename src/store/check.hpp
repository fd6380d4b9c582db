#pragma once
// Looks a database over without changing it, also one that `Database::open` would refuse, and while `serve` runs.

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aigw::store {

enum class CheckDepth : std::uint8_t {
  full,   ///< every page, every index entry, every sum against its rows
  quick,  ///< every page; indexes and sums are believed
};

/// One thing that was looked at.
struct CheckFinding {
  std::string name;  ///< "pages"; stable
  bool sound = true;
  std::string detail;     ///< what was found, a sentence without a full stop
  std::string next = {};  ///< what to do, when it is not sound
};

struct CheckReport {
  std::vector<CheckFinding> findings;
  bool sound() const;
};

/// In this order: file, pages, references, sums, journal. What cannot be looked at any more is left out.
/// @errors not_found when there is no database
Result<CheckReport> check_database(const std::filesystem::path& db, const std::filesystem::path& ledger,
                                   CheckDepth depth);

}  // namespace aigw::store
