#include "http/content_coding.hpp"

#include "base/text.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace aigw::http {
namespace {

constexpr std::size_t kStepBytes = 64 * 1024;
constexpr int kMembersMax = 64;  // gzip members or zstd frames of one body: empty ones cost time and give nothing
// A frame may ask for a window of gigabytes. 32 MiB serve every level but those of --ultra and --long.
constexpr int kWindowLogMax = 25;

Error too_large(std::size_t bytes_max) {
  return make_error(ErrorKind::body_too_large,
                    "the decoded body is larger than " + std::to_string(bytes_max) + " bytes");
}

Error damaged(std::string_view coding) {
  return make_error(ErrorKind::bad_request, "the body is damaged or incomplete " + std::string(coding) + " data",
                    "Send it again, or without Content-Encoding");
}

/// Room for one more step behind the `used` bytes of `out`: one byte past the limit at most, which proves an overrun.
std::size_t make_room(std::string& out, std::size_t used, std::size_t bytes_max) {
  const std::size_t room = std::min(kStepBytes, bytes_max + 1 - used);
  if (used + room > out.capacity()) {
    // The last growth goes to the limit and no further: old and new text together stay under 1.5 times of it.
    const std::size_t doubled = std::max(used + room, out.capacity() * 2);
    out.reserve(doubled >= bytes_max ? bytes_max + 1 : doubled);
  }
  out.resize(used + room);
  return room;
}

Result<std::string> inflate_gzip(std::string_view bytes, std::size_t bytes_max) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK)
    return make_error(ErrorKind::overloaded, "no memory to decode the body");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::size_t used = 0;
  for (int members = 1;;) {
    const std::size_t room = make_room(out, used, bytes_max);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    used += room - stream.avail_out;
    if (used > bytes_max) return too_large(bytes_max);
    if (code != Z_OK && code != Z_STREAM_END) return damaged("gzip");
    if (code == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) return damaged("gzip");
    if (code != Z_STREAM_END) continue;
    if (stream.avail_in == 0) break;
    if (++members > kMembersMax || inflateReset(&stream) != Z_OK) return damaged("gzip");
  }
  out.resize(used);
  return out;
}

Result<std::string> decompress_zstd(std::string_view bytes, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  if (!stream) return make_error(ErrorKind::overloaded, "no memory to decode the body");
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string out;
  std::size_t used = 0;
  for (int frames = 0;;) {
    const std::size_t room = make_room(out, used, bytes_max);
    ZSTD_outBuffer step{out.data() + used, room, 0};
    const std::size_t left = ZSTD_decompressStream(stream.get(), &step, &in);
    used += step.pos;
    if (used > bytes_max) return too_large(bytes_max);
    if (ZSTD_isError(left) != 0) return damaged("zstd");
    if (left == 0 && in.pos == in.size) break;
    if (left == 0 && ++frames >= kMembersMax) return damaged("zstd");
    if (left != 0 && in.pos == in.size && step.pos < room) return damaged("zstd");
  }
  out.resize(used);
  return out;
}

}  // namespace

Result<std::string> decode_body(std::string_view coding, std::string_view bytes, std::size_t bytes_max) {
  const std::string name = text::to_lower(text::trim(coding));
  if (name.empty() || name == "identity") {
    if (bytes.size() > bytes_max) return too_large(bytes_max);
    return std::string(bytes);
  }
  if (name == "gzip" || name == "x-gzip") return inflate_gzip(bytes, bytes_max);
  if (name == "zstd") return decompress_zstd(bytes, bytes_max);
  return make_error(ErrorKind::unsupported_media_type, "this Content-Encoding is not spoken here",
                    "Use gzip, zstd or none");
}

}  // namespace aigw::http
