#pragma once
// Writes JSON into a string, front to back: commas and escapes are its business, balance is the caller's. One thread.
// Invalid UTF-8 becomes U+FFFD.

#include <cstdint>
#include <string>
#include <string_view>

namespace aigw::json {

/// `text` as the inside of a string literal, appended to `out`.
void append_escaped(std::string& out, std::string_view text);

class Writer {
 public:
  /// Appends to `out`, which must outlive the writer.
  explicit Writer(std::string& out);

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);

  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value);
  Writer& number(double value);  ///< the shortest text that reads back the same; null when it is not finite
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  ///< a value that is JSON already

  // A member in one call.
  Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& member(std::string_view name, const char* text) { return key(name).string(text); }
  Writer& member(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  Writer& member(std::string_view name, int value) { return key(name).integer(value); }
  Writer& member(std::string_view name, bool value) { return key(name).boolean(value); }

 private:
  void separate();
  std::string& out_;
  bool need_comma_ = false;
};

}  // namespace aigw::json
