#include "llm/schema.hpp"

namespace aigw::llm {

std::string schema_for(SchemaTarget, std::string_view schema, std::string_view, Losses&) { return std::string(schema); }
bool is_strict(std::string_view) { return false; }
std::optional<std::string_view> unusable_root(std::string_view) { return std::nullopt; }

}  // namespace aigw::llm
