#pragma once
// One short text field of a multipart/form-data body, found where it lies. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string_view>

namespace aigw::http {

struct FormField {
  std::string_view value;
  std::size_t offset = 0;  ///< of the value in the body
};

/// The boundary of a content-type value; empty when it is no multipart/form-data or names none.
std::string_view form_boundary(std::string_view content_type);

/// The first field of that name without a file name; nothing when there is none or the body is cut.
std::optional<FormField> find_form_field(std::string_view body, std::string_view boundary, std::string_view name);

}  // namespace aigw::http
