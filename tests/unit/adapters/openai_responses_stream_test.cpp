#include "adapters/translators.hpp"
#include "llm/block_ledger.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using adapters::openai_responses_translator;
using llm::BlockKind;
using llm::Dialect;

namespace {

/// What a decoder tells, as one line of text.
class Telling final : public llm::StreamSink {
 public:
  void start(std::string_view id, std::string_view, std::int64_t) override { say("start", id); }
  void open(llm::BlockKey key, const llm::BlockOpening& opening) override {
    constexpr std::string_view kKinds[] = {"text", "refusal", "thinking", "call", "custom"};
    say("open" + std::to_string(key) + " " + std::string(kKinds[static_cast<int>(opening.kind)]), opening.name);
  }
  void delta(llm::BlockKey key, std::string_view piece) override { say("+" + std::to_string(key), piece); }
  void seal(llm::BlockKey key, const llm::Seal& seal) override { say("seal" + std::to_string(key), seal.bytes); }
  void cite(llm::BlockKey key, const llm::Citation& citation) override {
    say("cite" + std::to_string(key), citation.url);
  }
  void close(llm::BlockKey key) override { say("close" + std::to_string(key), {}); }
  void whole(std::uint32_t, const llm::Block& block) override {
    const auto* opaque = block.as<llm::Opaque>();
    say("whole", opaque ? opaque->kind : "sealed");
  }
  void logprobs(std::uint32_t, std::string_view elements) override { say("logprobs", elements); }
  void usage(const TokenUsage& usage) override { say("usage", std::to_string(usage.input)); }
  void finish(std::uint32_t, const llm::Finish& finish) override { say("finish", finish.detail); }
  void error(const llm::ProviderError& error) override { say("error", error.code + " " + error.message); }
  void end() override { say("end", {}); }
  std::string told;

 private:
  void say(std::string_view what, std::string_view more) {
    told.append(told.empty() ? "" : "; ").append(what);
    if (!more.empty()) told.append(" ").append(more);
  }
};

std::string told(const std::vector<std::string_view>& events) {
  Telling telling;
  const auto decoder = openai_responses_translator().stream_decoder();
  for (const std::string_view data : events) {
    const std::string raw = "data: " + std::string(data) + "\n\n";
    decoder->on_event(http::parse_event(raw), telling);
  }
  decoder->at_end(telling);
  return telling.told;
}

constexpr std::string_view kCreated = R"({"type":"response.created","response":{"id":"resp_1","model":"m"}})";
constexpr std::string_view kCompleted =
    R"({"type":"response.completed","response":{"status":"completed","output":[],"usage":{"input_tokens":1}}})";

/// A client's stream, written by hand through the ledger.
struct Client {
  explicit Client(std::string text = R"({"model":"m","input":"x"})")
      : body(std::move(text)), object(json::scan_object(body)) {
    REQUIRE(object.ok());
    llm::Losses losses;
    auto read = openai_responses_translator().decode_request(*object, {}, losses);
    REQUIRE(read.ok());
    request = *std::move(read);
    encoder = openai_responses_translator().stream_encoder(context);
  }
  /// The types of the events, and that they are numbered without a gap.
  std::vector<std::pair<std::string, std::string>> events() {
    bytes += encoder->take();
    std::vector<std::pair<std::string, std::string>> out;
    http::SseSplitter splitter;
    REQUIRE(splitter.push(bytes).ok());
    while (const auto raw = splitter.next()) {
      const http::SseEvent event = http::parse_event(*raw);
      const json::View data = json::View::of(event.data);
      CHECK(data["type"].string() == event.event);
      CHECK(data["sequence_number"].integer() == static_cast<std::int64_t>(out.size()));
      out.emplace_back(event.event, event.data);
    }
    return out;
  }
  std::string types() {
    std::string out;
    for (const auto& [type, data] : events())
      out.append(out.empty() ? "" : " ").append(type.substr(type.find('.') + 1));
    return out;
  }
  std::string body, bytes;
  Result<json::Object> object;
  llm::ChatRequest request;
  llm::AnswerContext context{.request = &request, .request_id = "req_abc", .provider = "p", .created_s = 9};
  std::unique_ptr<llm::StreamEncoder> encoder;
};

}  // namespace

SCENARIO("text, its part and its item; what the deltas said is not said again") {
  CHECK(
      told(
          {kCreated, R"({"type":"response.output_item.added","output_index":0,"item":{"type":"message","content":[]}})",
           R"({"type":"response.content_part.added","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}})",
           R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"He","logprobs":[{"a":1}]})",
           R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"y"})",
           R"({"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hey"})",
           R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"Hey","annotations":[{"type":"url_citation","url":"u"}]}]}})",
           kCompleted}) ==
      R"(start resp_1; open0 text; +0 He; logprobs {"a":1}; +0 y; cite0 u; close0; usage 1; finish; end)");
}

SCENARIO("hosts that send no deltas, or no events of an item at all") {
  CHECK(
      told(
          {R"({"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}})",
           R"({"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}})",
           R"({"type":"response.completed","response":{"status":"completed","output":[{},{"type":"message","content":[{"type":"output_text","text":"x"}]}]}})"}) ==
      "start; open0 call f; +0 {}; close0; open1 text; +1 x; close1; finish; end");
}

