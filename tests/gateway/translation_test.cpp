#include "llm/seal.hpp"
#include "scripted_exchange.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace aigw;
using namespace aigw::test;
using ledger::Outcome;

namespace {

const std::vector<std::pair<std::string, std::string>> kJson = {{"content-type", "application/json"},
                                                                {"x-request-id", "theirs"}};
const std::vector<std::pair<std::string, std::string>> kSse = {{"content-type", "text/event-stream"}};

const std::string kAskClaude = R"({"model":"claude/claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}]})";
const std::string kAskClaudeStream =
    R"({"model":"claude/claude-sonnet-4-5","stream":true,"messages":[{"role":"user","content":"hi"}]})";
const std::string kMessage =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"cache_read_input_tokens":3,"cache_creation_input_tokens":0,"output_tokens":2}})";
const std::string kMessageStart =
    "event: message_start\ndata: "
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":1}}})"
    "\n\n";
const std::string kBlock =
    "event: content_block_start\ndata: "
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
    "\n\nevent: content_block_delta\ndata: "
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ok"}})"
    "\n\n";
const std::string kEnd =
    "event: content_block_stop\ndata: "
    R"({"type":"content_block_stop","index":0})"
    "\n\nevent: message_delta\ndata: "
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}})"
    "\n\nevent: message_stop\ndata: "
    R"({"type":"message_stop"})"
    "\n\n";

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

SCENARIO("a chat client is served by a provider that speaks messages only") {
  ScriptedExchange exchange("/v1/chat/completions", kAskClaude);
  exchange.header("openai-organization", "org-1");
  REQUIRE(exchange.start().kind == Step::Kind::call);
  CHECK(exchange.upstream_head().starts_with("POST /v1/messages HTTP/1.1\r\nhost: claude.test\r\nx-api-key: "));
  CHECK(has(exchange.upstream_head(), "anthropic-version: 2023-06-01\r\n"));
  CHECK_FALSE(has(exchange.upstream_head(), "openai-organization"));
  CHECK(has(exchange.upstream_body(), R"("model":"claude-sonnet-4-5")"));
  exchange.answer_head(200, kJson);
  exchange.answer_bytes(kMessage, true);
  REQUIRE(exchange.finished());
  CHECK(has(exchange.client_body(), R"("object":"chat.completion")"));
  CHECK(has(exchange.client_body(), R"("content":"ok")"));
  CHECK(has(exchange.client_body(), R"("prompt_tokens":10)"));
  CHECK(has(exchange.client_bytes(), "content-type: application/json\r\n"));
  CHECK(has(exchange.client_bytes(), "x-aigw-upstream-request-id: theirs\r\n"));
  REQUIRE(exchange.rows().size() == 1);
  const auto& row = exchange.rows()[0];
  CHECK(row.outcome == Outcome::succeeded);
  CHECK(row.client_bytes_before == 0);
  CHECK(row.tokens == TokenUsage{.input = 7, .cache_read = 3, .cache_write = 0, .output = 2, .reasoning = 0});
  CHECK(row.model_served == "claude-sonnet-4-5-20250929");
}

SCENARIO("a provider that speaks the client's dialect is asked in it, translated or not") {
  ScriptedExchange exchange(
      "/v1/messages",
      R"({"model":"claude/claude-sonnet-4-5","max_tokens":5,"messages":[{"role":"user","content":"hi"}]})");
  REQUIRE(exchange.start().kind == Step::Kind::call);
  CHECK(exchange.upstream_body() ==
        R"({"model":"claude-sonnet-4-5","max_tokens":5,"messages":[{"role":"user","content":"hi"}]})");
}

