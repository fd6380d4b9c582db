#include "http/headers.hpp"

#include "base/text.hpp"

namespace aigw::http {
namespace {

constexpr std::size_t kUsualBytes = 1024;
constexpr std::size_t kUsualFields = 16;

}  // namespace

void Headers::adopt(std::string_view text) {
  if (slots_.capacity() == 0) {
    slots_.reserve(kUsualFields);
    text_.reserve(kUsualBytes);
  }
  text_.assign(text);
  adopted_ = text.data();
}

void Headers::add(std::string_view name, std::string_view value) {
  const auto offset = static_cast<std::uint32_t>(text_.size());
  const auto name_bytes = static_cast<std::uint32_t>(name.size());
  push({offset, name_bytes, offset + name_bytes, static_cast<std::uint32_t>(value.size())});
  text::append(text_, name, value);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Slot& slot : slots_)
    if (text::equal_ignore_case(name_of(slot), name)) return value_of(slot);
  return std::nullopt;
}

std::size_t Headers::count_all(std::string_view name) const {
  std::size_t found = 0;
  for (const Slot& slot : slots_) found += text::equal_ignore_case(name_of(slot), name) ? 1 : 0;
  return found;
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
