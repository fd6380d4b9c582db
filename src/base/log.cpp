#include "base/log.hpp"

#include "base/redact.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

namespace aigw::log {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kFormatNames = {"console", "json"};
constexpr std::string_view kHex = "0123456789abcdef";

// Read on every call, changed when the configuration is.
struct LevelsNow {
  std::array<std::atomic<Level>, kAreas.size()> of;
  LevelsNow() {
    for (auto& level : of) level = Level::info;
  }
} levels_now;
std::atomic<Format> format_now{Format::console};

spdlog::logger& sink() {
  // Leaked: threads may still log while static objects are torn down.
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger("aigw", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::debug);
    made->flush_on(spdlog::level::debug);
    made->set_error_handler([](const std::string&) {});  // a closed stderr must not end the program
    return made;
  }();
  return *logger;
}

/// Counts events second by second. Events are literals of the code, so there
/// are few; bounded all the same.
class FloodGuard {
 public:
  struct Suppressed {
    Event event;
    std::int64_t lines;
  };

  /// Whether one more line of the event goes through in this second.
  bool take(Event event, std::int64_t second) {
    const std::lock_guard guard(mutex_);
    Slot& slot = slot_of(event);
    if (slot.second != second) slot.lines = 0;
    slot.second = second;
    if (slot.lines < lines_max_) {
      ++slot.lines;
      return true;
    }
    ++slot.suppressed;
    pending_ = true;
    return false;
  }
  /// One event that lost lines before `second`, and forgets them.
  std::optional<Suppressed> next_suppressed(std::int64_t second) {
    const std::lock_guard guard(mutex_);
    if (!pending_) return std::nullopt;
    bool later = false;
    for (Slot& slot : slots_) {
      if (slot.suppressed == 0) continue;
      if (slot.second < second) return Suppressed{slot.event, std::exchange(slot.suppressed, 0)};
      later = true;
    }
    pending_ = later;
    return std::nullopt;
  }
  void set_lines_max(std::uint32_t lines) {
    const std::lock_guard guard(mutex_);
    lines_max_ = lines;
  }

 private:
  struct Slot {
    Event event{"", std::uint8_t{0}};
    std::int64_t second = -1;
    std::uint32_t lines = 0;
    std::int64_t suppressed = 0;
  };
  Slot& slot_of(Event event) {
    // The last one is shared by what finds no place.
    const auto found = std::ranges::find_if(slots_.begin(), slots_.end() - 1, [&](const Slot& slot) {
      return slot.second < 0 || (slot.event.name() == event.name() && slot.event.area() == event.area());
    });
    found->event = event;
    return *found;
  }

  std::mutex mutex_;
  std::array<Slot, 128> slots_;
  std::uint32_t lines_max_ = Options{}.lines_per_second_max;
  bool pending_ = false;
};

FloodGuard& floods() {
  static FloodGuard* const guard = new FloodGuard;  // leaked, as the sink is
  return *guard;
}

bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
    return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f;
  });
}

/// Quoted and escaped unless it is one plain word, so that a line is one event
/// whatever stands in it.
void append_console(std::string& line, std::string_view value) {
  if (is_plain(value)) {
    line += value;
    return;
  }
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

/// How many bytes the UTF-8 character at the front has; 0: it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;  // overlong, surrogates
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;  // overlong, past the last
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return length;
}

void append_json(std::string& line, std::string_view value) {
  line += '"';
  while (!value.empty()) {
    const auto byte = static_cast<unsigned char>(value[0]);
    std::size_t length = utf8_length(value);
    if (length == 0) {
      line += "\xEF\xBF\xBD";
      length = 1;
    } else if (byte == '"' || byte == '\\') {
      (line += '\\') += value[0];
    } else if (byte == '\n') {
      line += "\\n";
    } else if (byte < ' ' || byte == 0x7f) {
      ((line += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
    } else {
      line += value.substr(0, length);
    }
    value.remove_prefix(length);
  }
  line += '"';
}

std::string console_line(Level level, UnixMillis at, Event event, std::span<const Field> fields) {
  std::string line = to_iso8601(at);
  ((line += ' ') += name_of(level)) += ' ';
  (line += kAreas[event.area()]) += ' ';
  append_console(line, redact(event.name()));
  for (const Field& field : fields) {
    ((line += ' ') += field.name) += '=';
    if (field.is_number)
      line += std::to_string(field.number);
    else
      append_console(line, redact(field.text));
  }
  return line;
}

std::string json_line(Level level, UnixMillis at, Event event, std::span<const Field> fields) {
  std::string line = R"({"time":")" + to_iso8601(at);
  ((line += R"(","level":")") += name_of(level)) += R"(","area":")";
  (line += kAreas[event.area()]) += R"(","event":)";
  append_json(line, redact(event.name()));
  for (const Field& field : fields) {
    ((line += ",\"") += field.name) += "\":";
    if (field.is_number)
      line += std::to_string(field.number);
    else
      append_json(line, redact(field.text));
  }
  return line += '}';
}

