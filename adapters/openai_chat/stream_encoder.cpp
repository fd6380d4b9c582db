#include "adapters/openai_chat/parts.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::Writer;
using llm::AnswerContext;
using llm::BlockKey;
using llm::BlockKind;

/// One choice of the client's answer.
struct Lane {
  explicit Lane(std::string_view request_id) : ids(request_id) {}
  bool begun = false;  ///< its role was written
  BlockKey key = 0;    ///< of the open block
  BlockKind kind = BlockKind::text;
  std::int64_t calls = 0;
  std::int64_t text_points = 0;  ///< of the text blocks before the open one
  std::int64_t block_points = 0;
  std::size_t thinking_bytes = 0;  ///< of the open block
  bool has_thought = false;
  bool has_arguments = false;
  CallIds ids;
};

constexpr std::string_view arguments_of(BlockKind kind) {
  return kind == BlockKind::custom_call ? R"(,"custom":{"input":")" : R"(,"function":{"arguments":")";
}

bool is_call(BlockKind kind) { return kind == BlockKind::tool_call || kind == BlockKind::custom_call; }

class ChatStreamEncoder final : public llm::StreamEncoder {
 public:
  explicit ChatStreamEncoder(const AnswerContext& context)
      : context_(context), legacy_(context.request->legacy_functions) {}

  void start(std::string_view id, std::string_view model, std::int64_t created_s) override {
    Writer head(head_);
    head_ = "data: ";
    head.begin_object();
    head.member("id", answer_id(id, context_.request_id)).member("object", "chat.completion.chunk");
    head.member("created", created_s > 0 ? created_s : context_.created_s);
    head.member("model", model.empty() ? std::string_view(context_.request->model) : model);
    head.key("choices").begin_array();
    tail_ = context_.request->usage_asked ? "],\"usage\":null}\n\n" : "]}\n\n";
    ensure_begun(0);
  }

  void open(BlockKey key, const llm::BlockOpening& opening) override {
    Lane& where = lane(opening.candidate);
    where.key = key;
    where.kind = opening.kind;
    where.block_points = 0;
    where.thinking_bytes = 0;
    if (is_call(opening.kind)) return open_call(where, opening);
    if (opening.kind == BlockKind::thinking && std::exchange(where.has_thought, true)) write_thought(where, "\n\n");
  }

  void delta(BlockKey key, std::string_view piece) override {
    Lane* where = lane_of(key);
    if (!where) return;
    switch (where->kind) {
      case BlockKind::text:
        where->block_points += std::ranges::count_if(piece, [](char c) { return (c & 0xC0) != 0x80; });
        return write_text(*where, "content", piece);
      case BlockKind::refusal:
        return write_text(*where, "refusal", piece);
      case BlockKind::thinking:
        where->thinking_bytes += piece.size();
        return write_thought(*where, piece);
      case BlockKind::tool_call:
      case BlockKind::custom_call:
        where->has_arguments = true;
        return write_arguments(*where, piece);
    }
  }

  void seal(BlockKey key, const llm::Seal& seal) override {
    const Lane* where = lane_of(key);
    if (!where || where->kind == BlockKind::refusal || legacy_) return;
    begin(index_of(*where));
    Writer out(out_);
    if (is_call(where->kind)) {
      out.key("tool_calls").begin_array().begin_object().member("index", where->calls - 1);
      // LangChain and the ai SDK take a piece without a function for a broken one.
      out.key("function").begin_object().member("arguments", "").end_object();
      write_call_seal(out, seal, context_.provider);
      out.end_object().end_array();
    } else {
      out.key("reasoning_details").begin_array();
      write_seal(out, seal, context_.provider, where->thinking_bytes, where->kind == BlockKind::text);
      out.end_array();
    }
    finish_chunk("null");
  }

  void cite(BlockKey key, const llm::Citation& citation) override {
    const Lane* where = lane_of(key);
    if (!where || citation.url.empty()) return;
    llm::Citation placed = citation;
    if (placed.end > 0) {
      placed.start += where->text_points;
      placed.end += where->text_points;
    }
    begin(index_of(*where));
    Writer out(out_);
    out.key("annotations").begin_array();
    write_citation(out, placed);
    out.end_array();
    finish_chunk("null");
  }

  void close(BlockKey key) override {
    Lane* where = lane_of(key);
    if (!where) return;
    if (where->kind == BlockKind::tool_call && !where->has_arguments) write_arguments(*where, "{}");
    where->text_points += where->block_points;
    where->key = 0;
  }

  /// Sealed thinking goes along; media and other dialects' blocks have no place in a chunk.
  void whole(std::uint32_t candidate, const llm::Block& block) override {
    const auto* thinking = block.as<llm::Thinking>();
    if (!thinking || !thinking->seal) return;
    lane(candidate);
    begin(candidate);
    Writer out(out_);
    out.key("reasoning_details").begin_array();
    write_seal(out, *thinking->seal, context_.provider, 0, true);
    out.end_array();
    finish_chunk("null");
  }

  void logprobs(std::uint32_t candidate, std::string_view elements) override {
    begin(candidate);
    text::append(out_, R"(},"logprobs":{"content":[)", elements, R"(],"refusal":null},"finish_reason":null})", tail_);
  }

  void usage(const TokenUsage& usage) override { usage_ = usage; }

  void finish(std::uint32_t candidate, const llm::Finish& finish) override {
    begin(candidate);
    std::string word = "\"";
    finish_chunk(word.append(finish_word(finish, legacy_)).append("\""));
  }

  void error(const llm::ProviderError& error) override { text::append(out_, "data: ", encode_error(error), "\n\n"); }

  void end() override {
    if (usage_ && context_.request->usage_asked) {
      text::append(out_, head_, R"(],"usage":)");
      Writer out(out_);
      write_usage(out, *usage_);
      out_.append("}\n\n");
    }
    out_.append("data: [DONE]\n\n");
  }

  std::string heartbeat() const override { return ": hb\n\n"; }

 private:
  Lane& lane(std::uint32_t candidate) {
    while (lanes_.size() <= candidate) lanes_.emplace_back(context_.request_id);
    return lanes_[candidate];
  }

  Lane* lane_of(BlockKey key) {
    const auto found = std::ranges::find(lanes_, key, &Lane::key);
    return found == lanes_.end() ? nullptr : &*found;
  }

  std::uint32_t index_of(const Lane& where) const { return static_cast<std::uint32_t>(&where - lanes_.data()); }

  /// A chunk up to the inside of its delta.
  void begin(std::uint32_t candidate) {
    ensure_begun(candidate);
    begin_chunk(candidate);
  }

  /// The first chunk of a choice says its role.
  void ensure_begun(std::uint32_t candidate) {
    if (std::exchange(lane(candidate).begun, true)) return;
    begin_chunk(candidate);
    out_.append(R"("role":"assistant","content":"","refusal":null)");
    finish_chunk("null");
  }

  void begin_chunk(std::uint32_t candidate) {
    text::append(out_, head_, R"({"index":)", std::to_string(candidate), R"(,"delta":{)");
  }

  void finish_chunk(std::string_view finish_reason) {
    text::append(out_, R"(},"logprobs":null,"finish_reason":)", finish_reason, "}", tail_);
  }

  void write_text(const Lane& where, std::string_view member, std::string_view piece) {
    begin(index_of(where));
    text::append(out_, "\"", member, "\":\"");
    json::append_escaped(out_, piece);
    out_ += '"';
    finish_chunk("null");
  }

  void write_thought(const Lane& where, std::string_view piece) { write_text(where, kReasoningContent, piece); }

  void open_call(Lane& where, const llm::BlockOpening& opening) {
    where.has_arguments = false;
    ++where.calls;
    begin(opening.candidate);
    Writer out(out_);
    if (legacy_) {
      out.key("function_call").begin_object().member("name", opening.name).member("arguments", "").end_object();
    } else {
      const bool custom = opening.kind == BlockKind::custom_call;
      const std::string_view kind = custom ? "custom" : "function";
      out.key("tool_calls").begin_array().begin_object().member("index", where.calls - 1);
      out.member("id", where.ids.next(opening.id)).member("type", kind).key(kind).begin_object();
      out.member("name", opening.name).key(custom ? "input" : "arguments").string("").end_object();
      out.end_object().end_array();
    }
    finish_chunk("null");
  }

  void write_arguments(const Lane& where, std::string_view piece) {
    begin(index_of(where));
    if (legacy_)
      out_.append(R"("function_call":{"arguments":")");
    else
      text::append(out_, R"("tool_calls":[{"index":)", std::to_string(where.calls - 1), arguments_of(where.kind));
    json::append_escaped(out_, piece);
    out_.append(legacy_ ? "\"}" : "\"}}]");
    finish_chunk("null");
  }

  const AnswerContext context_;
  const bool legacy_;
  std::string head_;  ///< of each chunk, up to the inside of `choices`
  std::string tail_;
  std::vector<Lane> lanes_;
  std::optional<TokenUsage> usage_;
};

}  // namespace

std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const AnswerContext& context) {
  return std::make_unique<ChatStreamEncoder>(context);
}

}  // namespace aigw::adapters::openai_chat
