#pragma once
// What whole answers and streams of a provider have in common. Only for this folder.

#include "json/scan.hpp"
#include "llm/answer.hpp"

#include <optional>

namespace aigw::adapters::gemini_generate {

/// The members of one part of an answer.
struct AnswerPart {
  json::View text, call, blob;
  bool is_thought = false;
  bool is_server_side = false;  ///< a tool's that runs at Google
  std::optional<llm::Seal> seal;
};
AnswerPart read_answer_part(json::View part);

/// The members of an answer, or of one object of a stream. Cloud Code's servers wrap it in `{"response": ..}`.
struct AnswerMembers {
  json::View error, id, model, candidates, usage, feedback;
};
template <class Source>  // a json::View, or the json::Object that a whole answer was checked as
AnswerMembers read_answer_members(const Source& answer);

struct CandidateMembers {
  json::View index, content, logprobs, finish_reason, finish_message, grounding, citations;
};
CandidateMembers read_candidate_members(json::View candidate);

/// The prompt was refused: there are no candidates then.
std::optional<llm::Finish> read_prompt_block(json::View prompt_feedback);

}  // namespace aigw::adapters::gemini_generate
