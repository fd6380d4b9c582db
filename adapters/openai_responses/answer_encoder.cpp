#include "adapters/openai_responses/items.hpp"

#include <algorithm>

namespace aigw::adapters::openai_responses {
namespace {

using llm::Block;

class AnswerEncoder {
 public:
  AnswerEncoder(const llm::AnswerContext& context, llm::Losses& losses) : form_(context), losses_(losses) {}

  std::string write(const llm::Answer& answer) {
    static const llm::Candidate kNothing;
    const llm::Candidate& candidate = answer.candidates.empty() ? kNothing : answer.candidates.front();
    if (answer.candidates.size() > 1) losses_.add("choices", "only the first");
    if (candidate.logprobs.size() > 2) logprobs_ = candidate.logprobs.substr(1, candidate.logprobs.size() - 2);
    for (const Block& block : candidate.blocks) one(block);
    end_message();

    if (candidate.finish.reason == llm::Finish::Reason::pause) losses_.add("output", "the provider paused");
    const auto [status, why] = status_of_finish(candidate.finish, has_refusal_);
    std::string text;
    constexpr std::size_t kAroundItems = 1536;
    json::Writer out(text, items_.size() + kAroundItems);
    form_.write_response(out, {.id = form_.response_id(answer.id),
                               .model = answer.model,
                               .created_s = answer.created_s,
                               .status = status,
                               .incomplete_reason = why,
                               .output = items_,
                               .usage = answer.usage ? &*answer.usage : nullptr});
    return text;
  }

 private:
  std::string item_id(std::string_view prefix) { return form_.item_id(prefix, count_++); }

  void one(const Block& block) {
    if (const auto* text = block.as<llm::Text>()) return this->text(*text);
    if (const auto* refusal = block.as<llm::Refusal>()) {
      end_text();
      append_element(parts_, [&](json::Writer& out) { write_refusal_part(out, refusal->text); });
      has_refusal_ = true;
      return;
    }
    end_message();
    if (const auto* thinking = block.as<llm::Thinking>()) {
      if (thinking->text.empty() && !thinking->seal) return;
      reasoning(thinking->text, thinking->seal ? sealed(*thinking->seal) : "");
    } else if (const auto* call = block.as<llm::ToolCall>()) {
      this->call(*call);
    } else if (const auto* media = block.as<llm::Media>()) {
      this->media(*media);
    } else if (const auto* opaque = block.as<llm::Opaque>()) {
      losses_.add("output", opaque->kind + " of another dialect");
    }
  }

  void reasoning(std::string_view text, std::string_view sealed) {
    append_element(items_, [&](json::Writer& out) { write_reasoning(out, item_id("rs_"), text, sealed); });
  }
  std::string sealed(llm::Seal seal, std::string_view owner = {}) {
    seal.provider = form_.provider();
    return carrier(seal, owner);
  }

  /// Neighbours are one part.
  void text(const llm::Text& text) {
    const std::int64_t offset = text_.empty() ? 0 : code_points(text_);
    for (const llm::Citation& citation : text.citations)
      if (!citation.url.empty())
        append_element(annotations_, [&](json::Writer& out) { write_annotation(out, citation, offset); });
    text_ += text.text;
    has_text_ = has_text_ || !text.text.empty();
    if (!text.seal) return;
    end_message();
    reasoning({}, sealed(*text.seal, kTextOwner));
  }
  void end_text() {
    if (!has_text_) return;
    append_element(parts_, [&](json::Writer& out) { write_text_part(out, text_, annotations_, logprobs_); });
    logprobs_.clear();
    text_.clear();
    annotations_.clear();
    has_text_ = false;
  }
  void end_message() {
    end_text();
    if (parts_.empty()) return;
    append_element(items_, [&](json::Writer& out) { write_message(out, item_id("msg_"), "completed", parts_); });
    parts_.clear();
  }

  void call(const llm::ToolCall& call) {
    const std::string id = form_.call_id(call.id, count_);
    if (call.seal) reasoning({}, sealed(*call.seal, id));
    const bool emulated = !call.custom && form_.is_emulated(call.name);
    const bool custom = call.custom || emulated;
    const std::string body = emulated                            ? unwrapped(call.arguments)
                             : call.arguments.empty() && !custom ? "{}"
                                                                 : call.arguments;
    const std::string own_id = item_id(custom ? "ctc_" : "fc_");
    append_element(items_, [&](json::Writer& out) {
      write_call(out, form_, {.item_id = own_id, .call_id = id, .tool = call.name, .body = body, .custom = custom});
    });
  }

  void media(const llm::Media& media) {
    if (media.kind != llm::Media::Kind::image || media.form != llm::Media::Form::base64) {
      losses_.add("output", "media");
      return;
    }
    append_element(items_, [&](json::Writer& out) { write_image(out, item_id("ig_"), media.data); });
  }

  AnswerForm form_;
  llm::Losses& losses_;
  std::string items_, parts_, text_, annotations_, logprobs_;  // lists without their brackets
  std::size_t count_ = 0;
  bool has_text_ = false;
  bool has_refusal_ = false;
};

}  // namespace

std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses) {
  return AnswerEncoder(context, losses).write(answer);
}

}  // namespace aigw::adapters::openai_responses
