#pragma once
// Where the files are. Values; no file is touched but to ask whether the configuration exists.

#include "base/error.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::config {

struct Paths {
  std::filesystem::path config_file;  ///< aigw.toml; may not exist unless it was named
  bool config_named = false;          ///< by --config or AIGW_CONFIG: then it must exist
  std::string profile;                ///< whose [profile.NAME] of that file holds; empty: none
  std::filesystem::path db;           ///< aigw.db, absolute
  std::filesystem::path ledger;       ///< <db>.ledger/, the journal's segments
  std::filesystem::path lock;         ///< <db>.lock, held by the one process that writes
  std::filesystem::path socket;       ///< <db>.sock, or in the runtime folder when that is too long for sun_path
  std::filesystem::path master_key;   ///< <db>.key, made at first start when no master key is given otherwise
};

/// What the command line says; empty when it says nothing.
struct PathFlags {
  std::string config;
  std::string db;
  std::string profile;
};

inline constexpr std::array<std::string_view, 3> kProfiles = {"dev", "test", "prod"};

/// Flag, then AIGW_CONFIG, AIGW_DB and AIGW_PROFILE, then AIGW_HOME (DIR/aigw.toml, DIR/aigw.db), then the XDG folders.
/// @errors config when there is no flag, no variable and no HOME; an unknown profile; those of paths_of_db
Result<Paths> find_paths(const PathFlags& flags);

/// The files that belong to this database, beside it.
/// @errors config when the socket's path is too long and there is no runtime folder for it
Result<Paths> paths_of_db(const std::filesystem::path& db);

}  // namespace aigw::config
