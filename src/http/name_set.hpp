#pragma once
// A fixed set of header names, asked for every field of a message: one look at those of the same length. Made at
// compile time; any thread.

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aigw::http {

template <std::size_t N>
class NameSet {
 public:
  /// Names in lower case, each shorter than 32 characters.
  consteval explicit NameSet(std::array<std::string_view, N> names) : names_(names) {
    std::ranges::sort(names_, {}, &std::string_view::size);
    for (std::size_t length = 0; length < begins_.size(); ++length)
      begins_[length] = static_cast<std::uint8_t>(
          std::ranges::lower_bound(names_, length, {}, &std::string_view::size) - names_.begin());
    if (!names_.empty() && names_.back().size() >= kLengthMax) throw "a name is too long";
  }

  bool contains(std::string_view name) const {
    if (name.size() >= kLengthMax) return false;
    for (std::size_t i = begins_[name.size()]; i < begins_[name.size() + 1]; ++i)
      if (text::equal_ignore_case(names_[i], name)) return true;
    return false;
  }

 private:
  static constexpr std::size_t kLengthMax = 32;
  std::array<std::string_view, N> names_;
  std::array<std::uint8_t, kLengthMax + 1> begins_{};  ///< of the names of each length
};

template <class... Names>
consteval auto name_set(Names... names) {
  return NameSet<sizeof...(Names)>({std::string_view(names)...});
}

}  // namespace aigw::http
