#include "json/view.hpp"

#include "json/lex.hpp"

namespace aigw::json {

View View::of(std::string_view raw) {
  const std::size_t begin = lex::skip_space(raw, 0);
  const std::size_t end = lex::end_of_value(raw, begin);
  if (end == std::string_view::npos) return View();
  return View(raw.substr(begin, end - begin));
}

View View::operator[](std::string_view key) const {
  if (type() != Type::object) return View();
  std::size_t at = lex::skip_space(raw_, 1);
  while (at < raw_.size() && raw_[at] == '"') {
    const std::size_t key_end = lex::end_of_string(raw_, at);
    if (key_end == std::string_view::npos) return View();
    const std::string_view name = raw_.substr(at + 1, key_end - at - 2);
    at = lex::skip_space(raw_, key_end);
    if (at >= raw_.size() || raw_[at] != ':') return View();
    at = lex::skip_space(raw_, at + 1);
    const std::size_t end = lex::end_of_value(raw_, at);
    if (end == std::string_view::npos) return View();
    if (says(name, key)) return View(raw_.substr(at, end - at));
    at = lex::skip_space(raw_, end);
    if (at >= raw_.size() || raw_[at] != ',') return View();
    at = lex::skip_space(raw_, at + 1);
  }
  return View();
}

View View::element_at(std::size_t& at) const {
  if (type() != Type::array) return View();
  const bool first = at == 0;
  at = lex::skip_space(raw_, first ? 1 : at);
  if (!first) {
    if (at >= raw_.size() || raw_[at] != ',') return View();
    at = lex::skip_space(raw_, at + 1);
  }
  const std::size_t end = lex::end_of_value(raw_, at);
  if (end == std::string_view::npos) return View();
  const View element(raw_.substr(at, end - at));
  at = end;
  return element;
}

}  // namespace aigw::json
