#include "adapters/openai_chat/codec.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using adapters::openai_chat_codec;
using llm::EventKind;
using llm::Operation;

namespace {

TokenUsage usage(std::string_view text) {
  return adapters::openai_chat::read_usage(json::View::of(text)).value_or(TokenUsage{.input = -1});
}

std::string with_usage(std::string body) {
  const auto object = json::scan_object(body);
  REQUIRE(object.ok());
  const auto facts = openai_chat_codec().read_request(Operation::chat, *object);
  REQUIRE(facts.ok());
  std::vector<json::Edit> edits;
  openai_chat_codec().ask_for_usage(Operation::chat, *object, *facts, edits);
  return json::apply(body, edits);
}

std::string refused(Operation operation, std::string body) {
  const auto object = json::scan_object(body);
  REQUIRE(object.ok());
  const auto facts = openai_chat_codec().read_request(operation, *object);
  return facts ? "" : facts.error().param;
}

EventKind see(llm::StreamTap& tap, std::string_view event) { return tap.on_event(http::parse_event(event)); }

}  // namespace

SCENARIO("usage comes in disjoint buckets, whatever the vendor includes") {
  CHECK(
      usage(
          R"({"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":20},"completion_tokens_details":{"reasoning_tokens":4}})") ==
      TokenUsage{.input = 50, .cache_read = 30, .cache_write = 20, .output = 10, .reasoning = 4});
  CHECK(usage(R"({"prompt_tokens":10,"completion_tokens":2,"prompt_cache_hit_tokens":8})") ==
        TokenUsage{.input = 2, .cache_read = 8, .output = 2});
  // xAI leaves reasoning out of completion_tokens; the total tells
  CHECK(
      usage(
          R"({"prompt_tokens":10,"completion_tokens":2,"total_tokens":17,"completion_tokens_details":{"reasoning_tokens":5}})") ==
      TokenUsage{.input = 10, .output = 7, .reasoning = 5});
  CHECK(usage(R"({"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":9}})").input == 0);
  // reasoning is a part of output, whatever the provider says
  CHECK(usage(R"({"prompt_tokens":5,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":9}})")
            .reasoning == 3);
  CHECK(usage(R"({"prompt_tokens":0,"completion_tokens":0})") == TokenUsage{});
  CHECK(usage("null").input == -1);
  CHECK(usage("{}").input == -1);
}

SCENARIO("usage of a stream is asked for by an edit that leaves the rest alone") {
  const std::string head = R"({"model":"m", "messages":[], "stream":true)";
  CHECK(with_usage(head + "}") == head + R"(,"stream_options":{"include_usage":true}})");
  CHECK(with_usage(head + R"( ,"stream_options": {} })") == head + R"( ,"stream_options": {"include_usage":true} })");
  CHECK(with_usage(head + R"(,"stream_options":{"a":1}})") ==
        head + R"(,"stream_options":{"include_usage":true,"a":1}})");
  CHECK(with_usage(head + R"(,"stream_options":{"include_usage": false}})") ==
        head + R"(,"stream_options":{"include_usage": true}})");
  CHECK(with_usage(head + R"(,"stream_options":null})") == head + R"(,"stream_options":{"include_usage":true}})");
  CHECK(with_usage(head + R"(,"stream_options":{"include_usage":true}})") ==
        head + R"(,"stream_options":{"include_usage":true}})");
  CHECK(with_usage(R"({"model":"m","messages":[]})") == R"({"model":"m","messages":[]})");
}

SCENARIO("the fields that the gateway reads are checked by name, everything else is the provider's") {
  CHECK(refused(Operation::chat, R"({"messages":[]})") == "model");
  CHECK(refused(Operation::chat, R"({"model":"../x","messages":[]})") == "model");
  CHECK(refused(Operation::chat, R"({"model":"m","messages":[1]})") == "messages");
  CHECK(refused(Operation::chat, R"({"model":"m","messages":[],"stream":1})") == "stream");
  CHECK(refused(Operation::chat, R"({"model":"m","messages":[],"max_tokens":0})") == "max_tokens");
  CHECK(refused(Operation::chat, R"({"model":"m","messages":[],"n":1.5})") == "n");
  CHECK(refused(Operation::embeddings, R"({"model":"m","input":true})") == "input");
  CHECK(refused(Operation::embeddings, R"({"model":"m","input":[1,2]})").empty());
  CHECK(refused(Operation::chat, R"({"model":"m","messages":[{"role":"wizard"}],"temperature":"hot","new_field":{}})")
            .empty());
}

SCENARIO("a stream's events are told apart") {
  const auto tap = adapters::openai_chat::make_stream_tap(true);
  CHECK(see(*tap, ": OPENROUTER PROCESSING\n\n") == EventKind::notice);
  CHECK(
      see(*tap, "data: {\"model\":\"m-1\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n") ==
      EventKind::content);
  CHECK_FALSE(tap->complete());
  CHECK(see(*tap, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n") ==
        EventKind::content);
  CHECK(tap->complete());
  // usage beside choices is the client's to see
  CHECK(see(*tap, "data: {\"choices\":[{\"delta\":{}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n") ==
        EventKind::content);
  CHECK(see(*tap, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3}}\n\n") ==
        EventKind::hidden);
  CHECK(see(*tap, "data: [DONE]\n\n") == EventKind::closing);
  CHECK(tap->facts().usage->input == 2);
  CHECK(tap->facts().model_served == "m-1");

  const auto asked = adapters::openai_chat::make_stream_tap(false);
  CHECK(see(*asked, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3}}\n\n") ==
        EventKind::content);

  const auto failed = adapters::openai_chat::make_stream_tap(true);
  CHECK(see(*failed, "data: {\"error\":{\"message\":\"x\",\"code\":429}}\n\n") == EventKind::error);
  CHECK(failed->error_body().second == 429);
  // a text that speaks of errors is none
  CHECK(see(*failed, "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"error\\\": 1\"}}]}\n\n") == EventKind::content);
}

SCENARIO("errors have OpenAI's four members") {
  Error error = make_error(ErrorKind::model_not_found, "no provider", "Name one");
  error.param = "model";
  CHECK(
      openai_chat_codec().encode_error(error, "") ==
      R"({"error":{"message":"no provider. Name one","type":"invalid_request_error","param":"model","code":"model_not_found"}})");
  CHECK(openai_chat_codec().encode_stream_error(make_error(ErrorKind::upstream_broken, "cut"), "") ==
        "data: "
        "{\"error\":{\"message\":\"cut\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_broken\"}}\n\n");
}
