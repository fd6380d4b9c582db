#include "json/writer.hpp"

#include "json/lex.hpp"
#include "json/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace aigw::json {
namespace {

void append_control(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 15U];
  }
}

std::string repaired(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
    } else {
      out.append(text.substr(at, length));
      at += length;
    }
  }
  return out;
}

/// Copies and gives the end of the copy: a few bytes as two overlapping halves, which spares a call.
inline char* copy_few(std::string_view text, char* to) {
  const char* const from = text.data();
  const std::size_t size = text.size();
  const auto halves = [&]<std::size_t kBytes>(std::integral_constant<std::size_t, kBytes>) {
    char first[kBytes];
    char last[kBytes];
    std::memcpy(first, from, kBytes);
    std::memcpy(last, from + size - kBytes, kBytes);
    std::memcpy(to, first, kBytes);
    std::memcpy(to + size - kBytes, last, kBytes);
    return to + size;
  };
  if (size > 32) return std::copy_n(from, size, to);
  if (size >= 16) return halves(std::integral_constant<std::size_t, 16>());
  if (size >= 8) return halves(std::integral_constant<std::size_t, 8>());
  if (size >= 4) return halves(std::integral_constant<std::size_t, 4>());
  for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  return to + size;
}

/// A few bytes put together beside the output, which then grows once: most of what is written is that short.
class Piece {
 public:
  static constexpr std::size_t kBytesMax = 2 * (Name::kCharsMax + 4);
  explicit Piece(bool comma) : end_(bytes_ + (comma ? 1 : 0)) { bytes_[0] = ','; }
  Piece& text(std::string_view text) {
    end_ = copy_few(text, end_);
    return *this;
  }
  Piece& mark(char c) {
    *end_++ = c;
    return *this;
  }
  Piece& name(Name name) { return mark('"').text(name.text()).mark('"').mark(':'); }
  Piece& integer(std::int64_t value) {
    end_ = std::to_chars(end_, bytes_ + kBytesMax, value).ptr;
    return *this;
  }
  operator std::string_view() const { return {bytes_, end_}; }

 private:
  char bytes_[kBytesMax];
  char* end_;
};

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  if (lex::is_plain_ascii(text)) {
    out.append(text);
    return;
  }
  std::string valid;
  if (!is_utf8(text)) text = valid = repaired(text);
  for (std::size_t at = 0;;) {
    const auto stop =
        static_cast<std::size_t>(lex::skip_plain(text.data() + at, text.data() + text.size()) - text.data());
    out.append(text.substr(at, stop - at));
    if (stop >= text.size()) return;
    append_control(out, text[stop]);
    at = stop + 1;
  }
}

Writer::Writer(std::string& out, std::size_t bytes) : out_(out) {
  if (out_.capacity() < bytes) out_.reserve(bytes);
}

void Writer::separate() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

Writer& Writer::begin_object() {
  separate();
  out_ += '{';
  need_comma_ = false;
  return *this;
}

Writer& Writer::end_object() {
  out_ += '}';
  need_comma_ = true;
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  out_ += '[';
  need_comma_ = false;
  return *this;
}

Writer& Writer::end_array() {
  out_ += ']';
  need_comma_ = true;
  return *this;
}

Writer& Writer::key(Name name) {
  out_.append(Piece(need_comma_).name(name));
  need_comma_ = false;
  return *this;
}

Writer& Writer::member(Name name, Name word) {
  out_.append(Piece(need_comma_).name(name).mark('"').text(word.text()).mark('"'));
  need_comma_ = true;
  return *this;
}

Writer& Writer::member(Name name, std::int64_t value) {
  out_.append(Piece(need_comma_).name(name).integer(value));
  need_comma_ = true;
  return *this;
}

Writer& Writer::truth(Name name, bool value) {
  out_.append(Piece(need_comma_).name(name).text(value ? "true" : "false"));
  need_comma_ = true;
  return *this;
}

Writer& Writer::raw_member(Name name, std::string_view json) {
  if (json.size() > Name::kCharsMax) return key(name).raw(json);
  out_.append(Piece(need_comma_).name(name).text(json));
  need_comma_ = true;
  return *this;
}

Writer& Writer::any_key(std::string_view name) {
  string(name);
  out_ += ':';
  need_comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  if (text.size() <= Name::kCharsMax && lex::is_plain_ascii(text)) {
    out_.append(Piece(need_comma_).mark('"').text(text).mark('"'));
    need_comma_ = true;
    return *this;
  }
  separate();
  out_ += '"';
  append_escaped(out_, text);
  out_ += '"';
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  out_.append(Piece(need_comma_).integer(value));
  need_comma_ = true;
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(std::string_view(digits, end));
  return *this;
}

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }
Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

Writer& Writer::array_of(std::string_view elements) {
  begin_array();
  out_.append(elements);
  return end_array();
}

}  // namespace aigw::json
