#pragma once
// What the fuzz targets share: their input, its split in two, and what a broken property does.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace aigw::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// The bytes behind the first two, which say where to cut them.
struct Input {
  std::string_view text;
  std::size_t cut = 0;

  Input(const std::uint8_t* data, std::size_t size) : text(reinterpret_cast<const char*>(data), size) {
    if (size < 2) return;
    cut = static_cast<std::size_t>(data[0]) * 256 + data[1];
    text.remove_prefix(2);
    cut = text.empty() ? 0 : cut % (text.size() + 1);
  }
  std::string_view first() const { return text.substr(0, cut); }
  std::string_view second() const { return text.substr(cut); }
};

}  // namespace aigw::fuzz
