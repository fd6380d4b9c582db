#pragma once
// What can be configured, with its defaults and their reasons. Values; made once at start by `load`.
// Precedence: flag, environment (AIGW_*), file (aigw.toml), default.

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "base/secret.hpp"
#include "config/paths.hpp"

#include <chrono>
#include <cstdint>
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

/// Who may read /metrics.
enum class MetricsAccess : std::uint8_t {
  with_key,  ///< "key": who has an issued key
  open,      ///< whoever reaches the port, for scrapers that send none
  off,
};

/// [server]
struct Server {
  ListenAddress listen;
  std::vector<std::string> allowed_hosts;  ///< names in Host beside localhost and the listen address: "gw.example.com"
  unsigned loops = 0;                      ///< event loops; 0: one a core
  MetricsAccess metrics = MetricsAccess::with_key;
  bool allow_insecure_bind = false;  ///< may listen beyond loopback without TLS
};

/// [timeouts], "10s" or "500ms".
struct Timeouts {
  milliseconds connect = seconds(5);       ///< TCP and TLS to a provider: across the world it takes one second
  milliseconds first_byte = seconds(600);  ///< reasoning models think for minutes; SDKs wait 600 s
  milliseconds idle = seconds(120);        ///< between two reads of an answer; providers ping every 15 to 60 s
  milliseconds total = seconds(3600);      ///< the whole call: long agent turns take half an hour, a stuck one must end
  milliseconds gate = seconds(15);         ///< how long the client's 200 waits for the first real event
  milliseconds heartbeat = seconds(10);    ///< of silence in a stream before the client is sent a sign of life
  milliseconds client_head = seconds(10);  ///< to receive a request's head: slow-loris guard
  milliseconds client_body = seconds(20);  ///< between two reads of a request's body
  milliseconds client_write = seconds(60);  ///< a client that takes nothing for so long is gone
  milliseconds keep_alive = seconds(75);    ///< an idle client connection; load balancers keep theirs 60 s
  milliseconds drain = seconds(30);         ///< after SIGTERM, for running requests to end
};

/// [limits], sizes as "32MiB" or a number of bytes. What may be changed of http/limits.hpp, where the reasons stand.
struct Limits {
  std::int64_t body_bytes = 32LL << 20;    ///< a request's body, decoded
  std::int64_t header_bytes = 64LL << 10;  ///< a request's whole head
  std::int64_t connections = 8192;         ///< of clients, over all loops
  std::int64_t upstream_idle = 512;        ///< connections kept to one provider by one loop
};

/// [ledger]
enum class Durability : std::uint8_t {
  normal,  ///< survives kill -9
  full,    ///< survives a loss of power: requests wait for a grouped fdatasync
};
struct Ledger {
  Durability durability = Durability::normal;
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
  std::string auth;                   ///< "bearer", "x-api-key", "none"; empty: as the dialect's providers do
  std::vector<SpokenDialect> speaks;  ///< speaks = { anthropic-messages = "https://..." }
  bool allow_private = false;         ///< may be reached at loopback and private addresses
  std::string prices_as;              ///< whose list prices hold; empty: unpriced
  bool free = false;                  ///< costs nothing
  std::string key_env;                ///< the variable that holds its key
  Secret key;                         ///< what stood in that variable
  std::vector<OwnPrice> prices;
  int line = 0;  ///< in the file
};

/// How the data key is wrapped; read by ops. At most one of `value` and `file` is given by the user.
struct MasterKey {
  Secret value;                ///< AIGW_MASTER_KEY, by then wiped from the environment
  std::filesystem::path file;  ///< AIGW_MASTER_KEY_FILE; empty: Paths::master_key
  bool file_named = false;     ///< by AIGW_MASTER_KEY_FILE: then it must exist
};

struct Config {
  Server server;
  Timeouts timeouts;
  Limits limits;
  Ledger ledger;
  std::vector<Provider> providers;
  Log log;
  MasterKey master_key;
};

/// What the command line says over file and environment; empty when it says nothing.
struct Flags {
  std::optional<std::string> listen;
  std::optional<std::string> log_level;
  std::optional<unsigned> loops;
  bool allow_insecure_bind = false;
};

/// Reads the file (when there is one), the environment and the flags. The file's own path is in every error about it.
/// @errors config: "aigw.toml:12: unknown key \"lisen\" in [server]. Did you mean \"listen\"?"
Result<Config> load(const Paths& paths, const Flags& flags);

/// The file's part alone; `name` stands in errors.
Result<Config> parse_toml(std::string_view text, std::string_view name);

/// Whether it may listen there: keys and prompts would cross a network in clear.
/// @errors config unless loopback or allow_insecure_bind
Status check_bind(const Server& server);

}  // namespace aigw::config
