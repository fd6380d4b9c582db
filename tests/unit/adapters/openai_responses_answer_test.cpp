#include "adapters/translators.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using adapters::openai_responses_translator;
using llm::Block;
using llm::Dialect;

namespace {

/// A client's request and the answer to it.
struct Client {
  explicit Client(std::string text) : body(std::move(text)), object(json::scan_object(body)) {
    REQUIRE(object.ok());
    llm::Losses of_request;
    auto read = openai_responses_translator().decode_request(*object, {}, of_request);
    REQUIRE(read.ok());
    request = *std::move(read);
  }
  std::string answer(std::vector<Block> blocks, llm::Finish finish = {}) {
    llm::Answer answer{.id = "msg_1",
                       .model = "claude",
                       .usage = TokenUsage{.input = 5, .cache_read = 3, .cache_write = 2, .output = 7, .reasoning = 1}};
    answer.candidates.push_back({.blocks = std::move(blocks), .finish = std::move(finish)});
    std::string out = openai_responses_translator().encode_answer(
        answer, {.request = &request, .request_id = "req_abc", .provider = "p", .created_s = 9}, losses);
    CHECK(json::check_value(out).ok());
    return out;
  }
  std::string body;
  Result<json::Object> object;
  llm::ChatRequest request;
  llm::Losses losses;
};

std::string_view output(const std::string& answer) { return json::View::of(answer)["output"].raw(); }

llm::Answer decoded(std::string_view body) {
  auto answer = openai_responses_translator().decode_answer(body);
  REQUIRE(answer.ok());
  return *std::move(answer);
}

}  // namespace

SCENARIO("an answer repeats what the client asked, and counts in OpenAI's way") {
  Client client(
      R"({"model":"m","input":"x","instructions":"I","temperature":0.30,"tools":[{"type":"function","name":"f","parameters":{}}],"store":true})");
  const std::string answer = client.answer({{.value = llm::Text{.text = "Hi"}}});
  const json::View view = json::View::of(answer);
  CHECK(view["id"].string() == "resp_abc");
  CHECK(view["object"].string() == "response");
  CHECK(view["created_at"].integer() == 9);
  CHECK(view["status"].string() == "completed");
  CHECK(view["instructions"].string() == "I");
  CHECK(view["temperature"].raw() == "0.30");
  CHECK(view["tools"].raw() == R"([{"type":"function","name":"f","parameters":{}}])");
  CHECK(view["store"].raw() == "false");
  CHECK(
      view["usage"].raw() ==
      R"({"input_tokens":10,"input_tokens_details":{"cached_tokens":3,"cache_write_tokens":2},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":17})");
  CHECK(
      output(answer) ==
      R"([{"id":"msg_abcx0","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[],"logprobs":[]}]}])");
}

SCENARIO("neighbouring texts are one part, a refusal is its own, calls are items") {
  Client client(R"({"model":"m","input":"x"})");
  llm::Text cited{.text = "é!"};
  cited.citations = {{.start = 0, .end = 2, .url = "https://a.example", .title = "A"}};
  CHECK(
      output(client.answer({{.value = llm::Text{.text = "ab"}},
                            {.value = cited},
                            {.value = llm::ToolCall{.id = "toolu_1", .name = "f"}},
                            {.value = llm::Refusal{"no"}}})) ==
      R"([{"id":"msg_abcx0","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"abé!","annotations":[{"type":"url_citation","start_index":2,"end_index":4,"url":"https://a.example","title":"A"}],"logprobs":[]}]},{"id":"fc_abcx1","type":"function_call","status":"completed","call_id":"toolu_1","name":"f","arguments":"{}"},{"id":"msg_abcx2","type":"message","status":"completed","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}])");
}

SCENARIO("what a finish is called") {
  Client client(R"({"model":"m","input":"x"})");
  using Reason = llm::Finish::Reason;
  const auto status = [&](Reason reason, std::vector<Block> blocks) {
    const std::string answer = client.answer(std::move(blocks), {.reason = reason});
    const json::View view = json::View::of(answer);
    return view["status"].string().value_or("") + " " + std::string(view["incomplete_details"].raw());
  };
  CHECK(status(Reason::length, {}) == R"(incomplete {"reason":"max_output_tokens"})");
  CHECK(status(Reason::filter, {}) == R"(incomplete {"reason":"content_filter"})");
  CHECK(status(Reason::filter, {{.value = llm::Refusal{"no"}}}) == "completed null");
  CHECK(status(Reason::tool, {}) == "completed null");
  CHECK(status(Reason::other, {}) == "completed null");
}

