#include "adapters/gemini_generate/codec.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using adapters::gemini_generate_codec;
using llm::EventKind;
using llm::Operation;
using Framing = llm::RequestFacts::Framing;

namespace {

std::string refused(Operation operation, std::string body) {
  const auto object = json::scan_object(body);
  REQUIRE(object.ok());
  const auto facts = gemini_generate_codec().read_request(operation, *object);
  return facts ? "" : facts.error().param;
}

EventKind see(llm::StreamTap& tap, std::string_view data) {
  return tap.on_event(http::parse_event("data: " + std::string(data) + "\r\n\r\n"));
}

}  // namespace

SCENARIO("the fields that the gateway reads are checked, in both spellings") {
  CHECK(refused(Operation::chat, R"({})") == "contents");
  CHECK(refused(Operation::chat, R"({"contents":"x"})") == "contents");
  CHECK(refused(Operation::chat, R"({"contents":[null]})") == "contents");
  CHECK(refused(Operation::chat, R"({"contents":[{}],"generationConfig":"x"})") == "generationConfig");
  CHECK(refused(Operation::chat, R"({"contents":[{}],"generation_config":1})") == "generation_config");
  CHECK(refused(Operation::chat, R"({"contents":{"parts":{"text":"x"}}})").empty());
  CHECK(refused(Operation::count_tokens, R"({"generateContentRequest":{"contents":[]}})").empty());
  CHECK(refused(Operation::count_tokens, R"({})") == "contents");
  CHECK(refused(Operation::embeddings, R"({"content":{"parts":[{"text":"x"}]}})").empty());
  CHECK(refused(Operation::embeddings, R"({"requests":[{}]})").empty());
  CHECK(refused(Operation::embeddings, R"({"requests":"x"})") == "requests");
  CHECK(refused(Operation::embeddings, R"({})") == "content");
}

SCENARIO("one field in both spellings is refused: the gateway and the provider could read different ones") {
  CHECK(refused(Operation::chat, R"({"contents":[{}],"generationConfig":{},"generation_config":{}})") ==
        "generation_config");
  CHECK(
      refused(Operation::chat, R"({"contents":[{}],"generationConfig":{"maxOutputTokens":1,"max_output_tokens":9}})") ==
      "generationConfig");
  CHECK(refused(Operation::chat, R"({"contents":[{}],"generation_config":{"topK":1,"top_p":0.5}})").empty());
}

SCENARIO("usage is counted in disjoint buckets") {
  const auto read = [](std::string_view text) { return adapters::gemini_generate::read_usage(json::View::of(text)); };
  CHECK(
      read(
          R"({"promptTokenCount":10,"cachedContentTokenCount":4,"toolUsePromptTokenCount":3,"candidatesTokenCount":5,"thoughtsTokenCount":2,"totalTokenCount":20})") ==
      TokenUsage{.input = 9, .cache_read = 4, .cache_write = 0, .output = 7, .reasoning = 2});
  CHECK_FALSE(read(R"({"trafficType":"ON_DEMAND"})"));
  CHECK_FALSE(read("null"));
  const auto object = json::scan_answer(R"({"embeddings":[{"values":[1]}],"usageMetadata":{"promptTokenCount":7}})");
  const auto facts = gemini_generate_codec().read_answer(Operation::embeddings, *object);
  CHECK(facts.is_answer);
  CHECK(facts.usage == TokenUsage{.input = 7});
}

SCENARIO("of a stream the last counts hold, and a finish reason makes it complete") {
  const auto tap = adapters::gemini_generate::make_stream_tap(Framing::sse);
  CHECK(
      see(*tap,
          R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"modelVersion":"g-1","usageMetadata":{"promptTokenCount":169,"candidatesTokenCount":9,"totalTokenCount":178}})") ==
      EventKind::content);
  CHECK_FALSE(tap->complete());
  CHECK(see(*tap, R"({"candidates":[{"content":{}}],"usageMetadata":{"trafficType":"ON_DEMAND"}})") ==
        EventKind::content);
  CHECK(
      see(*tap,
          R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":79,"totalTokenCount":79}})") ==
      EventKind::content);
  CHECK(tap->complete());
  CHECK(tap->facts().usage == TokenUsage{.input = 79});
  CHECK(tap->facts().model_served == "g-1");
}

SCENARIO("a blocked prompt is a complete answer, an error is none") {
  const auto blocked = adapters::gemini_generate::make_stream_tap(Framing::sse);
  CHECK(see(*blocked, R"({"promptFeedback":{"blockReason":"SAFETY"}})") == EventKind::content);
  CHECK(blocked->complete());
  const auto failed = adapters::gemini_generate::make_stream_tap(Framing::sse);
  CHECK(see(*failed, R"({"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}})") == EventKind::error);
  CHECK(failed->error_body().second == 503);
  CHECK(failed->facts().error_type == "UNAVAILABLE");
  CHECK_FALSE(failed->complete());
}

SCENARIO("what keeps a stream alive is a blank line: Google's SDKs raise on comments") {
  CHECK(adapters::gemini_generate::make_stream_tap(Framing::sse)->heartbeat() == "\r\n");
}

SCENARIO("in an array an error of ours is its last element") {
  const auto error = make_error(ErrorKind::upstream_broken, "cut");
  const auto tap = adapters::gemini_generate::make_stream_tap(Framing::json_array);
  CHECK(tap->framing() == Framing::json_array);
  CHECK(tap->error_event(error, "").starts_with(R"([{"error":{"code":502)"));
  CHECK(tap->on_event({.raw = "[{}", .event = {}, .data = "{}", .has_data = true}) == EventKind::content);
  CHECK(tap->error_event(error, "").starts_with(",\r\n{\"error\":"));
  CHECK(tap->error_event(error, "").ends_with("}]"));
  CHECK(tap->on_event({.raw = "\n]", .event = {}, .data = {}, .has_data = false}) == EventKind::closing);
}

SCENARIO("errors have Google's shape and say when to try again") {
  Error error = make_error(ErrorKind::bad_request, "'contents' is missing", "Add it");
  error.param = "contents";
  CHECK(
      gemini_generate_codec().encode_error(error, "req_1") ==
      R"({"error":{"code":400,"message":"'contents' is missing. Add it","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"bad_request","domain":"aigw"},{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents","description":"'contents' is missing. Add it"}]}]}})");
  const std::string full = gemini_generate_codec().encode_error(make_error(ErrorKind::overloaded, "full"), "");
  CHECK(full.find(R"("status":"UNAVAILABLE")") != std::string::npos);
  CHECK(full.find(R"("retryDelay":"1s")") != std::string::npos);
  const std::string event =
      gemini_generate_codec().encode_stream_error(make_error(ErrorKind::upstream_broken, "cut \xE2\x80\xA8 here"), "");
  CHECK(event.starts_with(R"(data: {"error":{"code":502,"message":"cut \u2028 here")"));
  CHECK(event.ends_with("}\r\n\r\n"));
}

SCENARIO("models are listed under the names that Google's clients ask for") {
  const llm::ModelView model{
      .id = "gemini-2.5-flash", .owner = "gemini", .context_tokens_max = 1'048'576, .output_tokens_max = 65'536};
  CHECK(
      gemini_generate_codec().encode_models({&model, 1}) ==
      R"({"models":[{"name":"models/gemini-2.5-flash","displayName":"gemini-2.5-flash","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens"]}]})");
}
