#include "ops/config_rules.hpp"

#include "base/text.hpp"
#include "config/settings.hpp"
#include "ops/collect.hpp"
#include "ops/provider_rules.hpp"

namespace aigw::ops {

Status check_config(const config::Config& config, const llm::Registry& registry) {
  AIGW_TRY(config::check_bind(config.server));
  for (const config::Provider& said : config.providers) {
    auto provider = checked_provider(said, registry);
    if (provider) continue;
    Error error = std::move(provider).error().within(where_in_file(said));
    error.kind = ErrorKind::config;
    return error;
  }
  return {};
}

std::vector<std::string> odd_in_config(const config::Config& config) {
  std::vector<std::string> out;
  for (const std::string& name : config::unknown_variables()) {
    std::vector<std::string_view> known;
    for (const config::Setting& setting : config::settings()) known.push_back(setting.variable);
    for (const config::OtherVariable& other : config::other_variables()) known.push_back(other.name);
    const std::string_view meant = text::nearest(name, known);
    out.push_back("the variable " + name + " is read by nobody" +
                  (meant.empty() ? "" : "; did you mean " + std::string(meant) + "?"));
  }
  for (const config::Provider& provider : config.providers)
    if (!provider.key_env.empty() && provider.key.empty())
      out.push_back(where_in_file(provider) + ": the variable " + provider.key_env + " is not set");
  return out;
}

}  // namespace aigw::ops
