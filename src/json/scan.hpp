#pragma once
// One pass over a body: the whole text is checked, the members of its top-level object are cut out as they
// were written. About 1 GB/s; no recursion, no copies. Any thread (scratch memory is kept per thread).

#include "base/error.hpp"
#include "json/value.hpp"
#include "json/view.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace aigw::json {

/// Which types occur among some values.
class TypeSet {
 public:
  void add(Type type) { bits_ |= bit(type); }
  bool empty() const { return bits_ == 0; }
  bool has(Type type) const { return (bits_ & bit(type)) != 0; }
  bool has_only(Type type) const { return (bits_ & ~bit(type)) == 0; }

 private:
  static unsigned bit(Type type) { return 1U << static_cast<unsigned>(type); }
  unsigned bits_ = 0;
};

struct Member {
  std::string_view key;  ///< between the quotes, as written
  bool key_has_escapes = false;
  std::string_view value;        ///< as written, without surrounding space
  std::size_t value_offset = 0;  ///< of the value's first byte in the text
  TypeSet element_types;         ///< of an array's own elements; empty for an empty array and for other types
};

/// The members of one checked object, in their order. Views into its text, which must outlive it.
class Object {
 public:
  Object() = default;
  Object(std::string_view text, std::vector<Member> members, std::size_t open_offset)
      : text_(text), members_(std::move(members)), open_offset_(open_offset) {}

  /// Compares decoded keys. The first one, where repeated keys were let pass.
  const Member* find(std::string_view key) const;
  /// The value of that member; an empty view when there is none.
  View operator[](std::string_view key) const {
    const Member* member = find(key);
    return member ? View::cut(member->value) : View();
  }
  /// The values of several members in one pass: each as operator[] gives it, in the order of `keys`.
  template <std::size_t N>
  std::array<View, N> members(const std::array<std::string_view, N>& keys) const {
    std::array<View, N> found;
    for (const Member& member : members_)
      for (std::size_t i = 0; i < N; ++i)
        if (!found[i] && says(member.key, keys[i])) found[i] = View::cut(member.value);
    return found;
  }
  std::span<const Member> members() const { return members_; }
  std::string_view text() const { return text_; }
  std::size_t open_offset() const { return open_offset_; }  ///< of the object's `{`

 private:
  std::string_view text_;
  std::vector<Member> members_;
  std::size_t open_offset_ = 0;
};

struct ScanLimits {
  int depth_max = 512;                  ///< deeper bodies are attacks: real ones stay under 30
  std::size_t open_keys_max = 500'000;  ///< keys of all objects open at once: bounds memory at about 30 MiB
};

/// Strict RFC 8259 in valid UTF-8 without a byte order mark; the top must be an object; keys are unique in each object,
/// compared decoded, since parsers disagree on which of two counts; escaped surrogates come in pairs.
/// @errors bad_request; the message names the byte, never the text; `param` is the repeated key
Result<Object> scan_object(std::string_view text, ScanLimits limits = {});

/// The same for an answer, which is told from garbage but not judged: repeated keys and lone surrogates pass, and it
/// may be nested 1,024 deep. Nothing when it is no well-formed object.
std::optional<Object> scan_answer(std::string_view text);

/// The checks of scan_object for a text of any type.
Status check_value(std::string_view text, ScanLimits limits = {});

}  // namespace aigw::json
