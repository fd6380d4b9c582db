#include "config/config.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "config/environment.hpp"
#include "config/settings.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <system_error>

namespace aigw::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 4U << 20;  // a configuration is written by hand

Error listen_error(std::string_view text) {
  return make_error(ErrorKind::config, "\"" + std::string(text) + "\" is no address to listen on",
                    "Give an IP address and a port: 127.0.0.1:2449, [::1]:2449 or 0.0.0.0:2449.");
}

bool is_ip_address(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  return ::inet_pton(AF_INET, host.c_str(), &four) == 1 || ::inet_pton(AF_INET6, host.c_str(), &six) == 1;
}

/// The file's text; none when there is no file and none was asked for by name.
Result<std::optional<std::string>> read_file(const Paths& paths) {
  auto text = files::read_file(paths.config_file, kFileBytesMax);
  if (text) return std::optional(*std::move(text));
  Error error = std::move(text).error();
  if (error.kind == ErrorKind::not_found && !paths.config_named) return std::optional<std::string>();
  return make_error(ErrorKind::config, "cannot read the configuration: " + error.message,
                    "Check the path given with --config or AIGW_CONFIG, and its permissions.");
}

Status apply(Config& config, const Setting& setting, std::string_view text, Source::Kind kind, std::string_view from) {
  if (Status set = set_text(config, setting, text); !set) {
    Error error = std::move(set).error();
    error.message = std::string(from) + (error.message.starts_with("must") ? " " : ": ") + error.message;
    return error;
  }
  config.sources[setting.key] = {kind, std::string(from)};
  return {};
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

Source Config::source_of(std::string_view key) const {
  const auto found = sources.find(key);
  return found == sources.end() ? Source{} : found->second;
}

std::optional<Secret> Loader::take(const std::string& variable) {
  if (const auto known = taken_.find(variable); known != taken_.end()) return known->second;
  std::optional<Secret> value;
  if (first_) {
    value = take_environment_secret(variable.c_str());
  } else if (auto text = environment(variable.c_str())) {  // others may be reading: it has to stay where it is
    value = Secret(*std::move(text));
  }
  if (value) taken_[variable] = *value;
  return value;
}

Result<MasterKey> Loader::take_master_key() {
  MasterKey key;
  auto value = take("AIGW_MASTER_KEY");
  const auto file = environment("AIGW_MASTER_KEY_FILE");
  if (value && file)
    return make_error(ErrorKind::config, "both AIGW_MASTER_KEY and AIGW_MASTER_KEY_FILE are set", "Unset one of them.");
  if (value) key.value = *std::move(value);
  key.file = file ? fs::path(*file) : paths_.master_key;
  key.file_named = file.has_value();
  return key;
}

Result<Config> Loader::load() {
  AIGW_TRY_ASSIGN(const auto text, read_file(paths_));
  digest_ = crypto::sha256(text.value_or(""));
  if (!text && seen_)
    return make_error(ErrorKind::config, paths_.config_file.string() + " is gone",
                      "Put it back; an empty file asks for the defaults.");
  seen_ = text.has_value();
  AIGW_TRY_ASSIGN(Config config, parse_toml(text.value_or(""), paths_.config_file.string(), paths_.profile));
  config.file = paths_.config_file;
  config.profile = paths_.profile;
  for (const Setting& setting : settings()) {
    if (const auto value = environment(std::string(setting.variable).c_str()))
      AIGW_TRY(apply(config, setting, *value, Source::Kind::environment, setting.variable));
    if (const auto flag = flags_.find(setting.key); flag != flags_.end())
      AIGW_TRY(apply(config, setting, flag->second, Source::Kind::flag, setting.flag));
  }
  AIGW_TRY_ASSIGN(config.master_key, take_master_key());
  for (Provider& provider : config.providers)
    if (!provider.key_env.empty())
      if (auto key = take(provider.key_env)) provider.key = *std::move(key);
  first_ = false;
  return config;
}

bool Loader::is_stale() const {
  const auto text = read_file(paths_);
  return !text || text->has_value() != seen_ || crypto::sha256(text->value_or("")) != digest_;
}

Result<Config> load(const Paths& paths, const Flags& flags) { return Loader(paths, flags).load(); }

Status check_bind(const Server& server) {
  if (server.listen.is_loopback() || server.allow_insecure_bind) return {};
  return make_error(
      ErrorKind::config,
      "refusing to listen on " + server.listen.text() + ": keys and prompts would cross the network in clear",
      "Listen on 127.0.0.1 behind a TLS proxy, or accept it with --allow-insecure-bind.");
}

}  // namespace aigw::config
