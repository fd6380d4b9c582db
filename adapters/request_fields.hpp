#pragma once
// Checks of the few request fields that the gateway reads itself, shared by the dialects. Everything else is the
// provider's to judge.

#include "base/error.hpp"
#include "json/scan.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aigw::adapters {

/// bad_request that names the field.
Error bad_field(std::string_view field, std::string_view what);

/// A model's name: present, text, 1 to 256 bytes, no control characters, no path tricks ("..", "%2f", "\").
Result<std::string> read_model(const json::Object& body);
/// false when absent or null.
Result<bool> read_stream(const json::Object& body);
/// Present or not, but when present an integer in [min, max].
Status check_integer(const json::Object& body, std::string_view field, std::int64_t min, std::int64_t max);
/// What an array of messages may hold before the provider itself is asked to judge.
enum class Messages {
  objects_or_none,  ///< objects only, also an empty array
  some_not_null,    ///< at least one, none of them null
};
Status check_messages(const json::Object& body, std::string_view field, Messages rule);

}  // namespace aigw::adapters
