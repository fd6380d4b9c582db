#include "ledger/encoding.hpp"

#include "ledger/bytes.hpp"
#include "ledger/crc32c.hpp"

#include <algorithm>
#include <array>

namespace aigw::ledger {
namespace {

constexpr std::uint32_t kMagic = 0x4C474941;  // "AIGL"
constexpr std::size_t kCrcAt = 12;
constexpr std::size_t kAlignment = 8;

constexpr std::size_t kDialects = static_cast<std::size_t>(llm::Dialect::gemini_generate) + 1;
constexpr std::size_t kOperations = static_cast<std::size_t>(llm::kLastOperation) + 1;
constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::unknown) + 1;
constexpr std::size_t kUsageSources = static_cast<std::size_t>(UsageSource::estimated) + 1;

enum Flag : std::uint8_t { kStream = 1, kTokens = 2, kCost = 4, kTtft = 8, kLost = 16 };

constexpr std::size_t kOpenFixedBytes = 3 * 8 + 3;
constexpr std::size_t kSettledFixedBytes = 11 * 8 + 3 * 4 + 7;
constexpr std::size_t text_bytes(std::size_t max) { return 2 + max; }
constexpr std::size_t padded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }
static_assert(padded(kRecordHeaderBytes + kOpenFixedBytes + text_bytes(kProviderBytesMax) +
                     text_bytes(kModelBytesMax)) <= kOpenBytesMax);
static_assert(padded(kRecordHeaderBytes + kSettledFixedBytes + text_bytes(kProviderBytesMax) +
                     2 * text_bytes(kModelBytesMax) + text_bytes(kErrorBytesMax) + text_bytes(kLostBytesMax) +
                     kAttemptsMax * (8 + text_bytes(kProviderBytesMax) + text_bytes(kAttemptErrorBytesMax))) <=
              kSettledBytesMax);
static_assert(kSettledBytesMax <= kRecordBytesMax && kReservationBytes % kAlignment == 0);

/// The sum over everything but itself.
std::uint32_t sum_of(std::string_view record, std::uint32_t salt) {
  return crc32c(record.substr(kRecordHeaderBytes), crc32c(record.substr(0, kCrcAt), salt));
}

template <class WriteBody>
std::string_view encode_record(Kind kind, std::uint32_t salt, RecordBuffer& buffer, WriteBody write_body) {
  ByteWriter body(buffer.data() + kRecordHeaderBytes);
  write_body(body);
  body.pad_to(kAlignment);
  const std::string_view record(buffer.data(), kRecordHeaderBytes + body.size());
  ByteWriter header(buffer.data());
  header.number(kMagic);
  header.number(static_cast<std::uint32_t>(record.size()));
  header.number(static_cast<std::uint8_t>(kind));
  header.number(std::uint8_t{0});
  header.number(std::uint16_t{0});
  header.number(sum_of(record, salt));
  return record;
}

}  // namespace

std::string_view encode(const Boot& record, std::uint32_t salt, RecordBuffer& buffer) {
  return encode_record(Kind::boot, salt, buffer, [&](ByteWriter& out) {
    out.number(record.at.value);
    out.number(record.process);
  });
}

std::string_view encode(const Open& record, std::uint32_t salt, RecordBuffer& buffer) {
  return encode_record(Kind::open, salt, buffer, [&](ByteWriter& out) {
    out.number(record.id.value);
    out.number(record.key.value);
    out.number(record.reserved.value);
    out.number(static_cast<std::uint8_t>(record.client_dialect));
    out.number(static_cast<std::uint8_t>(record.operation));
    out.number(static_cast<std::uint8_t>(record.stream ? kStream : 0));
    out.text(record.provider, kProviderBytesMax);
    out.text(record.model_requested, kModelBytesMax);
  });
}

std::string_view encode(const Settled& record, std::uint32_t salt, RecordBuffer& buffer) {
  const TokenUsage tokens = record.tokens.value_or(TokenUsage{});
  const auto flags = (record.stream ? kStream : 0) | (record.tokens ? kTokens : 0) | (record.cost ? kCost : 0) |
                     (record.ttft_us ? kTtft : 0) | (record.lost.empty() ? 0 : kLost);
  // The last tries decide the outcome: when there are too many, the first ones go.
  const auto attempts = record.attempts.last(std::min(record.attempts.size(), kAttemptsMax));
  return encode_record(Kind::settled, salt, buffer, [&](ByteWriter& out) {
    for (const std::int64_t number : {record.id.value, record.key.value, record.credential.value, record.bytes_in,
                                      record.bytes_out, tokens.input, tokens.cache_read, tokens.cache_write,
                                      tokens.output, tokens.reasoning, record.cost.value_or(NanoUsd{}).value})
      out.number(number);
    out.number(record.status);
    out.number(record.latency_us);
    out.number(record.ttft_us.value_or(0));
    out.number(static_cast<std::uint8_t>(record.client_dialect));
    out.number(static_cast<std::uint8_t>(record.provider_dialect));
    out.number(static_cast<std::uint8_t>(record.operation));
    out.number(static_cast<std::uint8_t>(record.outcome));
    out.number(static_cast<std::uint8_t>(record.usage_source));
    out.number(static_cast<std::uint8_t>(flags));
    out.number(static_cast<std::uint8_t>(attempts.size()));
    out.text(record.provider, kProviderBytesMax);
    out.text(record.model_requested, kModelBytesMax);
    out.text(record.model_served, kModelBytesMax);
    out.text(record.error, kErrorBytesMax);
    for (const Attempt& attempt : attempts) {
      out.number(attempt.status);
      out.number(attempt.latency_us);
      out.text(attempt.provider, kProviderBytesMax);
      out.text(attempt.error, kAttemptErrorBytesMax);
    }
    if (!record.lost.empty()) out.text(record.lost, kLostBytesMax);
  });
}

