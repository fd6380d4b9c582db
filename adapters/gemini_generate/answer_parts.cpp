#include "adapters/gemini_generate/members.hpp"
#include "adapters/gemini_generate/parts.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"
#include "json/scan.hpp"
#include "json/splice.hpp"
#include "llm/seal.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters::gemini_generate {
namespace {

using json::View;
using Reason = llm::Finish::Reason;

struct FinishRow {
  std::string_view word;
  Reason reason;
};
// What is not here is `other`. Gemini API reference and google-genai 3.4, 2026-11-23.
constexpr std::array kFinishes = {
    FinishRow{"STOP", Reason::stop},
    FinishRow{"MAX_TOKENS", Reason::length},
    FinishRow{"CONTINUATION", Reason::length},
    FinishRow{"SAFETY", Reason::filter},
    FinishRow{"RECITATION", Reason::filter},
    FinishRow{"BLOCKLIST", Reason::filter},
    FinishRow{"PROHIBITED_CONTENT", Reason::filter},
    FinishRow{"SPII", Reason::filter},
    FinishRow{"IMAGE_SAFETY", Reason::filter},
    FinishRow{"IMAGE_PROHIBITED_CONTENT", Reason::filter},
    FinishRow{"IMAGE_RECITATION", Reason::filter},
    FinishRow{"MODEL_ARMOR", Reason::filter},
    FinishRow{"ESCALATION", Reason::filter},
    FinishRow{"PUP_LIMITED_DISABLED", Reason::filter},
};

/// One token as OpenAI has it. `shown`: its alternatives, complete elements.
void write_token(json::Writer& out, View candidate, const std::string* shown) {
  out.begin_object();
  out.member("token", candidate["token"].string().value_or(""));
  const View logprob = candidate["logProbability"];
  out.key("logprob").raw(logprob.type() == json::Type::number ? logprob.raw() : "0").key("bytes").null();
  if (shown) out.key("top_logprobs").begin_array().raw(*shown).end_array();
  out.end_object();
}

void write_google_token(json::Writer& out, View token) {
  out.begin_object();
  out.member("token", token["token"].string().value_or(""));
  if (const View logprob = token["logprob"]; logprob.type() == json::Type::number)
    out.key("logProbability").raw(logprob.raw());
  out.end_object();
}

std::int64_t code_points(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; });
}

/// The text block that holds `quote`, and where; by that and not by the offsets, which count bytes of one part.
void add_citation(std::vector<llm::Block>& blocks, std::string_view quote, llm::Citation citation) {
  llm::Text* fallback = nullptr;
  for (llm::Block& block : blocks) {
    auto* text = block.as<llm::Text>();
    if (!text) continue;
    if (!fallback) fallback = text;
    const auto found = quote.empty() ? std::string::npos : text->text.find(quote);
    if (found == std::string::npos) continue;
    citation.start = code_points(std::string_view(text->text).substr(0, found));
    citation.end = citation.start + code_points(quote);
    text->citations.push_back(std::move(citation));
    return;
  }
  if (fallback) fallback->citations.push_back(std::move(citation));
}

}  // namespace

llm::Seal read_signature(std::string_view signature) {
  if (const auto bytes = base64::decode(signature))
    if (auto ours = llm::unwrap(*bytes)) return *std::move(ours);
  return {.dialect = kDialect, .provider = {}, .bytes = std::string(signature)};
}

std::string signature_of(const llm::Seal& seal, const llm::AnswerContext& context) {
  llm::Seal whose = seal;
  whose.provider = context.provider;
  return base64::encode(llm::wrap(whose));
}

llm::Media read_inline_data(View blob) {
  llm::Media media;
  blob.each_member([&](std::string_view name, View value) {
    if (name == "data") media.data = standard_base64(value.string().value_or(""));
    if (is_named(name, "mimeType")) media.mime = value.string().value_or("");
    if (is_named(name, "displayName")) media.name = value.string().value_or("");
  });
  media.mime = text::to_lower(media.mime.substr(0, media.mime.find(';')));
  if (media.mime == "image/jpg") media.mime = "image/jpeg";
  media.kind = media_kind_of(media.mime);
  return media;
}

llm::Finish read_finish(std::string_view word, std::string message) {
  const auto row = std::ranges::find(kFinishes, word, &FinishRow::word);
  llm::Finish finish{.reason = row == kFinishes.end() ? Reason::other : row->reason, .detail = std::string(word)};
  finish.explanation = std::move(message);
  return finish;
}

