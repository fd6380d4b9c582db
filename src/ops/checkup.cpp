#include "ops/checkup.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "ledger/segment.hpp"
#include "ops/config_rules.hpp"
#include "store/credential_repository.hpp"
#include "store/inspect.hpp"
#include "store/setting_repository.hpp"
#include "store/vault.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <system_error>

namespace aigw::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kEarliestSaneMs = 1'750'000'000'000;  // June 2025: before this program was written
constexpr std::int64_t kClockPlayMs = 60'000;
constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kFreeBad = 64 * kMiB, kFreeWarn = 512 * kMiB;  // a segment takes 64 MiB

std::string mebibytes(std::uint64_t bytes) { return std::to_string((bytes + kMiB - 1) / kMiB) + " MiB"; }

std::optional<struct stat> facts_of(const fs::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return facts;
}

/// What others may not do with a file of ours.
enum class Private : std::uint8_t { unread, unwritten };

/// Owner and mode; none when they are right, or there is no such file.
std::optional<Finding> wrong_access(const std::string& subject, const fs::path& path, Private wanted) {
  const auto facts = facts_of(path);
  if (!facts) return std::nullopt;
  if (facts->st_uid != ::geteuid())
    return Finding{subject, Health::warn,
                   path.string() + " belongs to user " + std::to_string(facts->st_uid) + ", and this is user " +
                       std::to_string(::geteuid()),
                   "Run aigw as its owner, or give it away with chown."};
  const mode_t others = wanted == Private::unread ? 077 : 022;
  if ((facts->st_mode & others) == 0) return std::nullopt;
  return Finding{subject, Health::bad,
                 path.string() + (wanted == Private::unread ? " can be read by others" : " can be changed by others"),
                 std::string("chmod ") + (wanted == Private::unread ? "go-rwx " : "go-w ") + path.string()};
}

Finding check_folder(const fs::path& folder) {
  const std::string subject = "data folder";
  if (!facts_of(folder))
    return {subject, Health::ok, folder.string() + " does not exist: the first start makes it", ""};
  if (auto wrong = wrong_access(subject, folder, Private::unread)) return *std::move(wrong);
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return {subject, Health::bad, folder.string() + " cannot be written to",
            "Check who owns it and how it is mounted."};
  if (files::is_network_filesystem(folder))
    return {subject, Health::bad, folder.string() + " is on a network file system, where locks do not hold",
            "Move it to a local disk with --db."};
  return {subject, Health::ok, folder.string(), ""};
}

std::vector<Finding> check_disk(fs::path folder) {
  struct statvfs disk {};
  std::error_code code;
  while (!fs::exists(folder, code) && folder.has_parent_path() && folder != folder.parent_path())
    folder = folder.parent_path();
  if (::statvfs(folder.c_str(), &disk) != 0) return {};
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const Health health = free < kFreeBad ? Health::bad : free < kFreeWarn ? Health::warn : Health::ok;
  return {{"disk", health, mebibytes(free) + " free",
           health == Health::ok ? "" : "Free some space: without it new requests are refused with 503."}};
}

/// The clock against itself: what was written last cannot be of tomorrow.
Finding check_clock(UnixMillis now, std::optional<RequestId> newest) {
  if (now.value < kEarliestSaneMs)
    return {"clock", Health::bad, "it says " + to_iso8601(now), "Set it: TLS, expiry of keys and usage go by it."};
  if (newest && newest->at().value > now.value + kClockPlayMs)
    return {"clock", Health::warn, "it says " + to_iso8601(now) + ", the newest row is of " + to_iso8601(newest->at()),
            "Check it: it went back. Rows keep their order, and those until then are counted in the future."};
  return {"clock", Health::ok, to_iso8601(now), ""};
}

/// Whether each stored credential opens.
Status open_all(store::Database& db, const config::Config& config) {
  AIGW_TRY_ASSIGN(const auto vault, store::Vault::unlock(db, {config.master_key.value, config.master_key.file,
                                                              config.master_key.file_named}));
  AIGW_TRY_ASSIGN(const auto credentials, store::CredentialRepository(db).list());
  for (const auto& row : credentials) AIGW_TRY(vault.reveal(db, row.id));
  for (const config::Provider& provider : config.providers)
    if (!provider.sealed_key.empty()) AIGW_TRY(vault.open_text(provider.sealed_key));
  return {};
}

