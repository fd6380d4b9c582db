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

/// The prompt was refused: there are no candidates then.
std::optional<llm::Finish> read_prompt_block(json::View answer);

/// Cloud Code's servers wrap the answer in `{"response": ..}`.
json::View unwrapped(json::View answer);

}  // namespace aigw::adapters::gemini_generate
