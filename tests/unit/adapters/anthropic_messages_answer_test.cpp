#include "adapters/translators.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using llm::Dialect;
using Kind = llm::ProviderError::Kind;
using Reason = llm::Finish::Reason;

namespace {

const llm::Translator& messages() { return adapters::anthropic_messages_translator(); }

std::string encoded(std::vector<llm::Block> blocks, llm::Finish finish = {}, llm::Losses* losses = nullptr) {
  const llm::ChatRequest request{.dialect = Dialect::anthropic_messages, .model = "asked"};
  llm::Losses unseen;
  llm::Answer answer{.id = "chatcmpl-1", .model = "served"};
  answer.candidates.push_back({.blocks = std::move(blocks), .finish = std::move(finish)});
  answer.usage = TokenUsage{.input = 5, .cache_read = 3, .cache_write = 2, .output = 7, .reasoning = 4};
  std::string text = messages().encode_answer(answer, {.request = &request, .request_id = "req_1", .provider = "p"},
                                              losses ? *losses : unseen);
  CHECK(json::scan_object(text).ok());
  return text;
}
std::string content(const std::string& answer) { return std::string(json::View::of(answer)["content"].raw()); }
llm::Block text(std::string words) { return {.value = llm::Text{std::move(words)}}; }

}  // namespace

SCENARIO("an answer is read with its thinking, its calls and its counts") {
  const auto answer = messages().decode_answer(
      R"({"id":"msg_1","type":"message","role":"assistant","model":"c","content":[)"
      R"({"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"d"},)"
      R"({"type":"text","text":"caf\u00e9","citations":[{"type":"web","url":"u","title":"n","cited_text":"q"}]},)"
      R"({"type":"server_tool_use","id":"x","name":"web_search","input":{}},)"
      R"({"type":"tool_use","id":"toolu_1","name":"f","input":{"n": 1.0}}],)"
      R"("stop_reason":"tool_use","stop_sequence":null,)"
      R"("usage":{"input_tokens":5,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":7}})");
  REQUIRE(answer.ok());
  const auto& blocks = answer->candidates[0].blocks;
  REQUIRE(blocks.size() == 5);
  CHECK(blocks[0].as<llm::Thinking>()->seal->bytes == "s");
  CHECK(blocks[1].as<llm::Thinking>()->redacted);
  CHECK(blocks[2].as<llm::Text>()->citations[0].end == 4);
  CHECK(blocks[3].as<llm::Opaque>()->kind == "server_tool_use");
  CHECK(blocks[4].as<llm::ToolCall>()->arguments == R"({"n": 1.0})");
  CHECK(answer->candidates[0].finish.reason == Reason::tool);
  CHECK(answer->usage == TokenUsage{.input = 5, .cache_read = 3, .cache_write = 2, .output = 7});
}

SCENARIO("what is no message is no answer") {
  for (const char* body : {"", "{", "[]", "{}", R"({"content":"x"})", R"({"type":"error","error":{}})"})
    CHECK_FALSE(messages().decode_answer(body).ok());
}

SCENARIO("an answer is written in blocks, none of them empty") {
  const std::string answer =
      encoded({text("a"),
               text(""),
               text("b"),
               {.value = llm::ToolCall{.id = "call.1", .name = "f", .arguments = R"({"x":1e2})"}}},
              {.reason = Reason::tool});
  const json::View view = json::View::of(answer);
  CHECK(content(answer).starts_with(R"([{"type":"text","text":"ab"},{"type":"tool_use","id":"call_)"));
  CHECK(content(answer).ends_with(R"("name":"f","input":{"x":1e2}}])"));
  CHECK(view["stop_reason"].string() == "tool_use");
  CHECK(view["model"].string() == "served");
  CHECK(view["id"].string()->starts_with("msg_"));
  CHECK(view["usage"].raw() ==
        R"({"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":7,)"
        R"("output_tokens_details":{"thinking_tokens":4}})");
  CHECK(content(encoded({})) == "[]");
}

SCENARIO("seals of others go into the fields that clients send back, and say whose they are") {
  const llm::Seal seal{Dialect::gemini_generate, "", "sig"};
  const std::string answer = encoded({{.value = llm::Thinking{.text = "t", .seal = seal}},
                                      {.value = llm::Thinking{.redacted = true, .seal = seal}},
                                      {.value = llm::ToolCall{.id = "a", .name = "f", .arguments = "", .seal = seal}}});
  const std::string wrapped = llm::wrap({Dialect::gemini_generate, "p", "sig"});
  CHECK(content(answer) == R"([{"type":"thinking","thinking":"t","signature":")" + wrapped +
                               R"("},{"type":"redacted_thinking","data":")" + wrapped +
                               R"("},{"type":"redacted_thinking","data":")" + wrapped +
                               R"("},{"type":"tool_use","id":"a","name":"f","input":{}}])");
}

