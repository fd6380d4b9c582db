#include "adapters/request_fields.hpp"

#include <algorithm>

namespace aigw::adapters {
namespace {

constexpr std::size_t kModelBytesMax = 256;

bool is_null_or_absent(const json::Member* member) {
  return !member || json::type_of(member->value) == json::Type::null;
}

}  // namespace

Error bad_field(std::string_view field, std::string_view what) {
  Error error = make_error(ErrorKind::bad_request, "'" + std::string(field) + "' " + std::string(what));
  error.param = field;
  return error;
}

Result<std::string> read_model(const json::Object& body) {
  const json::Member* member = body.find("model");
  if (is_null_or_absent(member)) return bad_field("model", "is missing: name the model to use");
  auto model = json::as_string(member->value);
  if (!model) return bad_field("model", "must be a string");
  if (model->empty()) return bad_field("model", "is empty: name the model to use");
  if (model->size() > kModelBytesMax) return bad_field("model", "is longer than 256 bytes");
  const bool control = std::ranges::any_of(*model, [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; });
  if (control || model->find("..") != std::string::npos || model->find("%2f") != std::string::npos ||
      model->find("%2F") != std::string::npos)
    return bad_field("model", "holds characters that no model's name has");
  return *std::move(model);
}

Result<bool> read_stream(const json::Object& body) {
  const json::Member* member = body.find("stream");
  if (is_null_or_absent(member)) return false;
  const auto stream = json::as_boolean(member->value);
  if (!stream) return bad_field("stream", "must be true or false");
  return *stream;
}

Status check_integer(const json::Object& body, std::string_view field, std::int64_t min, std::int64_t max) {
  const json::Member* member = body.find(field);
  if (is_null_or_absent(member)) return {};
  const auto value = json::as_integer(member->value);
  if (!value || *value < min || *value > max)
    return bad_field(field, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return {};
}

Status check_messages(const json::Object& body, std::string_view field, Messages rule) {
  const json::Member* member = body.find(field);
  if (is_null_or_absent(member)) return bad_field(field, "is missing");
  if (json::type_of(member->value) != json::Type::array) return bad_field(field, "must be an array");
  if (rule == Messages::objects_or_none) {
    if (!member->element_types.has_only(json::Type::object)) return bad_field(field, "must hold objects only");
    return {};
  }
  if (member->element_types.empty()) return bad_field(field, "must not be empty");
  if (member->element_types.has(json::Type::null)) return bad_field(field, "must not hold null");
  return {};
}

}  // namespace aigw::adapters
