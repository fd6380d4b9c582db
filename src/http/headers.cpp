#include "http/headers.hpp"

#include "base/text.hpp"

namespace aigw::http {
namespace {

constexpr std::size_t kUsualBytes = 1024;
constexpr std::size_t kUsualFields = 16;

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  if (slots_.capacity() == 0) {
    slots_.reserve(kUsualFields);
    text_.reserve(kUsualBytes);
  }
  slots_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())});
  lengths_ |= length_bit(name.size());
  text::append(text_, name, value);
}

Field Headers::operator[](std::size_t index) const {
  const Slot& slot = slots_[index];
  const char* const name = text_.data() + slot.offset;
  return {{name, slot.name_bytes}, {name + slot.name_bytes, slot.value_bytes}};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Slot& slot : slots_)
    if (is_named(slot, name)) return std::string_view(text_.data() + slot.offset + slot.name_bytes, slot.value_bytes);
  return std::nullopt;
}

std::size_t Headers::count_all(std::string_view name) const {
  std::size_t found = 0;
  for (const Slot& slot : slots_) found += is_named(slot, name) ? 1 : 0;
  return found;
}

bool Headers::is_named(const Slot& slot, std::string_view name) const {
  return text::equal_ignore_case({text_.data() + slot.offset, slot.name_bytes}, name);
}

void Headers::clear() {
  text_.clear();
  slots_.clear();
  lengths_ = 0;
}

bool has_token(std::string_view list, std::string_view token) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (text::equal_ignore_case(text::trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace aigw::http
