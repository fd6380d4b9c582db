#include "adapters/gemini_generate/answer_decoder.hpp"
#include "adapters/gemini_generate/codec.hpp"
#include "adapters/gemini_generate/partial_args.hpp"
#include "adapters/gemini_generate/parts.hpp"
#include "adapters/provider_errors.hpp"
#include "llm/stream.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace aigw::adapters::gemini_generate {
namespace {

using json::Type;
using json::View;
using llm::BlockKind;

constexpr std::size_t kCandidatesMax = 8;  // the API's own bound

/// Each object of the stream is an answer that holds what is new.
class GenerateStreamDecoder final : public llm::StreamDecoder {
 public:
  void on_event(const http::SseEvent& event, llm::StreamSink& sink) override {
    if (event.data.empty() || over_) return;
    const View object = View::of(event.data);
    if (object.type() != Type::object) return;
    const AnswerMembers members = read_answer_members(object);
    if (members.error.type() == Type::object) {
      over_ = true;
      sink.error(read_stream_error(event.data));
      return;
    }
    if (!started_) {
      started_ = true;
      sink.start(members.id.string().value_or(""), members.model.string().value_or(""), 0);
    }
    members.candidates.each([&](View candidate) { on_candidate(read_candidate_members(candidate), sink); });
    if (const auto usage = read_usage(members.usage)) sink.usage(*usage);
    if (!finished_ && members.feedback)
      if (const auto blocked = read_prompt_block(members.feedback)) {
        finished_ = true;
        sink.finish(0, *blocked);
      }
  }

  void at_end(llm::StreamSink& sink) override {
    if (over_) return;
    over_ = true;
    if (finished_) {
      sink.end();
      return;
    }
    llm::ProviderError error;
    error.kind = llm::ProviderError::Kind::truncated;
    error.message = "the provider's stream ended before its answer was complete";
    sink.error(error);
  }

 private:
  /// What is open in one candidate; Gemini itself says no ends.
  struct Lane {
    std::optional<llm::BlockKey> open;
    BlockKind kind = BlockKind::text;
    std::optional<PartialArgs> arguments;  ///< of the open call, when they come in pieces
    bool finished = false;
  };

  void on_candidate(const CandidateMembers& candidate, llm::StreamSink& sink) {
    const std::int64_t index = candidate.index.integer().value_or(0);
    if (index < 0 || static_cast<std::size_t>(index) >= kCandidatesMax) return;
    const auto number = static_cast<std::uint32_t>(index);
    if (lanes_.size() <= number) lanes_.resize(number + 1);
    Lane& lane = lanes_[number];
    if (lane.finished) return;
    candidate.content["parts"].each([&](View part) { on_part(part, number, sink); });
    if (candidate.grounding || candidate.citations) cite(candidate, lane, sink);
    if (const std::string elements = read_logprobs(candidate.logprobs); !elements.empty())
      sink.logprobs(number, elements);
    const auto word = candidate.finish_reason.string();
    if (!word) return;
    close(lane, sink);
    lane.finished = finished_ = true;
    sink.finish(number, read_finish(*word, candidate.finish_message.string().value_or("")));
  }

  void on_part(View view, std::uint32_t number, llm::StreamSink& sink) {
    Lane& lane = lanes_[number];
    const AnswerPart part = read_answer_part(view);
    if (part.call) {
      on_call(part, number, sink);
    } else if (part.blob) {
      close(lane, sink);
      sink.whole(number, {.value = read_inline_data(part.blob)});
    } else if (part.text || part.seal) {
      on_text(part, number, sink);
    }
  }

  void on_text(const AnswerPart& part, std::uint32_t number, llm::StreamSink& sink) {
    Lane& lane = lanes_[number];
    const std::string text = part.text.string().value_or("");
    const BlockKind kind = part.is_thought ? BlockKind::thinking : BlockKind::text;
    if (!text.empty()) {
      if (!lane.open || lane.kind != kind) open(lane, {.kind = kind, .candidate = number}, sink);
      sink.delta(*lane.open, text);
    }
    if (!part.seal) return;
    if (lane.open && lane.kind != BlockKind::tool_call)
      sink.seal(*lane.open, *part.seal);
    else
      sink.whole(number, {.value = llm::Thinking{.text = {}, .redacted = true, .seal = part.seal}});
  }

  void on_call(const AnswerPart& part, std::uint32_t number, llm::StreamSink& sink) {
    Lane& lane = lanes_[number];
    const auto [name, id, whole, pieces, goes_on] =
        part.call.members(std::array<std::string_view, 5>{"name", "id", "args", "partialArgs", "willContinue"});
    const bool is_open_call = lane.open && lane.kind == BlockKind::tool_call;
    if (const std::string called = name.string().value_or(""); !called.empty()) {
      const std::string call_id = id.string().value_or("");
      open(lane, {.kind = BlockKind::tool_call, .candidate = number, .id = call_id, .name = called}, sink);
      if (part.seal) sink.seal(*lane.open, *part.seal);
      if (whole.type() == Type::object) {
        sink.delta(*lane.open, whole.raw());
        close(lane, sink);
        return;
      }
      lane.arguments.emplace();
    } else if (!is_open_call) {
      return;
    }
    pieces.each([&](View piece) {
      if (lane.arguments) lane.arguments->add(piece);
    });
    if (goes_on.raw() != "true") close(lane, sink);
  }

  void open(Lane& lane, const llm::BlockOpening& opening, llm::StreamSink& sink) {
    close(lane, sink);
    lane.open = next_key_++;
    lane.kind = opening.kind;
    sink.open(*lane.open, opening);
  }

  void close(Lane& lane, llm::StreamSink& sink) {
    if (!lane.open) return;
    if (lane.arguments) sink.delta(*lane.open, lane.arguments->json());
    lane.arguments.reset();
    sink.close(*std::exchange(lane.open, std::nullopt));
  }

  /// Sources come with the last objects, when their text is long gone: they go to the text that is open.
  void cite(const CandidateMembers& candidate, Lane& lane, llm::StreamSink& sink) {
    if (!lane.open || lane.kind != BlockKind::text) return;
    std::vector<llm::Block> text(1);
    read_citations(candidate.grounding, candidate.citations, text);
    for (const llm::Citation& citation : text.front().as<llm::Text>()->citations) sink.cite(*lane.open, citation);
  }

  std::vector<Lane> lanes_;
  llm::BlockKey next_key_ = 0;
  bool started_ = false;
  bool finished_ = false;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<llm::StreamDecoder> make_stream_decoder() { return std::make_unique<GenerateStreamDecoder>(); }

}  // namespace aigw::adapters::gemini_generate
