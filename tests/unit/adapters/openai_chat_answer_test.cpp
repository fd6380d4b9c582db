#include "adapters/translators.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace aigw;
using llm::Dialect;
using Reason = llm::Finish::Reason;

namespace {

const llm::Translator& chat() { return adapters::openai_chat_translator(); }

/// An answer with that message and finish.
llm::Answer decoded(std::string_view message, std::string_view finish = "stop", std::string_view more = "") {
  std::string body = R"({"id":"c1","model":"m","created":5,"choices":[{"index":0,"message":)";
  body.append(message).append(R"(,"finish_reason":")").append(finish).append("\"}]").append(more).append("}");
  auto answer = chat().decode_answer(body);
  REQUIRE(answer.ok());
  return *std::move(answer);
}

const llm::ChatRequest& request() {
  static const llm::ChatRequest request{.dialect = Dialect::openai_chat, .model = "asked"};
  return request;
}

std::string encoded(const llm::Answer& answer, const llm::ChatRequest& asked = request()) {
  llm::Losses losses;
  return chat().encode_answer(answer, {.request = &asked, .request_id = "req_1", .provider = "p", .created_s = 7},
                              losses);
}

std::string member(const std::string& body, std::string_view name) {
  std::string out;
  json::View::of(body)["choices"].each([&](json::View choice) { out = choice["message"][name].raw(); });
  return out;
}

}  // namespace

SCENARIO("reasoning comes before the text, whatever its host calls it, and only once") {
  for (const std::string_view message :
       {R"({"role":"assistant","content":"so","reasoning_content":"why"})",
        R"({"content":"so","reasoning":"why","reasoning_details":[{"type":"reasoning.text","text":"why"}]})",
        R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"why"}]},{"type":"text","text":"so"}]})"}) {
    const llm::Answer answer = decoded(message);
    REQUIRE(answer.candidates.at(0).blocks.size() == 2);
    CHECK(answer.candidates[0].blocks[0].as<llm::Thinking>()->text == "why");
    CHECK(answer.candidates[0].blocks[1].as<llm::Text>()->text == "so");
  }
}

SCENARIO("an answer that calls tools is finished by its calls") {
  const llm::Answer answer = decoded(R"({"content":"","tool_calls":[
      {"id":"a","function":{"name":"f","arguments":{"x":1}}},{"id":"b","function":{"name":"g","arguments":""}}]})");
  const llm::Candidate& candidate = answer.candidates.at(0);
  CHECK(candidate.finish.reason == Reason::tool);
  REQUIRE(candidate.blocks.size() == 2);
  CHECK(candidate.blocks[0].as<llm::ToolCall>()->arguments == R"({"x":1})");
  CHECK(candidate.blocks[1].as<llm::ToolCall>()->arguments == "{}");
  CHECK(decoded(R"({"content":"a"})", "tool_calls").candidates[0].finish.reason == Reason::stop);
}

SCENARIO("usage stands where the host puts it") {
  CHECK(
      decoded(R"({"content":"a"})", "stop", R"(,"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":2}})").usage ==
      TokenUsage{.input = 3, .output = 2});
}

SCENARIO("what is no completion is no answer") {
  for (const std::string_view body : {"", "<html>", "[]", "{}", R"({"choices":[]})", R"({"error":{"message":"no"}})"})
    CHECK_FALSE(chat().decode_answer(body).ok());
}

SCENARIO("an answer has all that a client insists on") {
  llm::Answer answer{.id = "msg_1"};
  answer.candidates.push_back({.blocks = {{.value = llm::Text{.text = "a"}}}});
  answer.usage = TokenUsage{.input = 1, .cache_read = 2, .cache_write = 3, .output = 4, .reasoning = 2};
  CHECK(encoded(answer) ==
        R"({"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"asked","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"a","refusal":null},"logprobs":null,"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":6,"completion_tokens":4,"total_tokens":10,)"
        R"("prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":3,"audio_tokens":0},)"
        R"("completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":0}}})");
}

