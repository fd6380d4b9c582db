#pragma once
// A moment on the command line. Pure.

#include "base/error.hpp"
#include "base/time.hpp"

#include <string_view>

namespace aigw::cli {

/// "7d": so long before `now`; "2026-11-01", "2026-11-01T18:30", "2026-11-01T18:30:05Z": UTC.
/// @errors config with the accepted forms
Result<UnixMillis> parse_moment(std::string_view text, UnixMillis now);

}  // namespace aigw::cli
