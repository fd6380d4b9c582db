#pragma once
// The table of settings, one row each. The file's reader, the environment, the flags of `serve`, `config show`, reloads
// and docs/configuration.md all come from it. Static storage; pure; any thread.

#include "base/error.hpp"
#include "config/config.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aigw::config {

/// Where a setting's value is kept; its type says what may be written for it.
using Place = std::variant<ListenAddress*, std::vector<std::string>*, unsigned*, bool*, milliseconds*, std::int64_t*,
                           Durability*, MetricsAccess*, log::Levels*, log::Format*>;

/// Inclusive; milliseconds, bytes or a count.
struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// When a change of the file counts in a gateway that runs.
enum class Applies : std::uint8_t {
  live,        ///< for requests that begin after the reload
  at_restart,  ///< the reload says so and goes on without it
};

struct Setting {
  std::string_view key;       ///< "timeouts.connect": section and name in the file
  std::string_view variable;  ///< "AIGW_TIMEOUTS_CONNECT"
  std::string_view flag;      ///< of `serve`: "--listen"; most have none
  Applies applies;
  Bounds bounds;               ///< of numbers
  std::string_view summary;    ///< what it is, one line
  std::string_view rationale;  ///< why the default is what it is; may be empty
  Place (*place)(Config&);

  constexpr std::string_view section() const { return key.substr(0, key.find('.')); }
  constexpr std::string_view name() const { return key.substr(key.find('.') + 1); }
};

/// Grouped by section, in the order in which they are explained.
std::span<const Setting> settings();
const Setting* find_setting(std::string_view key);
/// A section or key that is probably meant by `word`, or empty.
std::string_view nearest_setting(std::string_view word);

/// A variable of ours that is no setting.
struct OtherVariable {
  std::string_view name;
  std::string_view summary;
};
std::span<const OtherVariable> other_variables();
/// AIGW_* in the environment that nobody reads: misspelt, most likely.
std::vector<std::string> unknown_variables();

/// As it would stand in the file, without quotes: "127.0.0.1:2449", "10s", "32MiB", "true", "a, b".
std::string value_text(const Config& config, const Setting& setting);
/// What may be written for it: "a duration, 1ms to 7d".
std::string takes_text(const Setting& setting);
/// What stands for its value in a flag's help: "ADDRESS"; empty for true or false.
std::string_view value_word(const Setting& setting);

/// Sets it to what stands in a variable or a flag. @errors config
Status set_text(Config& config, const Setting& setting, std::string_view text);
/// @errors config: the value it has is out of bounds: "must be between 1ms and 7d"
Status check_bounds(Config& config, const Setting& setting);

}  // namespace aigw::config
