#pragma once
// Tells that the newest requests are not in what the gateway read. One thread.

#include "cli/output.hpp"
#include "json/dom.hpp"

namespace aigw::cli {

/// A line to stderr, and the next step on another, when `reply` is behind. True: it is.
bool tell_if_behind(const Output& out, const json::Dom& reply);

}  // namespace aigw::cli
