#include "adapters/openai_chat/parts.hpp"
#include "adapters/translation.hpp"

#include <algorithm>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::Writer;
using llm::AnswerContext;
using llm::Block;
using llm::Candidate;
using llm::Losses;
using llm::ToolCall;

/// What a message says, gathered from an answer's blocks.
struct Said {
  std::string text, refusal, reasoning;
  std::vector<llm::Citation> citations;
  std::vector<const ToolCall*> calls;
  struct Sealed {
    const llm::Seal* seal = nullptr;
    std::size_t reasoning_bytes = 0;
    bool has_reasoning = false;
  };
  std::vector<Sealed> sealed;
};

/// Citations count from the start of their block, which stands behind what was said before.
std::int64_t code_points(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

Said gather(const Candidate& candidate, Losses& losses) {
  Said said;
  for (const Block& block : candidate.blocks) {
    if (const auto* text = block.as<llm::Text>()) {
      for (llm::Citation citation : text->citations) {
        const std::int64_t offset = citation.end > 0 ? code_points(said.text) : 0;
        citation.start += offset;
        citation.end += offset;
        said.citations.push_back(std::move(citation));
      }
      said.text += text->text;
      if (text->seal) said.sealed.push_back({.seal = &*text->seal});
    } else if (const auto* refusal = block.as<llm::Refusal>()) {
      said.refusal += refusal->text;
    } else if (const auto* thinking = block.as<llm::Thinking>()) {
      if (!said.reasoning.empty() && !thinking->text.empty()) said.reasoning += "\n\n";
      said.reasoning += thinking->text;
      if (thinking->seal) said.sealed.push_back({&*thinking->seal, thinking->text.size(), !thinking->redacted});
    } else if (const auto* call = block.as<ToolCall>()) {
      said.calls.push_back(call);
    } else if (const auto* opaque = block.as<llm::Opaque>()) {
      losses.add("choices[0].message", opaque->kind);
    } else {
      losses.add("choices[0].message", "media");
    }
  }
  return said;
}

void write_call(Writer& out, const ToolCall& call, std::string_view id, const AnswerContext& context) {
  const std::string_view kind = call.custom ? "custom" : "function";
  out.begin_object().member("id", id).member("type", kind).key(kind).begin_object();
  out.member("name", call.name).key(call.custom ? "input" : "arguments").string(call.arguments);
  out.end_object();
  if (call.seal) write_call_seal(out, *call.seal, context.provider);
  out.end_object();
}

void write_calls(Writer& out, const Said& said, const AnswerContext& context) {
  if (said.calls.empty()) return;
  if (context.request->legacy_functions) {
    out.key("function_call").begin_object();
    out.member("name", said.calls.front()->name).member("arguments", said.calls.front()->arguments).end_object();
    return;
  }
  CallIds ids(context.request_id);
  out.key("tool_calls").begin_array();
  for (const ToolCall* call : said.calls) write_call(out, *call, ids.next(call->id), context);
  out.end_array();
}

void write_message(Writer& out, const Said& said, const AnswerContext& context) {
  out.key("message").begin_object().member("role", "assistant").key("content");
  if (said.text.empty() && (!said.calls.empty() || !said.refusal.empty()))
    out.null();
  else
    out.string(said.text);
  out.key("refusal");
  if (said.refusal.empty())
    out.null();
  else
    out.string(said.refusal);
  if (!said.reasoning.empty()) out.key(kReasoningContent).string(said.reasoning);
  if (!said.sealed.empty()) {
    out.key("reasoning_details").begin_array();
    for (const Said::Sealed& sealed : said.sealed)
      write_seal(out, *sealed.seal, context.provider, sealed.reasoning_bytes, !sealed.has_reasoning);
    out.end_array();
  }
  if (!said.citations.empty()) {
    out.key("annotations").begin_array();
    for (const llm::Citation& citation : said.citations) write_citation(out, citation);
    out.end_array();
  }
  write_calls(out, said, context);
  out.end_object();
}

void write_choice(Writer& out, const Candidate& candidate, std::size_t index, const AnswerContext& context,
                  Losses& losses) {
  out.begin_object().member("index", static_cast<std::int64_t>(index));
  write_message(out, gather(candidate, losses), context);
  out.key("logprobs");
  if (candidate.logprobs.empty())
    out.null();
  else
    out.begin_object().key("content").raw(candidate.logprobs).key("refusal").null().end_object();
  out.member("finish_reason", finish_word(candidate.finish, context.request->legacy_functions)).end_object();
}

}  // namespace

