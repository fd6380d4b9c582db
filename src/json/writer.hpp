#pragma once
// Writes JSON into a string, front to back: commas and escapes are its business, balance is the caller's. One thread.
// Invalid UTF-8 becomes U+FFFD.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace aigw::json {

/// `text` as the inside of a string literal, appended to `out`.
void append_escaped(std::string& out, std::string_view text);

/// The name of a member, or another short text, as the program spells it. Checked while compiling: writing it looks at
/// no byte.
class Name {
 public:
  static constexpr std::size_t kCharsMax = 60;
  template <std::size_t N>
  consteval Name(const char (&text)[N]) : text_(text, N - 1) {
    if (text_.size() > kCharsMax) throw "too long for a name";
    for (const char c : text_)
      if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') throw "a name that wants an escape";
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class Writer {
 public:
  static constexpr std::size_t kFirstBytes = 512;  // an event; what is longer doubles from here
  /// Appends to `out`, which must outlive the writer. `bytes`: how many are to come, where that is known.
  explicit Writer(std::string& out, std::size_t bytes = kFirstBytes);

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(Name name);
  /// A name that is known only when the program runs.
  template <std::convertible_to<std::string_view> T>
  requires(!std::is_array_v<T>) Writer& key(const T& name) { return any_key(name); }

  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value);
  Writer& number(double value);  ///< the shortest text that reads back the same; null when it is not finite
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);           ///< a value that is JSON already
  Writer& array_of(std::string_view elements);  ///< an array of what is JSON already, with its commas

  // A member in one call.
  Writer& member(Name name, Name word);  ///< a text that the program spells, as `"type": "message"`
  template <std::convertible_to<std::string_view> T>
  requires(!std::is_array_v<T>) Writer& member(Name name, const T& text) { return key(name).string(text); }
  Writer& member(Name name, std::int64_t value);
  Writer& raw_member(Name name, std::string_view json);  ///< a value that is JSON already
  Writer& member(Name name, int value) { return member(name, std::int64_t{value}); }
  template <std::same_as<bool> T>  // else a literal would become `true` before it became a Name
  Writer& member(Name name, T value) {
    return truth(name, value);
  }

 private:
  Writer& any_key(std::string_view name);
  Writer& truth(Name name, bool value);
  void separate();
  std::string& out_;
  bool need_comma_ = false;
};

}  // namespace aigw::json
