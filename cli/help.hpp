#pragma once
// Help texts, from the table of commands.

#include "cli/commands.hpp"

#include <string>
#include <string_view>

namespace aigw::cli {

std::string overview();                       ///< `aigw help`
std::string help_of(const Command& command);  ///< `aigw help keys add`

// What the manual page says too.
inline constexpr std::string_view kExitCodes =
    "0  it worked\n1  it did not\n2  the command line or the configuration is wrong";
std::string usage_of(const Command& command, const Arguments& arguments);  ///< "aigw keys add PROVIDER [--name NAME]"
std::string explained(const Argument& argument);                           ///< its help, with the choices it has
std::string_view explained(Needs needs);

}  // namespace aigw::cli
