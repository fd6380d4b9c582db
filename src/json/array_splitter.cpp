#include "json/array_splitter.hpp"

#include "json/lex.hpp"

namespace aigw::json {
namespace {

bool ends_scalar(char c) { return c == ',' || c == ']' || lex::is_space(c); }

}  // namespace

std::size_t ArraySplitter::end_piece(std::size_t size) {
  place_ = Place::between;
  at_ = 0;
  return size;
}

/// Moves behind the closing quote of the string that at_ stands in; false when it has not come yet.
bool ArraySplitter::skip_string(std::string_view buffer) {
  while (at_ < buffer.size()) {
    at_ = static_cast<std::size_t>(lex::skip_plain(buffer.data() + at_, buffer.data() + buffer.size()) - buffer.data());
    if (at_ >= buffer.size()) break;
    if (buffer[at_] == '"') {
      ++at_;
      return true;
    }
    const std::size_t step = buffer[at_] == '\\' ? 2 : 1;
    if (at_ + step > buffer.size()) break;  // the escaped character is still to come
    at_ += step;
  }
  return false;
}

std::size_t ArraySplitter::piece_end(std::string_view buffer) {
  if (at_ == 0) element_offset_ = std::string_view::npos;
  for (;;) {
    if (place_ == Place::string) {
      if (!skip_string(buffer)) return std::string_view::npos;
      if (depth_ == 0) return end_piece(at_);
      place_ = Place::container;
    }
    if (at_ >= buffer.size()) return std::string_view::npos;
    const char c = buffer[at_];
    if (place_ == Place::scalar && ends_scalar(c)) return end_piece(at_);
    ++at_;
    if (place_ == Place::between) {
      if (c == ',' || lex::is_space(c)) continue;
      if (c == ']') {
        closed_ = true;
        element_offset_ = at_;
        return end_piece(at_);
      }
      // The bracket that opens the array looks like one that opens an element: only the first of all is none.
      const bool opens_array = c == '[' && !opened_;
      opened_ = true;
      if (opens_array) continue;
      element_offset_ = at_ - 1;
      place_ = c == '{' || c == '[' || c == '"' ? Place::container : Place::scalar;
    }
    if (place_ == Place::scalar) continue;
    if (c == '"') place_ = Place::string;
    if (c == '{' || c == '[') ++depth_;
    if ((c == '}' || c == ']') && --depth_ == 0) return end_piece(at_);
  }
}

}  // namespace aigw::json
