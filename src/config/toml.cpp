#define TOML_EXCEPTIONS 0
// In a release its assertions are promises to the optimizer, which a broken file breaks ("[" and a lone CR): without
// them it goes on to its error message.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0

#include "base/text.hpp"
#include "config/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace aigw::config {
namespace {

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// "aigw.toml:12: what"
Error error_at(std::string_view file, const toml::source_region& where, const std::string& what, std::string next) {
  return make_error(ErrorKind::config, std::string(file) + ":" + std::to_string(where.begin.line) + ": " + what,
                    std::move(next));
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

Error type_error(const toml::node& node, std::string_view wanted) {
  return make_error(ErrorKind::config, "must be " + std::string(wanted) + ", not " + std::string(type_name(node)));
}

// One `convert` a type: what may stand in the file for it.

Status convert(const toml::node& node, std::string& into) {
  const auto* value = node.as_string();
  if (!value) return type_error(node, "a text in quotes");
  into = value->get();
  return {};
}

Status convert(const toml::node& node, bool& into) {
  const auto* value = node.as_boolean();
  if (!value) return type_error(node, "true or false");
  into = value->get();
  return {};
}

Status convert(const toml::node& node, unsigned& into) {
  const auto* value = node.as_integer();
  if (!value) return type_error(node, "a whole number");
  if (value->get() < 0 || value->get() > 64) return make_error(ErrorKind::config, "must be between 0 and 64");
  into = static_cast<unsigned>(value->get());
  return {};
}

Status convert(const toml::node& node, milliseconds& into) {
  std::string text;
  if (!node.is_string()) return type_error(node, "a duration in quotes such as \"10s\" or \"500ms\"");
  AIGW_TRY(convert(node, text));
  AIGW_TRY_ASSIGN(into, text::parse_duration(text));
  // Zero would fail every request, and a week already means "never".
  if (into < milliseconds(1) || into > std::chrono::hours(7 * 24))
    return make_error(ErrorKind::config, "must be between 1ms and 7d");
  return {};
}

/// Sizes and counts.
Status convert(const toml::node& node, std::int64_t& into) {
  if (const auto* number = node.as_integer()) {
    into = number->get();
  } else if (const auto* text = node.as_string()) {
    AIGW_TRY_ASSIGN(into, text::parse_size_bytes(text->get()));
  } else {
    return type_error(node, "a whole number, or a size in quotes such as \"32MiB\"");
  }
  if (into < 1) return make_error(ErrorKind::config, "must be at least 1");
  return {};
}

Status convert(const toml::node& node, ListenAddress& into) {
  std::string text;
  AIGW_TRY(convert(node, text));
  AIGW_TRY_ASSIGN(into, ListenAddress::parse(text));
  return {};
}

Status convert(const toml::node& node, log::Levels& into) {
  std::string text;
  AIGW_TRY(convert(node, text));
  AIGW_TRY_ASSIGN(into, log::parse_levels(text));
  return {};
}

Status convert(const toml::node& node, log::Format& into) {
  std::string text;
  AIGW_TRY(convert(node, text));
  if (text != "console" && text != "json")
    return make_error(ErrorKind::config, "must be \"console\" or \"json\", not " + in_quotes(text));
  into = text == "json" ? log::Format::json : log::Format::console;
  return {};
}

Status convert(const toml::node& node, MetricsAccess& into) {
  std::string text;
  AIGW_TRY(convert(node, text));
  if (text != "key" && text != "open" && text != "off")
    return make_error(ErrorKind::config, "must be \"key\", \"open\" or \"off\", not " + in_quotes(text));
  into = text == "key" ? MetricsAccess::with_key : text == "open" ? MetricsAccess::open : MetricsAccess::off;
  return {};
}

Status convert(const toml::node& node, Durability& into) {
  std::string text;
  AIGW_TRY(convert(node, text));
  if (text != "normal" && text != "full")
    return make_error(ErrorKind::config, "must be \"normal\" or \"full\", not " + in_quotes(text));
  into = text == "full" ? Durability::full : Durability::normal;
  return {};
}

Status convert(const toml::node& node, std::vector<std::string>& into) {
  const auto* list = node.as_array();
  if (!list) return type_error(node, "a list of texts");
  for (const toml::node& item : *list) AIGW_TRY(convert(item, into.emplace_back()));
  return {};
}

/// Dollars a million tokens; one of them is a picodollar a token times a million.
Status convert(const toml::node& node, PicoUsdPerToken& into) {
  const auto dollars = node.value<double>();
  if (!dollars || !node.is_number()) return type_error(node, "dollars a million tokens");
  constexpr double kPicoUsdPerToken = 1e6;
  if (!(*dollars >= 0 && *dollars <= 1e6))
    return make_error(ErrorKind::config, "must be between 0 and 1000000 dollars a million tokens");
  into.value = std::llround(*dollars * kPicoUsdPerToken);
  return {};
}

Status convert(const toml::node& node, std::vector<SpokenDialect>& into) {
  const auto* table = node.as_table();
  if (!table) return type_error(node, "a table such as { anthropic-messages = \"https://...\" }");
  for (const auto& [dialect, url] : *table) {
    SpokenDialect& spoken = into.emplace_back();
    spoken.dialect = dialect.str();
    AIGW_TRY(convert(url, spoken.base_url));
  }
  return {};
}

Status convert(const toml::node& node, const toml::table*& into) {
  into = node.as_table();
  if (!into) return type_error(node, "a table");
  return {};
}

Status convert(const toml::node& node, const toml::array*& into) {
  into = node.as_array();
  if (!into)
    return make_error(ErrorKind::config, "must be a list of tables", "Write [[providers]], with two brackets.");
  return {};
}

/// One table of the file. Reads what is known, keeps the first error, and refuses what nobody asked for.
class Section {
 public:
  Section(const toml::table& table, std::string_view title, std::string_view file)
      : table_(table), title_(title), file_(file) {}

  template <class T>
  Section& read(std::string_view key, T& into) {
    known_.push_back(key);
    const toml::node* node = table_.get(key);
    if (!node || !status_) return *this;
    if (Status read = convert(*node, into); !read) {
      Error error = std::move(read).error();
      status_ = error_at(file_, node->source(), std::string(key) + " " + error.message, std::move(error.next));
    }
    return *this;
  }

  Status finish() {
    if (!status_) return status_;
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) != known_.end()) continue;
      const std::string_view meant = text::nearest(key.str(), known_);
      return error_at(file_, key.source(), "unknown key " + in_quotes(key.str()) + " in " + title_,
                      meant.empty() ? "It takes: " + known_list() + "." : "Did you mean " + in_quotes(meant) + "?");
    }
    return {};
  }

 private:
  std::string known_list() const {
    std::string out;
    for (const std::string_view key : known_) out.append(out.empty() ? "" : ", ").append(key);
    return out;
  }

  const toml::table& table_;
  std::string title_;
  std::string_view file_;
  std::vector<std::string_view> known_;
  Status status_;
};

