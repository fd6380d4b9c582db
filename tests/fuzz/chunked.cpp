// A chunked body gives the same however it is split; what is cut into chunks comes out as it went in.

#include "http/chunked.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <cstdio>
#include <initializer_list>
#include <string>

using namespace aigw;

namespace {

struct Outcome {
  bool ok = true;
  bool done = false;
  std::string body = {};
  std::size_t taken = 0;
  bool operator==(const Outcome&) const = default;
};

void feed(http::ChunkDecoder& decoder, std::string_view bytes, Outcome& outcome) {
  if (!outcome.ok || outcome.done) return;
  const auto taken = decoder.feed(bytes, outcome.body);
  outcome.ok = taken.ok();
  outcome.done = outcome.ok && decoder.done();
  if (!outcome.ok) outcome = {.ok = false};
  if (outcome.ok) outcome.taken += *taken;
  fuzz::require(!outcome.ok || outcome.done || *taken == bytes.size());
}

/// `parts` as chunks, with the last one.
std::string chunked(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;  // an empty chunk is the last one
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", part.size());
    out.append(size).append(part).append("\r\n");
  }
  return out += "0\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kBodyBytesMax = 1U << 20U;
  const fuzz::Input input(data, size);
  http::ChunkDecoder whole(kBodyBytesMax), split(kBodyBytesMax);
  Outcome expected, got;
  feed(whole, input.text, expected);
  feed(split, input.first(), got);
  feed(split, input.second(), got);
  fuzz::require(got == expected);

  http::ChunkDecoder decoder(kBodyBytesMax);
  Outcome again;
  feed(decoder, chunked({input.first(), input.second()}), again);
  fuzz::require(again.done && again.body == input.text);
  return 0;
}
