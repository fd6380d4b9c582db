#pragma once
// Reads an answer of the admin API for rendering: what is absent, null or of another type reads as empty. Pure.

#include "json/dom.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::cli {

std::string text_of(const json::Dom& object, std::string_view name);
std::optional<std::int64_t> integer_of(const json::Dom& object, std::string_view name);
std::optional<double> number_of(const json::Dom& object, std::string_view name);
bool flag_of(const json::Dom& object, std::string_view name);
/// The member, or an empty object.
const json::Dom& member_of(const json::Dom& object, std::string_view name);
/// The member when it is a list, or an empty list.
const json::Dom& list_of(const json::Dom& object, std::string_view name);

}  // namespace aigw::cli
