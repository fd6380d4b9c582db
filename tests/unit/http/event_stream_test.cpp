#include "http/event_stream.hpp"

#include "tests/support/event_frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;
using test::event_frame;
using test::frame;
using test::number;
using test::text_header;

namespace {

struct Outcome {
  std::vector<std::string> frames = {};
  std::string error = {};
  bool operator==(const Outcome&) const = default;
};

Outcome cut(const std::vector<std::string_view>& parts) {
  http::EventStreamSplitter splitter(4096);
  Outcome outcome;
  for (const std::string_view part : parts) {
    splitter.push(part);
    for (;;) {
      const auto next = splitter.next();
      if (!next) return {outcome.frames, next.error().message};
      if (!*next) break;
      const http::EventStreamFrame& one = **next;
      outcome.frames.push_back(std::string(one.message_type) + "|" + std::string(one.name) + "|" +
                               std::string(one.error_text) + "|" + std::string(one.payload));
    }
  }
  return outcome;
}

/// The outcome, after checking that every split in two and the split into bytes give the same.
Outcome cut_every_split(std::string_view bytes) {
  const Outcome whole = cut({bytes});
  std::vector<std::string_view> single;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    CAPTURE(at);
    CHECK(cut({bytes.substr(0, at), bytes.substr(at)}) == whole);
    single.push_back(bytes.substr(at, 1));
  }
  CHECK(cut(single) == whole);
  return whole;
}

}  // namespace

TEST_CASE("frames are cut the same however they arrive") {
  const std::string all_types = number(4, 1) + "flag" + number(0, 1) + number(4, 1) + "none" + number(1, 1) +
                                number(4, 1) + "byte" + number(2, 1) + number(9, 1) + number(5, 1) + "short" +
                                number(3, 1) + number(9, 2) + number(3, 1) + "int" + number(4, 1) + number(9, 4) +
                                number(4, 1) + "long" + number(5, 1) + number(9, 8) + number(5, 1) + "bytes" +
                                number(6, 1) + number(3, 2) + "abc" + number(4, 1) + "time" + number(8, 1) +
                                number(9, 8) + number(4, 1) + "uuid" + number(9, 1) + std::string(16, 'u');
  const std::string bytes = event_frame("chunk", R"({"bytes":"e30="})") + event_frame("chunk", "") + frame("", "bare") +
                            frame(all_types + text_header(":message-type", "exception") +
                                      text_header(":exception-type", "throttlingException"),
                                  R"({"message":"slow down"})") +
                            frame(text_header(":message-type", "error") + text_header(":error-code", "500") +
                                      text_header(":error-message", "it broke"),
                                  "");
  const Outcome outcome = cut_every_split(bytes);
  CHECK(outcome.error == "");
  CHECK(outcome.frames == std::vector<std::string>{R"(event|chunk||{"bytes":"e30="})", "event|chunk||", "|||bare",
                                                   R"(exception|throttlingException||{"message":"slow down"})",
                                                   "error|500|it broke|"});
}

TEST_CASE("a frame that is cut off is none yet") {
  const std::string bytes = event_frame("chunk", "payload");
  CHECK(cut({std::string_view(bytes).substr(0, bytes.size() - 1)}) == Outcome{});
}

TEST_CASE("any damaged byte is found, and what stood before it is given") {
  const std::string before = event_frame("chunk", "first");
  const std::string second = event_frame("chunk", "second");
  for (std::size_t at = 0; at < second.size(); ++at) {
    CAPTURE(at);
    std::string damaged = second;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    const Outcome outcome = cut({before + damaged, event_frame("chunk", "third")});
    CHECK(outcome.frames == std::vector<std::string>{"event|chunk||first"});
    CHECK(outcome.error.find("checksum") != std::string::npos);
  }
  cut_every_split(before + second.substr(0, 20) + "?" + second.substr(21));
}

TEST_CASE("lengths that are right by their checksum are still not believed") {
  const auto said = [](std::size_t total, std::size_t headers) {
    return cut({test::with_checksum(number(total, 4) + number(headers, 4)) + std::string(64, 'x')}).error;
  };
  CHECK(said(5000, 0).find("larger than 4096") != std::string::npos);
  CHECK(said(0xffffffff, 0xffffffff).find("larger than 4096") != std::string::npos);
  CHECK(said(40, 25).find("contradict") != std::string::npos);
  CHECK(said(15, 0).find("contradict") != std::string::npos);
  for (const std::string& headers : {number(200, 1) + "short", number(1, 1) + "n" + number(7, 1) + number(99, 2) + "x",
                                     number(1, 1) + "n" + number(10, 1), number(1, 1) + "n"}) {
    CAPTURE(headers);
    CHECK(cut({frame(headers, "x")}).error.find("headers") != std::string::npos);
  }
}

TEST_CASE("a stream that broke stays broken") {
  http::EventStreamSplitter splitter;
  splitter.push(std::string(16, '\0'));
  CHECK_FALSE(splitter.next().ok());
  splitter.push(event_frame("chunk", "fine"));
  CHECK_FALSE(splitter.next().ok());
}
