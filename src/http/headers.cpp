#include "http/headers.hpp"

#include "base/text.hpp"

namespace aigw::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  slots_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(value);
}

Field Headers::operator[](std::size_t index) const {
  const Slot& slot = slots_[index];
  const std::string_view text = text_;
  return {text.substr(slot.offset, slot.name_bytes), text.substr(slot.offset + slot.name_bytes, slot.value_bytes)};
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Field field : *this)
    if (same_name(field.name, name)) return field.value;
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Field field : *this) found += same_name(field.name, name) ? 1 : 0;
  return found;
}

void Headers::clear() {
  text_.clear();
  slots_.clear();
}

bool has_token(std::string_view list, std::string_view token) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (same_name(text::trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace aigw::http
