#include "http/chunked.hpp"

#include "http/grammar.hpp"
#include "http/strict.hpp"

#include <algorithm>

namespace aigw::http {
namespace {

constexpr std::size_t kSizeDigitsMax = 16;

Error bad(std::string message) { return make_error(ErrorKind::bad_http, std::move(message)); }

/// The length of the quoted string that `text` begins with, 0 when it is none.
std::size_t quoted_length(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && ++at >= text.size()) return 0;
    if (!grammar::is_value_char(text[at])) return 0;
  }
  return 0;
}

std::size_t size_digits(std::string_view line) {
  const auto is_hex = [](char c) { return grammar::hex_digit(c) >= 0; };
  return static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), is_hex) - line.begin());
}

}  // namespace

Status check_chunk_extension(std::string_view after_size) {
  const auto broken = [] { return bad("a chunk extension is not ';name=value'"); };
  while (!after_size.empty()) {
    if (after_size.front() != ';') return broken();
    after_size.remove_prefix(1);
    const std::size_t name = grammar::token_length(after_size);
    if (name == 0) return broken();
    after_size.remove_prefix(name);
    if (!after_size.starts_with('=')) continue;
    after_size.remove_prefix(1);
    const std::size_t value =
        after_size.starts_with('"') ? quoted_length(after_size) : grammar::token_length(after_size);
    if (value == 0) return broken();
    after_size.remove_prefix(value);
  }
  return {};
}

Status check_chunk_line(std::string_view line) {
  const std::size_t digits = size_digits(line);
  if (digits == 0 || digits > kSizeDigitsMax) return bad("a chunk size is not 1 to 16 hexadecimal digits");
  return check_chunk_extension(line.substr(digits));
}

Result<std::size_t> ChunkDecoder::feed(std::string_view bytes, std::string& out) {
  if (state_ == State::failed) return bad("the chunked body was refused already");
  auto taken = step_through(bytes, out);
  if (!taken) state_ = State::failed;
  return taken;
}

Result<std::size_t> ChunkDecoder::step_through(std::string_view bytes, std::string& out) {
  std::size_t at = 0;
  while (state_ != State::done && at < bytes.size()) {
    if (state_ == State::data) {
      const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size() - at));
      out.append(bytes.substr(at, part));
      at += part;
      chunk_left_ -= part;
      if (chunk_left_ == 0) state_ = State::data_end;
      continue;
    }
    constexpr std::size_t kCrlf = 2;
    const std::size_t bytes_max = state_ == State::size_line  ? limits::kChunkLineBytes
                                  : state_ == State::data_end ? kCrlf
                                                              : limits::kTrailerBytes;
    AIGW_TRY_ASSIGN(const auto line, take_line(bytes, at, bytes_max));
    if (!line) break;
    if (state_ == State::size_line) {
      AIGW_TRY(take_size_line(*line));
    } else if (state_ == State::data_end) {
      state_ = State::size_line;  // the line fits its two bytes only when it is empty
    } else if (line->empty()) {
      state_ = State::done;
    } else {
      AIGW_TRY(take_trailer(*line));
    }
  }
  return at;
}

Result<std::optional<std::string_view>> ChunkDecoder::take_line(std::string_view bytes, std::size_t& at,
                                                                std::size_t bytes_max) {
  if (line_taken_) line_.clear();
  line_taken_ = false;
  const std::size_t feed = bytes.find('\n', at);
  const std::string_view part = bytes.substr(at, feed == std::string_view::npos ? feed : feed + 1 - at);
  if (state_ == State::data_end &&
      !std::string_view("\r\n").substr(line_.size()).starts_with(part.substr(0, 2 - line_.size())))
    return bad("a chunk's data is not followed by CRLF");
  if (line_.size() + part.size() > bytes_max)
    return make_error(ErrorKind::headers_too_large,
                      "a chunk line or trailer is longer than " + std::to_string(bytes_max) + " bytes");
  at += part.size();
  if (feed == std::string_view::npos || !line_.empty()) line_.append(part);
  if (feed == std::string_view::npos) return std::optional<std::string_view>();
  line_taken_ = !line_.empty();
  std::string_view line = line_taken_ ? std::string_view(line_) : part;
  line.remove_suffix(1);
  if (!line.ends_with('\r')) return bad("a line of the chunked body ends in LF alone, CRLF is required");
  line.remove_suffix(1);
  return std::optional(line);
}

Status ChunkDecoder::take_size_line(std::string_view line) {
  AIGW_TRY(check_chunk_line(line));
  const std::size_t digits = size_digits(line);
  extension_bytes_ += line.size() - digits;
  if (extension_bytes_ > limits::kChunkExtensionBytes)
    return make_error(ErrorKind::headers_too_large,
                      "more than " + std::to_string(limits::kChunkExtensionBytes) + " bytes of chunk extensions");
  std::uint64_t size = 0;  // 16 digits are 64 bits: no overflow
  for (const char c : line.substr(0, digits)) size = size * 16 + static_cast<std::uint64_t>(grammar::hex_digit(c));
  if (size > body_bytes_max_ - body_bytes_)
    return make_error(ErrorKind::body_too_large,
                      "the body is larger than " + std::to_string(body_bytes_max_) + " bytes");
  body_bytes_ += size;
  chunk_left_ = size;
  state_ = size == 0 ? State::trailers : State::data;
  return {};
}

Status ChunkDecoder::take_trailer(std::string_view line) {
  constexpr std::size_t kCrlf = 2;
  trailer_bytes_ += line.size() + kCrlf;
  if (++trailer_count_ > limits::kTrailerFieldCount || trailer_bytes_ > limits::kTrailerBytes)
    return make_error(ErrorKind::headers_too_large, "more than " + std::to_string(limits::kTrailerFieldCount) +
                                                        " trailer fields or " + std::to_string(limits::kTrailerBytes) +
                                                        " bytes of them");
  return check_field_line(line);
}

}  // namespace aigw::http