SCENARIO("reasoning: several parts are one block, raw text where there is no summary, a seal alone is one piece") {
  CHECK(
      told(
          {kCreated,
           R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"a"})",
           R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"b"})",
           R"({"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","summary":[{"text":"a"},{"text":"b"}],"encrypted_content":"E"}})",
           R"({"type":"response.reasoning_text.delta","output_index":1,"content_index":0,"delta":"raw"})",
           R"({"type":"response.output_item.done","output_index":1,"item":{"type":"reasoning","summary":[{"text":"short"}],"content":[{"text":"raw"}]}})",
           R"({"type":"response.output_item.done","output_index":2,"item":{"type":"reasoning","summary":[],"encrypted_content":"F"}})",
           R"({"type":"response.output_item.done","output_index":3,"item":{"type":"web_search_call"}})"}) ==
      "start resp_1; open0 thinking; +0 a; +0 \n\n; +0 b; seal0 E; close0; open1 thinking; +1 raw; close1; whole "
      "sealed; "
      "whole web_search_call; error  the provider's stream ended before its answer was complete");
}

SCENARIO("errors in all the forms that they come in, once") {
  const auto failed = [](std::string_view data) { return told({kCreated, data, kCompleted}); };
  CHECK(failed(R"({"type":"error","error":{"type":"t","code":"c","message":"m"}})") == "start resp_1; error c m");
  CHECK(failed(R"({"type":"error","code":"c","message":"m","param":null})") == "start resp_1; error c m");
  CHECK(failed(R"({"type":"response.failed","response":{"status":"failed","error":{"code":"c","message":"m"}}})") ==
        "start resp_1; error c m");
  CHECK(failed(R"({"error":{"code":"c","message":"m"}})") == "start resp_1; error c m");
}

SCENARIO("garbage is left alone") {
  CHECK(told({"", "[DONE]", "nonsense", "[]", R"({"type":5})", R"({"type":"response.output_item.done"})",
              R"({"type":"response.output_text.delta","output_index":-1,"delta":5})"})
            .ends_with("error  the provider's stream ended before its answer was complete"));
}

SCENARIO("a client's stream has every event that SDKs count on, in their order") {
  Client client;
  llm::BlockLedger ledger(*client.encoder);
  ledger.start("msg_1", "claude", 5);
  ledger.open(1, {.kind = BlockKind::thinking});
  ledger.delta(1, "t");
  ledger.seal(1, {Dialect::anthropic_messages, "", "S"});
  ledger.close(1);
  ledger.open(2, {.kind = BlockKind::text});
  ledger.delta(2, "a");
  ledger.close(2);
  ledger.open(3, {.kind = BlockKind::text});
  ledger.delta(3, "b");
  ledger.cite(3, {.start = 0, .end = 1, .url = "u"});
  ledger.close(3);
  ledger.open(4, {.kind = BlockKind::tool_call, .id = "c1", .name = "f"});
  ledger.delta(4, "{}");
  ledger.close(4);
  ledger.usage({.input = 3, .output = 4});
  ledger.finish(0, {});
  ledger.end();
  CHECK(
      client.types() ==
      "created in_progress output_item.added reasoning_summary_part.added reasoning_summary_text.delta "
      "reasoning_summary_text.done reasoning_summary_part.done output_item.done output_item.added content_part.added "
      "output_text.delta output_text.delta output_text.annotation.added output_text.done content_part.done "
      "output_item.done output_item.added function_call_arguments.delta function_call_arguments.done output_item.done "
      "completed");
  const auto events = client.events();
  std::string done;
  for (const auto& [type, data] : events)
    if (type == "response.output_item.done")
      done.append(done.empty() ? "" : ",").append(json::View::of(data)["item"].raw());
  const json::View final = json::View::of(events.back().second)["response"];
  CHECK(final["output"].raw() == "[" + done + "]");
  CHECK(final["usage"]["total_tokens"].integer() == 7);
  CHECK(done.find(R"("text":"ab","annotations":[{"type":"url_citation","start_index":1,"end_index":2,)") !=
        std::string::npos);
  CHECK(done.find(R"("encrypted_content":"aigw1.anthropic-messages.)") != std::string::npos);
}

SCENARIO("an emulated free-text tool is streamed as free text, in one piece") {
  Client client(R"({"model":"m","input":"x","tools":[{"type":"custom","name":"apply_patch"}]})");
  llm::BlockLedger ledger(*client.encoder);
  ledger.start("", "m", 0);
  ledger.open(1, {.kind = BlockKind::tool_call, .id = "", .name = "apply_patch"});
  ledger.delta(1, R"({"input":"*** Be)");
  ledger.delta(1, R"(gin"})");
  ledger.seal(1, {Dialect::gemini_generate, "", "S"});
  ledger.close(1);
  ledger.end();
  const auto events = client.events();
  CHECK(
      client.types() ==
      "created in_progress output_item.added custom_tool_call_input.delta custom_tool_call_input.done output_item.done "
      "output_item.added output_item.done completed");
  const json::View item = json::View::of(events[5].second)["item"];
  CHECK(item["type"].string() == "custom_tool_call");
  CHECK(item["input"].string() == "*** Begin");
  // The seal of the call follows it, and finds it again by its id.
  const std::string sealed = json::View::of(events[7].second)["item"]["encrypted_content"].string().value_or("");
  CHECK(sealed.ends_with("#" + item["call_id"].string().value_or("?")));
}

SCENARIO("an error in the middle ends the stream in both events, with what was done so far") {
  Client client;
  llm::BlockLedger ledger(*client.encoder);
  ledger.start("", "m", 0);
  ledger.error({.kind = llm::ProviderError::Kind::overloaded, .message = "busy"});
  CHECK(client.types() == "created in_progress error failed");
  CHECK(client.encoder->heartbeat() == ": hb\n\n");
}
