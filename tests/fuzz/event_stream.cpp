// Frames of an event stream are cut the same however they come, and what they hold comes from the stream itself.

#include "http/event_stream.hpp"

#include "tests/fuzz/fuzz.hpp"
#include "tests/support/event_frames.hpp"

#include <string>
#include <vector>

using namespace aigw;

namespace {

struct Outcome {
  std::vector<std::string> frames = {};
  bool ok = true;
  bool operator==(const Outcome&) const = default;
};

Outcome cut(const std::vector<std::string_view>& parts) {
  http::EventStreamSplitter splitter(1U << 16U);
  Outcome out;
  for (const std::string_view part : parts) {
    splitter.push(part);
    while (out.ok) {
      const auto next = splitter.next();
      out.ok = next.ok();
      if (!out.ok || !*next) break;
      const http::EventStreamFrame& frame = **next;
      for (const auto text : {frame.message_type, frame.name, frame.error_text, frame.payload})
        out.frames.emplace_back(text);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  fuzz::require(cut({input.first(), input.second()}) == cut({input.text}));

  // Chance makes no checksums: the input as headers and payload of a frame whose checksums are right.
  const std::string framed = test::frame(input.first(), input.second());
  const Outcome whole = cut({framed});
  fuzz::require(!whole.ok || whole.frames.back() == input.second());
  fuzz::require(cut({std::string_view(framed).substr(0, framed.size() / 2),
                     std::string_view(framed).substr(framed.size() / 2)}) == whole);
  return 0;
}