Status read_server(Section section, Server& server) {
  return section.read("listen", server.listen)
      .read("allowed_hosts", server.allowed_hosts)
      .read("loops", server.loops)
      .read("allow_insecure_bind", server.allow_insecure_bind)
      .read("metrics", server.metrics)
      .finish();
}

Status read_timeouts(Section section, Timeouts& timeouts) {
  return section.read("connect", timeouts.connect)
      .read("first_byte", timeouts.first_byte)
      .read("idle", timeouts.idle)
      .read("total", timeouts.total)
      .read("gate", timeouts.gate)
      .read("heartbeat", timeouts.heartbeat)
      .read("client_head", timeouts.client_head)
      .read("client_body", timeouts.client_body)
      .read("client_write", timeouts.client_write)
      .read("keep_alive", timeouts.keep_alive)
      .read("drain", timeouts.drain)
      .finish();
}

Status read_limits(Section section, Limits& limits) {
  return section.read("body_bytes", limits.body_bytes)
      .read("header_bytes", limits.header_bytes)
      .read("connections", limits.connections)
      .read("upstream_idle", limits.upstream_idle)
      .finish();
}

Status read_prices(const toml::node& node, std::string_view file, std::vector<OwnPrice>& prices) {
  const auto* models = node.as_table();
  if (!models) return error_at(file, node.source(), "prices must be a table, not " + std::string(type_name(node)), "");
  for (const auto& [model, entry] : *models) {
    const std::string where = "the price of " + in_quotes(model.str());
    const auto* fields = entry.as_table();
    if (!fields || !fields->contains("input") || !fields->contains("output"))
      return error_at(file, entry.source(), where + " is not complete",
                      "Give dollars a million tokens: { input = 0.15, output = 0.6 }, and cache_read and cache_write "
                      "where they differ.");
    OwnPrice& price = prices.emplace_back();
    price.model = model.str();
    Section section(*fields, where, file);
    section.read("input", price.input).read("output", price.output);
    price.cache_read = price.cache_write = price.input;  // a cache that has no price of its own costs what input does
    AIGW_TRY(section.read("cache_read", price.cache_read).read("cache_write", price.cache_write).finish());
  }
  return {};
}

bool is_provider_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 64 && plain(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return plain(c) || c == '-' || c == '_' || c == '.'; });
}

Status check_provider(const Provider& provider, const toml::table& table, std::string_view file) {
  const auto refuse = [&](const std::string& what, std::string next) {
    return error_at(file, table.source(), what, std::move(next));
  };
  if (provider.name.empty()) return refuse("[[providers]] without a name", "Add name = \"...\".");
  if (!is_provider_name(provider.name))
    return refuse(in_quotes(provider.name) + " cannot be a provider's name",
                  "Use small letters, digits, '-', '_' and '.', beginning with a letter or digit.");
  if (provider.dialect.empty() != provider.base_url.empty())
    return refuse("provider " + in_quotes(provider.name) + " has only one of dialect and base_url",
                  "Give both, or neither for a well-known provider.");
  if (provider.free && !provider.prices_as.empty())
    return refuse("provider " + in_quotes(provider.name) + " has both free and prices_as", "Choose one.");
  if (!provider.auth.empty() && provider.auth != "bearer" && provider.auth != "x-api-key" && provider.auth != "none")
    return refuse("auth of provider " + in_quotes(provider.name) + " is " + in_quotes(provider.auth),
                  "Choose \"bearer\", \"x-api-key\" or \"none\".");
  return {};
}

