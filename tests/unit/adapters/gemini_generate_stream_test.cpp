#include "adapters/gemini_generate/partial_args.hpp"
#include "adapters/translators.hpp"
#include "base/base64.hpp"
#include "llm/block_ledger.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using llm::BlockKind;
using llm::Dialect;
using Framing = llm::AnswerContext::Framing;
using Reason = llm::Finish::Reason;

namespace {

const llm::Translator& gemini() { return adapters::gemini_generate_translator(); }

/// What a decoder said, one line a call.
struct Log final : llm::StreamSink {
  std::string text;
  void start(std::string_view id, std::string_view model, std::int64_t) override { add("start", id, model); }
  void open(llm::BlockKey key, const llm::BlockOpening& opening) override {
    constexpr std::array kKinds = {"text", "refusal", "thinking", "call", "custom"};
    add("open " + std::to_string(key), kKinds.at(static_cast<std::size_t>(opening.kind)), opening.name);
  }
  void delta(llm::BlockKey key, std::string_view piece) override { add("delta " + std::to_string(key), piece); }
  void seal(llm::BlockKey key, const llm::Seal& seal) override { add("seal " + std::to_string(key), seal.bytes); }
  void cite(llm::BlockKey key, const llm::Citation& citation) override {
    add("cite " + std::to_string(key), citation.url);
  }
  void close(llm::BlockKey key) override { add("close " + std::to_string(key)); }
  void whole(std::uint32_t, const llm::Block& block) override {
    add("whole", block.as<llm::Thinking>() ? block.as<llm::Thinking>()->seal->bytes : "media");
  }
  void logprobs(std::uint32_t, std::string_view elements) override { add("logprobs", elements); }
  void usage(const TokenUsage& usage) override { add("usage", std::to_string(usage.input + usage.output)); }
  void finish(std::uint32_t candidate, const llm::Finish& finish) override {
    add("finish " + std::to_string(candidate), finish.detail);
  }
  void error(const llm::ProviderError& error) override { add("error", error.message); }
  void end() override { add("end"); }

 private:
  void add(std::string_view what, std::string_view a = {}, std::string_view b = {}) {
    text.append(what);
    for (const std::string_view word : {a, b})
      if (!word.empty()) text.append(" ").append(word);
    text.append("\n");
  }
};

std::string decoded(std::initializer_list<std::string_view> objects) {
  Log log;
  const auto decoder = gemini().stream_decoder();
  for (const std::string_view object : objects)
    decoder->on_event({.raw = object, .event = {}, .data = object, .has_data = true}, log);
  decoder->at_end(log);
  return log.text;
}

struct Encoder {
  llm::ChatRequest request;
  std::unique_ptr<llm::StreamEncoder> encoder;

  explicit Encoder(Framing framing = Framing::sse) {
    request.model = "asked-for";
    encoder =
        gemini().stream_encoder({.request = &request, .request_id = "req_1", .provider = "p", .framing = framing});
    encoder->start("r1", "m", 0);
  }
};

std::string object_of(std::string_view part) {
  return R"({"candidates":[{"content":{"parts":[)" + std::string(part) +
         R"(],"role":"model"},"index":0}],"modelVersion":"m","responseId":"r1"})";
}

}  // namespace

SCENARIO("a stream's parts are blocks that end where another kind begins") {
  CHECK(
      decoded(
          {R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]}}],"responseId":"r","modelVersion":"m"})",
           R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"trafficType":"ON_DEMAND"}})",
           R"({"candidates":[{"content":{"parts":[{"text":"b"},{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"s1"}]}}]})",
           R"({"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"s2"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}})"}) ==
      "start r m\nopen 0 thinking\ndelta 0 hm\nclose 0\nopen 1 text\ndelta 1 a\ndelta 1 b\nclose 1\nopen 2 call f\n"
      "seal 2 s1\ndelta 2 {\"x\":1}\nclose 2\nwhole s2\nfinish 0 STOP\nusage 5\nend\n");
}

SCENARIO("a signature on an empty text seals the text before it") {
  CHECK(decoded(
            {R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})",
             R"({"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"s"}]},"finishReason":"STOP"}]})"}) ==
        "start\nopen 0 text\ndelta 0 a\nseal 0 s\nclose 0\nfinish 0 STOP\nend\n");
}

SCENARIO("arguments that come in pieces are put together by their paths") {
  CHECK(
      decoded(
          {R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]})",
           R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.city","stringValue":"Par","willContinue":true}],"willContinue":true}}]}}]})",
           R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.city","stringValue":"is"},{"jsonPath":"$.days[1].n","numberValue":2}],"willContinue":true}}]}}]})",
           R"({"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]})",
           R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"g"}},{"functionCall":{"name":"g"}}]},"finishReason":"STOP"}]})"}) ==
      "start\nopen 0 call f\ndelta 0 {\"city\":\"Paris\",\"days\":[null,{\"n\":2}]}\nclose 0\nopen 1 call g\n"
      "delta 1 {}\nclose 1\nopen 2 call g\ndelta 2 {}\nclose 2\nfinish 0 STOP\nend\n");
}

