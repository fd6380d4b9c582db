#pragma once
// A record's bytes (docs/journal.md): a header of 16, fixed fields, then texts with their lengths; little-endian,
// padded to 8. Pure functions; any thread.

#include "base/time.hpp"
#include "ledger/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace aigw::ledger {

/// Stable numbers: they stand in files. 3 (attempt) and 5 (admin marks) are kept for what their names say.
enum class Kind : std::uint8_t { boot = 1, open = 2, settled = 4 };

/// The first record of a segment: who writes it.
struct Boot {
  UnixMillis at;
  std::int64_t process = 0;
};

// What a record keeps of a text. Longer ones are cut between two characters, so that a reservation is a constant.
constexpr std::size_t kProviderBytesMax = 64;
constexpr std::size_t kModelBytesMax = 256;
constexpr std::size_t kErrorBytesMax = 512;
constexpr std::size_t kAttemptErrorBytesMax = 64;
constexpr std::size_t kLostBytesMax = 512;
constexpr std::size_t kAttemptsMax = 16;

constexpr std::size_t kRecordHeaderBytes = 16;
constexpr std::size_t kOpenBytesMax = 376;
constexpr std::size_t kSettledBytesMax = 3984;
constexpr std::size_t kRecordBytesMax = 4096;  ///< a longer length is damage
/// What one request may need: its `open` and its `settled`.
constexpr std::size_t kReservationBytes = kOpenBytesMax + kSettledBytesMax;

/// One record's room.
using RecordBuffer = std::array<char, kRecordBytesMax>;

/// The record's bytes within `buffer`. `salt` is the segment's: bytes that a client smuggles into a text, or that are
/// left from another file, never pass for a record.
std::string_view encode(const Boot& record, std::uint32_t salt, RecordBuffer& buffer);
std::string_view encode(const Open& record, std::uint32_t salt, RecordBuffer& buffer);
std::string_view encode(const Settled& record, std::uint32_t salt, RecordBuffer& buffer);

/// A record whose sum is right. Views into what was given.
struct RawRecord {
  Kind kind = Kind::boot;  ///< may be a number that this program does not know
  std::string_view body;
  std::size_t bytes = 0;  ///< with header and padding
};
/// None when `bytes` does not begin with a whole and undamaged record.
std::optional<RawRecord> decode_header(std::string_view bytes, std::uint32_t salt);
/// Whether a record seems to begin here, damaged or not.
bool has_record_magic(std::string_view bytes);
/// The length that the header claims, 0 when there is none.
std::size_t claimed_bytes(std::string_view bytes);

/// None when the body is not what its kind says. Views into it; `attempts` holds those of `Settled`.
std::optional<Boot> decode_boot(std::string_view body);
std::optional<Open> decode_open(std::string_view body);
std::optional<Settled> decode_settled(std::string_view body, std::vector<Attempt>& attempts);

}  // namespace aigw::ledger
