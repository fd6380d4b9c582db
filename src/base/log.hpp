#pragma once
// Log lines: one event a line on stderr, levels, fields as key=value. Never bodies, never secrets; a redaction pass
// over known key shapes is the second net. Any thread. The only door to spdlog.

#include "base/time.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace aigw::log {

enum class Level : std::uint8_t { debug, info, warn, error };

/// A field of a line: text or number.
struct Field {
  std::string_view name;
  std::string_view text = {};
  std::int64_t number = 0;
  bool is_number = false;
  Field(std::string_view n, std::string_view t) : name(n), text(t) {}
  Field(std::string_view n, const char* t) : name(n), text(t) {}
  template <std::integral Number>
  Field(std::string_view n, Number v) : name(n), number(static_cast<std::int64_t>(v)), is_number(true) {}
};

void set_level(Level level);
bool enabled(Level level);
/// "2026-11-25T20:09:09.123Z warn event key=value other=\"two words\"", redacted, without the line's end.
std::string format_line(Level level, UnixMillis at, std::string_view event, std::span<const Field> fields);
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

}  // namespace aigw::log
