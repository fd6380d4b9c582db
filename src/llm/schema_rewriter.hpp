#pragma once
// A parsed schema in the words of a target. Only for schema.cpp. Pure.

#include "json/dom.hpp"
#include "llm/schema.hpp"

#include <string>

namespace aigw::llm {

/// @see schema_for
json::Dom rewrite_schema(SchemaTarget target, const json::Dom& schema, const std::string& path, Losses& losses);

}  // namespace aigw::llm
