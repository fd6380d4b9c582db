#include "adapters/openai_chat/codec.hpp"
#include "adapters/openai_chat/parts.hpp"
#include "adapters/openai_chat/stream_lane.hpp"
#include "adapters/provider_errors.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters::openai_chat {
namespace {

using json::View;
using llm::ProviderError;
using llm::StreamSink;

constexpr std::int64_t kCandidatesMax = 128;

/// The members of a chunk.
struct Chunk {
  View id, model, created, choices, usage, error, groq, citations;
};

Chunk read_chunk(View view) {
  Chunk chunk;
  view.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "id")
      chunk.id = value;
    else if (name == "model")
      chunk.model = value;
    else if (name == "created")
      chunk.created = value;
    else if (name == "choices")
      chunk.choices = value;
    else if (name == "usage")
      chunk.usage = value;
    else if (name == "error" && value.raw() != "false")
      chunk.error = value;
    else if (name == "x_groq")
      chunk.groq = value;
    else if (name == "citations")
      chunk.citations = value;
  });
  return chunk;
}

class ChatStreamDecoder final : public llm::StreamDecoder {
 public:
  void on_event(const http::SseEvent& event, StreamSink& sink) override {
    if (event.data.empty() || ended_) return;
    if (event.data == "[DONE]") return end(sink);
    const View view = View::of(event.data);
    if (view.type() != json::Type::object) return;
    const Chunk chunk = read_chunk(view);
    if (chunk.error || event.event == "error") {
      fail(read_stream_error(event.data), sink);
    } else if (!failed_) {
      start(chunk, sink);
      chunk.choices.each([&](View choice) { read_choice(choice, chunk, sink); });
    }
    read_usage_of(chunk, sink);
  }

  void at_end(StreamSink& sink) override {
    if (ended_ || failed_) return;
    const bool finished = std::ranges::any_of(lanes_, [](const Lane& lane) { return lane.finished(); });
    if (finished) return end(sink);
    fail({.kind = ProviderError::Kind::truncated, .message = "the provider's stream broke off before its end"}, sink);
  }

 private:
  /// From the first chunk that says something: Azure's holds neither an id nor choices.
  void start(const Chunk& chunk, StreamSink& sink) {
    if (started_ || !json::first_element(chunk.choices.raw())) return;
    started_ = true;
    sink.start(chunk.id.string().value_or(""), chunk.model.string().value_or(""), chunk.created.integer().value_or(0));
  }

  void read_choice(View choice, const Chunk& chunk, StreamSink& sink) {
    View delta, message, finish, logprobs;
    std::int64_t index = 0;
    choice.each_member([&](std::string_view name, View value) {
      if (value.is_null()) return;
      if (name == "delta")
        delta = value;
      else if (name == "message")
        message = value;
      else if (name == "finish_reason")
        finish = value;
      else if (name == "logprobs")
        logprobs = value["content"];
      else if (name == "index")
        index = value.integer().value_or(0);
      else if (name == "usage")
        read_usage_from(value, sink);
    });
    Lane& lane = lane_of(index);
    if (lane.finished()) return;
    lane.read_delta(delta ? delta : message, sink);
    if (chunk.citations) lane.note_sources(chunk.citations);
    if (logprobs && logprobs.raw().size() > 2)
      sink.logprobs(lane.candidate(), logprobs.raw().substr(1, logprobs.raw().size() - 2));
    const auto word = finish.string();
    if (!word || word->empty()) return;
    if (*word == "error") return fail({.message = "the provider ended its answer with an error"}, sink);
    if (!lane.finish(decode_finish(*word), sink))
      fail({.kind = ProviderError::Kind::malformed, .message = "the provider sent a tool call without a name"}, sink);
  }

  Lane& lane_of(std::int64_t index) {
    const auto candidate = static_cast<std::uint32_t>(std::clamp<std::int64_t>(index, 0, kCandidatesMax - 1));
    while (lanes_.size() <= candidate) lanes_.emplace_back(static_cast<std::uint32_t>(lanes_.size()), keys_);
    return lanes_[candidate];
  }

  void read_usage_of(const Chunk& chunk, StreamSink& sink) {
    if (chunk.usage) return read_usage_from(chunk.usage, sink);
    if (chunk.groq) read_usage_from(chunk.groq["usage"], sink);
  }

  void read_usage_from(View usage, StreamSink& sink) {
    if (const auto counted = read_usage(usage)) sink.usage(*counted);
  }

  void fail(const ProviderError& error, StreamSink& sink) {
    if (failed_) return;
    failed_ = true;
    sink.error(error);
  }

  void end(StreamSink& sink) {
    ended_ = true;
    if (failed_) return;
    if (lanes_.empty())
      return fail({.kind = ProviderError::Kind::malformed, .message = "the provider's stream holds no answer"}, sink);
    for (Lane& lane : lanes_)
      if (!lane.finished() && !lane.finish({}, sink))
        return fail({.kind = ProviderError::Kind::malformed, .message = "the provider sent a tool call without a name"},
                    sink);
    sink.end();
  }

  std::vector<Lane> lanes_;
  llm::BlockKey keys_ = 0;  ///< handed out so far
  bool started_ = false;
  bool failed_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<llm::StreamDecoder> make_stream_decoder() { return std::make_unique<ChatStreamDecoder>(); }

}  // namespace aigw::adapters::openai_chat
