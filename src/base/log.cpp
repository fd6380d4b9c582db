#include "base/log.hpp"

#include "base/redact.hpp"
#include "base/time.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <string>

namespace aigw::log {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};

spdlog::level::level_enum to_spdlog(Level level) {
  constexpr std::array levels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  return levels[static_cast<std::size_t>(level)];
}

spdlog::logger& sink() {
  // Leaked: threads may still log while static objects are torn down.
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger("aigw", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    made->set_error_handler([](const std::string&) {});  // a closed stderr must not end the program
    return made;
  }();
  return *logger;
}

bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
    return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f;
  });
}

/// Quoted and escaped unless it is one plain word, so that a line is one event whatever stands in it.
void append_value(std::string& line, std::string_view value) {
  if (is_plain(value)) {
    line += value;
    return;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (line += '\\') += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (byte < ' ' || byte == 0x7f) {
      ((line += "\\x") += kHex[byte >> 4]) += kHex[byte & 15];
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

std::string format_line(Level level, UnixMillis at, std::string_view event, std::span<const Field> fields) {
  std::string line = to_iso8601(at);
  (line += ' ') += kLevelNames[static_cast<std::size_t>(level)];
  line += ' ';
  append_value(line, redact(event));
  for (const Field& field : fields) {
    ((line += ' ') += field.name) += '=';
    if (field.is_number) {
      line += std::to_string(field.number);
    } else {
      append_value(line, redact(field.text));
    }
  }
  return line;
}

void set_level(Level level) { sink().set_level(to_spdlog(level)); }

bool enabled(Level level) { return sink().should_log(to_spdlog(level)); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  sink().log(to_spdlog(level), "{}", format_line(level, wall_now(), event, {fields.begin(), fields.size()}));
}

}  // namespace aigw::log
