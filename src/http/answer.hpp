#pragma once
// The reader of providers' answers: the head, then the body's bytes without their framing. As strict about framing as
// the reader of requests, for the same reason. Bounded by http/limits; no sockets. One thread.

#include "base/error.hpp"
#include "http/chunked.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::http {

class AnswerReader {
 public:
  /// `head` comes cleared and outlives the reader.
  enum class Body : std::uint8_t { as_framed, none };  ///< none: the request was a HEAD
  AnswerReader(ResponseHead& head, Body body) : head_(head), expected_(body) {}

  /// Takes what belongs to this answer from the front of `bytes` and returns how much that was: nothing while the head
  /// is incomplete (come again with more behind the same bytes), less than all when the answer is over.
  /// @errors upstream_invalid
  Result<std::size_t> put(std::string_view bytes);
  /// The connection ended cleanly, which ends a body that has no other end.
  void put_end();

  bool head_done() const { return state_ != State::head; }
  bool done() const { return state_ == State::done; }
  /// @pre done()
  bool keeps_alive() const { return !ends_with_connection_ && http::keeps_alive(head_.version_minor, head_.headers); }

  /// The body's bytes since the last clear_body(): a slice of what was put in, which must still be there, or a copy.
  std::string_view body() const { return joined_.empty() ? slice_ : std::string_view(joined_); }
  void clear_body() {
    slice_ = {};
    joined_.clear();
  }

 private:
  enum class State : std::uint8_t { head, length, chunked, until_end, done };
  Status parse_head(std::string_view text);
  Status begin_body();
  void take(std::string_view bytes);

  ResponseHead& head_;
  const Body expected_;
  State state_ = State::head;
  std::size_t searched_ = 0;  ///< the head's end is not before here
  std::uint64_t left_ = 0;    ///< of a body with a length
  std::optional<ChunkDecoder> chunks_;
  bool ends_with_connection_ = false;
  std::string_view slice_;
  std::string joined_;
};

}  // namespace aigw::http
