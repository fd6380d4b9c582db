#pragma once
// A look into JSON that nobody may have checked: an event's data. Garbage gives empty views, never a fault.
// Values; a view borrows its text. Each step costs one pass over what it skips, so ask for few members.

#include "json/value.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::json {

class View {
 public:
  View() = default;
  /// The value that `raw` begins with, after spaces; an empty view when it begins none.
  static View of(std::string_view raw);
  /// The same for a text that is known to be one value without spaces around it.
  static View cut(std::string_view value) { return View(value); }

  /// False: there is nothing here (no such member, not an object, broken text).
  explicit operator bool() const { return !raw_.empty(); }
  std::string_view raw() const { return raw_; }
  Type type() const { return type_of(raw_); }
  bool is_null() const { return raw_ == "null"; }

  /// The first member of that name; empty for other types.
  View operator[](std::string_view key) const;
  /// Several members in one pass: each as operator[] gives it, in the order of `keys`.
  template <std::size_t N>
  std::array<View, N> members(const std::array<std::string_view, N>& keys) const {
    std::array<View, N> found;
    std::size_t at = 0;
    std::string_view name;
    for (View value = member_at(at, name); value; value = member_at(at, name))
      for (std::size_t i = 0; i < N; ++i)
        if (!found[i] && says(name, keys[i])) found[i] = value;
    return found;
  }
  std::optional<std::int64_t> integer() const { return as_integer(raw_); }
  std::optional<double> number() const { return as_number(raw_); }
  std::optional<std::string> string() const { return as_string(raw_); }
  std::optional<bool> boolean() const { return as_boolean(raw_); }

  /// Calls `visit(View)` for each element of an array; stops where the text breaks.
  template <class F>
  void each(F&& visit) const {
    std::size_t at = 0;
    for (View element = element_at(at); element; element = element_at(at)) visit(element);
  }
  /// Calls `visit(std::string_view name_as_written, View)` for each member of an object; stops where the text breaks.
  template <class F>
  void each_member(F&& visit) const {
    std::size_t at = 0;
    std::string_view name;
    for (View value = member_at(at, name); value; value = member_at(at, name)) visit(name, value);
  }

 private:
  explicit View(std::string_view raw) : raw_(raw) {}
  /// The member that begins at or after `at` (0: the first) and its name as written; moves `at` behind it.
  View member_at(std::size_t& at, std::string_view& name) const;
  /// The element that begins at or after `at` (0: the first); moves `at` behind it.
  View element_at(std::size_t& at) const;
  std::string_view raw_;
};

}  // namespace aigw::json
