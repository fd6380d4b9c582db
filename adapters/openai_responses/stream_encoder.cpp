#include "adapters/openai_responses/codec.hpp"
#include "adapters/openai_responses/items.hpp"
#include "adapters/translators.hpp"
#include "base/text.hpp"

namespace aigw::adapters::openai_responses {
namespace {

using llm::BlockKey;
using llm::BlockKind;

/// The ledger opens one block at a time. Each is an item, but neighbouring texts are one part of one message, which
/// therefore stays open until something else comes.
class ResponsesStreamEncoder final : public llm::StreamEncoder {
 public:
  explicit ResponsesStreamEncoder(const llm::AnswerContext& context) : context_(context), form_(context) {
    envelope_.created_s = context.created_s;
    envelope_.id = form_.response_id({});
  }

  void start(std::string_view id, std::string_view model, std::int64_t created_s) override {
    envelope_.id = form_.response_id(id);
    envelope_.model = model;
    if (created_s != 0) envelope_.created_s = created_s;
    response_event("response.created");
    response_event("response.in_progress");
  }

  void open(BlockKey, const llm::BlockOpening& opening) override {
    muted_ = opening.candidate != 0;
    if (muted_) return;
    kind_ = opening.kind;
    seal_.reset();
    if (kind_ == BlockKind::text || kind_ == BlockKind::refusal) return open_part();
    close_message();
    body_.clear();
    if (kind_ == BlockKind::thinking)
      open_item("rs_", [](json::Writer& out, std::string_view id) { write_reasoning(out, id, {}, {}); });
    else
      open_call(opening);
  }

  void delta(BlockKey, std::string_view piece) override {
    if (muted_) return;
    body_ += piece;
    switch (kind_) {
      case BlockKind::text:
        return piece_event("response.output_text.delta", piece, Place::part);
      case BlockKind::refusal:
        return piece_event("response.refusal.delta", piece, Place::part);
      case BlockKind::thinking:
        if (body_.size() == piece.size()) summary_part_event("response.reasoning_summary_part.added", {});
        return piece_event("response.reasoning_summary_text.delta", piece, Place::summary);
      case BlockKind::tool_call:
        return piece_event("response.function_call_arguments.delta", piece, Place::item);
      case BlockKind::custom_call:
        // An emulated tool's text lies inside of the arguments: it is known when they are complete.
        if (!emulated_) piece_event("response.custom_tool_call_input.delta", piece, Place::item);
    }
  }

  void seal(BlockKey, const llm::Seal& seal) override {
    if (muted_) return;
    seal_ = seal;
    seal_->provider = form_.provider();
  }

  void cite(BlockKey, const llm::Citation& citation) override {
    if (muted_ || kind_ != BlockKind::text || citation.url.empty()) return;
    const std::int64_t offset = code_points(std::string_view(body_).substr(0, block_begins_));
    event("response.output_text.annotation.added", [&](json::Writer& out) {
      place(out, Place::part).member("annotation_index", annotation_count_++).key("annotation");
      write_annotation(out, citation, offset);
    });
    append_element(annotations_, [&](json::Writer& out) { write_annotation(out, citation, offset); });
  }

  void close(BlockKey) override {
    if (muted_) return;
    switch (kind_) {
      case BlockKind::text:
        if (!seal_) return;
        close_message();
        return one_piece("rs_", [this](json::Writer& out, std::string_view id) {
          write_reasoning(out, id, {}, carrier(*seal_, kTextOwner));
        });
      case BlockKind::refusal:
        return;
      case BlockKind::thinking:
        return close_reasoning();
      case BlockKind::tool_call:
      case BlockKind::custom_call:
        return close_call();
    }
  }

  void whole(std::uint32_t candidate, const llm::Block& block) override {
    if (candidate != 0) return;
    if (const auto* thinking = block.as<llm::Thinking>(); thinking && thinking->seal) {
      close_message();
      llm::Seal seal = *thinking->seal;
      seal.provider = form_.provider();
      one_piece("rs_", [&](json::Writer& out, std::string_view id) { write_reasoning(out, id, {}, carrier(seal)); });
    } else if (const auto* media = block.as<llm::Media>();
               media && media->kind == llm::Media::Kind::image && media->form == llm::Media::Form::base64) {
      close_message();
      one_piece("ig_", [&](json::Writer& out, std::string_view id) { write_image(out, id, media->data); });
    }
  }

