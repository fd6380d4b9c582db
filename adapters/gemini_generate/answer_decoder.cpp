#include "adapters/gemini_generate/answer_decoder.hpp"

#include "adapters/gemini_generate/codec.hpp"
#include "adapters/gemini_generate/parts.hpp"

#include <array>

namespace aigw::adapters::gemini_generate {
namespace {

using json::Type;
using json::View;

llm::Block server_block(View part) {
  std::string kind = "part";
  part.each_member([&](std::string_view name, View) {
    if (name != "thought" && name != "thoughtSignature") kind = name;
  });
  return {.value = llm::Opaque{kDialect, std::move(kind), std::string(part.raw())}};
}

/// A signature on nothing seals what came before it.
void attach_seal(std::vector<llm::Block>& blocks, llm::Seal seal) {
  if (!blocks.empty()) {
    if (auto* text = blocks.back().as<llm::Text>(); text && !text->seal) {
      text->seal = std::move(seal);
      return;
    }
    if (auto* thinking = blocks.back().as<llm::Thinking>(); thinking && !thinking->seal) {
      thinking->seal = std::move(seal);
      return;
    }
  }
  blocks.push_back({.value = llm::Thinking{.text = {}, .redacted = true, .seal = std::move(seal)}});
}

/// Neighbouring parts of a kind are one text, as if they had been streamed.
void add_text(std::vector<llm::Block>& blocks, const AnswerPart& part) {
  const std::string text = part.text.string().value_or("");
  if (text.empty()) {
    if (part.seal) attach_seal(blocks, *part.seal);
    return;
  }
  if (part.is_thought) {
    auto* open = blocks.empty() ? nullptr : blocks.back().as<llm::Thinking>();
    if (open && !open->redacted && !open->seal) {
      open->text.append(text);
      open->seal = part.seal;
    } else {
      blocks.push_back({.value = llm::Thinking{.text = text, .redacted = false, .seal = part.seal}});
    }
    return;
  }
  auto* open = blocks.empty() ? nullptr : blocks.back().as<llm::Text>();
  if (open && !open->seal) {
    open->text.append(text);
    open->seal = part.seal;
  } else {
    llm::Text block{.text = text};
    block.seal = part.seal;
    blocks.push_back({.value = std::move(block)});
  }
}

void add_part(std::vector<llm::Block>& blocks, View view) {
  const AnswerPart part = read_answer_part(view);
  if (part.call) {
    const auto [id, name, arguments] = part.call.members(std::array<std::string_view, 3>{"id", "name", "args"});
    llm::ToolCall call{.id = id.string().value_or(""), .name = name.string().value_or("")};
    call.arguments = arguments.type() == Type::object ? arguments.raw() : "{}";
    call.seal = part.seal;
    if (!call.name.empty()) blocks.push_back({.value = std::move(call)});
  } else if (part.blob) {
    blocks.push_back({.value = read_inline_data(part.blob)});
  } else if (part.text || part.seal) {
    add_text(blocks, part);
  } else if (part.is_server_side) {
    blocks.push_back(server_block(view));
  }
}

llm::Candidate read_candidate(View view) {
  const CandidateMembers members = read_candidate_members(view);
  llm::Candidate candidate;
  members.content["parts"].each([&](View part) { add_part(candidate.blocks, part); });
  read_citations(members.grounding, members.citations, candidate.blocks);
  if (const std::string elements = read_logprobs(members.logprobs); !elements.empty())
    candidate.logprobs = "[" + elements + "]";
  candidate.finish =
      read_finish(members.finish_reason.string().value_or(""), members.finish_message.string().value_or(""));
  llm::settle_finish(candidate);
  return candidate;
}

}  // namespace

AnswerPart read_answer_part(View part) {
  AnswerPart out;
  part.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "text")
      out.text = value;
    else if (name == "thought")
      out.is_thought = value.boolean().value_or(false);
    else if (name == "thoughtSignature")
      out.seal = llm::Seal{kDialect, {}, value.string().value_or("")};
    else if (name == "functionCall")
      out.call = value;
    else if (name == "inlineData")
      out.blob = value;
    else
      out.is_server_side = true;
  });
  // A server-side part's own signature means nothing without the part.
  if (out.is_server_side && !out.text && !out.call && !out.blob) out.seal.reset();
  return out;
}

template <class Source>
AnswerMembers read_answer_members(const Source& answer) {
  const auto [wrapped, error, id, model, candidates, usage, feedback] = answer.members(std::array<std::string_view, 7>{
      "response", "error", "responseId", "modelVersion", "candidates", "usageMetadata", "promptFeedback"});
  if (wrapped.type() == Type::object) return read_answer_members(wrapped);
  return {.error = error, .id = id, .model = model, .candidates = candidates, .usage = usage, .feedback = feedback};
}
template AnswerMembers read_answer_members(const View&);

CandidateMembers read_candidate_members(View candidate) {
  const auto [index, content, logprobs, finish_reason, finish_message, grounding, citations] =
      candidate.members(std::array<std::string_view, 7>{"index", "content", "logprobsResult", "finishReason",
                                                        "finishMessage", "groundingMetadata", "citationMetadata"});
  return {.index = index,
          .content = content,
          .logprobs = logprobs,
          .finish_reason = finish_reason,
          .finish_message = finish_message,
          .grounding = grounding,
          .citations = citations};
}

std::optional<llm::Finish> read_prompt_block(View prompt_feedback) {
  const auto reason = prompt_feedback["blockReason"].string();
  if (!reason) return std::nullopt;
  return llm::Finish{.reason = llm::Finish::Reason::filter,
                     .detail = *reason,
                     .stop_sequence = {},
                     .explanation = prompt_feedback["blockReasonMessage"].string().value_or("the prompt was blocked")};
}

Result<llm::Answer> decode_answer(std::string_view body) {
  const auto object = json::scan_answer(body);
  if (!object) return make_error(ErrorKind::upstream_invalid, "the answer is no JSON object");
  const AnswerMembers members = read_answer_members(*object);
  const auto blocked = read_prompt_block(members.feedback);
  if (members.candidates.type() != Type::array && !blocked)
    return make_error(ErrorKind::upstream_invalid, "the answer has no candidates");
  llm::Answer answer;
  answer.id = members.id.string().value_or("");
  answer.model = members.model.string().value_or("");
  answer.usage = read_usage(members.usage);
  members.candidates.each([&](View candidate) { answer.candidates.push_back(read_candidate(candidate)); });
  if (answer.candidates.empty()) answer.candidates.push_back({.blocks = {}, .finish = blocked.value_or(llm::Finish{})});
  return answer;
}

}  // namespace aigw::adapters::gemini_generate