SCENARIO("what is lost is told in a header and kept in the row; a strict client is refused instead") {
  const std::string lossy =
      R"({"model":"claude/claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}],"logit_bias":{"1":5},"frequency_penalty":0.5})";
  GIVEN("a client that takes losses") {
    ScriptedExchange exchange("/v1/chat/completions", lossy);
    exchange.start();
    exchange.answer_head(200, kJson);
    exchange.answer_bytes(kMessage, true);
    CHECK(has(exchange.client_bytes(), "x-aigw-lost: "));
    CHECK(has(exchange.client_bytes(), "logit_bias:"));
    CHECK(has(exchange.rows()[0].lost, "logit_bias: "));
    CHECK(has(exchange.rows()[0].lost, "frequency_penalty: "));
  }
  GIVEN("a strict one") {
    ScriptedExchange exchange("/v1/chat/completions", lossy);
    exchange.header("x-aigw-strict", "1");
    exchange.start();
    REQUIRE(exchange.finished());
    CHECK(exchange.calls() == 0);
    CHECK(exchange.client_bytes().starts_with("HTTP/1.1 400 "));
    CHECK(has(exchange.client_body(), "logit_bias"));
    CHECK(exchange.rows()[0].outcome == Outcome::refused);
  }
  GIVEN("a strict gateway") {
    ScriptedExchange exchange("/v1/chat/completions", lossy);
    exchange.settings().strict = true;
    SUBCASE("refuses it") {
      exchange.start();
      REQUIRE(exchange.finished());
      CHECK(exchange.client_bytes().starts_with("HTTP/1.1 400 "));
      CHECK(has(exchange.client_body(), "x-aigw-strict: 0"));
    }
    SUBCASE("lets it pass where the client takes losses") {
      exchange.header("x-aigw-strict", "0");
      exchange.start();
      exchange.answer_head(200, kJson);
      exchange.answer_bytes(kMessage, true);
      CHECK(has(exchange.client_bytes(), "x-aigw-lost: "));
    }
  }
}

SCENARIO("a stream is translated as it comes, its row written before its last bytes") {
  ScriptedExchange exchange("/v1/chat/completions", kAskClaudeStream);
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kMessageStart);
  exchange.answer_bytes(kBlock);
  CHECK(has(exchange.client_bytes(), R"("content":"ok")"));
  CHECK(exchange.rows().empty());
  exchange.answer_bytes(kEnd, true);
  REQUIRE(exchange.finished());
  const std::string body = unchunk(exchange.client_body());
  CHECK(has(body, R"("finish_reason":"stop")"));
  CHECK(body.ends_with("data: [DONE]\n\n"));
  REQUIRE(exchange.rows().size() == 1);
  CHECK(exchange.rows()[0].outcome == Outcome::succeeded);
  CHECK(exchange.rows()[0].client_bytes_before < exchange.client_bytes().size());
  CHECK(exchange.rows()[0].tokens->output == 2);
}

SCENARIO("a translated stream that breaks off ends in an error of the client's dialect, never in its closing event") {
  ScriptedExchange exchange("/v1/chat/completions", kAskClaudeStream);
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kMessageStart);
  exchange.answer_bytes(kBlock);
  GIVEN("a body that ends early") { exchange.answer_bytes("", true); }
  GIVEN("a connection that breaks") { exchange.fail(ErrorKind::upstream_broken); }
  REQUIRE(exchange.finished());
  const std::string body = unchunk(exchange.client_body());
  CHECK(has(body, R"({"error":{)"));
  CHECK_FALSE(has(body, "[DONE]"));
  REQUIRE(exchange.rows().size() == 1);
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
}

