#pragma once
// A JSON tree for where bytes need not survive: translation, the admin API, the built-in provider. The only door to
// nlohmann. Any thread. nlohmann's own access throws on a wrong type: ask `is_*`, `contains` or `value` first.

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aigw::json {

using Dom = nlohmann::ordered_json;

struct DomLimits {
  std::size_t bytes_max = 32U << 20U;
  int depth_max = 256;
};

/// As strict as scan_object, for a value of any type.
/// @errors bad_request; body_too_large
Result<Dom> parse_dom(std::string_view text, DomLimits limits = {});

/// Compact. Invalid UTF-8 becomes U+FFFD. `indent` spaces a level when it is not negative.
std::string dump(const Dom& value, int indent = -1);

}  // namespace aigw::json