std::string_view finish_word(const llm::Finish& finish) {
  switch (finish.reason) {
    case Reason::stop:
    case Reason::tool:
    case Reason::pause:
      return "STOP";
    case Reason::length:
      return "MAX_TOKENS";
    case Reason::filter:
      return "SAFETY";
    case Reason::other:
      break;
  }
  return "OTHER";
}

void write_usage(json::Writer& out, const TokenUsage& usage) {
  const std::int64_t prompt = usage.input + usage.cache_read + usage.cache_write;
  out.key("usageMetadata").begin_object().member("promptTokenCount", prompt);
  if (usage.cache_read > 0) out.member("cachedContentTokenCount", usage.cache_read);
  out.member("candidatesTokenCount", usage.output - usage.reasoning);
  if (usage.reasoning > 0) out.member("thoughtsTokenCount", usage.reasoning);
  out.member("totalTokenCount", prompt + usage.output).end_object();
}

std::optional<std::string> call_arguments(const llm::ToolCall& call) {
  if (call.custom) return "{\"input\":" + json::quote(call.arguments) + "}";
  const std::string_view text = text::trim(call.arguments);
  if (text.empty() || text == "null") return "{}";
  if (!json::scan_answer(text)) return std::nullopt;
  return std::string(text);
}

std::string read_logprobs(View result) {
  if (!result) return {};
  std::vector<std::string> alternatives;
  result["topCandidates"].each([&](View step) {
    std::string text;
    json::Writer out(text);
    step["candidates"].each([&](View candidate) { write_token(out, candidate, nullptr); });
    alternatives.push_back(std::move(text));
  });
  std::string elements;
  json::Writer out(elements);
  std::size_t index = 0;
  const std::string none;
  result["chosenCandidates"].each([&](View chosen) {
    write_token(out, chosen, index < alternatives.size() ? &alternatives[index] : &none);
    ++index;
  });
  return elements;
}

void write_logprobs(json::Writer& out, std::string_view elements) {
  if (elements.empty()) return;
  const std::string list = "[" + std::string(elements) + "]";
  out.key("logprobsResult").begin_object().key("chosenCandidates").begin_array();
  View::of(list).each([&](View token) { write_google_token(out, token); });
  out.end_array().key("topCandidates").begin_array();
  View::of(list).each([&](View token) {
    out.begin_object().key("candidates").begin_array();
    token["top_logprobs"].each([&](View other) { write_google_token(out, other); });
    out.end_array().end_object();
  });
  out.end_array().end_object();
}

void read_citations(View grounding_metadata, View citation_metadata, std::vector<llm::Block>& blocks) {
  const auto [sources, supports] =
      grounding_metadata.members(std::array<std::string_view, 2>{"groundingChunks", "groundingSupports"});
  std::vector<View> chunks;
  sources.each([&](View chunk) { chunks.push_back(chunk); });
  supports.each([&](View support) {
    const std::string quote = support["segment"]["text"].string().value_or("");
    support["groundingChunkIndices"].each([&](View number) {
      const auto index = number.integer();
      if (!index || *index < 0 || static_cast<std::size_t>(*index) >= chunks.size()) return;
      View source = chunks[static_cast<std::size_t>(*index)]["web"];
      if (!source) source = chunks[static_cast<std::size_t>(*index)]["retrievedContext"];
      llm::Citation citation;
      citation.url = source["uri"].string().value_or("");
      citation.title = source["title"].string().value_or("");
      if (!citation.url.empty()) add_citation(blocks, quote, std::move(citation));
    });
  });
  citation_metadata["citationSources"].each([&](View source) {
    llm::Citation citation;
    citation.url = source["uri"].string().value_or("");
    citation.title = source["title"].string().value_or("");
    if (!citation.url.empty()) add_citation(blocks, {}, std::move(citation));
  });
}

void write_citations(json::Writer& out, const std::vector<llm::Citation>& citations) {
  if (citations.empty()) return;
  out.key("groundingMetadata").begin_object().key("groundingChunks").begin_array();
  for (const llm::Citation& citation : citations) {
    out.begin_object().key("web").begin_object().member("uri", citation.url);
    if (!citation.title.empty()) out.member("title", citation.title);
    out.end_object().end_object();
  }
  out.end_array().end_object();
}

}  // namespace aigw::adapters::gemini_generate
