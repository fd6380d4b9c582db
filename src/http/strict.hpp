#pragma once
// The reader of request heads. Strict, where general HTTP parsers are lenient: two parsers that read one head
// differently are a request-smuggling hole. So it is also the only one. Pure functions over raw bytes.

#include "base/error.hpp"
#include "http/chunked.hpp"
#include "http/framing.hpp"
#include "http/message.hpp"
#include "http/target.hpp"

#include <string_view>

namespace aigw::http {

/// `text`: from the request line's first byte (a CRLF that old clients send before it is the caller's to drop) to the
/// empty line, its CRLF included. CRLF only, no bare CR or LF, no
/// folded lines, names are tokens directly before the colon, values hold no control characters, exactly
/// `METHOD SP target SP HTTP/1.[01]`, all within http/limits. Fills `head`, which comes cleared.
/// @errors bad_http; uri_too_long; headers_too_large; version_not_supported
Status parse_request_head(std::string_view text, RequestHead& head);

/// For a head that is not complete yet: whether it already broke a limit or rule that no further byte can mend, so that
/// it can be refused before its deadline.
Status check_partial_head(std::string_view text_so_far);

/// One header line.
struct FieldLine {
  Field field;
  std::size_t bytes = 0;  ///< with its CRLF; 0: its end is not there yet
};

/// The header line that `text` begins with. @errors bad_http; headers_too_large
Result<FieldLine> read_field_line(std::string_view text);
/// The same judgement of a line without its CRLF.
Status check_field_line(std::string_view line);

bool is_token(std::string_view text);        ///< RFC 9110 5.6.2, not empty
bool is_field_value(std::string_view text);  ///< may be empty; no outer space, no controls but inner HTAB

}  // namespace aigw::http