SCENARIO("a provider's error keeps its status, its words and its wait in the client's dialect") {
  ScriptedExchange exchange("/v1/chat/completions", kAskClaude);
  exchange.start();
  exchange.answer_head(429, {{"content-type", "application/json"}, {"retry-after", "7"}});
  exchange.answer_bytes(R"({"type":"error","error":{"type":"rate_limit_error","message":"slow down, please"}})", true);
  REQUIRE(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 429 "));
  CHECK(has(exchange.client_bytes(), "retry-after: 7\r\n"));
  CHECK(has(exchange.client_body(), "slow down, please"));
  CHECK(has(exchange.client_body(), R"("code":"rate_limit_exceeded")"));
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
  CHECK_FALSE(exchange.rows()[0].tokens.has_value());
}

SCENARIO("an error as a stream's first event comes with a real status") {
  ScriptedExchange exchange("/v1/chat/completions", kAskClaudeStream);
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(
      "event: error\ndata: "
      "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n");
  REQUIRE(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 503 "));
  CHECK(has(exchange.client_body(), "Overloaded"));
}

SCENARIO("an answer that is none of the provider's dialect is 502, with one row") {
  ScriptedExchange exchange("/v1/chat/completions", kAskClaude);
  exchange.start();
  exchange.answer_head(200, kJson);
  exchange.answer_bytes(R"({"hello":"world"})", true);
  REQUIRE(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 502 "));
  REQUIRE(exchange.rows().size() == 1);
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
}

SCENARIO("a whole answer to a request for a stream becomes that stream") {
  ScriptedExchange exchange("/v1/chat/completions", kAskClaudeStream);
  exchange.start();
  exchange.answer_head(200, kJson);
  exchange.answer_bytes(kMessage, true);
  REQUIRE(exchange.finished());
  CHECK(has(exchange.client_bytes(), "content-type: text/event-stream\r\n"));
  CHECK(exchange.client_body().ends_with("data: [DONE]\n\n"));
}

SCENARIO("what is not valid in the client's dialect is refused before anybody is asked") {
  ScriptedExchange exchange("/v1/chat/completions", R"({"model":"claude/x","messages":[{"role":"user","content":7}]})");
  exchange.start();
  REQUIRE(exchange.finished());
  CHECK(exchange.calls() == 0);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 400 "));
  CHECK(has(exchange.client_body(), "messages[0].content"));
}

SCENARIO("Gemini's path names model and verb; a slash may be plain or encoded, the colon too") {
  for (const std::string path : {"/v1beta/models/claude/claude-sonnet-4-5:generateContent",
                                 "/v1beta/models/claude%2Fclaude-sonnet-4-5%3AgenerateContent",
                                 "/v1beta/claude/claude-sonnet-4-5:generateContent",
                                 "/claude/v1beta/models/claude-sonnet-4-5:generateContent"}) {
    CAPTURE(path);
    ScriptedExchange exchange(path, R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})");
    REQUIRE(exchange.start().kind == Step::Kind::call);
    CHECK(has(exchange.upstream_body(), R"("model":"claude-sonnet-4-5")"));
    exchange.answer_head(200, kJson);
    exchange.answer_bytes(kMessage, true);
    CHECK(has(exchange.client_body(), R"("finishReason":"STOP")"));
  }
}

SCENARIO("a Gemini client without alt=sse gets its stream as one JSON array") {
  ScriptedExchange exchange("/v1beta/models/claude/claude-sonnet-4-5:streamGenerateContent",
                            R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})");
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kMessageStart + kBlock);
  exchange.answer_bytes(kEnd, true);
  REQUIRE(exchange.finished());
  CHECK(has(exchange.client_bytes(), "content-type: application/json\r\n"));
  const std::string body = unchunk(exchange.client_body());
  CHECK(body.starts_with("["));
  CHECK(body.ends_with("]"));
}

