#pragma once
// What every code of an error means and what to do, as a page: `aigw help errors`, and docs/errors.md.

#include <string>

namespace aigw::cli {

/// Markdown that reads well in a terminal too.
std::string error_page();

}  // namespace aigw::cli
