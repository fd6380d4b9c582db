#include "store/attempts.hpp"

#include "store/varint.hpp"

#include <algorithm>

namespace aigw::store {
namespace {

constexpr std::uint64_t kCountMax = 255;

}  // namespace

std::string encode_attempts(const std::vector<StoredAttempt>& attempts, std::string_view lost) {
  std::string out;
  if (attempts.empty() && lost.empty()) return out;
  put_varint(out, attempts.size());
  for (const StoredAttempt& attempt : attempts) {
    put_varint(out, static_cast<std::uint64_t>(std::max(attempt.status, 0)));
    put_varint(out, attempt.latency_us);
    put_varint(out, static_cast<std::uint64_t>(attempt.provider));
    put_varint(out, static_cast<std::uint64_t>(attempt.error));
  }
  return out.append(lost);
}

std::optional<StoredAttempts> decode_attempts(std::string_view bytes) {
  StoredAttempts out;
  if (bytes.empty()) return out;
  const auto count = take_varint(bytes);
  if (!count || *count > kCountMax) return std::nullopt;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto status = take_varint(bytes), latency = take_varint(bytes), provider = take_varint(bytes),
               error = take_varint(bytes);
    if (!status || !latency || !provider || !error) return std::nullopt;
    out.attempts.push_back({static_cast<std::int32_t>(*status), static_cast<std::uint32_t>(*latency),
                            static_cast<std::int64_t>(*provider), static_cast<std::int64_t>(*error)});
  }
  out.lost = bytes;
  return out;
}

}  // namespace aigw::store
