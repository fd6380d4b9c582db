#include "config/config.hpp"

#include "base/text.hpp"
#include "config/environment.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <system_error>

namespace aigw::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFileBytesMax = 4U << 20;  // a configuration is written by hand

Error listen_error(std::string_view text) {
  return make_error(ErrorKind::config, "\"" + std::string(text) + "\" is no address to listen on",
                    "Give an IP address and a port: 127.0.0.1:2449, [::1]:2449 or 0.0.0.0:2449.");
}

bool is_ip_address(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  return ::inet_pton(AF_INET, host.c_str(), &four) == 1 || ::inet_pton(AF_INET6, host.c_str(), &six) == 1;
}

Result<std::string> read_file(const Paths& paths) {
  std::error_code error;
  const auto size = fs::file_size(paths.config_file, error);
  if (error == std::errc::no_such_file_or_directory && !paths.config_named) return std::string();
  if (!error && size > kFileBytesMax)
    return make_error(ErrorKind::config, paths.config_file.string() + " is larger than 4 MiB", "Is it the right file?");
  std::ifstream file(paths.config_file, std::ios::binary);
  if (error || !file)
    return make_error(ErrorKind::config,
                      "cannot read " + paths.config_file.string() + (error ? ": " + error.message() : ""),
                      "Check the path given with --config or AIGW_CONFIG, and its permissions.");
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

Status apply_listen(Config& config, const std::string& text, std::string_view from) {
  auto listen = ListenAddress::parse(text);
  if (!listen) return std::move(listen).error().within(from);
  config.server.listen = *std::move(listen);
  return {};
}

Status apply_log_level(Config& config, const std::string& text, std::string_view from) {
  auto level = log::parse_levels(text);
  if (!level) return std::move(level).error().within(from);
  config.log.levels = *level;
  return {};
}

Status apply_environment(Config& config) {
  if (const auto listen = environment("AIGW_LISTEN")) AIGW_TRY(apply_listen(config, *listen, "AIGW_LISTEN"));
  if (const auto level = environment("AIGW_LOG_LEVEL")) AIGW_TRY(apply_log_level(config, *level, "AIGW_LOG_LEVEL"));
  return {};
}

Status apply_flags(Config& config, const Flags& flags) {
  if (flags.listen) AIGW_TRY(apply_listen(config, *flags.listen, "--listen"));
  if (flags.log_level) AIGW_TRY(apply_log_level(config, *flags.log_level, "--log-level"));
  if (flags.loops) config.server.loops = *flags.loops;
  if (flags.allow_insecure_bind) config.server.allow_insecure_bind = true;
  return {};
}

Result<MasterKey> take_master_key() {
  MasterKey key;
  auto value = take_environment_secret("AIGW_MASTER_KEY");
  const auto file = environment("AIGW_MASTER_KEY_FILE");
  if (value && file)
    return make_error(ErrorKind::config, "both AIGW_MASTER_KEY and AIGW_MASTER_KEY_FILE are set", "Unset one of them.");
  if (value) key.value = *std::move(value);
  if (file) key.file = *file;
  key.file_named = file.has_value();
  return key;
}

/// Two providers may share one variable, so it is taken once and given to all.
void take_provider_keys(std::vector<Provider>& providers) {
  for (Provider& provider : providers) {
    if (provider.key_env.empty() || !provider.key.empty()) continue;
    const auto key = take_environment_secret(provider.key_env.c_str());
    if (!key) continue;
    for (Provider& other : providers)
      if (other.key_env == provider.key_env) other.key = *key;
  }
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  ListenAddress out;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return listen_error(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  out.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  const bool is_six = out.host.find(':') != std::string::npos;
  if (is_six != bracketed || !is_ip_address(out.host)) return listen_error(text);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc{} || end != port.data() + port.size()) return listen_error(text);
  return out;
}

std::string ListenAddress::text() const {
  const bool is_six = host.find(':') != std::string::npos;
  return (is_six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool ListenAddress::is_loopback() const {
  in6_addr six{};
  if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return host.starts_with("127.");
}

Result<Config> load(const Paths& paths, const Flags& flags) {
  AIGW_TRY_ASSIGN(const std::string text, read_file(paths));
  AIGW_TRY_ASSIGN(Config config, parse_toml(text, paths.config_file.string()));
  AIGW_TRY(apply_environment(config));
  AIGW_TRY(apply_flags(config, flags));
  AIGW_TRY_ASSIGN(config.master_key, take_master_key());
  take_provider_keys(config.providers);
  return config;
}

Status check_bind(const Server& server) {
  if (server.listen.is_loopback() || server.allow_insecure_bind) return {};
  return make_error(
      ErrorKind::config,
      "refusing to listen on " + server.listen.text() + ": keys and prompts would cross the network in clear",
      "Listen on 127.0.0.1 behind a TLS proxy, or accept it with --allow-insecure-bind.");
}

}  // namespace aigw::config
