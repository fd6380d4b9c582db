#pragma once
// Beast's HTTP/1 parser for a provider's answers, without an allocation a field. Bodies come out as slices of the
// input. (Request heads have a stricter reader of their own: http/strict.)

#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/strict.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aigw::net {

namespace beast = boost::beast;

/// Parses one answer of a provider: head, then the body's bytes without their framing.
class ResponseParser final : public beast::http::basic_parser<false> {
 public:
  ResponseParser(http::ResponseHead& head, bool has_no_body) : head_(head) {
    header_limit(http::limits::kResponseHeadBytes);
    body_limit(boost::none);
    eager(true);
    if (has_no_body) skip(true);
  }

  /// The body's bytes of the last put(): one slice of the input, or several copied together.
  std::string_view body() const { return joined_.empty() ? slice_ : std::string_view(joined_); }
  void clear_body() {
    slice_ = {};
    joined_.clear();
  }

 private:
  using Code = beast::error_code;
  using Text = beast::string_view;
  void on_request_impl(beast::http::verb, Text, Text, int, Code&) override {}
  void on_response_impl(int code, Text, int version, Code&) override {
    head_.status = code;
    head_.version_minor = version % 10;
  }
  void on_field_impl(beast::http::field, Text name, Text value, Code& code) override {
    if (in_trailer_) return;
    if (head_.headers.size() >= http::limits::kResponseFieldCount || !http::is_field_value(value)) {
      code = beast::http::error::bad_field;
      return;
    }
    head_.headers.add(name, value);
  }
  void on_header_impl(Code&) override { in_trailer_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text body, Code&) override { return take(body); }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override { return take(body); }
  void on_finish_impl(Code&) override {}

  std::size_t take(std::string_view body) {
    if (slice_.empty() && joined_.empty()) {
      slice_ = body;
    } else {
      if (joined_.empty()) joined_ = slice_;
      joined_.append(body);
    }
    return body.size();
  }

  http::ResponseHead& head_;
  bool in_trailer_ = false;
  std::string_view slice_;
  std::string joined_;
};

}  // namespace aigw::net
