#include "adapters/openai_responses/items.hpp"

#include <algorithm>
#include <utility>

namespace aigw::adapters::openai_responses {
namespace {

using llm::Block;

/// Writes front to back: an item is begun when its first part comes and ended by what cannot be in it.
class AnswerEncoder {
 public:
  AnswerEncoder(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses)
      : answer_(answer), form_(context), losses_(losses), out_(text_, kBytesLikely) {}

  std::string write() {
    static const llm::Candidate kNothing;
    const llm::Candidate& candidate = answer_.candidates.empty() ? kNothing : answer_.candidates.front();
    if (answer_.candidates.size() > 1) losses_.add("choices", "only the first");
    if (candidate.finish.reason == llm::Finish::Reason::pause) losses_.add("output", "the provider paused");
    if (candidate.logprobs.size() > 2)
      logprobs_ = std::string_view(candidate.logprobs).substr(1, candidate.logprobs.size() - 2);
    const bool refuses =
        std::ranges::any_of(candidate.blocks, [](const Block& block) { return block.as<llm::Refusal>() != nullptr; });
    const auto [status, why] = status_of_finish(candidate.finish, refuses);
    const Envelope envelope{.id = form_.response_id(answer_.id),
                            .model = answer_.model,
                            .created_s = answer_.created_s,
                            .status = status,
                            .incomplete_reason = why,
                            .usage = answer_.usage ? &*answer_.usage : nullptr};
    form_.begin_response(out_, envelope);
    out_.begin_array();
    for (const Block& block : candidate.blocks) one(block);
    end_message();
    out_.end_array();
    form_.end_response(out_, envelope);
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kBytesLikely = 2048;

  std::string item_id(std::string_view prefix) { return form_.item_id(prefix, count_++); }

  void one(const Block& block) {
    if (const auto* text = block.as<llm::Text>()) return this->text(*text);
    if (const auto* refusal = block.as<llm::Refusal>()) {
      end_text();
      ensure_message();
      return write_refusal_part(out_, refusal->text);
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
    write_reasoning(out_, item_id("rs_"), text, sealed);
  }
  std::string sealed(llm::Seal seal, std::string_view owner = {}) {
    seal.provider = form_.provider();
    return carrier(seal, owner);
  }

  /// Neighbours are one part.
  void text(const llm::Text& text) {
    const std::int64_t offset = prose_.empty() ? 0 : code_points(prose_);
    for (const llm::Citation& citation : text.citations)
      if (!citation.url.empty())
        append_element(annotations_, [&](json::Writer& out) { write_annotation(out, citation, offset); });
    add_prose(text.text);
    if (!text.seal) return;
    end_message();
    reasoning({}, sealed(*text.seal, kTextOwner));
  }
  void add_prose(std::string_view more) {
    if (prose_.empty()) {
      prose_ = more;
      return;
    }
    if (prose_.data() != joined_.data()) joined_ = prose_;
    prose_ = joined_.append(more);
  }
  void end_text() {
    if (prose_.empty()) return;
    ensure_message();
    write_text_part(out_, prose_, annotations_, logprobs_);
    logprobs_ = {};
    prose_ = {};
    annotations_.clear();
  }
  void ensure_message() {
    if (std::exchange(in_message_, true)) return;
    begin_message(out_, item_id("msg_"), "completed");
    out_.begin_array();
  }
  void end_message() {
    end_text();
    if (std::exchange(in_message_, false)) out_.end_array().end_object();
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
    write_call(out_, form_, {.item_id = own_id, .call_id = id, .tool = call.name, .body = body, .custom = custom});
  }

  void media(const llm::Media& media) {
    if (media.kind != llm::Media::Kind::image || media.form != llm::Media::Form::base64) {
      losses_.add("output", "media");
      return;
    }
    write_image(out_, item_id("ig_"), media.data);
  }

  const llm::Answer& answer_;
  AnswerForm form_;
  llm::Losses& losses_;
  std::string text_;
  json::Writer out_;
  std::string_view prose_;  ///< of the open part: of one block, or joined_
  std::string joined_;
  std::string annotations_;    ///< elements
  std::string_view logprobs_;  ///< elements
  std::size_t count_ = 0;
  bool in_message_ = false;
};

}  // namespace

std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses) {
  return AnswerEncoder(answer, context, losses).write();
}

}  // namespace aigw::adapters::openai_responses
