#include "adapters/translators.hpp"
#include "llm/block_ledger.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using llm::BlockKind;
using llm::Dialect;

namespace {

const llm::Translator& messages() { return adapters::anthropic_messages_translator(); }

const llm::ChatRequest& request() {
  static const llm::ChatRequest request{.dialect = Dialect::anthropic_messages, .model = "asked"};
  return request;
}
llm::AnswerContext context() { return {.request = &request(), .request_id = "req_1", .provider = "p"}; }

/// The data of each event, one a line; checks that its name is its type.
std::string data_of(std::string_view stream) {
  http::SseSplitter splitter;
  REQUIRE(splitter.push(stream).ok());
  std::string out;
  while (const auto raw = splitter.next()) {
    const http::SseEvent event = http::parse_event(*raw);
    CHECK(json::View::of(event.data)["type"].string() == std::string(event.event));
    out.append(event.data).append("\n");
  }
  CHECK(splitter.rest().empty());
  return out;
}

/// A provider's stream, translated to a client of the same dialect.
std::string through(std::string_view events, std::string* failure = nullptr) {
  const auto encoder = messages().stream_encoder(context());
  const auto decoder = messages().stream_decoder();
  llm::BlockLedger ledger(*encoder);
  for (std::size_t at = 0; at < events.size();) {
    const std::size_t end = events.find('\n', at);
    const std::string_view data = events.substr(at, end - at);
    decoder->on_event({.raw = data, .event = "", .data = data, .has_data = true}, ledger);
    at = end + 1;
  }
  decoder->at_end(ledger);
  CHECK(ledger.repairs() == 0);
  if (failure && ledger.failure()) *failure = ledger.failure()->message;
  return data_of(encoder->take());
}

constexpr std::string_view kStart =
    R"({"type":"message_start","message":{"id":"msg_1","model":"c","content":[],"usage":{"input_tokens":9,"output_tokens":1}}})"
    "\n";
constexpr std::string_view kEnd =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}})"
    "\n"
    R"({"type":"message_stop"})"
    "\n";

std::string with(std::string_view middle) { return std::string(kStart) + std::string(middle) + std::string(kEnd); }
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

SCENARIO("text, thinking and calls go through a stream, block after block") {
  const std::string out = through(with(
      R"({"type":"ping"})"
      "\n"
      R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})"
      "\n"
      R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"t"}})"
      "\n"
      R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}})"
      "\n"
      R"({"type":"content_block_stop","index":0})"
      "\n"
      R"({"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"x","name":"w","input":{}}})"
      "\n"
      R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}})"
      "\n"
      R"({"type":"content_block_stop","index":1})"
      "\n"
      R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}})"
      "\n"
      R"({"type":"content_block_stop","index":2})"
      "\n"
      R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}})"
      "\n"
      R"({"type":"content_block_stop","index":3})"
      "\n"));
  CHECK(has(out, R"("index":0,"delta":{"type":"thinking_delta","thinking":"t"})"));
  CHECK(has(out, R"("index":0,"delta":{"type":"signature_delta","signature":"aigw1.anthropic-messages.cA.)"));
  CHECK_FALSE(has(out, "server_tool_use"));
  CHECK_FALSE(has(out, R"("type":"text")"));  // it never had any
  CHECK(has(out, R"("index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}})"));
  CHECK(has(out, R"({"type":"input_json_delta","partial_json":"{}"})"));
  CHECK(has(out, R"("delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":9,)"));
  CHECK(out.ends_with("{\"type\":\"message_stop\"}\n"));
}

SCENARIO("a stream that breaks off, or brings an error, ends in an error") {
  std::string failure;
  CHECK(has(through(kStart, &failure), R"({"type":"error","error":{"type":"api_error")"));
  CHECK(has(failure, "ended before its end"));
  const std::string out = through(std::string(kStart) +
                                      R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"
                                      "\n" +
                                      std::string(kEnd),
                                  &failure);
  CHECK(has(out, R"("error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"})"));
  CHECK_FALSE(has(out, "message_stop"));
}

SCENARIO("a second answer in one stream is not mixed into the first") {
  CHECK(has(through(with(kStart)), "began a second answer"));
}

SCENARIO("a stream without its first event is an answer all the same") {
  CHECK(through(kEnd).starts_with(R"({"type":"message_start")"));
  CHECK(has(
      through(std::string(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}})") +
              "\n" + std::string(kEnd)),
      R"({"type":"text_delta","text":"a"})"));
}

SCENARIO("garbage is left out") {
  CHECK(through(with("{\n\n[]\n{\"type\":\"content_block_delta\",\"index\":4}\n{\"type\":\"content_block_start\"}\n"))
            .ends_with("{\"type\":\"message_stop\"}\n"));
}

SCENARIO("a call's seal stands in a block before it, and a free text is wrapped as its input") {
  const auto encoder = messages().stream_encoder(context());
  llm::BlockLedger ledger(*encoder);
  const llm::Seal seal{Dialect::gemini_generate, "", "sig"};
  ledger.start("x", "", 0);
  ledger.open(1, {.kind = BlockKind::tool_call, .id = "", .name = "f"});
  ledger.seal(1, seal);
  ledger.delta(1, "{}");
  ledger.close(1);
  ledger.open(2, {.kind = BlockKind::custom_call, .id = "b", .name = "patch"});
  ledger.delta(2, "say \"");
  ledger.delta(2, "\n");
  ledger.close(2);
  ledger.end();
  const std::string out = data_of(encoder->take());
  const std::string wrapped = llm::wrap({Dialect::gemini_generate, "p", "sig"});
  CHECK(has(out, R"("index":0,"content_block":{"type":"redacted_thinking","data":")" + wrapped + "\"}"));
  CHECK(has(out, R"("index":1,"content_block":{"type":"tool_use","id":"toolu_1_0")"));
  CHECK(has(out, R"("model":"asked")"));
  std::string input;
  for (std::size_t at = out.find(R"("index":2)"); at != std::string::npos; at = out.find("partial_json\":", at + 1)) {
    const json::View piece = json::View::of(std::string_view(out).substr(out.find(':', at) + 1));
    if (out.compare(at, 12, "partial_json") == 0) input += piece.string().value_or("");
  }
  CHECK(input == R"({"input":"say \"\n"})");
}

SCENARIO("a silent stream is kept alive inside a block by an empty delta, outside by a ping") {
  const auto encoder = messages().stream_encoder(context());
  encoder->start("x", "m", 0);
  CHECK(has(encoder->heartbeat(), "event: ping"));
  encoder->open(1, {.kind = BlockKind::thinking});
  CHECK(has(encoder->heartbeat(), "event: ping"));
  encoder->delta(1, "t");
  CHECK(has(encoder->heartbeat(), R"("index":0,"delta":{"type":"thinking_delta","thinking":""})"));
  encoder->close(1);
  CHECK(has(encoder->heartbeat(), "event: ping"));
}
