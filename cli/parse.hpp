#pragma once
// From the command line to the command that runs. The only door to CLI11.

#include "base/error.hpp"
#include "cli/commands.hpp"
#include "config/paths.hpp"

#include <string>
#include <vector>

namespace aigw::cli {

struct Parsed {
  const Command* command = nullptr;  ///< none: only help was asked for
  Run run;
  config::PathFlags path_flags;
  std::string help;            ///< the text to print instead of running
  bool nothing_asked = false;  ///< no command was given: help is all that can be said
};

/// Options that every command takes.
Arguments global_arguments(config::PathFlags& into);

/// `words`: without the program's name.
/// @errors config: a usage error, with a "did you mean"; what was typed is redacted in it
Result<Parsed> parse(const std::vector<std::string>& words);

}  // namespace aigw::cli