SCENARIO("a call that cannot be run is left out and told") {
  llm::Losses losses;
  const std::string answer = encoded({{.value = llm::ToolCall{.id = "a", .name = "f", .arguments = "{\"cut"}}},
                                     {.reason = Reason::length}, &losses);
  CHECK(content(answer) == "[]");
  CHECK(json::View::of(answer)["stop_reason"].string() == "max_tokens");
  CHECK(losses.losses().size() == 1);
}

SCENARIO("a refusal says so") {
  const std::string answer = encoded({{.value = llm::Refusal{"I will not."}}});
  CHECK(content(answer) == R"([{"type":"text","text":"I will not."}])");
  CHECK(json::View::of(answer)["stop_reason"].string() == "refusal");
}

SCENARIO("a full context is told in the words on which Claude Code compacts") {
  const auto told = [](std::string message) {
    const std::string body = messages().encode_provider_error(
        {.kind = Kind::context, .status = 400, .message = std::move(message)}, "req_1");
    CHECK(json::View::of(body)["request_id"].string() == "req_1");
    CHECK(json::View::of(body)["error"]["type"].string() == "invalid_request_error");
    return json::View::of(body)["error"]["message"].string().value_or("");
  };
  CHECK(told("maximum context length is 8192 tokens. However, you requested 9000 tokens.") ==
        "prompt is too long: 9000 tokens > 8192 maximum. maximum context length is 8192 tokens. However, you requested "
        "9000 tokens.");
  CHECK(told("maximum context length is 8192 tokens (5000 in the messages, 4000 in the completion)")
            .starts_with("input length and `max_tokens` exceed context limit: 5000 + 4000 > 8192. "));
  CHECK(told("full") == "prompt is too long. full");
  CHECK(told("prompt is too long: 9 tokens > 8 maximum") == "prompt is too long: 9 tokens > 8 maximum");
}

SCENARIO("each kind of error has the status and the type that Anthropic's clients expect") {
  struct Row {
    Kind kind;
    int status;
    int told;
    const char* type;
  };
  for (const Row& row :
       {Row{Kind::rate, 429, 429, "rate_limit_error"}, Row{Kind::quota, 402, 402, "billing_error"},
        Row{Kind::quota, 429, 429, "billing_error"}, Row{Kind::overloaded, 503, 529, "overloaded_error"},
        Row{Kind::invalid, 422, 422, "invalid_request_error"}, Row{Kind::server, 500, 500, "api_error"},
        Row{Kind::truncated, 0, 502, "api_error"}, Row{Kind::model_not_found, 404, 404, "not_found_error"}}) {
    const llm::ProviderError error{.kind = row.kind, .status = row.status, .message = "m"};
    CHECK(messages().status_of(error) == row.told);
    CHECK(messages().encode_provider_error(error, "r").find(row.type) != std::string::npos);
  }
}

SCENARIO("errors are read in whatever shape they come") {
  http::Headers headers;
  headers.add("retry-after", "12");
  const llm::ProviderError rate = messages().decode_error(
      429, R"({"type":"error","error":{"type":"rate_limit_error","message":"slow"},"request_id":"r"})", headers);
  CHECK(rate.kind == Kind::rate);
  CHECK(rate.message == "slow");
  CHECK(rate.retry_after_ms == 12'000);
  const auto message = [](int status, std::string_view body) {
    return messages().decode_error(status, body, {}).message;
  };
  CHECK(message(400, R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])") == "m");
  CHECK(message(400, R"({"error":"m"})") == "m");
  CHECK(message(403, R"({"message":"m"})") == "m");
  CHECK(message(422, R"({"detail":[{"msg":"m"}]})") == "m");
  CHECK(message(502, "<html>bad gateway</html>") == "<html>bad gateway</html>");
  CHECK(message(503, "") == "Service Unavailable");
  const llm::ProviderError google = messages().decode_error(
      429,
      R"({"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"XPerDay"}]},{"retryDelay":"34.4s"}]}})",
      {});
  CHECK(google.kind == Kind::quota);
  CHECK(google.retry_after_ms == 34'400);
  CHECK(messages().decode_error(429, R"({"error":{"message":"Please try again in 1m2.5s."}})", {}).retry_after_ms ==
        62'500);
  CHECK(
      messages().decode_error(0, R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})", {}).status ==
      529);
}

SCENARIO("a text's signature stands behind it") {
  const llm::Seal seal{Dialect::gemini_generate, "", "sig"};
  const std::string wrapped = llm::wrap({Dialect::gemini_generate, "p", "sig"});
  CHECK(content(encoded({{.value = llm::Text{.text = "so", .seal = seal}}})) ==
        R"([{"type":"text","text":"so"},{"type":"redacted_thinking","data":")" + wrapped + R"("}])");
}
