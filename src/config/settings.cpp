#include "config/settings.hpp"

#include "base/text.hpp"
#include "config/environment.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>
#include <type_traits>

namespace aigw::config {
namespace {

using enum Applies;

template <auto Section, auto Member>
Place at(Config& config) {
  return &((config.*Section).*Member);
}

template <auto Member>
Place at(Config& config) {
  return &(config.*Member);
}

constexpr Bounds kNone{};
constexpr Bounds kDuration{1, 7LL * 24 * 3600 * 1000};  // zero would fail every request; a week already means "never"
constexpr Bounds kLoops{0, 64};                         // what a request id has room for

constexpr std::array kSettings = {
    Setting{"server.listen", "AIGW_LISTEN", "--listen", at_restart, kNone,
            "IP address and port to listen on; port 0: any free one",
            "this machine only; 2449 is A-I-G-W on a phone pad", at<&Config::server, &Server::listen>},
    Setting{"server.allowed_hosts", "AIGW_ALLOWED_HOSTS", "", live, kNone,
            "names in Host beside localhost and the listen address", "guards against DNS rebinding",
            at<&Config::server, &Server::allowed_hosts>},
    Setting{"server.loops", "AIGW_LOOPS", "--loops", at_restart, kLoops, "event loops; 0: one a core", "",
            at<&Config::server, &Server::loops>},
    Setting{"server.allow_insecure_bind", "AIGW_ALLOW_INSECURE_BIND", "--allow-insecure-bind", at_restart, kNone,
            "listen beyond loopback although keys and prompts then cross the network in clear", "",
            at<&Config::server, &Server::allow_insecure_bind>},
    Setting{"server.metrics", "AIGW_METRICS", "", live, kNone,
            "who may read /metrics: who has an issued key, whoever reaches the port (open), nobody (off)",
            "it tells names of models and what was spent", at<&Config::server, &Server::metrics>},
    Setting{"server.strict", "AIGW_STRICT", "", live, kNone,
            "refuse what would lose something on its way to another dialect, unless a request has x-aigw-strict: 0",
            "otherwise losses are told in x-aigw-lost", at<&Config::server, &Server::strict>},

    Setting{"timeouts.connect", "AIGW_TIMEOUTS_CONNECT", "", live, kDuration, "TCP and TLS to a provider",
            "across the world it takes one second", at<&Config::timeouts, &Timeouts::connect>},
    Setting{"timeouts.first_byte", "AIGW_TIMEOUTS_FIRST_BYTE", "", live, kDuration,
            "until a provider begins its answer", "reasoning models think for minutes; SDKs wait 600 s",
            at<&Config::timeouts, &Timeouts::first_byte>},
    Setting{"timeouts.idle", "AIGW_TIMEOUTS_IDLE", "", live, kDuration, "between two reads of an answer",
            "providers ping every 15 to 60 s", at<&Config::timeouts, &Timeouts::idle>},
    Setting{"timeouts.total", "AIGW_TIMEOUTS_TOTAL", "", live, kDuration, "the whole call",
            "long agent turns take half an hour, a stuck one must end", at<&Config::timeouts, &Timeouts::total>},
    Setting{"timeouts.gate", "AIGW_TIMEOUTS_GATE", "", live, kDuration,
            "how long the client's 200 waits for a stream's first real event",
            "until then a failure can still be a real error", at<&Config::timeouts, &Timeouts::gate>},
    Setting{"timeouts.heartbeat", "AIGW_TIMEOUTS_HEARTBEAT", "", live, kDuration,
            "silence in a stream before the client is sent a sign of life", "proxies cut what is silent for 30 s",
            at<&Config::timeouts, &Timeouts::heartbeat>},
    Setting{"timeouts.client_head", "AIGW_TIMEOUTS_CLIENT_HEAD", "", live, kDuration, "to receive a request's head",
            "a slow head cannot hold a slot", at<&Config::timeouts, &Timeouts::client_head>},
    Setting{"timeouts.client_body", "AIGW_TIMEOUTS_CLIENT_BODY", "", live, kDuration,
            "between two reads of a request's body", "", at<&Config::timeouts, &Timeouts::client_body>},
    Setting{"timeouts.client_write", "AIGW_TIMEOUTS_CLIENT_WRITE", "", live, kDuration,
            "a client that takes nothing for so long is gone", "", at<&Config::timeouts, &Timeouts::client_write>},
    Setting{"timeouts.keep_alive", "AIGW_TIMEOUTS_KEEP_ALIVE", "", live, kDuration, "an idle client connection",
            "load balancers keep theirs 60 s", at<&Config::timeouts, &Timeouts::keep_alive>},
    Setting{"timeouts.drain", "AIGW_TIMEOUTS_DRAIN", "", live, kDuration, "after SIGTERM, for running requests to end",
            "", at<&Config::timeouts, &Timeouts::drain>},

    Setting{"limits.body_bytes",
            "AIGW_LIMITS_BODY_BYTES",
            "",
            live,
            {1, 1LL << 30},
            "a request's body, decoded",
            "Anthropic's own limit; images in agents' contexts reach 10 to 20 MiB",
            at<&Config::limits, &Limits::body_bytes>},
    Setting{"limits.header_bytes",
            "AIGW_LIMITS_HEADER_BYTES",
            "",
            live,
            {1, 64LL << 10},
            "a request's whole head",
            "what a connection may cost before it has shown a key",
            at<&Config::limits, &Limits::header_bytes>},
    Setting{"limits.connections",
            "AIGW_LIMITS_CONNECTIONS",
            "",
            live,
            {1, 1'000'000},
            "of clients, over all loops",
            "about 20 KiB each while idle",
            at<&Config::limits, &Limits::connections>},
    Setting{"limits.upstream_idle",
            "AIGW_LIMITS_UPSTREAM_IDLE",
            "",
            live,
            {1, 65'536},
            "connections kept to one provider by one loop",
            "",
            at<&Config::limits, &Limits::upstream_idle>},

    Setting{"ledger.durability", "AIGW_LEDGER_DURABILITY", "", at_restart, kNone,
            "normal survives kill -9; full survives a loss of power: answers wait for a grouped fdatasync", "",
            at<&Config::ledger, &Ledger::durability>},
    Setting{"ledger.keep",
            "AIGW_LEDGER_KEEP",
            "",
            live,
            {0, 3650LL * 24 * 3600 * 1000},
            "how long requests are kept, by whole hours; 0s: for ever",
            "their sums stay in any case",
            at<&Config::ledger, &Ledger::keep>},
    Setting{"ledger.keep_bytes",
            "AIGW_LEDGER_KEEP_BYTES",
            "",
            live,
            {0, 1LL << 50},
            "what the database may take, free pages not counted: beyond it the oldest requests go; 0: any size",
            "their sums stay in any case",
            at<&Config::ledger, &Ledger::keep_bytes>},

    Setting{"log.level", "AIGW_LOG_LEVEL", "--log-level", live, kNone,
            "what is worth a line: debug, info, warn or error, and others for single areas: info,net=debug", "",
            at<&Config::log, &Log::levels>},
    Setting{"log.format", "AIGW_LOG_FORMAT", "", live, kNone, "lines for people (console) or for programs (json)", "",
            at<&Config::log, &Log::format>},
    Setting{"log.requests", "AIGW_LOG_REQUESTS", "", live, kNone, "a line a request", "the ledger has them all",
            at<&Config::log, &Log::requests>},
};

constexpr bool keys_are_unique_and_whole() {
  for (std::size_t i = 0; i < kSettings.size(); ++i) {
    if (kSettings[i].section().empty() || kSettings[i].name().empty() || kSettings[i].section() == kSettings[i].key)
      return false;
    if (!kSettings[i].variable.starts_with("AIGW_") || kSettings[i].summary.empty()) return false;
    for (std::size_t j = i + 1; j < kSettings.size(); ++j)
      if (kSettings[i].key == kSettings[j].key || kSettings[i].variable == kSettings[j].variable) return false;
  }
  return true;
}
static_assert(keys_are_unique_and_whole(),
              "each setting needs a key of its own \"section.name\", a variable, a summary");

constexpr std::array kOtherVariables = {
    OtherVariable{"AIGW_HOME", "folder of aigw.toml and aigw.db, instead of the XDG folders"},
    OtherVariable{"AIGW_CONFIG", "the configuration file; --config goes before it"},
    OtherVariable{"AIGW_DB", "the database; --db goes before it"},
    OtherVariable{"AIGW_PROFILE", "dev, test or prod; --profile goes before it"},
    OtherVariable{"AIGW_MASTER_KEY", "the master key that providers' keys are sealed under; wiped once it is read"},
    OtherVariable{"AIGW_MASTER_KEY_FILE", "a file that holds it; without both it is DATABASE.key, made at first start"},
    OtherVariable{"AIGW_KEY", "an issued key for aigw env"},
};

constexpr std::array<std::string_view, 2> kFormats = {"console", "json"};
constexpr std::array<std::string_view, 3> kMetricsAccess = {"key", "open", "off"};
constexpr std::array<std::string_view, 2> kDurabilities = {"normal", "full"};

/// One of a few words: the enum's values in their order.
template <class Enum, std::size_t N>
Status read_word(std::string_view text, const std::array<std::string_view, N>& words, Enum& into) {
  std::string choices;
  for (std::size_t i = 0; i < N; ++i) {
    choices.append(i == 0 ? "" : ", ").append(words[i]);
    if (text == words[i]) {
      into = static_cast<Enum>(i);
      return {};
    }
  }
  return make_error(ErrorKind::config, "must be one of " + choices + ", not \"" + std::string(text) + "\"");
}

// One set of these a type: from text, to text, what it takes.

Status read(std::string_view text, ListenAddress& into) {
  AIGW_TRY_ASSIGN(into, ListenAddress::parse(text));
  return {};
}

Status read(std::string_view text, std::vector<std::string>& into) {
  into.clear();
  for (const std::string_view part : text::split(text, ','))
    if (const auto word = text::trim(part); !word.empty()) into.emplace_back(word);
  return {};
}

Status read(std::string_view text, unsigned& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error == std::errc{} && end == text.data() + text.size()) return {};
  return make_error(ErrorKind::config, "\"" + std::string(text) + "\" is no whole number");
}

Status read(std::string_view text, bool& into) {
  into = text == "true" || text == "1";
  if (into || text == "false" || text == "0") return {};
  return make_error(ErrorKind::config, "\"" + std::string(text) + "\" is neither true nor false");
}

Status read(std::string_view text, milliseconds& into) {
  AIGW_TRY_ASSIGN(into, text::parse_duration(text));
  return {};
}

Status read(std::string_view text, std::int64_t& into) {
  AIGW_TRY_ASSIGN(into, text::parse_size_bytes(text));
  return {};
}

Status read(std::string_view text, Durability& into) { return read_word(text, kDurabilities, into); }

Status read(std::string_view text, log::Levels& into) {
  AIGW_TRY_ASSIGN(into, log::parse_levels(text));
  return {};
}

Status read(std::string_view text, log::Format& into) { return read_word(text, kFormats, into); }

Status read(std::string_view text, MetricsAccess& into) { return read_word(text, kMetricsAccess, into); }

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array kDurationUnits = {Unit{"d", 86'400'000}, Unit{"h", 3600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                                       Unit{"ms", 1}};
constexpr std::array kSizeUnits = {Unit{"GiB", 1 << 30}, Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10}, Unit{"", 1}};

/// In the largest unit that keeps it whole: "90s", "32MiB".
std::string scaled_text(std::int64_t value, std::span<const Unit> units) {
  const auto unit = std::ranges::find_if(units, [&](const Unit& one) { return value != 0 && value % one.factor == 0; });
  return unit == units.end() ? std::to_string(value).append(units.back().name)
                             : std::to_string(value / unit->factor).append(unit->name);
}

std::string words(const ListenAddress& address) { return address.text(); }
std::string words(unsigned number) { return std::to_string(number); }
std::string words(bool said) { return said ? "true" : "false"; }
std::string words(milliseconds duration) { return scaled_text(duration.count(), kDurationUnits); }
std::string words(std::int64_t count) { return std::to_string(count); }
std::string words(Durability durability) { return std::string(kDurabilities[static_cast<std::size_t>(durability)]); }
std::string words(const log::Levels& levels) { return log::text_of(levels); }
std::string words(log::Format format) { return std::string(kFormats[static_cast<std::size_t>(format)]); }
std::string words(MetricsAccess access) { return std::string(kMetricsAccess[static_cast<std::size_t>(access)]); }
std::string words(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& one : list) out.append(out.empty() ? "" : ", ").append(one);
  return out;
}

/// What may be written, and one word for it.
struct Kind {
  std::string_view text;
  std::string_view word;
};
Kind kind_of(const ListenAddress*) { return {"an address", "ADDRESS"}; }
Kind kind_of(const std::vector<std::string>*) { return {"a list of texts", "LIST"}; }
Kind kind_of(const unsigned*) { return {"a number", "N"}; }
Kind kind_of(const bool*) { return {"true or false", ""}; }
Kind kind_of(const milliseconds*) { return {"a duration", "DURATION"}; }
Kind kind_of(const std::int64_t*) { return {"a number", "N"}; }
Kind kind_of(const Durability*) { return {"normal or full", "HOW"}; }
Kind kind_of(const log::Levels*) { return {"debug, info, warn or error, also by area", "LEVEL"}; }
Kind kind_of(const log::Format*) { return {"console or json", "FORMAT"}; }
Kind kind_of(const MetricsAccess*) { return {"key, open or off", "WHO"}; }

Kind kind_of(const Place& place) {
  return std::visit([](const auto* value) { return kind_of(value); }, place);
}

/// Of what has bounds: its number, and a number as its text.
std::optional<std::int64_t> number_of(milliseconds duration) { return duration.count(); }
std::optional<std::int64_t> number_of(std::int64_t size) { return size; }
std::optional<std::int64_t> number_of(unsigned count) { return count; }
template <class T>
std::optional<std::int64_t> number_of(const T&) {
  return std::nullopt;
}

bool is_size(const Setting& setting) { return setting.key.ends_with("_bytes"); }

std::string bound_text(const Setting& setting, const Place& place, std::int64_t bound) {
  if (std::holds_alternative<milliseconds*>(place)) return words(milliseconds(bound));
  return is_size(setting) ? scaled_text(bound, kSizeUnits) : words(bound);
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }

const Setting* find_setting(std::string_view key) {
  const auto found = std::ranges::find(kSettings, key, &Setting::key);
  return found == kSettings.end() ? nullptr : &*found;
}

std::string_view nearest_setting(std::string_view word) {
  std::vector<std::string_view> known;
  for (const Setting& setting : kSettings) known.insert(known.end(), {setting.key, setting.section(), setting.name()});
  const std::string_view meant = text::nearest(word, known);
  const auto named = std::ranges::find(kSettings, meant, &Setting::name);
  return named == kSettings.end() ? meant : named->key;
}

std::span<const OtherVariable> other_variables() { return kOtherVariables; }

std::vector<std::string> unknown_variables() {
  auto names = environment_names("AIGW_");
  std::erase_if(names, [](const std::string& name) {
    return std::ranges::find(kSettings, name, &Setting::variable) != kSettings.end() ||
           std::ranges::find(kOtherVariables, name, &OtherVariable::name) != kOtherVariables.end();
  });
  return names;
}

std::string value_text(const Config& config, const Setting& setting) {
  // The place is only read from.
  const Place place = setting.place(const_cast<Config&>(config));
  if (is_size(setting)) return scaled_text(*std::get<std::int64_t*>(place), kSizeUnits);
  return std::visit([](const auto* value) { return words(*value); }, place);
}

std::string takes_text(const Setting& setting) {
  Config config;
  const Place place = setting.place(config);
  std::string out(is_size(setting) ? "a size" : kind_of(place).text);
  const auto [least, most] = setting.bounds;
  if (most > 0) out += ", " + bound_text(setting, place, least) + " to " + bound_text(setting, place, most);
  return out;
}

std::string_view value_word(const Setting& setting) {
  Config config;
  return kind_of(setting.place(config)).word;
}

Status set_text(Config& config, const Setting& setting, std::string_view text) {
  AIGW_TRY(std::visit([text](auto* value) { return read(text, *value); }, setting.place(config)));
  return check_bounds(config, setting);
}

Status check_bounds(Config& config, const Setting& setting) {
  const Place place = setting.place(config);
  const auto number = std::visit([](const auto* value) { return number_of(*value); }, place);
  const auto [least, most] = setting.bounds;
  if (!number || (*number >= least && *number <= most)) return {};
  return make_error(ErrorKind::config, "must be between " + bound_text(setting, place, least) + " and " +
                                           bound_text(setting, place, most));
}

}  // namespace aigw::config
