#pragma once
// Bodies with a Content-Encoding, decoded under a limit: the only door to zlib and zstd. Any thread.

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aigw::http {

/// `coding`: the Content-Encoding field, "" or "identity" pass the bytes on; "gzip", "x-gzip" and "zstd" are decoded
/// wholly, with checksums and without trailing bytes. Memory grows with the output and never past `bytes_max`.
/// @errors unsupported_media_type (other codings, several at once); body_too_large; bad_request (damaged)
Result<std::string> decode_body(std::string_view coding, std::string_view bytes, std::size_t bytes_max);

}  // namespace aigw::http