void emit(Level level, Event event, std::span<const Field> fields) {
  // One level for the library: ours have decided.
  sink().log(spdlog::level::info, "{}", format_line(format_now, level, wall_now(), event, fields));
}

std::int64_t second_now() { return steady_now().time_since_epoch() / std::chrono::seconds(1); }

void say_suppressed(std::int64_t before) {
  while (const auto lost = floods().next_suppressed(before)) {
    const Field fields[] = {{"of", lost->event.name()}, {"lines", lost->lines}};
    emit(Level::warn, Event("lines_suppressed", lost->event.area()), fields);
  }
}

std::optional<Level> find_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i)
    if (text::equal_ignore_case(name, kLevelNames[i])) return static_cast<Level>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Level level) { return kLevelNames[static_cast<std::size_t>(level)]; }
std::string_view name_of(Format format) { return kFormatNames[static_cast<std::size_t>(format)]; }

Result<Levels> parse_levels(std::string_view text) {
  Levels levels;
  for (const std::string_view piece : text::split(text, ',')) {
    const std::string_view part = text::trim(piece);
    const auto equals = part.find('=');
    const std::string_view level_name = text::trim(part.substr(equals == std::string_view::npos ? 0 : equals + 1));
    const auto level = find_level(level_name);
    if (!level)
      return make_error(ErrorKind::config, "\"" + std::string(level_name) + "\" is no log level",
                        "Choose debug, info, warn or error, and others for "
                        "single areas: info,net=debug.");
    if (equals == std::string_view::npos) {
      levels.of = Levels::all(*level);
      continue;
    }
    const std::string_view name = text::trim(part.substr(0, equals));
    const auto area = std::ranges::find(kAreas, name);
    if (area == kAreas.end()) {
      std::string all;
      for (const std::string_view one : kAreas) all.append(all.empty() ? "" : ", ").append(one);
      return make_error(ErrorKind::config, "\"" + std::string(name) + "\" is no area of the log",
                        "Choose one of " + all + ".");
    }
    levels.of[static_cast<std::size_t>(area - kAreas.begin())] = *level;
  }
  return levels;
}

std::string text_of(const Levels& levels) {
  // The level that most areas have goes first, the others are named.
  const auto most = std::ranges::max(levels.of, {}, [&](Level level) { return std::ranges::count(levels.of, level); });
  std::string out(name_of(most));
  for (std::size_t i = 0; i < kAreas.size(); ++i)
    if (levels.of[i] != most) out.append(",").append(kAreas[i]).append("=").append(name_of(levels.of[i]));
  return out;
}

void configure(const Options& options) {
  for (std::size_t i = 0; i < kAreas.size(); ++i) levels_now.of[i] = options.levels.of[i];
  format_now = options.format;
  floods().set_lines_max(options.lines_per_second_max);
}

void set_level(Level level) {
  for (auto& one : levels_now.of) one = level;
}

bool enabled(Level level, Event event) { return level >= levels_now.of[event.area()].load(std::memory_order_relaxed); }

std::string format_line(Format format, Level level, UnixMillis at, Event event, std::span<const Field> fields) {
  return format == Format::json ? json_line(level, at, event, fields) : console_line(level, at, event, fields);
}

void write(Level level, Event event, std::span<const Field> fields) {
  if (!enabled(level, event)) return;
  const std::int64_t second = second_now();
  say_suppressed(second);
  if (floods().take(event, second)) emit(level, event, fields);
}

void write_each(Level level, Event event, std::span<const Field> fields) {
  if (enabled(level, event)) emit(level, event, fields);
}

void flush() { say_suppressed(INT64_MAX); }

}  // namespace aigw::log
