#include "adapters/gemini_generate/codec.hpp"
#include "adapters/gemini_generate/part_writer.hpp"
#include "adapters/gemini_generate/parts.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace aigw::adapters::gemini_generate {
namespace {

using llm::BlockKind;
using Framing = llm::AnswerContext::Framing;
using Reason = llm::Finish::Reason;

/// Each piece is an object like an answer. Calls wait until they are whole: the SDKs put no pieces of them together.
class GenerateStreamEncoder final : public llm::StreamEncoder {
 public:
  explicit GenerateStreamEncoder(const llm::AnswerContext& context)
      : context_(context), model_(context.request->model), id_(context.request_id) {}

  void start(std::string_view id, std::string_view model, std::int64_t) override {
    if (!id.empty()) id_ = id;
    if (!model.empty()) model_ = model;
  }

  void open(llm::BlockKey key, const llm::BlockOpening& opening) override {
    Lane& lane = lane_of(opening.candidate);
    lane.live = Live{.key = key, .kind = opening.kind};
    lane.live->call.id = opening.id;
    lane.live->call.name = opening.name;
    lane.live->call.custom = opening.kind == BlockKind::custom_call;
  }

  void delta(llm::BlockKey key, std::string_view piece) override {
    Lane* lane = lane_with(key);
    if (!lane) return;
    switch (lane->live->kind) {
      case BlockKind::tool_call:
      case BlockKind::custom_call:
        lane->live->call.arguments.append(piece);
        return;
      case BlockKind::thinking:
        write_object(*lane, [&](json::Writer& out) { write_thought_part(out, piece, {}); });
        return;
      case BlockKind::text:
      case BlockKind::refusal:
        write_object(*lane, [&](json::Writer& out) { write_text_part(out, piece, take_signature(*lane)); });
        return;
    }
  }

  void seal(llm::BlockKey key, const llm::Seal& seal) override {
    if (Lane* lane = lane_with(key)) lane->live->seal = seal;
  }

  void cite(llm::BlockKey key, const llm::Citation& citation) override {
    if (Lane* lane = lane_with(key)) lane->citations.push_back(citation);
  }

  void close(llm::BlockKey key) override {
    Lane* lane = lane_with(key);
    if (!lane) return;
    Live live = *std::move(lane->live);
    lane->live.reset();
    switch (live.kind) {
      case BlockKind::tool_call:
      case BlockKind::custom_call:
        write_call(*lane, live);
        break;
      case BlockKind::thinking:
        if (live.seal)
          write_object(*lane,
                       [&](json::Writer& out) { write_thought_part(out, {}, signature_of(*live.seal, context_)); });
        break;
      case BlockKind::text:
      case BlockKind::refusal:
        if (live.seal)
          write_object(*lane, [&](json::Writer& out) { write_text_part(out, {}, signature_of(*live.seal, context_)); });
        break;
    }
  }

  void whole(std::uint32_t candidate, const llm::Block& block) override {
    Lane& lane = lane_of(candidate);
    if (const auto* thinking = block.as<llm::Thinking>())
      lane.waiting = thinking->seal;
    else if (const auto* media = block.as<llm::Media>(); media && media->form == llm::Media::Form::base64)
      write_object(lane, [&](json::Writer& out) { write_media_part(out, *media); });
  }

  void logprobs(std::uint32_t candidate, std::string_view elements) override {
    std::string& all = lane_of(candidate).logprobs;
    if (!all.empty()) all += ',';
    all.append(elements);
  }

  void usage(const TokenUsage& usage) override { usage_ = usage; }

  void finish(std::uint32_t candidate, const llm::Finish& finish) override {
    Lane& lane = lane_of(candidate);
    begin_object();
    json::Writer out(out_);
    begin_candidate(out);
    write_text_part(out, {}, take_signature(lane));
    out.end_array().member("role", "model").end_object();
    out.member("finishReason", lane.has_broken_call && finish.reason != Reason::length ? "MALFORMED_FUNCTION_CALL"
                                                                                       : finish_word(finish));
    if (!finish.explanation.empty()) out.member("finishMessage", finish.explanation);
    out.member("index", lane.index);
    write_citations(out, lane.citations);
    write_logprobs(out, lane.logprobs);
    out.end_object().end_array();
    if (usage_) write_usage(out, *usage_);
    end_object(out);
  }