Finding check_master_key(store::Database& db, const config::Config& config, Gateway gateway) {
  const std::string subject = "master key";
  const std::string from = !config.master_key.value.empty() ? "AIGW_MASTER_KEY" : config.master_key.file.string();
  if (config.master_key.value.empty() && !config.master_key.file_named)
    if (auto wrong = wrong_access(subject, config.master_key.file, Private::unread)) return *std::move(wrong);
  if (gateway == Gateway::runs) return {subject, Health::ok, "opened by the gateway that runs", ""};
  const auto stored = store::SettingRepository(db).get("data_key");
  if (stored && !*stored) return {subject, Health::ok, "none yet: the first start makes one", ""};
  if (Status opened = open_all(db, config); !opened) return bad_finding(subject, opened.error());
  return {subject, Health::ok, "that of " + from + " opens every credential", ""};
}

std::vector<Finding> check_database(const config::Config& config, const config::Paths& paths, Gateway gateway,
                                    UnixMillis now) {
  std::vector<Finding> out;
  if (auto wrong = wrong_access("database", paths.db, Private::unread)) out.push_back(*std::move(wrong));
  auto db = store::Database::open(paths.db, store::Database::Mode::read_only);
  std::error_code code;
  if (!db && db.error().kind == ErrorKind::not_found) {
    out.push_back({"database", Health::ok, "there is none yet: the first start makes " + paths.db.string(), ""});
    out.push_back(check_clock(now, std::nullopt));
    return out;
  }
  if (!db) {
    out.push_back(bad_finding("database", db.error()));
    out.push_back(check_clock(now, std::nullopt));
    return out;
  }
  out.push_back(
      {"database", Health::ok,
       paths.db.string() + ", " + mebibytes(fs::file_size(paths.db, code)) + ", SQLite " + store::sqlite_version(),
       ""});
  const auto newest = store::newest_row(*db);
  if (!newest) out.push_back(bad_finding("database", newest.error()));
  out.push_back(check_clock(now, newest ? *newest : std::nullopt));
  out.push_back(check_master_key(*db, config, gateway));
  return out;
}

/// What an older process left is read in by the next start, or by any command that works on the database.
Finding check_journal(const config::Paths& paths, Gateway gateway) {
  const std::string subject = "journal";
  const auto segments = ledger::list_segments(paths.ledger);
  if (!segments) return bad_finding(subject, segments.error());
  std::uint64_t bytes = 0;
  std::error_code code;
  for (const auto& [id, path] : *segments)
    if (const auto size = fs::file_size(path, code); !code) bytes += size;
  const std::string said = std::to_string(segments->size()) + " segments, " + mebibytes(bytes);
  if (gateway == Gateway::runs || segments->empty()) return {subject, Health::ok, said, ""};
  return {subject, Health::warn, said + " left by a process that did not end in order",
          "The next start reads them in; nothing is lost."};
}

}  // namespace

std::string_view name_of(Health health) {
  static constexpr std::array<std::string_view, 3> kNames = {"ok", "warn", "bad"};
  return kNames[static_cast<std::size_t>(health)];
}

Finding bad_finding(std::string subject, const Error& error) {
  return {std::move(subject), Health::bad, error.message, error.next};
}

std::vector<Finding> check_configuration(const config::Config& config, const llm::Registry& registry) {
  const std::string subject = "configuration";
  std::vector<Finding> out;
  if (Status right = check_config(config, registry); !right)
    out.push_back(bad_finding(subject, right.error()));
  else if (!facts_of(config.file))
    out.push_back({subject, Health::ok, config.file.string() + " does not exist: the defaults hold", ""});
  else
    out.push_back({subject, Health::ok, config.file.string(), ""});
  if (auto wrong = wrong_access(subject, config.file, Private::unwritten)) out.push_back(*std::move(wrong));
  for (std::string& odd : odd_in_config(config))
    out.push_back({subject, Health::warn, std::move(odd), "aigw help serve and docs/configuration.md name them all."});
  return out;
}

std::vector<Finding> check_files(const config::Config& config, const config::Paths& paths, Gateway gateway,
                                 UnixMillis now) {
  std::vector<Finding> out = {check_folder(paths.db.parent_path())};
  const auto add = [&out](std::vector<Finding> more) {
    for (Finding& finding : more) out.push_back(std::move(finding));
  };
  add(check_disk(paths.db.parent_path()));
  add(check_database(config, paths, gateway, now));
  out.push_back(check_journal(paths, gateway));
  return out;
}

}  // namespace aigw::ops
