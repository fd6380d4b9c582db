#include "adapters/translators.hpp"
#include "llm/block_ledger.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using llm::Dialect;

namespace {

const llm::Translator& chat() { return adapters::openai_chat_translator(); }

/// What a stream says, one word a call: "+text", the deltas, "-".
class Notes final : public llm::StreamSink {
 public:
  void start(std::string_view id, std::string_view model, std::int64_t) override { say("start", id, model); }
  void open(llm::BlockKey key, const llm::BlockOpening& opening) override {
    constexpr std::array<std::string_view, 5> kNames = {"text", "refusal", "thinking", "call", "custom"};
    say("+" + std::string(kNames[static_cast<std::size_t>(opening.kind)]) + std::to_string(key), opening.id,
        opening.name);
  }
  void delta(llm::BlockKey key, std::string_view piece) override {
    say(std::to_string(key) + ":" + std::string(piece));
  }
  void seal(llm::BlockKey, const llm::Seal& seal) override { say("seal", seal.bytes); }
  void cite(llm::BlockKey, const llm::Citation& citation) override { say("cite", citation.url); }
  void close(llm::BlockKey key) override { say("-" + std::to_string(key)); }
  void whole(std::uint32_t, const llm::Block&) override { say("whole"); }
  void logprobs(std::uint32_t, std::string_view elements) override { say("logprobs", elements); }
  void usage(const TokenUsage& usage) override { say("usage", std::to_string(usage.input + usage.output)); }
  void finish(std::uint32_t candidate, const llm::Finish& finish) override {
    say("finish" + std::to_string(candidate), finish.detail);
  }
  void error(const llm::ProviderError& error) override { say("error", error.message); }
  void end() override { say("end"); }
  std::string text;

 private:
  void say(std::string word, std::string_view first = {}, std::string_view second = {}) {
    text.append(text.empty() ? "" : " ").append(word);
    for (const std::string_view more : {first, second})
      if (!more.empty()) text.append("=").append(more);
  }
};

/// The chunks' data, one a line.
std::string heard(std::string_view lines) {
  Notes notes;
  const auto decoder = chat().stream_decoder();
  while (!lines.empty()) {
    const std::string_view data = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), data.size() + 1));
    decoder->on_event({.raw = data, .event = "", .data = data, .has_data = true}, notes);
  }
  decoder->at_end(notes);
  return notes.text;
}

std::string delta(std::string_view members, std::string_view finish = "null") {
  std::string out = R"({"id":"c","model":"m","choices":[{"index":0,"delta":{)";
  return out.append(members).append(R"(},"finish_reason":)").append(finish).append("}]}\n");
}

const std::string kStop = delta("", R"("stop")") + "[DONE]\n";

struct Client {
  llm::ChatRequest request{.dialect = Dialect::openai_chat, .model = "asked", .stream = true};
  std::unique_ptr<llm::StreamEncoder> encoder =
      chat().stream_encoder({.request = &request, .request_id = "req_1", .provider = "p", .created_s = 7});
};

std::string chunk(std::string_view delta, std::string_view finish = "null") {
  std::string out = R"(data: {"id":"chatcmpl-c","object":"chat.completion.chunk","created":7,"model":"m","choices":[)";
  out.append(R"({"index":0,"delta":{)").append(delta).append(R"(},"logprobs":null,"finish_reason":)");
  return out.append(finish).append("}]}\n\n");
}

const std::string kRole = chunk(R"("role":"assistant","content":"","refusal":null)");

}  // namespace

SCENARIO("a chunk that says nothing yet is no start") {
  CHECK(heard(R"({"id":"","model":"","choices":[],"prompt_filter_results":[]})"
              "\n" +
              delta(R"("role":"assistant","content":"")") + delta(R"("content":"a")") + kStop) ==
        "start=c=m +text1 1:a -1 finish0=stop end");
}

SCENARIO("reasoning, text and calls follow each other") {
  CHECK(heard(delta(R"("reasoning":"w")") + delta(R"("reasoning":"hy","content":null)") + delta(R"("content":"so")") +
              delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}])") +
              delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{}"}}])") +
              delta(R"("tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"x\":"}}])") +
              delta(R"("tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"1}"}}])",
                    R"("tool_calls")") +
              "[DONE]\n") ==
        "start=c=m +thinking1 1:w 1:hy seal=reasoning -1 +text2 2:so -2 +call3=a=f 3:{} -3 "
        "+call4=b=g 4:{\"x\": 4:1} -4 finish0=tool_calls end");
}

