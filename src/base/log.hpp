#pragma once
// Log lines: one event a line on stderr, with a level, the area it comes from
// and fields. Never bodies, never secrets; a redaction pass over known key
// shapes is the second net. An event that repeats is let through so often a
// second and then only counted. Any thread. The only door to spdlog.

#include "base/error.hpp"
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace aigw::log {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class Format : std::uint8_t { console, json };

/// The layers, that is the folders of the code: where a line comes from.
inline constexpr std::array<std::string_view, 14> kAreas = {"adapters", "base",   "cli",    "config", "gateway",
                                                            "http",     "json",   "ledger", "llm",    "net",
                                                            "ops",      "policy", "server", "store"};

/// What is worth a line, area by area.
struct Levels {
  std::array<Level, kAreas.size()> of = all(Level::info);

  static constexpr std::array<Level, kAreas.size()> all(Level level) {
    std::array<Level, kAreas.size()> out{};
    out.fill(level);
    return out;
  }
  bool operator==(const Levels&) const = default;
};

/// "info", or "info,net=debug,store=warn". @errors config: no such level or
/// area
Result<Levels> parse_levels(std::string_view text);
/// The shortest text that `parse_levels` reads back.
std::string text_of(const Levels& levels);
std::string_view name_of(Level level);
std::string_view name_of(Format format);

struct Options {
  Levels levels;
  Format format = Format::console;
  std::uint32_t lines_per_second_max = 50;  ///< of one event; people read no more, and a flood fills a disk
};
void configure(const Options& options);
/// One level for all areas.
void set_level(Level level);

/// A line's name, and where it was written: the area is the folder of the
/// calling file.
class Event {
 public:
  template <std::size_t N>
  consteval Event(const char (&name)[N],
                  std::source_location where = std::source_location::current())  // NOLINT
      : name_(name, N - 1), area_(area_of(where.file_name())) {}
  constexpr Event(std::string_view name, std::uint8_t area) : name_(name), area_(area) {}
  constexpr std::string_view name() const { return name_; }
  constexpr std::uint8_t area() const { return area_; }  ///< index into kAreas

 private:
  static constexpr std::uint8_t area_of(std::string_view path) {
    for (auto slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/')) {
      path = path.substr(0, slash);
      const std::string_view folder = path.substr(path.rfind('/') + 1);
      for (std::size_t i = 0; i < kAreas.size(); ++i)
        if (kAreas[i] == folder) return static_cast<std::uint8_t>(i);
    }
    return 1;  // base
  }
  std::string_view name_;
  std::uint8_t area_;
};

/// A field of a line: text or number.
struct Field {
  std::string_view name;
  std::string_view text = {};
  std::int64_t number = 0;
  bool is_number = false;
  Field(std::string_view n, std::string_view t) : name(n), text(t) {}
  Field(std::string_view n, const char* t) : name(n), text(t) {}
  template <class Number>
  requires std::is_integral_v<Number> Field(std::string_view n, Number v)
      : name(n), number(static_cast<std::int64_t>(v)), is_number(true) {}
};

bool enabled(Level level, Event event);
/// Without the line's end; redacted. Console: "2026-11-25T20:09:09.123Z warn
/// net event key=value other=\"two words\"". JSON:
/// {"time":"2026-11-25T20:09:09.123Z","level":"warn","area":"net","event":"event","key":"value"}.
std::string format_line(Format format, Level level, UnixMillis at, Event event, std::span<const Field> fields);
void write(Level level, Event event, std::span<const Field> fields);
/// Says what was suppressed so far and was not said yet. Before the program
/// ends.
void flush();

inline void debug(Event event, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::debug, event)) write(Level::debug, event, fields);
}
inline void info(Event event, std::initializer_list<Field> fields = {}) { write(Level::info, event, fields); }
inline void warn(Event event, std::initializer_list<Field> fields = {}) { write(Level::warn, event, fields); }
inline void error(Event event, std::initializer_list<Field> fields = {}) { write(Level::error, event, fields); }

/// A line that is one of many on purpose (a line a request): never suppressed.
/// Fields may be a list made at run time.
void write_each(Level level, Event event, std::span<const Field> fields);

}  // namespace aigw::log