  void error(const llm::ProviderError& error) override {
    begin_object();
    out_.append(encode_error(error));
    out_.append(is_array() ? "]" : "\r\n\r\n");
  }

  void end() override {
    if (is_array()) out_.append(any_object_ ? "]" : "[]");
  }

  std::string heartbeat() const override { return "\r\n"; }

 private:
  struct Live {
    llm::BlockKey key = 0;
    BlockKind kind = BlockKind::text;
    llm::ToolCall call = {};
    std::optional<llm::Seal> seal = {};
  };
  struct Lane {
    std::int64_t index = 0;
    std::optional<Live> live = {};
    std::optional<llm::Seal> waiting = {};  ///< for the next part
    std::vector<llm::Citation> citations = {};
    std::string logprobs = {};
    bool has_broken_call = false;
  };

  bool is_array() const { return context_.framing == Framing::json_array; }

  Lane& lane_of(std::uint32_t candidate) {
    while (lanes_.size() <= candidate) lanes_.push_back({.index = static_cast<std::int64_t>(lanes_.size())});
    return lanes_[candidate];
  }
  Lane* lane_with(llm::BlockKey key) {
    for (Lane& lane : lanes_)
      if (lane.live && lane.live->key == key) return &lane;
    return nullptr;
  }

  std::string take_signature(Lane& lane) {
    if (!lane.waiting) return {};
    return signature_of(*std::exchange(lane.waiting, std::nullopt), context_);
  }

  static void write_text_part(json::Writer& out, std::string_view text, std::string_view signature) {
    out.begin_object().member("text", text);
    if (!signature.empty()) out.member("thoughtSignature", signature);
    out.end_object();
  }

  void write_call(Lane& lane, Live& live) {
    auto arguments = call_arguments(live.call);
    if (!arguments) {
      lane.has_broken_call = true;
      return;
    }
    // Some models lay their arguments out over lines; an event's data is one.
    std::ranges::replace_if(
        *arguments, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    const std::string signature = live.seal ? signature_of(*live.seal, context_) : take_signature(lane);
    write_object(lane, [&](json::Writer& out) { write_call_part(out, live.call, *arguments, signature); });
  }

  void begin_object() {
    if (is_array())
      out_.append(any_object_ ? ",\r\n" : "[");
    else
      out_.append("data: ");
    any_object_ = true;
    object_at_ = out_.size();
  }

  static void begin_candidate(json::Writer& out) {
    out.begin_object().key("candidates").begin_array();
    out.begin_object().key("content").begin_object().key("parts").begin_array();
  }

  void end_object(json::Writer& out) {
    out.member("modelVersion", model_).member("responseId", id_).end_object();
    // Looked for one by one: a search for either goes byte by byte.
    if (out_.find('\xE2', object_at_) != std::string::npos || out_.find('\xC2', object_at_) != std::string::npos) {
      std::string object = out_.substr(object_at_);
      escape_line_ends(object);
      out_.replace(object_at_, std::string::npos, object);
    }
    if (!is_array()) out_.append("\r\n\r\n");
  }

  template <class F>
  void write_object(Lane& lane, F&& write_part) {
    begin_object();
    json::Writer out(out_);
    begin_candidate(out);
    write_part(out);
    out.end_array().member("role", "model").end_object().member("index", lane.index).end_object().end_array();
    end_object(out);
  }

  llm::AnswerContext context_;
  std::string model_;
  std::string id_;
  std::vector<Lane> lanes_;
  std::optional<TokenUsage> usage_;
  std::size_t object_at_ = 0;
  bool any_object_ = false;
};

}  // namespace

std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const llm::AnswerContext& context) {
  return std::make_unique<GenerateStreamEncoder>(context);
}

}  // namespace aigw::adapters::gemini_generate
