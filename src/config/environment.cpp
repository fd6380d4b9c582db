#include "config/environment.hpp"

#include <string.h>

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

}  // namespace aigw::config
