#include "http/sse.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;
using namespace aigw::http;

namespace {

/// The events of `text` when it arrives in parts cut at `cuts`, and the rest as the last entry.
std::vector<std::string> split(std::string_view text, const std::vector<std::size_t>& cuts) {
  SseSplitter splitter;
  std::vector<std::string> events;
  const auto drain = [&] {
    while (const auto event = splitter.next()) events.emplace_back(*event);
  };
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    REQUIRE(splitter.push(text.substr(begin, cut - begin)).ok());
    drain();
    begin = cut;
  }
  REQUIRE(splitter.push(text.substr(begin)).ok());
  splitter.finish();
  drain();
  events.emplace_back(splitter.rest());
  return events;
}

}  // namespace

TEST_CASE("events are cut byte-exactly, whatever ends their lines and however they arrive") {
  struct Case {
    std::string text;
    std::vector<std::string> events;  ///< the last one is the rest
  };
  const std::vector<Case> cases = {
      {"data: a\n\ndata: b\n\n", {"data: a\n\n", "data: b\n\n", ""}},
      {"data: a\r\n\r\ndata: b\r\n\r\n", {"data: a\r\n\r\n", "data: b\r\n\r\n", ""}},
      {"data: a\r\rdata: b\r\r", {"data: a\r\r", "data: b\r\r", ""}},
      {"data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", {"data: a\r\n\n", "data: b\n\r\n", "data: c\r\r\n", ""}},
      {"\xEF\xBB\xBF"
       "data: a\n\nx",
       {"\xEF\xBB\xBF"
        "data: a\n\n",
        "x"}},
      {"\xEF\xBB\xBF\n\ndata: a\n\n", {"\xEF\xBB\xBF\n", "\n", "data: a\n\n", ""}},
      {"\n\n: ping\n\n", {"\n", "\n", ": ping\n\n", ""}},
      {"event: e\ndata: 1\ndata: 2\n\ndata: cut", {"event: e\ndata: 1\ndata: 2\n\n", "data: cut"}},
      {"data: a\n", {"data: a\n"}},
      {"\r\n", {"\r\n", ""}},
      {"", {""}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(split(c.text, {}) == c.events);
    std::vector<std::size_t> every_byte;
    for (std::size_t cut = 1; cut < c.text.size(); ++cut) {
      every_byte.push_back(cut);
      CAPTURE(cut);
      CHECK(split(c.text, {cut}) == c.events);
      for (std::size_t second = cut; second < c.text.size(); ++second) CHECK(split(c.text, {cut, second}) == c.events);
    }
    CHECK(split(c.text, every_byte) == c.events);
  }
}

TEST_CASE("a CR at the end of the buffer waits for its LF") {
  std::size_t scan_from = 0;
  std::string buffer = "data: a\r\n\r";
  CHECK(event_end(buffer, scan_from) == std::string_view::npos);
  buffer += "\n";
  CHECK(event_end(buffer, scan_from) == buffer.size());
  CHECK(scan_from == 0);
  CHECK(event_end("data: a\r\r", scan_from, true) == 9);
}

TEST_CASE("the fields of an event") {
  const SseEvent one = parse_event("event: message_start\r\ndata:  {\"a\":1}\r\n\r\n");
  CHECK(one.event == "message_start");
  CHECK(one.data == " {\"a\":1}");
  CHECK(one.has_data);
  CHECK(parse_event("data:x\n\n").data == "x");
  CHECK(parse_event("data: [DONE]\n\n").data == "[DONE]");
  CHECK(parse_event("\xEF\xBB\xBF"
                    "data: x\n\n")
            .data == "x");
  const SseEvent many = parse_event("id: 7\ndata: a\ndata\n:c\nevent: x\ndata: b\n\n");
  CHECK(many.data == "a\n\nb");
  CHECK(many.event == "x");
  const SseEvent comment = parse_event(": keep-alive\n\n");
  CHECK_FALSE(comment.has_data);
  CHECK(comment.event.empty());
  CHECK(parse_event("data\n\n").has_data);
}

TEST_CASE("one endless event is refused at its limit") {
  SseSplitter splitter(100);
  CHECK(splitter.push("data: " + std::string(90, 'a')).ok());
  CHECK(splitter.push("aaaaaaa").error().kind == ErrorKind::upstream_invalid);
  SseSplitter small(100);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(small.push("data: 0123456789\n\n").ok());
    CHECK(small.next().has_value());
  }
}
