#pragma once
// Help texts, from the table of commands.

#include "cli/commands.hpp"

#include <string>

namespace aigw::cli {

std::string overview();                       ///< `aigw help`
std::string help_of(const Command& command);  ///< `aigw help keys add`

}  // namespace aigw::cli