SCENARIO("each call has an id of its own") {
  llm::Answer answer;
  answer.candidates.push_back({.finish = {.reason = Reason::tool}});
  for (const char* id : {"", "", "toolu_1", "toolu_1"})
    answer.candidates[0].blocks.push_back({.value = llm::ToolCall{.id = id, .name = "f", .arguments = "{}"}});
  std::vector<std::string> ids;
  json::View::of(member(encoded(answer), "tool_calls")).each([&](json::View call) {
    ids.push_back(call["id"].string().value_or(""));
  });
  REQUIRE(ids.size() == 4);
  CHECK(ids[2] == "toolu_1");
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

SCENARIO("seals of thinking and calls come back with the client's history") {
  llm::Answer answer;
  answer.candidates.push_back({});
  auto& blocks = answer.candidates[0].blocks;
  const llm::Seal first{Dialect::anthropic_messages, "", "s1"}, second{Dialect::anthropic_messages, "", "s2"};
  blocks.push_back({.value = llm::Thinking{.text = "one", .seal = first}});
  blocks.push_back({.value = llm::Thinking{.redacted = true, .seal = second}});
  blocks.push_back({.value = llm::Thinking{.text = "two", .seal = second}});
  blocks.push_back({.value = llm::ToolCall{
                        .id = "a", .name = "f", .arguments = "{}", .seal = {{Dialect::gemini_generate, "", "g"}}}});
  std::string message = member(encoded(answer), "role");
  json::View::of(encoded(answer))["choices"].each([&](json::View choice) { message = choice["message"].raw(); });

  const std::string body = R"({"model":"m","messages":[)" + message + "]}";
  const auto object = json::scan_object(body);
  REQUIRE(object.ok());
  llm::Losses losses;
  const auto back = chat().decode_request(*object, {}, losses);
  REQUIRE(back.ok());
  const auto& returned = back->turns.at(0).blocks;
  REQUIRE(returned.size() == 4);
  CHECK(returned[0].as<llm::Thinking>()->text == "one");
  CHECK(returned[0].as<llm::Thinking>()->seal == llm::Seal{Dialect::anthropic_messages, "p", "s1"});
  CHECK(returned[1].as<llm::Thinking>()->redacted);
  CHECK(returned[2].as<llm::Thinking>()->text == "two");
  CHECK(returned[3].as<llm::ToolCall>()->seal == llm::Seal{Dialect::gemini_generate, "p", "g"});
  CHECK(losses.empty());
}

SCENARIO("a client of `functions` is answered in their form") {
  llm::ChatRequest legacy{.dialect = Dialect::openai_chat, .model = "m", .legacy_functions = true};
  llm::Answer answer;
  answer.candidates.push_back({.blocks = {{.value = llm::ToolCall{.id = "a", .name = "f", .arguments = "{}"}}},
                               .finish = {.reason = Reason::tool}});
  CHECK(member(encoded(answer, legacy), "function_call") == R"({"name":"f","arguments":"{}"})");
  CHECK(encoded(answer, legacy).find(R"("finish_reason":"function_call")") != std::string::npos);
}

SCENARIO("a provider's error keeps its words and gets a client's code") {
  const llm::ProviderError error = chat().decode_error(
      400, R"({"error":{"message":"This model's maximum context length is 8192 tokens","code":null}})", {});
  CHECK(error.kind == llm::ProviderError::Kind::context);
  CHECK(chat().status_of(error) == 400);
  CHECK(chat().encode_provider_error(error, "req_1") ==
        R"({"error":{"message":"This model's maximum context length is 8192 tokens",)"
        R"("type":"invalid_request_error","param":null,"code":"context_length_exceeded"}})");
}

SCENARIO("a text's signature travels beside it and stands before it when the client sends it back") {
  const llm::Seal seal{Dialect::gemini_generate, "", "sig"};
  const std::string details = member(
      encoded({.candidates = {{.blocks = {{.value = llm::Text{.text = "so", .seal = seal}}}}}}), "reasoning_details");
  const std::string history =
      R"({"model":"m","messages":[{"role":"user","content":"go"},{"role":"assistant","content":"so","reasoning_details":)" +
      details + "}]}";
  const auto object = json::scan_object(history);
  REQUIRE(object.ok());
  llm::Losses losses;
  const auto request_again = chat().decode_request(*object, {}, losses);
  REQUIRE(request_again.ok());
  const auto& blocks = request_again->turns.at(1).blocks;
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].as<llm::Thinking>()->seal == llm::Seal{Dialect::gemini_generate, "p", "sig"});
  CHECK(blocks[0].as<llm::Thinking>()->text.empty());
  CHECK(blocks[1].as<llm::Text>()->text == "so");
}
