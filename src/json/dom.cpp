#include "json/dom.hpp"

#include "json/scan.hpp"

namespace aigw::json {

Result<Dom> parse_dom(std::string_view text, DomLimits limits) {
  if (text.size() > limits.bytes_max)
    return make_error(ErrorKind::body_too_large, "the JSON text has " + std::to_string(text.size()) + " bytes, " +
                                                     std::to_string(limits.bytes_max) + " are allowed");
  AIGW_TRY(check_value(text, {.depth_max = limits.depth_max}));
  Dom dom = Dom::parse(text, nullptr, /*allow_exceptions=*/false);
  // Checked above, so what is left are numbers that no double holds.
  if (dom.is_discarded()) return make_error(ErrorKind::bad_request, "the JSON text has a number that is out of range");
  return dom;
}

std::string dump(const Dom& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Dom::error_handler_t::replace);
}

}  // namespace aigw::json