std::string CallIds::next(std::string_view provider_id) {
  std::string id = llm::is_legal_call_id(provider_id, llm::kCallIdCharsMax) ? std::string(provider_id)
                   : provider_id.empty() ? llm::made_call_id("call_", request_id_, given_.size())
                                         : llm::call_id_for(provider_id, llm::kCallIdCharsMax);
  if (std::ranges::find(given_, id) != given_.end()) id = llm::made_call_id("call_", request_id_, given_.size());
  return given_.emplace_back(std::move(id));
}

std::string_view finish_word(const llm::Finish& finish, bool legacy_functions) {
  using Reason = llm::Finish::Reason;
  switch (finish.reason) {
    case Reason::length:
      return "length";
    case Reason::tool:
      return legacy_functions ? "function_call" : "tool_calls";
    case Reason::filter:
      return "content_filter";
    case Reason::stop:
    case Reason::pause:
    case Reason::other:
      break;
  }
  return "stop";
}

void write_usage(Writer& out, const TokenUsage& usage) {
  const std::int64_t prompt = usage.input + usage.cache_read + usage.cache_write;
  out.begin_object();
  out.member("prompt_tokens", prompt).member("completion_tokens", usage.output);
  out.member("total_tokens", prompt + usage.output);
  out.key("prompt_tokens_details").begin_object().member("cached_tokens", usage.cache_read);
  if (usage.cache_write > 0) out.member("cache_write_tokens", usage.cache_write);
  out.member("audio_tokens", 0).end_object();
  out.key("completion_tokens_details").begin_object().member("reasoning_tokens", usage.reasoning);
  out.member("audio_tokens", 0).end_object();
  out.end_object();
}

std::string answer_id(std::string_view provider_id, std::string_view request_id) {
  if (provider_id.starts_with("chatcmpl")) return std::string(provider_id);
  const std::string_view source = provider_id.empty() ? request_id : provider_id;
  return "chatcmpl-" + std::string(source.substr(source.find('_') + 1));
}

void write_citation(Writer& out, const llm::Citation& citation) {
  out.begin_object().member("type", "url_citation").key("url_citation").begin_object();
  out.member("start_index", citation.start).member("end_index", citation.end);
  out.member("title", citation.title).member("url", citation.url);
  out.end_object().end_object();
}

std::string encode_answer(const llm::Answer& answer, const AnswerContext& context, Losses& losses) {
  std::string text;
  Writer out(text);
  out.begin_object();
  out.member("id", answer_id(answer.id, context.request_id)).member("object", "chat.completion");
  out.member("created", answer.created_s > 0 ? answer.created_s : context.created_s);
  out.member("model", answer.model.empty() ? context.request->model : answer.model);
  out.key("choices").begin_array();
  for (std::size_t index = 0; index < answer.candidates.size(); ++index)
    write_choice(out, answer.candidates[index], index, context, losses);
  if (answer.candidates.empty())
    write_choice(out, {.finish = {.reason = llm::Finish::Reason::filter}}, 0, context, losses);
  out.end_array();
  if (answer.usage) {
    out.key("usage");
    write_usage(out, *answer.usage);
  }
  out.end_object();
  return text;
}

}  // namespace aigw::adapters::openai_chat