SCENARIO("an array of Gemini's own goes through byte for byte, and breaks off as an array") {
  const std::string first = "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"],{\"}]}}]}\n";
  const std::string last =
      R"(,{"candidates":[{"content":{},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}}])";
  const auto asked = [] {
    return ScriptedExchange("/v1beta/models/gem/gemini-2.5-flash:streamGenerateContent",
                            R"({"contents":[{"parts":[{"text":"hi"}]}]})");
  };
  ScriptedExchange whole = asked();
  whole.start();
  CHECK(has(whole.upstream_head(), "POST /v1beta/models/gemini-2.5-flash:streamGenerateContent HTTP/1.1"));
  CHECK(has(whole.upstream_head(), "x-goog-api-key: sk-provider"));
  whole.answer_head(200, kJson);
  for (const char byte : first) whole.answer_bytes(std::string(1, byte));
  whole.answer_bytes(last, true);
  REQUIRE(whole.finished());
  CHECK(unchunk(whole.client_body()) == first + last);
  CHECK(whole.rows().at(0).tokens == TokenUsage{.input = 3});

  ScriptedExchange broken = asked();
  broken.start();
  broken.answer_head(200, kJson);
  broken.answer_bytes(first);
  broken.fail(ErrorKind::upstream_broken);
  const std::string body = unchunk(broken.client_body());
  CHECK(has(body, "]}}]},\r\n{\"error\":{\"code\":502"));
  CHECK(body.ends_with("}]"));
}

SCENARIO("a Gemini path that names nothing is told so in Google's words") {
  ScriptedExchange no_verb("/v1beta/models/fake", R"({"contents":[]})");
  no_verb.start();
  CHECK(no_verb.client_bytes().starts_with("HTTP/1.1 404"));
  CHECK(has(no_verb.client_body(), R"("status":"NOT_FOUND")"));
  ScriptedExchange climbing("/v1beta/models/..%2f..%2fadmin:generateContent", R"({"contents":[]})");
  climbing.start();
  CHECK(has(climbing.client_body(), R"("status":"INVALID_ARGUMENT")"));
}

SCENARIO("another provider's seals leave a transcript that goes to Anthropic as it is") {
  const std::string ours = R"({"type":"thinking","thinking":"hm","signature":"aigw1.gemini-generate.Zw.c2Vj"})";
  ScriptedExchange exchange(
      "/v1/messages",
      R"({"model":"claude/claude-sonnet-4-5","max_tokens":5,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[)" +
          ours + R"(,{"type":"text","text":"ok"}]},{"role":"user","content":"go"}]})");
  exchange.start();
  CHECK_FALSE(has(exchange.upstream_body(), "aigw1."));
  CHECK(has(exchange.upstream_body(), R"({"role":"assistant","content":[{"type":"text","text":"ok"}]})"));
}

SCENARIO("tokens are counted by the provider where it can, else estimated and marked so") {
  const std::string count = R"("messages":[{"role":"user","content":"How many tokens are in this sentence?"}]})";
  GIVEN("a provider that counts") {
    ScriptedExchange exchange("/v1beta/models/claude/claude-sonnet-4-5:countTokens",
                              R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})");
    REQUIRE(exchange.start().kind == Step::Kind::call);
    CHECK(exchange.upstream_head().starts_with("POST /v1/messages/count_tokens "));
    CHECK_FALSE(has(exchange.upstream_body(), "max_tokens"));
    exchange.answer_head(200, kJson);
    exchange.answer_bytes(R"({"input_tokens":8})", true);
    CHECK(exchange.client_body() == R"({"totalTokens":8})");
    CHECK(exchange.rows()[0].cost->value == 0);
  }
  GIVEN("one that does not") {
    ScriptedExchange exchange("/v1/messages/count_tokens", R"({"model":"local/llama",)" + count);
    exchange.start();
    REQUIRE(exchange.finished());
    CHECK(exchange.calls() == 0);
    CHECK(has(exchange.client_bytes(), "x-aigw-estimated: 1\r\n"));
    CHECK(exchange.client_body() == R"({"input_tokens":14})");
    CHECK(exchange.rows()[0].outcome == Outcome::succeeded);
  }
}