bool has_record_magic(std::string_view bytes) { return ByteReader(bytes).number<std::uint32_t>() == kMagic; }

std::size_t claimed_bytes(std::string_view bytes) {
  ByteReader in(bytes);
  const bool ours = in.number<std::uint32_t>() == kMagic;
  const auto size = in.number<std::uint32_t>();
  return ours && in.ok() && size >= kRecordHeaderBytes && size <= kRecordBytesMax && size % kAlignment == 0 ? size : 0;
}

std::optional<RawRecord> decode_header(std::string_view bytes, std::uint32_t salt) {
  const std::size_t size = claimed_bytes(bytes);
  if (size == 0 || bytes.size() < size) return std::nullopt;
  const std::string_view record = bytes.substr(0, size);
  ByteReader in(record.substr(8));
  RawRecord raw;
  raw.kind = static_cast<Kind>(in.number<std::uint8_t>());
  in.bytes(3);
  if (in.number<std::uint32_t>() != sum_of(record, salt)) return std::nullopt;
  raw.body = record.substr(kRecordHeaderBytes);
  raw.bytes = size;
  return raw;
}

std::optional<Boot> decode_boot(std::string_view body) {
  ByteReader in(body);
  Boot record;
  record.at.value = in.number<std::int64_t>();
  record.process = in.number<std::int64_t>();
  if (!in.ok()) return std::nullopt;
  return record;
}

std::optional<Open> decode_open(std::string_view body) {
  ByteReader in(body);
  Open record;
  record.id.value = in.number<std::int64_t>();
  record.key.value = in.number<std::int64_t>();
  record.reserved.value = in.number<std::int64_t>();
  record.client_dialect = in.enumerator<llm::Dialect>(kDialects);
  record.operation = in.enumerator<llm::Operation>(kOperations);
  record.stream = (in.number<std::uint8_t>() & kStream) != 0;
  record.provider = in.text();
  record.model_requested = in.text();
  if (!in.ok()) return std::nullopt;
  return record;
}

std::optional<Settled> decode_settled(std::string_view body, std::vector<Attempt>& attempts) {
  ByteReader in(body);
  Settled record;
  TokenUsage tokens;
  NanoUsd cost;
  for (std::int64_t* number :
       {&record.id.value, &record.key.value, &record.credential.value, &record.bytes_in, &record.bytes_out,
        &tokens.input, &tokens.cache_read, &tokens.cache_write, &tokens.output, &tokens.reasoning, &cost.value})
    *number = in.number<std::int64_t>();
  record.status = in.number<std::int32_t>();
  record.latency_us = in.number<std::uint32_t>();
  const auto ttft_us = in.number<std::uint32_t>();
  record.client_dialect = in.enumerator<llm::Dialect>(kDialects);
  record.provider_dialect = in.enumerator<llm::Dialect>(kDialects);
  record.operation = in.enumerator<llm::Operation>(kOperations);
  record.outcome = in.enumerator<Outcome>(kOutcomes);
  record.usage_source = in.enumerator<UsageSource>(kUsageSources);
  const auto flags = in.number<std::uint8_t>();
  const auto count = in.number<std::uint8_t>();
  record.stream = (flags & kStream) != 0;
  if ((flags & kTokens) != 0) record.tokens = tokens;
  if ((flags & kCost) != 0) record.cost = cost;
  if ((flags & kTtft) != 0) record.ttft_us = ttft_us;
  record.provider = in.text();
  record.model_requested = in.text();
  record.model_served = in.text();
  record.error = in.text();
  attempts.clear();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Attempt attempt;
    attempt.status = in.number<std::int32_t>();
    attempt.latency_us = in.number<std::uint32_t>();
    attempt.provider = in.text();
    attempt.error = in.text();
    attempts.push_back(attempt);
  }
  if ((flags & kLost) != 0) record.lost = in.text();
  if (!in.ok()) return std::nullopt;
  record.attempts = attempts;
  return record;
}

}  // namespace aigw::ledger
