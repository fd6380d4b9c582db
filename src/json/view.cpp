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
  std::size_t at = 0;
  std::string_view name;
  for (View value = member_at(at, name); value; value = member_at(at, name))
    if (says(name, key)) return value;
  return View();
}

View View::member_at(std::size_t& at, std::string_view& name) const {
  if (type() != Type::object) return View();
  const bool first = at == 0;
  at = lex::skip_space(raw_, first ? 1 : at);
  if (!first) {
    if (at >= raw_.size() || raw_[at] != ',') return View();
    at = lex::skip_space(raw_, at + 1);
  }
  if (at >= raw_.size() || raw_[at] != '"') return View();
  const std::size_t key_end = lex::end_of_string(raw_, at);
  if (key_end == std::string_view::npos) return View();
  name = raw_.substr(at + 1, key_end - at - 2);
  at = lex::skip_space(raw_, key_end);
  if (at >= raw_.size() || raw_[at] != ':') return View();
  at = lex::skip_space(raw_, at + 1);
  const std::size_t end = lex::end_of_value(raw_, at);
  if (end == std::string_view::npos) return View();
  const View value(raw_.substr(at, end - at));
  at = end;
  return value;
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
