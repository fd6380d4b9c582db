#include "cli/dom_read.hpp"

namespace aigw::cli {
namespace {

const json::Dom* find(const json::Dom& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(std::string(name));
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

}  // namespace

std::string text_of(const json::Dom& object, std::string_view name) {
  const auto* value = find(object, name);
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::int64_t> integer_of(const json::Dom& object, std::string_view name) {
  const auto* value = find(object, name);
  return value && value->is_number_integer() ? std::optional(value->get<std::int64_t>()) : std::nullopt;
}

std::optional<double> number_of(const json::Dom& object, std::string_view name) {
  const auto* value = find(object, name);
  return value && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
}

bool flag_of(const json::Dom& object, std::string_view name) {
  const auto* value = find(object, name);
  return value && value->is_boolean() && value->get<bool>();
}

const json::Dom& member_of(const json::Dom& object, std::string_view name) {
  static const json::Dom empty = json::Dom::object();
  const auto* value = find(object, name);
  return value && value->is_object() ? *value : empty;
}

const json::Dom& list_of(const json::Dom& object, std::string_view name) {
  static const json::Dom empty = json::Dom::array();
  const auto* value = find(object, name);
  return value && value->is_array() ? *value : empty;
}

}  // namespace aigw::cli