SCENARIO("a tool whose name the provider does not take is renamed on the way, and back in the answer") {
  ScriptedExchange exchange(
      "/v1beta/models/claude/claude-sonnet-4-5:generateContent",
      R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"files.read:all","description":"x"}]}]})");
  REQUIRE(exchange.start().kind == Step::Kind::call);
  const std::string sent = exchange.upstream_body();
  CHECK_FALSE(has(sent, "files.read:all"));
  const auto at = sent.find("files_read_all_");
  REQUIRE(at != std::string::npos);
  const std::string renamed = sent.substr(at, sent.find('"', at) - at);
  exchange.answer_head(200, kJson);
  exchange.answer_bytes(
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"toolu_1","name":")" +
          renamed +
          R"(","input":{}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}})",
      true);
  CHECK(has(exchange.client_body(), R"("name":"files.read:all")"));
}

SCENARIO("embeddings go between OpenAI's form and Gemini's") {
  GIVEN("an OpenAI client that asks for base64, as its SDK does") {
    ScriptedExchange exchange(
        "/v1/embeddings",
        R"({"model":"google/gemini-embedding-001","input":["a","b"],"dimensions":2,"encoding_format":"base64"})");
    auto with_google = std::make_shared<policy::Snapshot>(*snapshot());
    policy::Provider google;
    google.name = "google";
    google.key = Secret("k");
    google.endpoints.push_back(
        {llm::Dialect::gemini_generate,
         llm::Auth::x_goog_api_key,
         {.tls = false, .host = "google.test", .port = 80, .path = "", .authority = "google.test"}});
    with_google->providers.push_back(google);
    std::ranges::sort(with_google->providers, {}, &policy::Provider::name);
    exchange.gateway().snapshot = with_google;
    REQUIRE(exchange.start().kind == Step::Kind::call);
    CHECK(exchange.upstream_head().starts_with("POST /v1beta/models/gemini-embedding-001:batchEmbedContents "));
    CHECK(has(exchange.upstream_body(), R"("outputDimensionality":2)"));
    exchange.answer_head(200, kJson);
    exchange.answer_bytes(
        R"({"embeddings":[{"values":[1,0.5]},{"values":[0,-2]}],"usageMetadata":{"promptTokenCount":2}})", true);
    CHECK(has(exchange.client_body(), R"("index":1,"embedding":"AAAAAAAAAMA=")"));
    CHECK(has(exchange.client_body(), R"("prompt_tokens":2)"));
    CHECK(exchange.rows()[0].tokens->input == 2);
  }
  GIVEN("a Gemini client") {
    ScriptedExchange exchange("/v1beta/models/local/llama:embedContent", R"({"content":{"parts":[{"text":"hi"}]}})");
    REQUIRE(exchange.start().kind == Step::Kind::call);
    CHECK(exchange.upstream_head().starts_with("POST /v1/embeddings "));
    CHECK(has(exchange.upstream_body(), R"("input":["hi"])"));
    exchange.answer_head(200, kJson);
    exchange.answer_bytes(
        R"({"object":"list","model":"llama","data":[{"index":0,"embedding":[0.25]}],"usage":{"prompt_tokens":1,"total_tokens":1}})",
        true);
    CHECK(has(exchange.client_body(), R"({"embedding":{"values":[0.25]})"));
  }
}

SCENARIO("a signature that the client did not keep comes back to its provider by the call's id") {
  const std::string tools =
      R"("tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{}}}}])";
  const std::string ask =
      R"({"model":"gem/gemini-3-pro-preview","messages":[{"role":"user","content":"go"}],)" + tools + "}";
  const std::string call =
      R"({"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"look","args":{}},"thoughtSignature":"c2lnbmVk"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}})";
  ScriptedExchange first("/v1/chat/completions", ask);
  first.start();
  first.answer_head(200, kJson);
  first.answer_bytes(call, true);
  const std::string shown = first.client_body();
  const auto at = shown.find(R"("id":"call_)") + 6;
  const std::string id = shown.substr(at, shown.find('"', at) - at);

  const std::string again =
      R"({"model":"gem/gemini-3-pro-preview","messages":[{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":")" +
      id + R"(","type":"function","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":")" +
      id + R"(","content":"a cat"}],)" + tools + "}";
  ScriptedExchange second("/v1/chat/completions", again);
  GIVEN("the same gateway") {
    second.gateway().seals = first.gateway().seals;
    second.start();
    CHECK(has(second.upstream_body(), R"("thoughtSignature":"c2lnbmVk")"));
  }
  GIVEN("one that was started since") {
    second.start();
    CHECK(has(second.upstream_body(), R"("thoughtSignature":")"));
    CHECK_FALSE(has(second.upstream_body(), "c2lnbmVk"));
  }
}