SCENARIO("odd paths of pieces are left out, and never cost more than their bound") {
  adapters::gemini_generate::PartialArgs args;
  const auto add = [&](std::string_view path) {
    args.add(json::View::of(R"({"jsonPath":")" + std::string(path) + R"(","boolValue":true})"));
  };
  for (const std::string_view path : {"", "$", "$.", "$..a", "$[", "$[x]", "$[99999999999]", "$['a", "$[9999]"})
    add(path);
  add("$['it.s']");
  const std::string got = args.json();
  CHECK(json::scan_answer("{\"x\":" + got + "}"));
  std::string deep = "$";
  for (int i = 0; i < 1000; ++i) deep += ".a";
  add(deep);
  CHECK(args.json().size() < 200'000);
}

SCENARIO("a stream that breaks off, fails or was blocked says so") {
  CHECK(decoded({R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})"}) ==
        "start\nopen 0 text\ndelta 0 a\nerror the provider's stream ended before its answer was complete\n");
  CHECK(decoded({R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})", R"({"candidates":[]})"}) ==
        "error busy\n");
  CHECK(decoded({R"({"promptFeedback":{"blockReason":"SAFETY"}})"}) == "start\nfinish 0 SAFETY\nend\n");
  CHECK(decoded({"", "garbage", "[]", "{"}) == "error the provider's stream ended before its answer was complete\n");
}

SCENARIO("pieces are written as objects of their own, calls only when they are whole") {
  Encoder to;
  to.encoder->open(1, {.kind = BlockKind::thinking});
  to.encoder->delta(1, "hm");
  to.encoder->close(1);
  CHECK(to.encoder->take() == "data: " + object_of(R"({"text":"hm","thought":true})") + "\r\n\r\n");
  to.encoder->open(2, {.kind = BlockKind::text});
  to.encoder->delta(2, "a\xE2\x80\xA9");
  to.encoder->close(2);
  CHECK(to.encoder->take() == "data: " + object_of(R"({"text":"a\u2029"})") + "\r\n\r\n");
  to.encoder->open(3, {.kind = BlockKind::tool_call, .id = "c1", .name = "f"});
  to.encoder->delta(3, R"({"x":)");
  CHECK(to.encoder->take() == "");
  to.encoder->delta(3, "1}");
  to.encoder->close(3);
  CHECK(to.encoder->take() ==
        "data: " + object_of(R"({"functionCall":{"name":"f","args":{"x":1},"id":"c1"}})") + "\r\n\r\n");
  to.encoder->usage({.input = 3, .cache_read = 0, .cache_write = 0, .output = 4, .reasoning = 0});
  to.encoder->finish(0, {.reason = Reason::tool});
  to.encoder->end();
  CHECK(
      to.encoder->take() ==
      "data: "
      R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],)"
      R"("usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"totalTokenCount":7},"modelVersion":"m","responseId":"r1"})"
      "\r\n\r\n");
  CHECK(to.encoder->heartbeat() == "\r\n");
}

SCENARIO("without alt=sse the objects are one array, and an error is its last") {
  Encoder to(Framing::json_array);
  to.encoder->open(1, {.kind = BlockKind::text});
  to.encoder->delta(1, "a");
  CHECK(to.encoder->take() == "[" + object_of(R"({"text":"a"})"));
  to.encoder->delta(1, "b");
  CHECK(to.encoder->take() == ",\r\n" + object_of(R"({"text":"b"})"));
  llm::ProviderError error;
  error.message = "gone";
  to.encoder->error(error);
  const std::string last = to.encoder->take();
  CHECK(last.starts_with(",\r\n{\"error\":{\"code\":502,\"message\":\"gone\""));
  CHECK(last.ends_with("}]"));
  Encoder empty(Framing::json_array);
  empty.encoder->end();
  CHECK(empty.encoder->take() == "[]");
}

SCENARIO("seals of a stream go out wrapped, on the part that they belong to") {
  const std::string carried = base64::encode(llm::wrap({Dialect::openai_responses, "p", "enc"}));
  const llm::Seal seal{Dialect::openai_responses, "", "enc"};
  Encoder to;
  to.encoder->whole(0, {.value = llm::Thinking{.text = "", .redacted = true, .seal = seal}});
  to.encoder->open(1, {.kind = BlockKind::tool_call, .id = "c", .name = "f"});
  to.encoder->close(1);
  CHECK(to.encoder->take() ==
        "data: " +
            object_of(R"({"functionCall":{"name":"f","args":{},"id":"c"},"thoughtSignature":")" + carried + "\"}") +
            "\r\n\r\n");
}

SCENARIO("arguments that are laid out over lines stay on the one line of their event") {
  Encoder to;
  to.encoder->open(1, {.kind = BlockKind::tool_call, .id = "c", .name = "f"});
  to.encoder->delta(1, "{\r\n  \"x\": \"a\\nb\"\n}");
  to.encoder->close(1);
  CHECK(to.encoder->take() ==
        "data: " + object_of(R"({"functionCall":{"name":"f","args":{    "x": "a\nb" },"id":"c"}})") + "\r\n\r\n");
}

SCENARIO("a cut call is left out of a stream, and its finish says that it was malformed") {
  Encoder to;
  to.encoder->open(1, {.kind = BlockKind::tool_call, .id = "c", .name = "f"});
  to.encoder->delta(1, R"({"x":)");
  to.encoder->close(1);
  to.encoder->finish(0, {.reason = Reason::tool});
  CHECK(to.encoder->take().find(R"("finishReason":"MALFORMED_FUNCTION_CALL")") != std::string::npos);
}
