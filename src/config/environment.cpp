#include "config/environment.hpp"

#include <string.h>
#include <unistd.h>

#include <cstdlib>

namespace aigw::config {

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return value;
}

std::optional<Secret> take_environment_secret(const char* name) {
  char* value = std::getenv(name);
  if (!value) return std::nullopt;
  std::string text(value);
  ::explicit_bzero(value, text.size());
  ::unsetenv(name);
  if (text.empty()) return std::nullopt;
  return Secret(std::move(text));
}

std::vector<std::string> environment_names(std::string_view prefix) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(prefix)) out.emplace_back(text.substr(0, text.find('=')));
  }
  return out;
}

}  // namespace aigw::config
