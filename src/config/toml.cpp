#define TOML_EXCEPTIONS 0
// In a release its assertions are promises to the optimizer, which a broken file breaks ("[" and a lone CR): without
// them it goes on to its error message.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0

#include "base/text.hpp"
#include "config/config.hpp"
#include "config/settings.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
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
  into = static_cast<unsigned>(std::clamp<std::int64_t>(value->get(), 0, std::numeric_limits<unsigned>::max()));
  if (value->get() < 0) into = std::numeric_limits<unsigned>::max();  // out of any bounds
  return {};
}

Status convert(const toml::node& node, milliseconds& into) {
  std::string text;
  if (!node.is_string()) return type_error(node, "a duration in quotes such as \"10s\" or \"500ms\"");
  AIGW_TRY(convert(node, text));
  AIGW_TRY_ASSIGN(into, text::parse_duration(text));
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
  return {};
}

Status convert(const toml::node& node, std::vector<std::string>& into) {
  const auto* list = node.as_array();
  if (!list) return type_error(node, "a list of texts");
  into.clear();
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

Error unknown_key(std::string_view file, const toml::key& key, std::string_view title,
                  const std::vector<std::string_view>& known) {
  std::string list;
  for (const std::string_view one : known) list.append(list.empty() ? "" : ", ").append(one);
  const std::string_view meant = text::nearest(key.str(), known);
  return error_at(file, key.source(), "unknown key " + in_quotes(key.str()) + " in " + std::string(title),
                  meant.empty() ? "It takes: " + list + "." : "Did you mean " + in_quotes(meant) + "?");
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
      return unknown_key(file_, key, title_, known_);
    }
    return {};
  }

 private:
  const toml::table& table_;
  std::string title_;
  std::string_view file_;
  std::vector<std::string_view> known_;
  Status status_;
};

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
  constexpr std::array<std::string_view, 8> kAuths = {"",     "api-key",         "aws-bedrock", "bearer",
                                                      "none", "service-account", "x-api-key",   "x-goog-api-key"};
  if (std::ranges::find(kAuths, provider.auth) == kAuths.end())
    return refuse(
        "auth of provider " + in_quotes(provider.name) + " is " + in_quotes(provider.auth),
        "Choose \"bearer\", \"x-api-key\", \"x-goog-api-key\", \"api-key\", \"service-account\", \"aws-bedrock\" or "
        "\"none\".");
  // What stands there may be a secret in clear: it is not repeated.
  if (!provider.sealed_key.empty() && !provider.sealed_key.starts_with("sealed:v1:"))
    return refuse("key of provider " + in_quotes(provider.name) + " is not sealed",
                  "Seal it with aigw config seal, or name a variable that holds it with key_env.");
  if (!provider.sealed_key.empty() && !provider.key_env.empty())
    return refuse("provider " + in_quotes(provider.name) + " has both key and key_env", "Choose one.");
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
               .read("key", provider.sealed_key)
               .read("prices", prices)
               .finish());
  if (prices) AIGW_TRY(read_prices(*prices, file, provider.prices));
  AIGW_TRY(check_provider(provider, table, file));
  return provider;
}

/// The file, or one [profile.NAME] of it: sections of settings, and providers.
class Layer {
 public:
  /// `inside`: "profile.prod"; empty for the file itself.
  Layer(std::string_view file, std::string inside, Config& config)
      : file_(file), inside_(std::move(inside)), config_(config) {}

