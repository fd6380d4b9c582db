#include "adapters/translators.hpp"
#include "base/base64.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using llm::Dialect;
using Reason = llm::Finish::Reason;

namespace {

const llm::Translator& gemini() { return adapters::gemini_generate_translator(); }

llm::Answer decoded(std::string_view body) {
  auto answer = gemini().decode_answer(body);
  REQUIRE(answer.ok());
  return *std::move(answer);
}

std::string encoded(const llm::Answer& answer) {
  llm::ChatRequest request;
  request.model = "asked-for";
  llm::Losses losses;
  const llm::AnswerContext context{.request = &request, .request_id = "req_1", .provider = "p"};
  return gemini().encode_answer(answer, context, losses);
}

llm::Answer answer_of(std::vector<llm::Block> blocks, Reason reason = Reason::stop) {
  llm::Answer answer{.id = "id1", .model = "m"};
  answer.candidates.push_back({.blocks = std::move(blocks), .finish = {.reason = reason}});
  return answer;
}

std::string parts_of(std::string_view body) {
  const auto candidate = json::first_element(json::View::of(body)["candidates"].raw());
  return std::string(json::View::of(*candidate)["content"]["parts"].raw());
}
std::string finish_of(std::string_view body) {
  const auto candidate = json::first_element(json::View::of(body)["candidates"].raw());
  return json::View::of(*candidate)["finishReason"].string().value_or("");
}

}  // namespace

SCENARIO("thoughts, texts, calls and their signatures are read in their order") {
  const llm::Answer got = decoded(R"({"candidates":[{"content":{"role":"model","parts":[
      {"text":"hm","thought":true},{"text":" so","thought":true},
      {"text":"a"},{"text":"b"},{"text":"","thoughtSignature":"c2ln"},
      {"functionCall":{"name":"f","args":{"x": 1.0}},"thoughtSignature":"Y2FsbA=="},
      {"functionCall":{"id":"7","name":"g"}},
      {"executableCode":{"code":"1"}}]},"finishReason":"STOP"}],
      "usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":3,"totalTokenCount":10},
      "modelVersion":"gemini-x","responseId":"r1"})");
  CHECK(got.id == "r1");
  CHECK(got.model == "gemini-x");
  CHECK(got.usage == TokenUsage{.input = 5, .cache_read = 0, .cache_write = 0, .output = 5, .reasoning = 3});
  const std::vector<llm::Block>& blocks = got.candidates.at(0).blocks;
  REQUIRE(blocks.size() == 5);
  CHECK(blocks[0].as<llm::Thinking>()->text == "hm so");
  CHECK(blocks[1].as<llm::Text>()->text == "ab");
  CHECK(blocks[1].as<llm::Text>()->seal->bytes == "c2ln");
  CHECK(blocks[2].as<llm::ToolCall>()->arguments == R"({"x": 1.0})");
  CHECK(blocks[2].as<llm::ToolCall>()->seal->bytes == "Y2FsbA==");
  CHECK(blocks[3].as<llm::ToolCall>()->id == "7");
  CHECK(blocks[3].as<llm::ToolCall>()->arguments == "{}");
  CHECK(blocks[4].as<llm::Opaque>()->kind == "executableCode");
  CHECK(got.candidates[0].finish.reason == Reason::tool);
}

SCENARIO("a signature with nothing before it is kept as a sealed thought") {
  const llm::Answer got = decoded(
      R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},{"text":"","thoughtSignature":"c2ln"}]},"finishReason":"STOP"}]})");
  const auto* sealed = got.candidates.at(0).blocks.at(1).as<llm::Thinking>();
  REQUIRE(sealed);
  CHECK(sealed->redacted);
  CHECK(sealed->seal == llm::Seal{Dialect::gemini_generate, "", "c2ln"});
}

SCENARIO("finish words have their meanings") {
  const auto reason = [](std::string_view word) {
    return decoded(R"({"candidates":[{"content":{"parts":[]},"finishReason":")" + std::string(word) + R"("}]})")
        .candidates.at(0)
        .finish.reason;
  };
  CHECK(reason("MAX_TOKENS") == Reason::length);
  CHECK(reason("CONTINUATION") == Reason::length);
  CHECK(reason("PROHIBITED_CONTENT") == Reason::filter);
  CHECK(reason("MALFORMED_FUNCTION_CALL") == Reason::other);
  CHECK(reason("NEWEST_WORD") == Reason::other);
}

SCENARIO("members that are null are not there") {
  const llm::Answer answer = decoded(
      R"({"candidates":[{"content":{"parts":[
        {"text":"hi","thought":null,"thoughtSignature":null,"functionCall":null,"executableCode":null}]}}]})");
  REQUIRE(answer.candidates.at(0).blocks.size() == 1);
  const auto* text = answer.candidates[0].blocks[0].as<llm::Text>();
  REQUIRE(text);
  CHECK(text->text == "hi");
  CHECK_FALSE(text->seal);
}

