#include "adapters/registry.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "ops/config_rules.hpp"

#include <filesystem>

namespace aigw::cli {

Run define_config_check(Arguments&) {
  return [](Session& session) -> Result<int> {
    AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
    AIGW_TRY_ASSIGN(const config::Config config, config::load(paths, {}));
    AIGW_TRY(ops::check_config(config, adapters::registry()));
    for (const std::string& odd : ops::odd_in_config(config)) session.out().talk("odd: " + odd);
    std::error_code error;
    const bool there = std::filesystem::exists(paths.config_file, error);
    session.out().talk(paths.config_file.string() + (there ? " is right" : " does not exist: the defaults hold"));
    return kOk;
  };
}

}  // namespace aigw::cli
