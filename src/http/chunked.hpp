#pragma once
// The chunked coding of request bodies, strict: CRLF only, 1-16 hex digits, extensions by the grammar and bounded,
// trailers checked and dropped. Any split of the bytes gives the same result. One thread.

#include "base/error.hpp"
#include "http/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::http {

/// What stands behind the size of a chunk line, without CRLF: "" or `;name[=value]...`. @errors bad_http
Status check_chunk_extension(std::string_view after_size);
/// A whole chunk line without its CRLF: size and extension. @errors bad_http
Status check_chunk_line(std::string_view line);

class ChunkDecoder {
 public:
  explicit ChunkDecoder(std::uint64_t body_bytes_max = limits::kBodyBytes) : body_bytes_max_(body_bytes_max) {}

  /// Takes bytes and appends the body's to `out`; returns how many it took: fewer than all only when done() came true
  /// (the rest is the next request). After an error it stays failed.
  /// @errors bad_http; body_too_large; headers_too_large (extensions or trailers)
  Result<std::size_t> feed(std::string_view bytes, std::string& out);
  bool done() const { return state_ == State::done; }
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  enum class State : std::uint8_t { size_line, data, data_end, trailers, done, failed };
  /// A line ending in CRLF, joined across feeds; moves `at`. None: more bytes are needed.
  Result<std::optional<std::string_view>> take_line(std::string_view bytes, std::size_t& at, std::size_t bytes_max);
  Status take_size_line(std::string_view line);
  Status take_trailer(std::string_view line);
  Result<std::size_t> step_through(std::string_view bytes, std::string& out);

  std::uint64_t body_bytes_max_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t chunk_left_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailer_count_ = 0;
  std::string line_;         ///< the beginning of a line that a feed cut
  bool line_taken_ = false;  ///< line_ was handed out and is cleared by the next take_line
  State state_ = State::size_line;
};

}  // namespace aigw::http