SCENARIO("an option that the model refuses is left out, once, and not sent again") {
  const std::string ask = R"({"model":"claude/nova-1","temperature":0.5,"messages":[{"role":"user","content":"hi"}]})";
  const std::string refusal =
      R"({"type":"error","error":{"type":"invalid_request_error","message":"`temperature` is deprecated for this model."}})";
  ScriptedExchange exchange("/v1/chat/completions", ask);
  GIVEN("a client that takes losses") {
    exchange.start();
    CHECK(has(exchange.upstream_body(), R"("temperature":0.5)"));
    exchange.answer_head(400, kJson);
    REQUIRE(exchange.answer_bytes(refusal, true).kind == Step::Kind::call);
    CHECK_FALSE(has(exchange.upstream_body(), "temperature"));
    CHECK(exchange.client_bytes().empty());
    exchange.answer_head(200, kJson);
    exchange.answer_bytes(kMessage, true);
    REQUIRE(exchange.finished());
    CHECK(exchange.client_bytes().starts_with("HTTP/1.1 200 "));
    CHECK(has(exchange.client_bytes(), "x-aigw-attempts: 2\r\n"));
    CHECK(has(exchange.client_bytes(), "x-aigw-lost: temperature:refused by the model\r\n"));
    REQUIRE(exchange.rows().size() == 1);
    CHECK(exchange.rows()[0].outcome == Outcome::succeeded);
    CHECK(exchange.rows()[0].attempts == 2);
    CHECK(exchange.opened() == 1);

    ScriptedExchange next("/v1/chat/completions", ask);
    next.gateway().options = exchange.gateway().options;
    WHEN("the same is asked a moment later") {
      next.start();
      CHECK_FALSE(has(next.upstream_body(), "temperature"));
      next.answer_head(200, kJson);
      next.answer_bytes(kMessage, true);
      CHECK(has(next.client_bytes(), "x-aigw-lost: temperature:refused by the model\r\n"));
      CHECK(next.rows()[0].attempts == 1);
    }
    WHEN("it is asked much later") {
      next.pass(llm::OptionMemory::kKept);
      next.start();
      CHECK(has(next.upstream_body(), "temperature"));
    }
    WHEN("the request is strict") {
      next.header("x-aigw-strict", "1");
      next.start();
      CHECK(has(next.upstream_body(), "temperature"));
    }
  }
  GIVEN("a second refusal") {
    exchange.start();
    exchange.answer_head(400, kJson);
    exchange.answer_bytes(refusal, true);
    exchange.answer_head(400, kJson);
    exchange.answer_bytes(refusal, true);
    REQUIRE(exchange.finished());
    CHECK(exchange.calls() == 2);
    CHECK(exchange.client_bytes().starts_with("HTTP/1.1 400 "));
    CHECK(exchange.rows()[0].outcome == Outcome::failed);
  }
  GIVEN("a strict one") {
    exchange.header("x-aigw-strict", "1");
    exchange.start();
    exchange.answer_head(400, kJson);
    exchange.answer_bytes(refusal, true);
    REQUIRE(exchange.finished());
    CHECK(exchange.calls() == 1);
    CHECK(has(exchange.client_body(), "deprecated"));
  }
  GIVEN("another mistake of the client's") {
    exchange.start();
    exchange.answer_head(400, kJson);
    exchange.answer_bytes(
        R"({"type":"error","error":{"type":"invalid_request_error","message":"temperature: must be at most 1"}})",
        true);
    REQUIRE(exchange.finished());
    CHECK(exchange.calls() == 1);
  }
}

