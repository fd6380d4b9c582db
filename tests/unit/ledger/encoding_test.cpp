#include "ledger/encoding.hpp"

#include "ledger/crc32c.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::ledger;

namespace {

constexpr std::uint32_t kSalt = 0xBADC0FFE;

struct Full {
  std::vector<Attempt> attempts{{"acme", 503, 1'200, "upstream_error"}, {"zeta", 200, 900'000, ""}};
  Settled record() const {
    Settled out;
    out.id = {0x0123456789ABCDEF};
    out.key = {7};
    out.credential = {8};
    out.client_dialect = llm::Dialect::openai_chat;
    out.provider_dialect = llm::Dialect::anthropic_messages;
    out.operation = llm::Operation::chat;
    out.stream = true;
    out.outcome = Outcome::aborted;
    out.status = 200;
    out.usage_source = UsageSource::provider;
    out.tokens = TokenUsage{1, 2, 3, 4, 5};
    out.cost = NanoUsd{-6};
    out.latency_us = 4'000'000'000;
    out.ttft_us = 0;
    out.bytes_in = 1'000'000'000'000;
    out.bytes_out = 12;
    out.provider = "zeta";
    out.model_requested = "fast";
    out.model_served = "zeta-large";
    out.error = "client_gone: the client left";
    out.attempts = attempts;
    out.lost = "top_k: no twin\n~store: default\n";
    return out;
  }
};

}  // namespace

TEST_CASE("CRC-32C gives its standard's sums, with and without the processor's help") {
  for (const auto sum : {crc32c, crc32c_portable}) {
    CHECK(sum("", 0) == 0);
    CHECK(sum("123456789", 0) == 0xE3069283);
    CHECK(sum(std::string(32, '\0'), 0) == 0x8A9136AA);
    CHECK(sum("6789", sum("12345", 0)) == 0xE3069283);
  }
}

TEST_CASE("a settled request comes back as it went in") {
  const Full full;
  const Settled in = full.record();
  RecordBuffer buffer;
  const std::string_view bytes = encode(in, kSalt, buffer);
  CHECK(bytes.size() % 8 == 0);
  const auto raw = decode_header(bytes, kSalt);
  REQUIRE(raw.has_value());
  CHECK(raw->kind == Kind::settled);
  CHECK(raw->bytes == bytes.size());
  std::vector<Attempt> attempts;
  const auto out = decode_settled(raw->body, attempts);
  REQUIRE(out.has_value());
  CHECK(out->id == in.id);
  CHECK(out->key == in.key);
  CHECK(out->credential == in.credential);
  CHECK(out->client_dialect == in.client_dialect);
  CHECK(out->provider_dialect == in.provider_dialect);
  CHECK(out->operation == in.operation);
  CHECK(out->stream);
  CHECK(out->outcome == Outcome::aborted);
  CHECK(out->status == 200);
  CHECK(out->usage_source == UsageSource::provider);
  CHECK(out->tokens == in.tokens);
  CHECK(out->cost == in.cost);
  CHECK(out->latency_us == in.latency_us);
  CHECK(out->ttft_us == 0U);
  CHECK(out->bytes_in == in.bytes_in);
  CHECK(out->bytes_out == 12);
  CHECK(out->provider == "zeta");
  CHECK(out->lost == in.lost);
  CHECK(out->model_requested == "fast");
  CHECK(out->model_served == "zeta-large");
  CHECK(out->error == in.error);
  REQUIRE(out->attempts.size() == 2);
  CHECK(out->attempts[0].provider == "acme");
  CHECK(out->attempts[0].status == 503);
  CHECK(out->attempts[0].latency_us == 1'200);
  CHECK(out->attempts[0].error == "upstream_error");
  CHECK(out->attempts[1].error.empty());
}

TEST_CASE("what is not known stays unknown instead of 0") {
  RecordBuffer buffer;
  std::vector<Attempt> attempts;
  const auto out = decode_settled(decode_header(encode(Settled{}, kSalt, buffer), kSalt)->body, attempts);
  REQUIRE(out.has_value());
  CHECK_FALSE(out->tokens.has_value());
  CHECK_FALSE(out->cost.has_value());
  CHECK_FALSE(out->ttft_us.has_value());
}

TEST_CASE("an opened request comes back as it went in") {
  Open in;
  in.id = {99};
  in.key = {3};
  in.client_dialect = llm::Dialect::anthropic_messages;
  in.operation = llm::Operation::count_tokens;
  in.stream = true;
  in.reserved = {12'345};
  in.provider = "acme";
  in.model_requested = "acme-1";
  RecordBuffer buffer;
  const auto raw = decode_header(encode(in, kSalt, buffer), kSalt);
  REQUIRE(raw.has_value());
  const auto out = decode_open(raw->body);
  REQUIRE(out.has_value());
  CHECK(out->id == in.id);
  CHECK(out->key == in.key);
  CHECK(out->client_dialect == in.client_dialect);
  CHECK(out->operation == in.operation);
  CHECK(out->stream);
  CHECK(out->reserved == in.reserved);
  CHECK(out->provider == "acme");
  CHECK(out->model_requested == "acme-1");
}

TEST_CASE("texts are cut to their room between two characters, and both records fit the reservation") {
  const std::string euros = [] {
    std::string text;
    for (int i = 0; i < 1'000; ++i) text += "\u20ac";
    return text;
  }();
  std::vector<Attempt> many(40, Attempt{euros, 500, 1, euros});
  many.back().status = 418;
  Settled in;
  in.provider = in.model_requested = in.model_served = in.error = in.lost = euros;
  in.attempts = many;
  RecordBuffer buffer;
  const std::string_view bytes = encode(in, kSalt, buffer);
  CHECK(bytes.size() <= kSettledBytesMax);
  std::vector<Attempt> attempts;
  const auto out = decode_settled(decode_header(bytes, kSalt)->body, attempts);
  REQUIRE(out.has_value());
  CHECK(out->model_served == euros.substr(0, 255));
  CHECK(out->error == euros.substr(0, 510));
  CHECK(out->lost == euros.substr(0, 510));
  CHECK(out->attempts.size() == kAttemptsMax);
  CHECK(out->attempts.back().status == 418);

  Open open;
  open.provider = open.model_requested = euros;
  CHECK(encode(open, kSalt, buffer).size() <= kOpenBytesMax);
}

TEST_CASE("no flipped bit, no cut, and no other segment's record passes for a record") {
  const Full full;
  RecordBuffer buffer;
  const std::string bytes(encode(full.record(), kSalt, buffer));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE_FALSE(decode_header(changed, kSalt).has_value());
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE_FALSE(decode_header(bytes.substr(0, size), kSalt).has_value());
  CHECK_FALSE(decode_header(bytes, kSalt + 1).has_value());
}

TEST_CASE("a body that is cut short is refused, whatever its sum says") {
  const Full full;
  RecordBuffer buffer;
  const std::string body(decode_header(encode(full.record(), kSalt, buffer), kSalt)->body);
  std::vector<Attempt> attempts;
  const std::size_t padding = 8;
  for (std::size_t size = 0; size + padding <= body.size(); ++size)
    REQUIRE_FALSE(decode_settled(body.substr(0, size), attempts).has_value());
}
