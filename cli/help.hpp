#pragma once
// Help texts, from the table of commands.

#include <string>

#include "cli/commands.hpp"

namespace aigw::cli {

std::string overview();                       ///< `aigw help`
std::string help_of(const Command& command);  ///< `aigw help keys add`

}  // namespace aigw::cli