  void logprobs(std::uint32_t candidate, std::string_view elements) override {
    if (candidate == 0) logprobs_.append(logprobs_.empty() ? "" : ",").append(elements);
  }
  void usage(const TokenUsage& usage) override { usage_ = usage; }
  void finish(std::uint32_t candidate, const llm::Finish& finish) override {
    if (candidate == 0) finish_ = finish;
  }

  void error(const llm::ProviderError& error) override {
    llm::ProviderError told = error;
    // Codex reads from the words how long to wait.
    if (told.kind == llm::ProviderError::Kind::rate && told.retry_after_ms &&
        !text::contains(told.message, "try again in"))
      told.message += " Please try again in " + std::to_string((*told.retry_after_ms + 999) / 1000) + "s.";
    const std::string body = openai_chat_translator().encode_provider_error(told, context_.request_id);
    out_ += failure_events({.sequence = sequence_,
                            .response_id = envelope_.id,
                            .model = envelope_.model,
                            .created_s = envelope_.created_s,
                            .output = output_,
                            .error = json::View::of(body)["error"].raw()});
  }

  void end() override {
    close_message();
    const auto [status, why] = status_of_finish(finish_, has_refusal_);
    envelope_.status = status;
    envelope_.incomplete_reason = why;
    envelope_.output = output_;
    envelope_.usage = usage_ ? &*usage_ : nullptr;
    response_event(status == "completed" ? "response.completed" : "response.incomplete");
  }

  std::string heartbeat() const override { return ": hb\n\n"; }

 private:
  enum class Place : std::uint8_t { item, part, summary };

  template <class F>
  void event(std::string_view type, F&& write_members) {
    text::append(out_, "event: ", type, "\ndata: ");
    json::Writer out(out_);
    out.begin_object().member("type", type).member("sequence_number", sequence_++);
    write_members(out);
    out.end_object();
    out_ += "\n\n";
  }
  void response_event(std::string_view type) {
    event(type, [this](json::Writer& out) {
      out.key("response");
      form_.write_response(out, envelope_);
    });
  }
  json::Writer& place(json::Writer& out, Place where) const {
    out.member("item_id", item_id_).member("output_index", index_);
    if (where == Place::part) out.member("content_index", part_index_);
    if (where == Place::summary) out.member("summary_index", 0);
    return out;
  }
  void piece_event(std::string_view type, std::string_view piece, Place where) {
    event(type, [&](json::Writer& out) {
      place(out, where).member("delta", piece);
      if (kind_ == BlockKind::text) out.key("logprobs").raw("[]");
    });
  }

  template <class F>
  void item_event(std::string_view type, F&& write_item) {
    event(type, [&](json::Writer& out) {
      out.member("output_index", index_).key("item");
      write_item(out, std::string_view(item_id_));
    });
  }
  template <class F>
  void open_item(std::string_view prefix, F&& write_item) {
    item_id_ = form_.item_id(prefix, static_cast<std::size_t>(index_));
    item_event("response.output_item.added", write_item);
  }
  template <class F>
  void close_item(F&& write_item) {
    item_event("response.output_item.done", write_item);
    append_element(output_, [&](json::Writer& out) { write_item(out, std::string_view(item_id_)); });
    ++index_;
  }
  template <class F>
  void one_piece(std::string_view prefix, F&& write_item) {
    open_item(prefix, write_item);
    close_item(write_item);
  }

  // messages

  void open_part() {
    if (part_ && *part_ == kind_) {
      block_begins_ = body_.size();
      return;
    }
    close_part();
    if (!message_open_)
      open_item("msg_", [](json::Writer& out, std::string_view id) { write_message(out, id, "in_progress", {}); });
    message_open_ = true;
    part_ = kind_;
    body_.clear();
    block_begins_ = 0;
    part_event("response.content_part.added", {});
  }
  void part_event(std::string_view type, std::string_view text) {
    event(type, [&](json::Writer& out) {
      place(out, Place::part).key("part");
      write_part(out, text);
    });
  }
  void write_part(json::Writer& out, std::string_view text) const {
    if (*part_ == BlockKind::refusal)
      write_refusal_part(out, text);
    else
      write_text_part(out, text, annotations_, logprobs_);
  }
  void close_part() {
    if (!part_) return;
    if (*part_ == BlockKind::refusal) {
      has_refusal_ = true;
      event("response.refusal.done", [this](json::Writer& out) { place(out, Place::part).member("refusal", body_); });
    } else {
      event("response.output_text.done", [this](json::Writer& out) {
        place(out, Place::part).member("text", body_).key("logprobs").array_of(logprobs_);
      });
    }
    part_event("response.content_part.done", body_);
    append_element(parts_, [this](json::Writer& out) { write_part(out, body_); });
    part_.reset();
    annotations_.clear();
    logprobs_.clear();
    annotation_count_ = 0;
    ++part_index_;
  }
  void close_message() {
    close_part();
    if (!message_open_) return;
    close_item([this](json::Writer& out, std::string_view id) { write_message(out, id, "completed", parts_); });
    message_open_ = false;
    parts_.clear();
    part_index_ = 0;
  }

