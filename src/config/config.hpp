#pragma once
// What can be configured. Values; made at start and at each reload by `Loader`.
// Precedence: flag, environment (AIGW_*), [profile.NAME] of the file, the file, default.

#include "base/crypto.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "base/secret.hpp"
#include "config/paths.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// "127.0.0.1:2449", "[::1]:2449". Port 0: the system picks one.
struct ListenAddress {
  std::string host = "127.0.0.1";  ///< a numeric address, without brackets
  std::uint16_t port = 2449;       ///< A-I-G-W on a phone pad

  static Result<ListenAddress> parse(std::string_view text);
  std::string text() const;
  bool is_loopback() const;
  bool operator==(const ListenAddress&) const = default;
};

// What each setting means, its bounds, and why its default is what it is: settings.cpp, one row a setting.

/// Who may read /metrics.
enum class MetricsAccess : std::uint8_t {
  with_key,  ///< "key": who has an issued key
  open,      ///< whoever reaches the port, for scrapers that send none
  off,
};

/// [server]
struct Server {
  ListenAddress listen;
  std::vector<std::string> allowed_hosts;
  unsigned loops = 0;
  MetricsAccess metrics = MetricsAccess::with_key;
  bool strict = false;
  bool allow_insecure_bind = false;
};

/// [timeouts]
struct Timeouts {
  milliseconds connect = seconds(5);
  milliseconds first_byte = seconds(600);
  milliseconds idle = seconds(120);
  milliseconds total = seconds(3600);
  milliseconds gate = seconds(15);
  milliseconds heartbeat = seconds(10);
  milliseconds client_head = seconds(10);
  milliseconds client_body = seconds(20);
  milliseconds client_write = seconds(60);
  milliseconds keep_alive = seconds(75);
  milliseconds drain = seconds(30);
};

/// [limits]
struct Limits {
  std::int64_t body_bytes = 32LL << 20;
  std::int64_t header_bytes = 64LL << 10;
  std::int64_t connections = 8192;
  std::int64_t upstream_idle = 512;
};

/// [ledger]
enum class Durability : std::uint8_t { normal, full };
struct Ledger {
  Durability durability = Durability::normal;
  milliseconds keep{0};         ///< requests; 0: for ever
  std::int64_t keep_bytes = 0;  ///< of the database; 0: any size
};

/// [log]
struct Log {
  log::Levels levels;  ///< level: "info,net=debug"
  log::Format format = log::Format::console;
  bool requests = false;  ///< a line a request
};

/// The user's own price of one model, dollars a million tokens in the file.
struct OwnPrice {
  std::string model;
  PicoUsdPerToken input, cache_read, cache_write, output;
};

/// A dialect that a provider speaks at another URL than its first.
struct SpokenDialect {
  std::string dialect;
  std::string base_url;
};

/// One [[providers]]. Names of dialects are checked by ops, which knows them; `line` lets it say where.
struct Provider {
  std::string name;     ///< [a-z0-9][a-z0-9._-]*, unique
  std::string dialect;  ///< empty with base_url: a well-known provider, of which only the rest is set
  std::string base_url;
  std::string auth;                   ///< "bearer" and so on; empty: as the dialect's providers do
  std::vector<SpokenDialect> speaks;  ///< speaks = { anthropic-messages = "https://..." }
  bool allow_private = false;         ///< may be reached at loopback and private addresses
  std::string prices_as;              ///< whose list prices hold; empty: unpriced
  bool free = false;                  ///< costs nothing
  std::string key_env;                ///< the variable that holds its key
  Secret key;                         ///< what stood in that variable
  std::string sealed_key;             ///< or the key itself, as `aigw config seal` printed it
  std::vector<OwnPrice> prices;
  int line = 0;  ///< in the file
};

/// How the data key is wrapped; read by ops. At most one of `value` and `file` is given by the user.
struct MasterKey {
  Secret value;                ///< AIGW_MASTER_KEY, by then wiped from the environment
  std::filesystem::path file;  ///< AIGW_MASTER_KEY_FILE; empty: Paths::master_key
  bool file_named = false;     ///< by AIGW_MASTER_KEY_FILE: then it must exist
};

/// Where a value was said last.
struct Source {
  enum class Kind : std::uint8_t { default_value, file, profile, environment, flag } kind = Kind::default_value;
  std::string where;  ///< "/etc/aigw.toml:12", "AIGW_LISTEN", "--listen"; empty for a default
};

struct Config {
  Server server;
  Timeouts timeouts;
  Limits limits;
  Ledger ledger;
  std::vector<Provider> providers;
  Log log;
  MasterKey master_key;
  std::filesystem::path file;                  ///< where it was read, or would have been
  std::string profile;                         ///< empty: none
  std::map<std::string_view, Source> sources;  ///< by the keys of settings.hpp; what is missing is a default

  Source source_of(std::string_view key) const;
};

/// What the command line says over everything else: texts by the keys of settings.hpp.
using Flags = std::map<std::string_view, std::string>;

/// Reads file, environment and flags, as often as asked: secrets leave the environment at the first time and are
/// remembered here. The file's path is in every error about it.
class Loader {
 public:
  Loader(Paths paths, Flags flags) : paths_(std::move(paths)), flags_(std::move(flags)) {}

  /// The first call is start-up's, while one thread runs.
  /// @errors config: "aigw.toml:12: unknown key \"lisen\" in [server]. Did you mean \"listen\"?"
  /// A file that was there at an earlier call and is gone is an error: an editor may be at work.
  Result<Config> load();
  /// Whether the file's content is another than at the last `load`.
  bool is_stale() const;
  const Paths& paths() const { return paths_; }

 private:
  std::optional<Secret> take(const std::string& variable);
  Result<MasterKey> take_master_key();

  Paths paths_;
  Flags flags_;
  bool first_ = true;
  bool seen_ = false;                    ///< the file existed at an earlier load
  crypto::Sha256 digest_{};              ///< of what the file held at the last load
  std::map<std::string, Secret> taken_;  ///< by variable
};

/// Once.
Result<Config> load(const Paths& paths, const Flags& flags);

/// The file's part alone, with `[profile.NAME]` over it when `profile` is not empty; `name` stands in errors.
Result<Config> parse_toml(std::string_view text, std::string_view name, std::string_view profile = {});

/// Whether it may listen there: keys and prompts would cross a network in clear.
/// @errors config unless loopback or allow_insecure_bind
Status check_bind(const Server& server);

}  // namespace aigw::config
