// Whatever a client or a provider sends, what comes of it in each other dialect is JSON, and a stream gives the same
// however it is split.

#include "adapters/model_traits.hpp"
#include "adapters/translators.hpp"
#include "http/sse.hpp"
#include "llm/block_ledger.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

using namespace aigw;

namespace {

constexpr std::string_view kModel = "m";

void require_json(std::string_view text) { fuzz::require(json::check_value(text).ok()); }

/// The client whose answers are written: its request has a tool of each kind.
const llm::ChatRequest& asked() {
  static const llm::ChatRequest request = [] {
    llm::ChatRequest made{.model = std::string(kModel)};
    made.tools = {{.name = "f", .schema = R"({"type":"object"})"}, {.kind = llm::Tool::Kind::custom, .name = "g"}};
    return made;
  }();
  return request;
}
const llm::AnswerContext kContext{.request = &asked(), .request_id = "req_1", .provider = "p", .created_s = 1};

void request(std::string_view text) {
  const auto body = json::scan_object(text);
  if (!body) return;
  for (const llm::Dialect from : llm::kDialects) {
    llm::Losses losses;
    const auto read = adapters::translator(from)->decode_request(*body, kModel, losses);
    if (!read) continue;
    for (const llm::Dialect to : llm::kDialects) {
      const auto written = adapters::translator(to)->encode_request(
          *read, {.provider = "p", .model = kModel, .traits = adapters::model_traits(kModel)}, losses);
      if (written) require_json(written->body);
    }
  }
}

void answer(std::string_view text) {
  for (const llm::Dialect from : llm::kDialects) {
    const auto read = adapters::translator(from)->decode_answer(text);
    if (!read) continue;
    llm::Losses losses;
    for (const llm::Dialect to : llm::kDialects)
      require_json(adapters::translator(to)->encode_answer(*read, kContext, losses));
  }
}

std::string streamed(llm::Dialect from, llm::Dialect to, const std::vector<std::string_view>& parts) {
  const auto decoder = adapters::translator(from)->stream_decoder();
  const auto encoder = adapters::translator(to)->stream_encoder(kContext);
  if (!decoder || !encoder) return {};
  llm::BlockLedger ledger(*encoder);
  http::SseSplitter splitter;
  for (const std::string_view part : parts) {
    if (!splitter.push(part)) return {};
    while (const auto raw = splitter.next()) decoder->on_event(http::parse_event(*raw), ledger);
  }
  splitter.finish();
  while (const auto raw = splitter.next()) decoder->on_event(http::parse_event(*raw), ledger);
  decoder->at_end(ledger);
  return encoder->take();
}

void stream(const fuzz::Input& input) {
  for (const llm::Dialect from : llm::kDialects)
    for (const llm::Dialect to : llm::kDialects) {
      const std::string whole = streamed(from, to, {input.text});
      fuzz::require(whole == streamed(from, to, {input.first(), input.second()}));
      http::SseSplitter splitter;
      fuzz::require(splitter.push(whole).ok());
      while (const auto raw = splitter.next()) {
        const http::SseEvent event = http::parse_event(*raw);
        if (event.has_data && event.data != "[DONE]") require_json(event.data);
      }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  if (input.text.find("data:") != std::string_view::npos) {
    stream(input);
  } else {
    request(input.text);
    answer(input.text);
  }
  return 0;
}
