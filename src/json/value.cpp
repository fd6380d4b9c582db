#include "json/value.hpp"

#include "json/lex.hpp"
#include "json/view.hpp"

#include <charconv>

namespace aigw::json {
namespace {

bool is_quoted(std::string_view raw) { return raw.size() >= 2 && raw.front() == '"' && raw.back() == '"'; }

}  // namespace

Type type_of(std::string_view raw) {
  if (raw.empty()) return Type::null;
  switch (raw.front()) {
    case '{':
      return Type::object;
    case '[':
      return Type::array;
    case '"':
      return Type::string;
    case 't':
    case 'f':
      return Type::boolean;
    case '-':
      return Type::number;
    default:
      return lex::is_digit(raw.front()) ? Type::number : Type::null;
  }
}

std::optional<std::string> as_string(std::string_view raw) {
  if (!is_quoted(raw)) return std::nullopt;
  const std::string_view written = raw.substr(1, raw.size() - 2);
  if (written.find('\\') == std::string_view::npos) return std::string(written);
  std::string out;
  if (!lex::append_unescaped(out, written)) return std::nullopt;
  return out;
}

std::optional<std::int64_t> as_integer(std::string_view raw) {
  if (type_of(raw) != Type::number) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (failure != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

std::optional<double> as_number(std::string_view raw) {
  if (type_of(raw) != Type::number) return std::nullopt;
  double value = 0;
  const auto [end, failure] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (failure != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

std::optional<bool> as_boolean(std::string_view raw) {
  if (raw == "true") return true;
  if (raw == "false") return false;
  return std::nullopt;
}

std::optional<std::string_view> first_element(std::string_view raw_array) {
  if (type_of(raw_array) != Type::array) return std::nullopt;
  const View first = View::of(raw_array.substr(1));
  if (!first) return std::nullopt;
  return first.raw();
}

bool says_with_escapes(std::string_view written, std::string_view decoded) {
  if (written.find('\\') == std::string_view::npos) return false;
  std::string plain;
  return lex::append_unescaped(plain, written) && plain == decoded;
}

}  // namespace aigw::json
