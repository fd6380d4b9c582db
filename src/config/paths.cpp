#include "config/paths.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "config/environment.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace aigw::config {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& db, std::string_view suffix) {
  fs::path out = db;
  out += suffix;
  return out;
}

Result<fs::path> home_folder() {
  if (auto home = environment("HOME"); home && fs::path(*home).is_absolute()) return fs::path(*home);
  return make_error(ErrorKind::config, "there is no home folder to keep aigw's files in",
                    "Set HOME, or name a folder with AIGW_HOME, or the files with --config and --db.");
}

/// An XDG base folder. The specification says that relative values are to be ignored.
Result<fs::path> xdg_folder(const char* variable, std::string_view below_home) {
  if (auto folder = environment(variable); folder && fs::path(*folder).is_absolute()) return fs::path(*folder);
  AIGW_TRY_ASSIGN(const fs::path home, home_folder());
  return home / below_home;
}

std::optional<fs::path> runtime_folder() {
  if (auto folder = environment("XDG_RUNTIME_DIR"); folder && fs::path(*folder).is_absolute()) return fs::path(*folder);
  const fs::path usual = "/run/user/" + std::to_string(::getuid());
  std::error_code error;
  if (fs::is_directory(usual, error)) return usual;
  return std::nullopt;
}

bool fits_socket_address(const fs::path& path) { return path.native().size() < sizeof(sockaddr_un::sun_path); }

Result<fs::path> socket_of(const fs::path& db) {
  if (fs::path socket = beside(db, ".sock"); fits_socket_address(socket)) return socket;
  if (const auto folder = runtime_folder()) {
    const crypto::Sha256 digest = crypto::sha256(db.native());
    const std::string name = crypto::to_hex({reinterpret_cast<const char*>(digest.data()), 8});
    if (fs::path socket = *folder / ("aigw-" + name + ".sock"); fits_socket_address(socket)) return socket;
  }
  return make_error(ErrorKind::config, "the path " + db.string() + ".sock is too long for a socket",
                    "Choose a shorter path with --db, or set XDG_RUNTIME_DIR.");
}

Result<fs::path> config_path(const std::optional<std::string>& home) {
  if (home) return fs::path(*home) / "aigw.toml";
  AIGW_TRY_ASSIGN(const fs::path folder, xdg_folder("XDG_CONFIG_HOME", ".config"));
  return folder / "aigw" / "aigw.toml";
}

Result<fs::path> db_path(const std::optional<std::string>& home) {
  if (home) return fs::path(*home) / "aigw.db";
  AIGW_TRY_ASSIGN(const fs::path folder, xdg_folder("XDG_DATA_HOME", ".local/share"));
  return folder / "aigw" / "aigw.db";
}

Status check_profile(const std::string& name) {
  if (name.empty() || std::ranges::find(kProfiles, name) != kProfiles.end()) return {};
  const std::string_view meant = text::nearest(name, kProfiles);
  return make_error(ErrorKind::config, "there is no profile \"" + name + "\"",
                    meant.empty() ? "Choose dev, test or prod." : "Did you mean \"" + std::string(meant) + "\"?");
}

}  // namespace

Result<Paths> paths_of_db(const fs::path& db) {
  std::error_code error;
  // Links resolved, so that every spelling of one path finds the same socket.
  fs::path absolute = fs::weakly_canonical(fs::absolute(db, error), error);
  if (error)
    return make_error(ErrorKind::config, "cannot look up " + db.string() + ": " + error.message(),
                      "Check the path given with --db or AIGW_DB.");
  Paths paths;
  paths.db = absolute;
  paths.ledger = beside(absolute, ".ledger");
  paths.lock = beside(absolute, ".lock");
  paths.master_key = beside(absolute, ".key");
  AIGW_TRY_ASSIGN(paths.socket, socket_of(absolute));
  return paths;
}

Result<Paths> find_paths(const PathFlags& flags) {
  const auto home = environment("AIGW_HOME");
  const auto named = [](const std::string& flag, const char* variable) -> std::optional<std::string> {
    if (!flag.empty()) return flag;
    return environment(variable);
  };
  const auto config_named = named(flags.config, "AIGW_CONFIG");
  fs::path config_file = config_named.value_or("");
  if (!config_named) {
    AIGW_TRY_ASSIGN(config_file, config_path(home));
  }
  fs::path db;
  if (const auto db_named = named(flags.db, "AIGW_DB")) {
    db = *db_named;
  } else {
    AIGW_TRY_ASSIGN(db, db_path(home));
  }
  AIGW_TRY_ASSIGN(Paths paths, paths_of_db(db));
  std::error_code error;
  paths.config_file = fs::absolute(config_file, error);
  paths.config_named = config_named.has_value();
  paths.profile = named(flags.profile, "AIGW_PROFILE").value_or("");
  AIGW_TRY(check_profile(paths.profile));
  return paths;
}

}  // namespace aigw::config