SCENARIO(
    "a free-text tool that the provider knew as a function comes back as free text, a namespaced one under its own "
    "name") {
  Client client(
      R"({"model":"m","input":"x","tools":[{"type":"custom","name":"apply_patch"},{"type":"namespace","name":"agents","tools":[{"type":"function","name":"spawn","parameters":{}}]}]})");
  CHECK(
      output(client.answer(
          {{.value = llm::ToolCall{.id = "c1", .name = "apply_patch", .arguments = R"({"input":"*** Begin\n"})"}},
           {.value = llm::ToolCall{.id = "c2", .name = "spawn", .arguments = "{}"}}})) ==
      R"([{"id":"ctc_abcx0","type":"custom_tool_call","status":"completed","call_id":"c1","name":"apply_patch","input":"*** Begin\n"},{"id":"fc_abcx1","type":"function_call","status":"completed","call_id":"c2","name":"spawn","namespace":"agents","arguments":"{}"}])");
}

SCENARIO("seals of other makers come back from the client as they were") {
  Client client(R"({"model":"m","input":"x"})");
  const llm::Seal seal{Dialect::gemini_generate, "", "SIGNATURE"};
  const std::string answer =
      client.answer({{.value = llm::Thinking{.text = "t", .seal = llm::Seal{Dialect::anthropic_messages, "", "S"}}},
                     {.value = llm::Text{.text = "x", .seal = seal}},
                     {.value = llm::ToolCall{.id = "c1", .name = "f", .seal = seal}}});
  Client next(R"({"model":"m","input":)" + std::string(output(answer)) + "}");
  REQUIRE(next.request.turns.size() == 1);
  const auto& blocks = next.request.turns.front().blocks;
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].as<llm::Thinking>()->text == "t");
  CHECK(blocks[0].as<llm::Thinking>()->seal == llm::Seal{Dialect::anthropic_messages, "p", "S"});
  CHECK(blocks[1].as<llm::Text>()->seal == llm::Seal{Dialect::gemini_generate, "p", "SIGNATURE"});
  CHECK(blocks[2].as<llm::ToolCall>()->seal == llm::Seal{Dialect::gemini_generate, "p", "SIGNATURE"});
}

SCENARIO("an answer of OpenAI's: texts, refusals, reasoning, calls, what only it has") {
  const llm::Answer answer = decoded(
      R"({"id":"resp_1","object":"response","created_at":1764100000.5,"status":"completed","model":"gpt-x","output":[
      {"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"E"},
      {"type":"reasoning","id":"rs2","summary":[]},
      {"type":"web_search_call","id":"ws","status":"completed"},
      {"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi","annotations":[{"type":"url_citation","start_index":0,"end_index":2,"url":"u","title":"t"}],"logprobs":[{"token":"hi"}]},{"type":"refusal","refusal":"no"}]},
      {"type":"custom_tool_call","call_id":"c","name":"p","input":"raw"}],
      "usage":{"input_tokens":3,"output_tokens":4}})");
  CHECK(answer.created_s == 1764100000);
  CHECK(answer.usage == TokenUsage{.input = 3, .output = 4});
  const auto& candidate = answer.candidates.front();
  REQUIRE(candidate.blocks.size() == 5);
  CHECK(candidate.blocks[0].as<llm::Thinking>()->text == "a\n\nb");
  CHECK(candidate.blocks[0].as<llm::Thinking>()->seal->bytes == "E");
  CHECK(candidate.blocks[1].as<llm::Opaque>()->kind == "web_search_call");
  CHECK(candidate.blocks[2].as<llm::Text>()->citations.front().url == "u");
  CHECK(candidate.blocks[3].as<llm::Refusal>()->text == "no");
  CHECK(candidate.blocks[4].as<llm::ToolCall>()->custom);
  CHECK(candidate.finish.reason == llm::Finish::Reason::tool);
  CHECK(candidate.logprobs == R"([{"token":"hi"}])");
}

SCENARIO("unfinished and failed responses are told apart") {
  using Reason = llm::Finish::Reason;
  CHECK(decoded(R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]})")
            .candidates[0]
            .finish.reason == Reason::length);
  CHECK(decoded(R"({"status":"incomplete","incomplete_details":{"reason":"steered"},"output":[]})")
            .candidates[0]
            .finish.reason == Reason::other);
  for (const std::string_view body :
       {R"({"status":"failed","error":{"message":"boom"},"output":[]})", R"({"error":{}})", "[]", ""})
    CHECK_FALSE(openai_responses_translator().decode_answer(body).ok());
}