SCENARIO("calls in between each other stay open until their arguments are complete") {
  CHECK(
      heard(
          delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}},)"
                R"({"index":1,"id":"b","function":{"name":"g","arguments":"{"}}])") +
          delta(R"("tool_calls":[{"index":0,"function":{"arguments":"}"}},{"index":1,"function":{"arguments":"}"}}])") +
          kStop) == "start=c=m +call1=a=f 1:{ +call2=b=g 2:{ 1:} 2:} -1 -2 finish0=stop end");
}

SCENARIO("another id under the same index is another call") {
  CHECK(heard(delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}])") +
              delta(R"("tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}])") + kStop) ==
        "start=c=m +call1=a=f 1:{} -1 +call2=b=f 2:{} -2 finish0=stop end");
}

SCENARIO("arguments wait for a name that comes late; without one the answer is an error") {
  CHECK(heard(delta(R"("tool_calls":[{"index":0,"id":"a","function":{"arguments":"{"}}])") +
              delta(R"("tool_calls":[{"index":0,"function":{"name":"f","arguments":"}"}}])") + kStop) ==
        "start=c=m +call1=a=f 1:{ 1:} -1 finish0=stop end");
  CHECK(heard(delta(R"("tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}}])") + kStop) ==
        "start=c=m error=the provider sent a tool call without a name");
}

SCENARIO("the first finish holds, and usage may come in any chunk") {
  CHECK(heard(delta(R"("content":"a")", R"("stop")") + delta(R"("content":"")", R"("length")") +
              R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}})"
              "\n[DONE]\n") == "start=c=m +text1 1:a -1 finish0=stop usage=3 end");
  CHECK(heard(delta(R"("content":"a")", R"("stop")")) == "start=c=m +text1 1:a -1 finish0=stop end");
}

SCENARIO("a stream that breaks off or holds an error is an error") {
  CHECK(heard(delta(R"("content":"a")")) ==
        "start=c=m +text1 1:a error=the provider's stream broke off before its end");
  CHECK(heard("[DONE]\n") == "error=the provider's stream holds no answer");
  CHECK(heard(delta(R"("content":"a")") + R"({"error":{"message":"no more"},"choices":[{"finish_reason":"error"}]})"
                                          "\n[DONE]\n") == "start=c=m +text1 1:a error=no more");
}

SCENARIO("a client's stream says the role once, each call's name once, and its end") {
  Client client;
  llm::BlockLedger ledger(*client.encoder);
  ledger.start("c", "m", 0);
  ledger.open(1, {.kind = llm::BlockKind::text});
  ledger.delta(1, "a\"");
  ledger.close(1);
  ledger.open(2, {.kind = llm::BlockKind::tool_call, .id = "x", .name = "f"});
  ledger.close(2);
  ledger.finish(0, {});
  ledger.usage({.input = 1});
  ledger.end();
  CHECK(client.encoder->take() ==
        kRole + chunk(R"("content":"a\"")") +
            chunk(R"("tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":""}}])") +
            chunk(R"("tool_calls":[{"index":0,"function":{"arguments":"{}"}}])") + chunk("", R"("tool_calls")") +
            "data: [DONE]\n\n");
}

SCENARIO("usage goes to a client that asked for it") {
  Client client;
  client.request.usage_asked = true;
  client.encoder->start("c", "m", 0);
  client.encoder->usage({.input = 1, .output = 2});
  client.encoder->finish(0, {});
  client.encoder->end();
  const std::string out = client.encoder->take();
  CHECK(out.find(R"("finish_reason":"stop"}],"usage":null})") != std::string::npos);
  CHECK(out.find(R"("choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,)") !=
        std::string::npos);
}

SCENARIO("an error in the middle is an error object and the last thing") {
  Client client;
  client.encoder->start("c", "m", 0);
  client.encoder->error({.kind = llm::ProviderError::Kind::overloaded, .message = "busy"});
  CHECK(client.encoder->take() ==
        kRole + R"(data: {"error":{"message":"busy","type":"server_error","param":null,"code":"server_is_overloaded"}})"
                "\n\n");
}

SCENARIO("sealed thinking goes along for the client to send back") {
  Client client;
  llm::BlockLedger ledger(*client.encoder);
  ledger.start("c", "m", 0);
  ledger.open(1, {.kind = llm::BlockKind::thinking});
  ledger.delta(1, "why");
  ledger.seal(1, {Dialect::anthropic_messages, "", "s"});
  ledger.close(1);
  const std::string wrapped = llm::wrap({Dialect::anthropic_messages, "p", "s"});
  CHECK(client.encoder->take() == kRole + chunk(R"("reasoning_content":"why")") +
                                      chunk(R"("reasoning_details":[{"type":"reasoning.encrypted","data":")" + wrapped +
                                            R"(","aigw_text_bytes":3}])"));
}
