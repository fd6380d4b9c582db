// A stream of events is cut the same however it comes, and no byte is lost.

#include "http/sse.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

using namespace aigw;

namespace {

std::vector<std::string> events_of(const std::vector<std::string_view>& parts) {
  http::SseSplitter splitter;
  std::vector<std::string> events;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    fuzz::require(splitter.push(parts[i]).ok());
    if (i + 1 == parts.size()) splitter.finish();
    while (const auto raw = splitter.next()) {
      const http::SseEvent event = http::parse_event(*raw);
      fuzz::require(event.raw == *raw);
      events.emplace_back(*raw);
    }
  }
  events.emplace_back(splitter.rest());
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto whole = events_of({input.text});
  fuzz::require(events_of({input.first(), input.second()}) == whole);
  std::string joined;
  for (const std::string& event : whole) joined += event;
  fuzz::require(joined == input.text);
  return 0;
}
