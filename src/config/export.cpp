#include "config/export.hpp"

#include <cstdio>

namespace aigw::config {
namespace {

/// A basic string of TOML.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string dollars(PicoUsdPerToken price) {
  constexpr std::int64_t kPerDollar = 1'000'000;  // a million tokens at one picodollar
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(price.value / kPerDollar),
                static_cast<long long>(price.value % kPerDollar));
  return text;
}

std::string prices_of(const Provider& provider) {
  std::string out;
  for (const OwnPrice& price : provider.prices)
    out += toml_text(price.model) + " = { input = " + dollars(price.input) + ", output = " + dollars(price.output) +
           ", cache_read = " + dollars(price.cache_read) + ", cache_write = " + dollars(price.cache_write) + " }\n";
  return out.empty() ? out : "[providers.prices]\n" + out;
}

std::string one(const Provider& provider) {
  std::string out = "[[providers]]\nname = " + toml_text(provider.name) + "\n";
  const auto text = [&out](std::string_view key, const std::string& value) {
    if (!value.empty()) out.append(key).append(" = ").append(toml_text(value)).append("\n");
  };
  text("dialect", provider.dialect);
  text("base_url", provider.base_url);
  text("auth", provider.auth);
  std::string speaks;
  for (const auto& [dialect, base_url] : provider.speaks)
    speaks += (speaks.empty() ? "" : ", ") + dialect + " = " + toml_text(base_url);
  if (!speaks.empty()) out += "speaks = { " + speaks + " }\n";
  if (provider.allow_private) out += "allow_private = true\n";
  text("prices_as", provider.prices_as);
  if (provider.free) out += "free = true\n";
  text("key_env", provider.key_env);
  return out + prices_of(provider);
}

}  // namespace

std::string toml_of(const std::vector<Provider>& providers) {
  std::string out;
  for (const Provider& provider : providers) out += (out.empty() ? "" : "\n") + one(provider);
  return out;
}

}  // namespace aigw::config
