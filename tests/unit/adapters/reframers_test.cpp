#include "adapters/reframers.hpp"

#include "base/base64.hpp"
#include "tests/support/event_frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;

namespace {

constexpr std::string_view kEventStream = "application/vnd.amazon.eventstream";

std::string chunk(std::string_view data) {
  return test::event_frame("chunk", R"({"bytes":")" + base64::encode(data) + R"(","p":"abcdefgh"})");
}

struct Outcome {
  std::string events = {};
  bool ok = true;
  bool operator==(const Outcome&) const = default;
};

Outcome reframed(std::string_view bytes, std::size_t part_bytes) {
  const auto reframer = adapters::reframer_of(kEventStream);
  REQUIRE(reframer);
  Outcome out;
  for (std::size_t at = 0; at < bytes.size() && out.ok; at += part_bytes)
    out.ok = reframer->feed(bytes.substr(at, part_bytes), out.events).ok();
  return out;
}

/// The same for the whole, for single bytes and for pieces between.
Outcome reframed(std::string_view bytes) {
  const Outcome whole = reframed(bytes, bytes.size());
  for (const std::size_t part_bytes : {1, 7, 100}) CHECK(reframed(bytes, part_bytes) == whole);
  return whole;
}

}  // namespace

TEST_CASE("answers of other media types are left as they are") {
  CHECK_FALSE(adapters::reframer_of("text/event-stream"));
  CHECK_FALSE(adapters::reframer_of("application/json"));
  CHECK_FALSE(adapters::reframer_of(""));
}

TEST_CASE("chunks of Bedrock become the events that they hold") {
  const Outcome out =
      reframed(chunk(R"({"type":"message_start","message":{}})") + test::event_frame("initial", "{}") +
               chunk("{\"type\":\"message_stop\",\r\n\"amazon-bedrock-invocationMetrics\":{}}") + chunk("{}"));
  CHECK(out.ok);
  CHECK(out.events ==
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n"
        "event: message_stop\ndata: {\"type\":\"message_stop\",  \"amazon-bedrock-invocationMetrics\":{}}\n\n"
        "data: {}\n\n");
}

TEST_CASE("exceptions of Bedrock become error events of Anthropic's kinds") {
  struct Case {
    std::string_view exception;
    std::string_view type;
  };
  for (const Case& c :
       {Case{"throttlingException", "rate_limit_error"}, Case{"validationException", "invalid_request_error"},
        Case{"accessDeniedException", "permission_error"}, Case{"modelTimeoutException", "timeout_error"},
        Case{"serviceUnavailableException", "overloaded_error"}, Case{"modelStreamErrorException", "api_error"},
        Case{"internalServerException", "api_error"}, Case{"somethingNewException", "api_error"}}) {
    CAPTURE(c.exception);
    const Outcome out = reframed(test::exception_frame(c.exception, R"({"message":"Too many \"tokens\""})"));
    CHECK(out.ok);
    CHECK(out.events == "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"" + std::string(c.type) +
                            "\",\"message\":\"Too many \\\"tokens\\\"\"},\"request_id\":\"\"}\n\n");
  }
  const Outcome unmodeled =
      reframed(test::frame(test::text_header(":message-type", "error") + test::text_header(":error-code", "500") +
                               test::text_header(":error-message", "it broke"),
                           ""));
  CHECK(unmodeled.events.find("it broke") != std::string::npos);
}

TEST_CASE("what is no chunk ends the stream with an error, behind what was good") {
  const std::string good = chunk(R"({"type":"ping"})");
  const std::string events = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
  for (const std::string& bad : {test::event_frame("chunk", "{}"), test::event_frame("chunk", R"({"bytes":"*"})"),
                                 chunk(R"({"type":"x\ndata: y"})"), std::string(20, 'x')})
    CHECK(reframed(good + bad) == Outcome{events, false});
}
