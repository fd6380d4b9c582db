#include "adapters/gemini_generate/names.hpp"

#include "base/text.hpp"

namespace aigw::adapters::gemini_generate {

bool is_named(std::string_view written, std::string_view camel) {
  if (written == camel) return true;
  std::size_t at = 0;
  for (const char c : camel) {
    const char lower = text::lower(c);
    if (c != lower) {
      if (at >= written.size() || written[at] != '_') return false;
      ++at;
    }
    if (at >= written.size() || written[at] != lower) return false;
    ++at;
  }
  return at == written.size();
}

std::optional<std::string> spelled_twice(const json::Object& object) {
  for (const json::Member& snake : object.members()) {
    if (snake.key.find('_') == std::string_view::npos) continue;
    for (const json::Member& camel : object.members())
      if (&camel != &snake && is_named(snake.key, camel.key)) return std::string(snake.key);
  }
  return std::nullopt;
}

}  // namespace aigw::adapters::gemini_generate
