#pragma once
// What may be called what: names that people type, that stand in paths, and that never look like an id. Pure.

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::ops {

/// A provider's name is a path segment: lower case letters, digits, '-', '_', '.', at most 64, none of our own paths.
/// @errors bad_request
Status check_provider_name(std::string_view name);

/// The name of a key or a credential: printable UTF-8 without '/', at most 100 bytes, not formed like an id.
/// `what`: "key", for the error. @errors bad_request
Status check_label(std::string_view what, std::string_view name);

/// "key_12", "cred_3": ids as people see them.
std::string id_text(std::string_view prefix, std::int64_t id);
std::optional<std::int64_t> parse_id(std::string_view prefix, std::string_view text);

}  // namespace aigw::ops
