#pragma once
// What one command takes. Described once: the parser, the help and the shells' completions read the same list.

#include "base/error.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::cli {

struct Argument {
  enum class Kind : std::uint8_t { positional, rest, option, flag };
  enum class Count : std::uint8_t { optional, one, any };
  Kind kind = Kind::flag;
  Count count = Count::optional;
  std::string names;  ///< "-n,--last"; of a positional: "PROVIDER"
  std::string value;  ///< "N": what stands for the value in help; empty for flags
  std::string help;
  std::vector<std::string> choices;               ///< the only values, when there are few
  std::function<Status(const std::string&)> set;  ///< called for each value given
};

/// Targets outlive the parsing: they live in what the command's Run captures.
class Arguments {
 public:
  using Count = Argument::Count;

  Arguments& positional(std::string name, std::string& into, std::string help, Count count = Count::one);
  /// A positional with few values.
  Arguments& choice(std::string name, std::string& into, std::string help, std::vector<std::string> choices);
  Arguments& positionals(std::string name, std::vector<std::string>& into, std::string help);
  /// A command line of somebody else's, at least one word: from the first word that is no option, or what follows
  /// "--", to the end and untouched.
  Arguments& rest(std::string name, std::vector<std::string>& into, std::string help);
  /// Takes what must not be given, so that the command can say why.
  Arguments& leftovers(std::vector<std::string>& into);
  Arguments& option(std::string names, std::string value, std::string& into, std::string help,
                    std::vector<std::string> choices = {});
  Arguments& option(std::string names, std::string value, std::optional<std::string>& into, std::string help);
  Arguments& option(std::string names, std::string value, std::vector<std::string>& into, std::string help);
  Arguments& option(std::string names, std::string value, std::int64_t& into, std::string help);
  Arguments& option(std::string names, std::string value, std::chrono::milliseconds& into, std::string help);
  Arguments& flag(std::string names, bool& into, std::string help);
  /// A row of the table of settings that has a flag.
  Arguments& setting(const config::Setting& setting, config::Flags& into);

  const std::vector<Argument>& all() const { return all_; }

 private:
  Arguments& add(Argument argument);
  std::vector<Argument> all_;
};

}  // namespace aigw::cli