Result<Provider> read_provider(const toml::table& table, std::string_view file) {
  Provider provider;
  provider.line = static_cast<int>(table.source().begin.line);
  const toml::table* prices = nullptr;
  AIGW_TRY(Section(table, "[[providers]]", file)
               .read("name", provider.name)
               .read("dialect", provider.dialect)
               .read("base_url", provider.base_url)
               .read("auth", provider.auth)
               .read("speaks", provider.speaks)
               .read("allow_private", provider.allow_private)
               .read("prices_as", provider.prices_as)
               .read("free", provider.free)
               .read("key_env", provider.key_env)
               .read("prices", prices)
               .finish());
  if (prices) AIGW_TRY(read_prices(*prices, file, provider.prices));
  AIGW_TRY(check_provider(provider, table, file));
  return provider;
}

Status read_providers(const toml::array& entries, std::string_view file, std::vector<Provider>& providers) {
  for (const toml::node& entry : entries) {
    const auto* table = entry.as_table();
    if (!table) return error_at(file, entry.source(), "providers must be tables", "Write [[providers]] above each.");
    AIGW_TRY_ASSIGN(Provider provider, read_provider(*table, file));
    const auto same = std::ranges::find(providers, provider.name, &Provider::name);
    if (same != providers.end())
      return error_at(file, table->source(),
                      "provider " + in_quotes(provider.name) + " already stands in line " + std::to_string(same->line),
                      "Give it another name or remove one.");
    providers.push_back(std::move(provider));
  }
  return {};
}

/// Behind the string that begins at `at`, or at the end of the text; moves `line` along.
std::size_t skip_string(std::string_view text, std::size_t at, int& line) {
  const std::string_view rest = text.substr(at);
  const bool raw = rest.front() == '\'';
  const std::size_t quotes = rest.starts_with("\"\"\"") || rest.starts_with("'''") ? 3 : 1;
  const std::string_view end = rest.substr(0, quotes);
  for (at += quotes; at < text.size() && !text.substr(at).starts_with(end); ++at) {
    if (text[at] == '\n' && quotes == 1) return at;
    if (text[at] == '\n') ++line;
    if (text[at] == '\\' && !raw) ++at;
  }
  return std::min(at + quotes, text.size());
}

/// Outside of quotes and comments a file is plain ASCII. The library does not say so for each character (typed with a
/// Chinese keyboard, `=` easily becomes U+FF1D), and reads some of them wrongly.
Status check_characters(std::string_view text, std::string_view name) {
  int line = 1;
  for (std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = skip_string(text, at, line);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '\n') ++line;
    const bool line_end = c == '\n' || (c == '\r' && text.substr(at + 1).starts_with('\n'));
    if (c != '\t' && !line_end && (c < 0x20 || c == 0x7f))
      return make_error(ErrorKind::config,
                        std::string(name) + ":" + std::to_string(line) +
                            ": a character that is not plain ASCII stands outside of quotes",
                        "Write keys, signs and numbers in ASCII, and put other text between double quotes.");
    ++at;
  }
  return {};
}

}  // namespace

Result<Config> parse_toml(std::string_view text, std::string_view name) {
  AIGW_TRY(check_characters(text, name));
  const toml::parse_result parsed = toml::parse(text, name);
  if (!parsed)
    return error_at(name, parsed.error().source(), std::string(parsed.error().description()),
                    "Correct the file's syntax (TOML 1.0).");
  const toml::table *server = nullptr, *timeouts = nullptr, *limits = nullptr, *ledger = nullptr, *log = nullptr;
  const toml::array* providers = nullptr;
  AIGW_TRY(Section(parsed.table(), "the file", name)
               .read("server", server)
               .read("timeouts", timeouts)
               .read("limits", limits)
               .read("ledger", ledger)
               .read("log", log)
               .read("providers", providers)
               .finish());
  Config config;
  if (server) AIGW_TRY(read_server({*server, "[server]", name}, config.server));
  if (timeouts) AIGW_TRY(read_timeouts({*timeouts, "[timeouts]", name}, config.timeouts));
  if (limits) AIGW_TRY(read_limits({*limits, "[limits]", name}, config.limits));
  if (ledger) AIGW_TRY(Section(*ledger, "[ledger]", name).read("durability", config.ledger.durability).finish());
  if (log)
    AIGW_TRY(Section(*log, "[log]", name)
                 .read("level", config.log.levels)
                 .read("format", config.log.format)
                 .read("requests", config.log.requests)
                 .finish());
  if (providers) AIGW_TRY(read_providers(*providers, name, config.providers));
  return config;
}

}  // namespace aigw::config
