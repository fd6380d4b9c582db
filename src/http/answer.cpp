#include "http/answer.hpp"

#include "base/text.hpp"
#include "http/grammar.hpp"
#include "http/strict.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace aigw::http {
namespace {

Error invalid(std::string_view why) {
  return make_error(ErrorKind::upstream_invalid, "the provider's answer is no valid HTTP (" + std::string(why) + ")",
                    "Check its base URL: `aigw providers list`");
}

/// "HTTP/1.1 200 OK"; the reason may be missing.
Status parse_status_line(std::string_view line, ResponseHead& head) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kCode = kVersion.size() + 2;  // behind the minor version and a space
  const bool versioned = line.starts_with(kVersion) && line.size() >= kCode + 3 &&
                         grammar::is_digit(line[kVersion.size()]) && line[kVersion.size() + 1] == ' ';
  const bool coded = versioned && std::ranges::all_of(line.substr(kCode, 3), grammar::is_digit) && line[kCode] != '0' &&
                     (line.size() == kCode + 3 || line[kCode + 3] == ' ') &&
                     grammar::are_value_chars(line.substr(kCode + 3));
  if (!coded) return invalid("its first line is not \"HTTP/1.1 CODE REASON\"");
  head.version_minor = line[kVersion.size()] == '0' ? 0 : 1;
  std::from_chars(line.data() + kCode, line.data() + kCode + 3, head.status);
  return {};
}

/// A head that is not whole yet: what will never be one is told at once, not at a deadline.
Status check_begun(std::string_view text) {
  constexpr std::string_view kBegin = "HTTP/1.";
  if (text.substr(0, kBegin.size()) != kBegin.substr(0, text.size())) return invalid("it does not begin with HTTP/1");
  for (std::size_t feed = text.find('\n'); feed != std::string_view::npos; feed = text.find('\n', feed + 1))
    if (feed == 0 || text[feed - 1] != '\r') return invalid("a line of its head ends in LF alone");
  return {};
}

/// None: there is no Content-Length.
Result<std::optional<std::uint64_t>> content_length(const Headers& headers) {
  constexpr std::size_t kDigitsMax = 18;
  std::optional<std::string_view> value;
  for (const Field field : headers) {
    if (!text::equal_ignore_case(field.name, "content-length")) continue;
    if (value && *value != field.value) return invalid("several Content-Length fields with different values");
    value = field.value;
  }
  if (!value) return std::optional<std::uint64_t>();
  if (value->empty() || value->size() > kDigitsMax || value->find_first_not_of("0123456789") != std::string_view::npos)
    return invalid("its Content-Length is no decimal number");
  std::uint64_t length = 0;
  std::from_chars(value->data(), value->data() + value->size(), length);
  return std::optional(length);
}

}  // namespace

Result<std::size_t> AnswerReader::put(std::string_view bytes) {
  std::size_t taken = 0;
  if (state_ == State::head) {
    const std::size_t end = bytes.find("\r\n\r\n", searched_);
    if (std::min(end, bytes.size()) > limits::kResponseHeadBytes) return invalid("its head is larger than 64 KiB");
    if (end == std::string_view::npos) {
      AIGW_TRY(check_begun(bytes));
      searched_ = bytes.size() > 3 ? bytes.size() - 3 : 0;
      return taken;
    }
    AIGW_TRY(parse_head(bytes.substr(0, end + 2)));
    AIGW_TRY(begin_body());
    taken = end + 4;
  }
  const std::string_view rest = bytes.substr(taken);
  if (rest.empty() || state_ == State::done) return taken;
  if (state_ == State::chunked) {
    if (!slice_.empty()) joined_ = std::exchange(slice_, {});
    const auto fed = chunks_->feed(rest, joined_);
    if (!fed) return invalid(fed.error().message);
    if (chunks_->done()) state_ = State::done;
    return taken + *fed;
  }
  const std::size_t part = state_ == State::until_end ? rest.size() : std::min<std::uint64_t>(left_, rest.size());
  take(rest.substr(0, part));
  if (state_ == State::length && (left_ -= part) == 0) state_ = State::done;
  return taken + part;
}

void AnswerReader::put_end() {
  if (state_ == State::until_end) state_ = State::done;
}

/// `text`: all lines, each with its CRLF.
Status AnswerReader::parse_head(std::string_view text) {
  const std::size_t first = text.find("\r\n");
  AIGW_TRY(parse_status_line(text.substr(0, first), head_));
  text.remove_prefix(first + 2);
  head_.headers.adopt(text);
  while (!text.empty()) {
    if (head_.headers.size() >= limits::kResponseFieldCount) return invalid("more than 200 header fields");
    const auto line = read_field_line(text);
    if (!line) return invalid(line.error().message);
    head_.headers.add_adopted(line->field);
    text.remove_prefix(line->bytes);
  }
  return {};
}

/// RFC 9112 6.3.
Status AnswerReader::begin_body() {
  const int status = head_.status;
  AIGW_TRY_ASSIGN(const auto length, content_length(head_.headers));
  const auto coding = head_.headers.get("transfer-encoding");
  state_ = State::done;
  if (expected_ == Body::none || status < 200 || status == 204 || status == 304) return {};
  if (coding) {
    if (length) return invalid("Content-Length and Transfer-Encoding in one answer");
    if (head_.headers.count("transfer-encoding") > 1 || !text::equal_ignore_case(*coding, "chunked"))
      return invalid("its transfer coding is not chunked");
    chunks_.emplace(std::numeric_limits<std::uint64_t>::max());
    state_ = State::chunked;
  } else if (length) {
    left_ = *length;
    if (left_ > 0) state_ = State::length;
  } else {
    ends_with_connection_ = true;
    state_ = State::until_end;
  }
  return {};
}

void AnswerReader::take(std::string_view bytes) {
  if (slice_.empty() && joined_.empty()) {
    slice_ = bytes;
    return;
  }
  if (joined_.empty()) joined_ = std::exchange(slice_, {});
  joined_.append(bytes);
}

}  // namespace aigw::http