SCENARIO("a provider that speaks the client's dialect refuses for itself") {
  ScriptedExchange exchange(
      "/v1/messages",
      R"({"model":"claude/nova-1","max_tokens":5,"temperature":0.5,"messages":[{"role":"user","content":"hi"}]})");
  exchange.start();
  exchange.answer_head(400, kJson);
  exchange.answer_bytes(
      R"({"type":"error","error":{"type":"invalid_request_error","message":"`temperature` is deprecated for this model."}})",
      true);
  REQUIRE(exchange.finished());
  CHECK(exchange.calls() == 1);
}

SCENARIO("a history whose seals a provider does not take any more goes without them") {
  const std::string seal = llm::wrap({llm::Dialect::anthropic_messages, "claude", "EqQB"});
  ScriptedExchange exchange(
      "/v1/chat/completions",
      R"({"model":"claude/claude-sonnet-4-5","messages":[{"role":"user","content":"go"},{"role":"assistant","content":"well","reasoning_content":"hm","reasoning_details":[{"type":"reasoning.encrypted","data":")" +
          seal + R"(","aigw_text_bytes":2}]},{"role":"user","content":"on"}]})");
  exchange.start();
  REQUIRE(has(exchange.upstream_body(), R"("signature":"EqQB")"));
  exchange.answer_head(400, kJson);
  exchange.answer_bytes(
      R"({"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}})",
      true);
  CHECK(exchange.calls() == 2);
  CHECK_FALSE(has(exchange.upstream_body(), "signature"));
  exchange.answer_head(200, kJson);
  exchange.answer_bytes(kMessage, true);
  CHECK(has(exchange.client_bytes(), "reasoning refused"));
}

SCENARIO("a form of the answer reaches a model that knows tools alone, and comes back as text") {
  const std::string ask =
      R"({"model":"claude/claude-3-7-sonnet-latest","messages":[{"role":"user","content":"where?"}],"response_format":{"type":"json_schema","json_schema":{"name":"place","strict":true,"schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}})";
  GIVEN("a whole answer") {
    ScriptedExchange exchange("/v1/chat/completions", ask + "}");
    exchange.start();
    CHECK(has(exchange.upstream_body(), R"("tool_choice":{"type":"tool","name":"respond"})"));
    CHECK_FALSE(has(exchange.upstream_body(), "output_config"));
    exchange.answer_head(200, kJson);
    exchange.answer_bytes(
        R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"toolu_1","name":"respond","input":{"city":"Bern"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":2}})",
        true);
    CHECK(has(exchange.client_body(), R"("content":"{\"city\":\"Bern\"}")"));
    CHECK(has(exchange.client_body(), R"("finish_reason":"stop")"));
    CHECK_FALSE(has(exchange.client_body(), "tool_calls"));
    CHECK_FALSE(has(exchange.client_bytes(), "x-aigw-lost"));
  }
  GIVEN("a stream") {
    ScriptedExchange exchange("/v1/chat/completions", ask + R"(,"stream":true})");
    exchange.start();
    exchange.answer_head(200, kSse);
    exchange.answer_bytes(kMessageStart);
    exchange.answer_bytes(
        "event: content_block_start\ndata: "
        R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"respond","input":{}}})"
        "\n\nevent: content_block_delta\ndata: "
        R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\""}})"
        "\n\n");
    exchange.answer_bytes(kEnd, true);
    const std::string body = unchunk(exchange.client_body());
    CHECK(has(body, R"("content":"{\"city\"")"));
    CHECK(has(body, R"("finish_reason":"stop")"));
    CHECK_FALSE(has(body, "tool_calls"));
  }
}