  Status read(const toml::table& table) {
    std::vector<std::string_view> known = {"providers"};
    if (inside_.empty()) known.push_back("profile");
    for (const Setting& setting : settings())
      if (known.back() != setting.section()) known.push_back(setting.section());
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      if (std::ranges::find(known, name) == known.end())
        return unknown_key(file_, key, inside_.empty() ? "the file" : "[" + inside_ + "]", known);
      if (name == "providers")
        AIGW_TRY(read_providers(node));
      else if (name != "profile")
        AIGW_TRY(read_section(name, node));
    }
    return {};
  }

 private:
  Status read_section(std::string_view section, const toml::node& node) {
    const auto* table = node.as_table();
    if (!table) return at(node, section, type_error(node, "a table"));
    for (const auto& [key, value] : *table) {
      const Setting* setting = find_setting(std::string(section) + "." + std::string(key.str()));
      if (!setting) return unknown_key(file_, key, "[" + full(section) + "]", names_in(section));
      Status read = std::visit([&](auto* into) { return read_value(value, *setting, *into); }, setting->place(config_));
      if (read) read = check_bounds(config_, *setting);
      if (!read) return at(value, key.str(), std::move(read).error());
      config_.sources[setting->key] = {inside_.empty() ? Source::Kind::file : Source::Kind::profile,
                                       std::string(file_) + ":" + std::to_string(key.source().begin.line)};
    }
    return {};
  }

  template <class T>
  Status read_value(const toml::node& value, const Setting& setting, T& into) {
    if constexpr (requires { convert(value, into); }) {
      return convert(value, into);
    } else {  // an address or a word: one text, as it would stand in a variable
      std::string text;
      AIGW_TRY(convert(value, text));
      return set_text(config_, setting, text);
    }
  }

  /// Of a profile, a provider takes the place of the file's one of that name.
  Status read_providers(const toml::node& node) {
    const auto* entries = node.as_array();
    if (!entries)
      return error_at(file_, node.source(), "providers must be a list of tables",
                      "Write [[" + full("providers") + "]], with two brackets.");
    std::vector<Provider> own;
    for (const toml::node& entry : *entries) {
      const auto* table = entry.as_table();
      if (!table)
        return error_at(file_, entry.source(), "providers must be tables",
                        "Write [[" + full("providers") + "]] above each.");
      AIGW_TRY_ASSIGN(Provider provider, read_provider(*table, file_));
      const auto same = std::ranges::find(own, provider.name, &Provider::name);
      if (same != own.end())
        return error_at(
            file_, table->source(),
            "provider " + in_quotes(provider.name) + " already stands in line " + std::to_string(same->line),
            "Give it another name or remove one.");
      own.push_back(std::move(provider));
    }
    for (Provider& provider : own) {
      const auto below = std::ranges::find(config_.providers, provider.name, &Provider::name);
      if (below == config_.providers.end())
        config_.providers.push_back(std::move(provider));
      else
        *below = std::move(provider);
    }
    return {};
  }

  Error at(const toml::node& node, std::string_view key, Error error) const {
    return error_at(file_, node.source(), std::string(key) + " " + error.message, std::move(error.next));
  }

  static std::vector<std::string_view> names_in(std::string_view section) {
    std::vector<std::string_view> names;
    for (const Setting& setting : settings())
      if (setting.section() == section) names.push_back(setting.name());
    return names;
  }

  std::string full(std::string_view section) const {
    return (inside_.empty() ? "" : inside_ + ".") + std::string(section);
  }

  std::string_view file_;
  std::string inside_;
  Config& config_;
};

/// All profiles are read, so that a mistake shows before the day on which that profile is needed.
Status read_profiles(const toml::table& file, std::string_view name, std::string_view wanted, Config& config) {
  const toml::node* node = file.get("profile");
  if (!node) return {};
  const auto* profiles = node->as_table();
  if (!profiles)
    return error_at(name, node->source(), "profile must be a table, not " + std::string(type_name(*node)),
                    "Write [profile.prod.server] and so on; choose one by --profile or AIGW_PROFILE.");
  for (const auto& [key, entry] : *profiles) {
    if (std::ranges::find(kProfiles, key.str()) == kProfiles.end())
      return unknown_key(name, key, "[profile]", {kProfiles.begin(), kProfiles.end()});
    const std::string inside = "profile." + std::string(key.str());
    const auto* table = entry.as_table();
    if (!table) return error_at(name, entry.source(), inside + " must be a table", "Write [" + inside + ".server].");
    Config unused = config;
    AIGW_TRY(Layer(name, inside, key.str() == wanted ? config : unused).read(*table));
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

Result<Config> parse_toml(std::string_view text, std::string_view name, std::string_view profile) {
  AIGW_TRY(check_characters(text, name));
  const toml::parse_result parsed = toml::parse(text, name);
  if (!parsed)
    return error_at(name, parsed.error().source(), std::string(parsed.error().description()),
                    "Correct the file's syntax (TOML 1.0).");
  Config config;
  AIGW_TRY(Layer(name, "", config).read(parsed.table()));
  AIGW_TRY(read_profiles(parsed.table(), name, profile, config));
  return config;
}

}  // namespace aigw::config
