#include "server/admin_input.hpp"

#include "base/text.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <charconv>

namespace aigw::server {
namespace {

constexpr json::DomLimits kLimits{.bytes_max = 1U << 20U, .depth_max = 8};

Error bad_field(std::string_view name, std::string message, std::string next = {}) {
  Error error = make_error(ErrorKind::bad_request, std::move(message), std::move(next));
  error.param = std::string(name);
  return error;
}

Error wrong_type(std::string_view name, std::string_view wanted) {
  return bad_field(name, "\"" + std::string(name) + "\" must be " + std::string(wanted));
}

Status check_known(std::string_view name, Fields::Names known) {
  if (std::ranges::find(known, name) != known.end()) return {};
  const std::vector<std::string_view> names(known);
  const auto near = text::nearest(name, names);
  std::string next;
  if (!near.empty()) {
    next = "Did you mean \"" + std::string(near) + "\"?";
  } else {
    for (const auto one : names) next.append(next.empty() ? "Known here: " : ", ").append(one);
    next += next.empty() ? "This call takes no fields." : ".";
  }
  return bad_field(name, "unknown field \"" + std::string(name) + "\"", std::move(next));
}

}  // namespace

Result<Fields> Fields::of_body(std::string_view body, Names known) {
  Fields fields;
  if (text::trim(body).empty()) return fields;
  AIGW_TRY_ASSIGN(fields.object_, json::parse_dom(body, kLimits));
  if (!fields.object_.is_object()) return make_error(ErrorKind::bad_request, "the body must be a JSON object");
  for (const auto& [name, value] : fields.object_.items()) AIGW_TRY(check_known(name, known));
  return fields;
}

Result<Fields> Fields::of_query(std::string_view query, Names known) {
  Fields fields;
  fields.of_query_ = true;
  for (const std::string_view pair : text::split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view raw_value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    AIGW_TRY_ASSIGN(std::string name, http::percent_decode(pair.substr(0, equals)));
    AIGW_TRY_ASSIGN(std::string value, http::percent_decode(raw_value));
    AIGW_TRY(check_known(name, known));
    if (fields.object_.contains(name)) return bad_field(name, "\"" + name + "\" is given twice");
    fields.object_[name] = std::move(value);
  }
  return fields;
}

const json::Dom* Fields::find(std::string_view name) const {
  const auto at = object_.find(std::string(name));
  return at == object_.end() || at->is_null() ? nullptr : &*at;
}

Result<std::optional<std::string>> Fields::text(std::string_view name) const {
  const auto* value = find(name);
  if (!value) return std::optional<std::string>();
  if (!value->is_string()) return wrong_type(name, "a text");
  return std::optional(value->get<std::string>());
}

Result<std::optional<std::int64_t>> Fields::integer(std::string_view name) const {
  const auto* value = find(name);
  if (!value) return std::optional<std::int64_t>();
  std::int64_t number = -1;
  if (of_query_) {
    const auto& digits = value->get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) number = -1;
  } else if (value->is_number_integer() && !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX)) {
    number = value->get<std::int64_t>();
  }
  if (number < 0) return wrong_type(name, "a whole number that is not negative");
  return std::optional(number);
}

Result<bool> Fields::flag(std::string_view name) const {
  const auto* value = find(name);
  if (!value) return false;
  if (!value->is_boolean()) return wrong_type(name, "true or false");
  return value->get<bool>();
}

Result<std::vector<std::string>> Fields::texts(std::string_view name) const {
  std::vector<std::string> out;
  const auto* value = find(name);
  if (!value) return out;
  if (of_query_) {
    for (const std::string_view part : text::split(value->get_ref<const std::string&>(), ','))
      if (!part.empty()) out.emplace_back(part);
    return out;
  }
  if (!value->is_array()) return wrong_type(name, "a list of texts");
  for (const auto& element : *value) {
    if (!element.is_string()) return wrong_type(name, "a list of texts");
    out.push_back(element.get<std::string>());
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> Fields::members(std::string_view name) const {
  std::vector<std::pair<std::string, std::string>> out;
  const auto* value = find(name);
  if (!value) return out;
  if (!value->is_object()) return wrong_type(name, "an object of texts");
  for (const auto& [key, element] : value->items()) {
    if (!element.is_string()) return wrong_type(name, "an object of texts");
    out.emplace_back(key, element.get<std::string>());
  }
  return out;
}

Result<std::string> Fields::required_text(std::string_view name) const {
  AIGW_TRY_ASSIGN(auto value, text(name));
  if (!value) return bad_field(name, "\"" + std::string(name) + "\" is missing");
  return *std::move(value);
}

}  // namespace aigw::server
