#include "adapters/openai_responses/codec.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using adapters::openai_responses_codec;
using llm::EventKind;
using llm::Operation;

namespace {

EventKind see(llm::StreamTap& tap, std::string_view name, std::string_view data) {
  std::string event;
  if (!name.empty()) event.append("event: ").append(name).append("\n");
  event.append("data: ").append(data).append("\n\n");
  return tap.on_event(http::parse_event(event));
}

std::string refused(Operation operation, std::string body) {
  const auto object = json::scan_object(body);
  REQUIRE(object.ok());
  const auto facts = openai_responses_codec().read_request(operation, *object);
  return facts ? "" : facts.error().param;
}

llm::AnswerFacts facts_of(Operation operation, std::string_view body) {
  const auto object = json::scan_answer(body);
  REQUIRE(object.has_value());
  return openai_responses_codec().read_answer(operation, *object);
}

constexpr std::string_view kCreated =
    R"({"type":"response.created","sequence_number":0,"response":{"id":"resp_7","created_at":1764100000,"model":"gpt-x","status":"in_progress","output":[],"usage":null}})";

}  // namespace

SCENARIO("usage comes in disjoint buckets") {
  const auto usage = adapters::openai_responses::read_usage(json::View::of(
      R"({"input_tokens":100,"input_tokens_details":{"cached_tokens":30,"cache_write_tokens":20},"output_tokens":10,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":110})"));
  CHECK(usage == TokenUsage{.input = 50, .cache_read = 30, .cache_write = 20, .output = 10, .reasoning = 4});
  CHECK_FALSE(adapters::openai_responses::read_usage(json::View::of("null")).has_value());
  CHECK_FALSE(adapters::openai_responses::read_usage(json::View::of("{}")).has_value());
}

SCENARIO("a stream tells its usage with its last event; what comes before content is no content") {
  const auto tap = adapters::openai_responses::make_stream_tap();
  CHECK(see(*tap, "response.created", kCreated) == EventKind::notice);
  CHECK(see(*tap, "response.output_text.delta", R"({"type":"response.output_text.delta","delta":"a"})") ==
        EventKind::content);
  CHECK_FALSE(tap->complete());
  CHECK(
      see(*tap, "response.completed",
          R"({"type":"response.completed","response":{"model":"gpt-x","usage":{"input_tokens":5,"output_tokens":2}}})") ==
      EventKind::closing);
  CHECK(tap->complete());
  CHECK(tap->facts().usage == TokenUsage{.input = 5, .output = 2});
  CHECK(tap->facts().model_served == "gpt-x");
  CHECK(tap->heartbeat() == ": hb\n\n");
}

SCENARIO("hosts that name no events are read by their types") {
  const auto tap = adapters::openai_responses::make_stream_tap();
  CHECK(see(*tap, "", kCreated) == EventKind::notice);
  CHECK(see(*tap, "", R"({"type":"response.incomplete","response":{"usage":{"input_tokens":5}}})") ==
        EventKind::closing);
  CHECK(see(*tap, "", "[DONE]") == EventKind::notice);
  CHECK(tap->complete());
}

SCENARIO("an error in the stream becomes a body with the status of its code") {
  for (const std::string_view data :
       {R"({"type":"error","error":{"type":"x","code":"rate_limit_exceeded","message":"slow","param":null}})",
        R"({"type":"error","code":"rate_limit_exceeded","message":"slow","param":null})"}) {
    const auto tap = adapters::openai_responses::make_stream_tap();
    CHECK(see(*tap, "error", data) == EventKind::error);
    const auto [body, status] = tap->error_body();
    CHECK(status == 429);
    CHECK(json::View::of(body)["error"]["message"].string() == "slow");
  }
  const auto tap = adapters::openai_responses::make_stream_tap();
  CHECK(see(*tap, "response.failed",
            R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"m"},"usage":null}})") ==
        EventKind::error);
  CHECK(tap->error_body() == std::pair<std::string, int>{R"({"error":{"code":"server_error","message":"m"}})", 500});
  CHECK(tap->complete());
}

SCENARIO("our own error continues the numbers of the events before it, in the two events that clients look for") {
  const auto tap = adapters::openai_responses::make_stream_tap();
  see(*tap, "response.created", kCreated);
  see(*tap, "response.output_text.delta", R"({"type":"response.output_text.delta","sequence_number": 41,"delta":"a"})");
  const std::string words = tap->error_event(make_error(ErrorKind::upstream_broken, "cut"), "req_1");
  CHECK(words.starts_with(
      R"(event: error)"
      "\n"
      R"(data: {"type":"error","sequence_number":42,"error":{"message":"cut","type":"server_error","param":null,"code":"upstream_broken"},"code":"upstream_broken","message":"cut","param":null})"
      "\n\n"
      R"(event: response.failed)"
      "\n"
      R"(data: {"type":"response.failed","sequence_number":43,"response":{"id":"resp_7",)"));
  CHECK(words.find(R"("status":"failed","error":{"code":"upstream_broken")") != std::string::npos);
}

SCENARIO("the fields that the gateway reads are checked") {
  CHECK(refused(Operation::chat, R"({"input":"x"})") == "model");
  CHECK(refused(Operation::chat, R"({"model":"m","input":5})") == "input");
  CHECK(refused(Operation::chat, R"({"model":"m","input":{}})") == "input");
  CHECK(refused(Operation::chat, R"({"model":"m","input":"x","max_output_tokens":1.5})") == "max_output_tokens");
  CHECK(refused(Operation::chat, R"({"model":"m","input":"x","stream":"x"})") == "stream");
  CHECK(refused(Operation::chat, R"({"model":"m","prompt":{"id":"pmpt_1"}})").empty());
}

SCENARIO("whole answers, failed ones too, are told from errors") {
  CHECK(facts_of(Operation::chat, R"({"output":[],"error":{"code":"server_error"},"status":"failed"})").is_answer);
  CHECK(facts_of(Operation::chat, R"({"error":{"code":"server_error"}})").error_type == "server_error");
  CHECK(facts_of(Operation::count_tokens, R"({"object":"response.input_tokens","input_tokens":11})").is_answer);
  CHECK(facts_of(Operation::passthrough, R"({"object":"response.compaction","output":[{}],"usage":{"input_tokens":3}})")
            .usage == TokenUsage{.input = 3});
}