SCENARIO("a blocked prompt is an answer without content, an error is none") {
  const llm::Answer blocked = decoded(R"({"promptFeedback":{"blockReason":"SAFETY"}})");
  CHECK(blocked.candidates.at(0).finish.reason == Reason::filter);
  CHECK(blocked.candidates[0].finish.detail == "SAFETY");
  CHECK_FALSE(gemini().decode_answer(R"({"error":{"code":503}})").ok());
  CHECK_FALSE(gemini().decode_answer("<html>").ok());
  CHECK(decoded(R"({"response":{"candidates":[{"finishReason":"STOP"}]}})").candidates.size() == 1);
}

SCENARIO("sources are citations of the text that they support") {
  const llm::Answer got = decoded(
      R"({"candidates":[{"content":{"parts":[{"text":"Çok güzel. It rains."}]},"finishReason":"STOP","groundingMetadata":{
      "groundingChunks":[{"web":{"uri":"https://a.test","title":"A"}}],
      "groundingSupports":[{"segment":{"startIndex":13,"endIndex":22,"text":"It rains."},"groundingChunkIndices":[0,9]}]}}]})");
  const std::vector<llm::Citation>& citations = got.candidates.at(0).blocks.at(0).as<llm::Text>()->citations;
  REQUIRE(citations.size() == 1);
  CHECK(citations[0].url == "https://a.test");
  CHECK(citations[0].start == 11);
  CHECK(citations[0].end == 20);
}

SCENARIO("an answer is written with one finish, the counts and the ids") {
  llm::Answer answer = answer_of({{.value = llm::Text{"hi \xE2\x80\xA8"}}}, Reason::length);
  answer.usage = TokenUsage{.input = 5, .cache_read = 4, .cache_write = 1, .output = 7, .reasoning = 3};
  CHECK(
      encoded(answer) ==
      R"({"candidates":[{"content":{"parts":[{"text":"hi \u2028"}],"role":"model"},"finishReason":"MAX_TOKENS","index":0}],)"
      R"("usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"candidatesTokenCount":4,"thoughtsTokenCount":3,"totalTokenCount":17},)"
      R"("modelVersion":"m","responseId":"id1"})");
}

SCENARIO("an answer without blocks has an empty part, never none") {
  CHECK(parts_of(encoded(answer_of({}, Reason::filter))) == R"([{"text":""}])");
  CHECK(finish_of(encoded(answer_of({}, Reason::filter))) == "SAFETY");
}

SCENARIO("a seal goes out wrapped: a thought's on the thought, one without a text on the next part") {
  const llm::Seal seal{Dialect::anthropic_messages, "", "sig"};
  const std::string carried = base64::encode(llm::wrap({Dialect::anthropic_messages, "p", "sig"}));
  CHECK(parts_of(encoded(answer_of(
            {{.value = llm::Thinking{.text = "hm", .redacted = false, .seal = seal}}, {.value = llm::Text{"so"}}}))) ==
        R"([{"text":"hm","thought":true,"thoughtSignature":")" + carried + R"("},{"text":"so"}])");
  CHECK(parts_of(encoded(answer_of({{.value = llm::Thinking{.text = "", .redacted = true, .seal = seal}},
                                    {.value = llm::ToolCall{.id = "a", .name = "f", .arguments = ""}}}))) ==
        R"([{"functionCall":{"name":"f","args":{},"id":"a"},"thoughtSignature":")" + carried + R"("}])");
  CHECK(parts_of(encoded(answer_of({{.value = llm::Thinking{.text = "", .redacted = true, .seal = seal}}}))) ==
        R"([{"text":"","thoughtSignature":")" + carried + R"("}])");
}

SCENARIO("a call whose arguments are no object is not given to an agent") {
  const std::string got =
      encoded(answer_of({{.value = llm::ToolCall{.id = "a", .name = "f", .arguments = R"({"x":)"}}}, Reason::tool));
  CHECK(parts_of(got) == R"([{"text":""}])");
  CHECK(finish_of(got) == "MALFORMED_FUNCTION_CALL");
}

SCENARIO("log probabilities go both ways") {
  const llm::Answer got = decoded(
      R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","logprobsResult":{
      "chosenCandidates":[{"token":"a","logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"b","logProbability":-2}]}]}}]})");
  CHECK(got.candidates.at(0).logprobs ==
        R"([{"token":"a","logprob":-0.5,"bytes":null,"top_logprobs":[{"token":"b","logprob":-2,"bytes":null}]}])");
  CHECK(
      encoded(got).find(
          R"("logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"b","logProbability":-2}]}]})") !=
      std::string::npos);
}

SCENARIO("errors keep the provider's words, with Google's status and the time to wait") {
  llm::ProviderError error;
  error.kind = llm::ProviderError::Kind::rate;
  error.status = 429;
  error.message = "Slow down.";
  error.retry_after_ms = 1'500;
  CHECK(gemini().status_of(error) == 429);
  CHECK(
      gemini().encode_provider_error(error, "req_1") ==
      R"({"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.500s"}]}})");
  error.kind = llm::ProviderError::Kind::quota;
  CHECK(gemini().encode_provider_error(error, "").find("PerDay") != std::string::npos);
}

SCENARIO("Google's errors are read with their reason and delay") {
  const llm::ProviderError error = gemini().decode_error(
      429,
      R"([{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[
      {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinute"}]},
      {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}])",
      {});
  CHECK(error.kind == llm::ProviderError::Kind::rate);
  CHECK(error.message == "Quota exceeded");
  CHECK(error.retry_after_ms == 34'400);
}
