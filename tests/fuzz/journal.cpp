// Records of the journal: what decodes can be encoded and decodes to the same; a bit
// that turned is noticed; garbage is nothing worse than garbage.

#include "ledger/encoding.hpp"
#include "ledger/segment.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace aigw;

namespace {

constexpr std::uint32_t kSalt = 7;

unsigned char input_byte(std::string_view bytes) {
  return bytes.empty() ? 0 : static_cast<unsigned char>(bytes.back());
}

/// One bit turned, or cut short by one byte: it is no record any more.
void check_damage(std::string record, unsigned char where) {
  fuzz::require(!ledger::decode_header(std::string_view(record).substr(0, record.size() - 1), kSalt));
  record[where % record.size()] = static_cast<char>(record[where % record.size()] ^ (1 << (where % 8)));
  fuzz::require(!ledger::decode_header(record, kSalt));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)ledger::decode_segment_header(bytes);
  (void)ledger::decode_header(bytes, kSalt);
  (void)ledger::claimed_bytes(bytes);
  (void)ledger::decode_boot(bytes);

  ledger::RecordBuffer buffer;
  std::vector<ledger::Attempt> attempts;
  if (const auto settled = ledger::decode_settled(bytes, attempts)) {
    const std::string once(ledger::encode(*settled, kSalt, buffer));
    const auto record = ledger::decode_header(once, kSalt);
    fuzz::require(record && record->kind == ledger::Kind::settled && record->bytes == once.size());
    std::vector<ledger::Attempt> again_attempts;
    const auto again = ledger::decode_settled(record->body, again_attempts);
    fuzz::require(again && again->id == settled->id && again->tokens == settled->tokens &&
                  again->cost == settled->cost && again->outcome == settled->outcome &&
                  again_attempts.size() == std::min(attempts.size(), ledger::kAttemptsMax));
    fuzz::require(ledger::encode(*again, kSalt, buffer) == once);
    check_damage(once, input_byte(bytes));
  }
  if (const auto open = ledger::decode_open(bytes)) {
    const std::string once(ledger::encode(*open, kSalt, buffer));
    const auto record = ledger::decode_header(once, kSalt);
    fuzz::require(record && record->kind == ledger::Kind::open);
    const auto again = ledger::decode_open(record->body);
    fuzz::require(again && again->id == open->id && ledger::encode(*again, kSalt, buffer) == once);
  }
  return 0;
}
