#include "adapters/anthropic_messages/codec.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using adapters::anthropic_messages_codec;
using llm::EventKind;
using llm::Operation;

namespace {

EventKind see(llm::StreamTap& tap, std::string_view name, std::string_view data) {
  const std::string event = "event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n";
  return tap.on_event(http::parse_event(event));
}

std::string refused(Operation operation, std::string body) {
  const auto object = json::scan_object(body);
  REQUIRE(object.ok());
  const auto facts = anthropic_messages_codec().read_request(operation, *object);
  return facts ? "" : facts.error().param;
}

}  // namespace

SCENARIO("a stream's usage is what message_start said, as far as message_delta does not replace it") {
  const auto tap = adapters::anthropic_messages::make_stream_tap();
  CHECK(
      see(*tap, "message_start",
          R"({"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":9,"cache_read_input_tokens":5,"cache_creation_input_tokens":3,"output_tokens":1}}})") ==
      EventKind::content);
  CHECK(see(*tap, "ping", R"({"type":"ping"})") == EventKind::notice);
  CHECK(tap->heartbeat() == "event: ping\ndata: {\"type\": \"ping\"}\n\n");
  CHECK(see(*tap, "content_block_start",
            R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})") ==
        EventKind::content);
  CHECK(tap->heartbeat().find(R"("index":1,"delta":{"type":"text_delta","text":""})") != std::string::npos);
  CHECK(see(*tap, "content_block_stop", R"({"type":"content_block_stop","index":1})") == EventKind::content);
  CHECK(
      see(*tap, "message_delta",
          R"({"type":"message_delta","delta":{},"usage":{"input_tokens":11,"output_tokens":40,"output_tokens_details":{"thinking_tokens":7}}})") ==
      EventKind::content);
  CHECK_FALSE(tap->complete());
  CHECK(see(*tap, "message_stop", R"({"type":"message_stop"})") == EventKind::closing);
  CHECK(tap->complete());
  CHECK(tap->facts().usage == TokenUsage{.input = 11, .cache_read = 5, .cache_write = 3, .output = 40, .reasoning = 7});
  CHECK(tap->facts().model_served == "claude-x");
}

SCENARIO("an error event carries the status of its type") {
  const auto tap = adapters::anthropic_messages::make_stream_tap();
  CHECK(see(*tap, "error", R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})") ==
        EventKind::error);
  CHECK(tap->error_body().second == 529);
}

SCENARIO("the fields that the gateway reads are checked") {
  CHECK(refused(Operation::chat, R"({"max_tokens":1,"messages":[{}]})") == "model");
  CHECK(refused(Operation::chat, R"({"model":"m","max_tokens":1,"messages":[]})") == "messages");
  CHECK(refused(Operation::chat, R"({"model":"m","max_tokens":"1","messages":[{}]})") == "max_tokens");
  CHECK(refused(Operation::chat, R"({"model":"m","messages":[{}],"stream":"yes"})") == "stream");
  CHECK(refused(Operation::count_tokens, R"({"model":"m","messages":[{}]})").empty());
}

SCENARIO("errors have Anthropic's shape, with our request id") {
  CHECK(anthropic_messages_codec().encode_error(make_error(ErrorKind::unauthorized, "no API key"), "req_1") ==
        R"({"type":"error","error":{"type":"authentication_error","message":"no API key"},"request_id":"req_1"})");
  CHECK(anthropic_messages_codec().status_of(make_error(ErrorKind::overloaded, "full")) == 529);
  CHECK(anthropic_messages_codec()
            .encode_stream_error(make_error(ErrorKind::upstream_broken, "cut"), "r")
            .starts_with("event: error\ndata: {\"type\":\"error\""));
}