  // reasoning

  void summary_part_event(std::string_view type, std::string_view text) {
    event(type, [&](json::Writer& out) {
      place(out, Place::summary).key("part");
      out.begin_object().member("type", "summary_text").member("text", text).end_object();
    });
  }
  void close_reasoning() {
    if (!body_.empty()) {
      event("response.reasoning_summary_text.done",
            [this](json::Writer& out) { place(out, Place::summary).member("text", body_); });
      summary_part_event("response.reasoning_summary_part.done", body_);
    }
    const std::string sealed = seal_ ? carrier(*seal_) : std::string();
    close_item([&](json::Writer& out, std::string_view id) { write_reasoning(out, id, body_, sealed); });
  }

  // calls

  void open_call(const llm::BlockOpening& opening) {
    tool_ = opening.name;
    call_id_ = form_.call_id(opening.id, static_cast<std::size_t>(index_));
    emulated_ = kind_ == BlockKind::tool_call && form_.is_emulated(tool_);
    if (emulated_) kind_ = BlockKind::custom_call;
    open_item(kind_ == BlockKind::custom_call ? "ctc_" : "fc_",
              [this](json::Writer& out, std::string_view id) { write_call(out, form_, call(id, "in_progress", {})); });
  }
  CallItem call(std::string_view item_id, std::string_view status, std::string_view body) const {
    return {.item_id = item_id,
            .call_id = call_id_,
            .tool = tool_,
            .body = body,
            .custom = kind_ == BlockKind::custom_call,
            .status = status};
  }
  void close_call() {
    if (kind_ == BlockKind::custom_call) {
      if (emulated_) {
        body_ = unwrapped(body_);
        if (!body_.empty()) piece_event("response.custom_tool_call_input.delta", body_, Place::item);
      }
      event("response.custom_tool_call_input.done",
            [this](json::Writer& out) { place(out, Place::item).member("input", body_); });
    } else {
      if (body_.empty()) body_ = "{}";
      event("response.function_call_arguments.done", [this](json::Writer& out) {
        place(out, Place::item).member("arguments", body_);
        form_.write_name(out, tool_);
      });
    }
    close_item(
        [this](json::Writer& out, std::string_view id) { write_call(out, form_, call(id, "completed", body_)); });
    if (seal_)
      one_piece("rs_", [this](json::Writer& out, std::string_view id) {
        write_reasoning(out, id, {}, carrier(*seal_, call_id_));
      });
  }

  const llm::AnswerContext& context_;
  AnswerForm form_;
  Envelope envelope_;
  std::int64_t sequence_ = 0;
  std::int64_t index_ = 0;  ///< of the item that is open, or comes next
  std::string item_id_;
  std::string output_;  ///< the items that are done

  BlockKind kind_ = BlockKind::text;  ///< of the block that is open
  bool muted_ = false;                ///< it belongs to another candidate
  std::optional<llm::Seal> seal_;
  std::string body_;  ///< of the part or item that is open

  bool message_open_ = false;
  std::optional<BlockKind> part_;
  std::int64_t part_index_ = 0;
  std::int64_t annotation_count_ = 0;
  std::size_t block_begins_ = 0;  ///< of the part's text
  std::string parts_, annotations_, logprobs_;

  std::string tool_, call_id_;
  bool emulated_ = false;

  bool has_refusal_ = false;
  llm::Finish finish_;
  std::optional<TokenUsage> usage_;
};

}  // namespace

std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const llm::AnswerContext& context) {
  return std::make_unique<ResponsesStreamEncoder>(context);
}

}  // namespace aigw::adapters::openai_responses
