#include "http/multipart.hpp"

#include "base/text.hpp"

#include <string>

namespace aigw::http {
namespace {

constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046
constexpr std::size_t kPartsMax = 256;

/// Whether a part's head is that of the text field `name`.
bool names_field(std::string_view head, std::string_view name) {
  const std::string lower = text::to_lower(head);
  if (lower.find("content-disposition:") == std::string::npos || lower.find("filename") != std::string::npos)
    return false;
  const std::string quoted = "name=\"" + std::string(name) + "\"";
  return head.find(quoted) != std::string_view::npos ||
         head.find("name=" + std::string(name)) != std::string_view::npos;
}

}  // namespace

std::string_view form_boundary(std::string_view content_type) {
  constexpr std::string_view kType = "multipart/form-data";
  if (!text::equal_ignore_case(content_type.substr(0, kType.size()), kType)) return {};
  for (const std::string_view part : text::split(content_type.substr(kType.size()), ';')) {
    std::string_view value = text::trim(part);
    constexpr std::string_view kName = "boundary=";
    if (!text::equal_ignore_case(value.substr(0, kName.size()), kName)) continue;
    value.remove_prefix(kName.size());
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value.size() <= kBoundaryBytesMax ? value : std::string_view{};
  }
  return {};
}

std::optional<FormField> find_form_field(std::string_view body, std::string_view boundary, std::string_view name) {
  if (boundary.empty()) return std::nullopt;
  const std::string line = "--" + std::string(boundary);
  std::size_t at = body.find(line);
  for (std::size_t part = 0; part < kPartsMax && at != std::string_view::npos; ++part) {
    const std::size_t head_at = at + line.size();
    const std::size_t head_end = body.find("\r\n\r\n", head_at);
    const std::size_t next = body.find("\r\n" + line, head_at);
    if (head_end == std::string_view::npos || next == std::string_view::npos) return std::nullopt;
    const std::size_t value_at = head_end + 4;
    if (value_at <= next && names_field(body.substr(head_at, head_end - head_at), name))
      return FormField{body.substr(value_at, next - value_at), value_at};
    at = next + 2;
  }
  return std::nullopt;
}

}  // namespace aigw::http
