#include "http/sse.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace aigw::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The line that begins at `at`; moves `at` behind its ending.
std::string_view take_line(std::string_view raw, std::size_t& at) {
  const std::size_t end = text::find_line_end(raw, at);
  const std::string_view line = raw.substr(at, end - at);
  at = std::min(end + (raw.substr(end, 2) == "\r\n" ? 2 : 1), raw.size());
  return line;
}

struct Line {
  std::string_view name;
  std::string_view value;
};

Line split_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {line, {}};
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return {line.substr(0, colon), value};
}

std::string& joined_data() {
  thread_local std::string kept;
  return kept;
}

}  // namespace

std::size_t event_end(std::string_view buffer, std::size_t& scan_from, bool at_end) {
  const std::size_t begin = buffer.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::size_t at = std::max(scan_from, begin);
  bool line_is_empty = at <= begin || buffer[at - 1] == '\n' || buffer[at - 1] == '\r';
  for (;;) {
    const std::size_t end = text::find_line_end(buffer, at);
    if (end == buffer.size()) {
      scan_from = end;
      return std::string_view::npos;
    }
    const bool carriage = buffer[end] == '\r';
    if (carriage && end + 1 == buffer.size() && !at_end) {
      scan_from = end;
      return std::string_view::npos;
    }
    line_is_empty = line_is_empty && end == at;
    at = end + (carriage && end + 1 < buffer.size() && buffer[end + 1] == '\n' ? 2 : 1);
    if (line_is_empty) {
      scan_from = 0;
      return at;
    }
    line_is_empty = true;
  }
}

SseEvent parse_event(std::string_view raw) {
  SseEvent event;
  event.raw = raw;
  std::size_t data_lines = 0;
  std::string& joined = joined_data();
  std::size_t at = raw.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (at < raw.size()) {
    const Line line = split_line(take_line(raw, at));
    if (line.name == "event") event.event = line.value;
    if (line.name != "data") continue;
    if (++data_lines == 1) {
      event.data = line.value;
      continue;
    }
    if (data_lines == 2) joined.assign(event.data);
    joined.append("\n").append(line.value);
  }
  if (data_lines > 1) event.data = joined;
  event.has_data = data_lines > 0;
  return event;
}

Status SseSplitter::push(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
  std::size_t scan_from = scan_from_;
  if (event_end(buffer_, scan_from, at_end_) != std::string_view::npos) return {};
  scan_from_ = scan_from;
  if (buffer_.size() > event_bytes_max_)
    return make_error(ErrorKind::upstream_invalid,
                      "one event of the stream is larger than " + std::to_string(event_bytes_max_) + " bytes");
  return {};
}

std::optional<std::string_view> SseSplitter::next() {
  const std::string_view left = rest();
  const std::size_t end = event_end(left, scan_from_, at_end_);
  if (end == std::string_view::npos) return std::nullopt;
  begin_ += end;
  return left.substr(0, end);
}

}  // namespace aigw::http
