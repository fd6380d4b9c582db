#include "adapters/gemini_generate/codec.hpp"
#include "adapters/gemini_generate/part_writer.hpp"
#include "adapters/gemini_generate/parts.hpp"

namespace aigw::adapters::gemini_generate {
namespace {

using Reason = llm::Finish::Reason;

void write_candidate(json::Writer& out, const llm::Candidate& candidate, std::size_t index,
                     const llm::AnswerContext& context, llm::Losses& losses) {
  out.begin_object().key("content").begin_object().key("parts").begin_array();
  PartWriter parts(out, context);
  std::vector<llm::Citation> citations;
  for (const llm::Block& block : candidate.blocks) {
    parts.write(block, losses);
    if (const auto* text = block.as<llm::Text>())
      citations.insert(citations.end(), text->citations.begin(), text->citations.end());
  }
  parts.finish();
  out.end_array().member("role", "model").end_object();
  out.member("finishReason", parts.has_broken_call() && candidate.finish.reason != Reason::length
                                 ? "MALFORMED_FUNCTION_CALL"
                                 : finish_word(candidate.finish));
  if (!candidate.finish.explanation.empty()) out.member("finishMessage", candidate.finish.explanation);
  out.member("index", static_cast<std::int64_t>(index));
  write_citations(out, citations);
  if (candidate.logprobs.size() > 2)
    write_logprobs(out, std::string_view(candidate.logprobs).substr(1, candidate.logprobs.size() - 2));
  out.end_object();
}

}  // namespace

std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("candidates").begin_array();
  for (std::size_t index = 0; index < answer.candidates.size(); ++index)
    write_candidate(out, answer.candidates[index], index, context, losses);
  out.end_array();
  if (answer.usage) write_usage(out, *answer.usage);
  out.member("modelVersion", answer.model.empty() ? context.request->model : answer.model);
  out.member("responseId", answer.id.empty() ? context.request_id : std::string_view(answer.id));
  out.end_object();
  escape_line_ends(text);
  return text;
}

}  // namespace aigw::adapters::gemini_generate
