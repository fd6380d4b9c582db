// Records of the journal: what decodes can be encoded and decodes to the same; garbage is nothing worse than garbage.

#include "ledger/encoding.hpp"
#include "ledger/segment.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

using namespace aigw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t kSalt = 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)ledger::decode_segment_header(bytes);
  (void)ledger::decode_header(bytes, kSalt);
  (void)ledger::claimed_bytes(bytes);
  (void)ledger::decode_boot(bytes);

  ledger::RecordBuffer buffer;
  std::vector<ledger::Attempt> attempts, again_attempts;
  if (const auto settled = ledger::decode_settled(bytes, attempts)) {
    const std::string encoded(ledger::encode(*settled, kSalt, buffer));
    const auto record = ledger::decode_header(encoded, kSalt);
    fuzz::require(record && record->kind == ledger::Kind::settled);
    const auto again = ledger::decode_settled(record->body, again_attempts);
    fuzz::require(again && again->id == settled->id && again->tokens == settled->tokens &&
                  again->cost == settled->cost);
  }
  if (const auto open = ledger::decode_open(bytes)) {
    const std::string encoded(ledger::encode(*open, kSalt, buffer));
    const auto record = ledger::decode_header(encoded, kSalt);
    fuzz::require(record && record->kind == ledger::Kind::open && ledger::decode_open(record->body)->id == open->id);
  }
  return 0;
}
