#include "adapters/openai_responses/codec.hpp"
#include "adapters/openai_responses/parts.hpp"
#include "adapters/provider_errors.hpp"

#include <array>
#include <map>

namespace aigw::adapters::openai_responses {
namespace {

using llm::BlockKey;
using llm::BlockKind;
using llm::StreamSink;

/// What is open of one item of `output`.
struct Item {
  enum class Kind : std::uint8_t { message, reasoning, call, other };
  Kind kind = Kind::other;
  struct Part {
    BlockKey key = 0;
    std::size_t bytes_sent = 0;
    bool open = false;
    bool done = false;
  };
  std::map<std::int64_t, Part> parts;  ///< by content_index; of calls and reasoning: 0
  std::int64_t summary_index = 0;
  bool is_raw_reasoning = false;  ///< reasoning_text was seen: a summary beside it would say it twice
  bool done = false;
};

class ResponsesStreamDecoder final : public llm::StreamDecoder {
 public:
  void on_event(const http::SseEvent& event, StreamSink& sink) override {
    if (over_ || event.data.empty() || event.data == "[DONE]") return;
    const json::View data = json::View::of(event.data);
    const std::string type = data["type"].string().value_or(std::string(event.event));
    if (type == "error" || (type.empty() && data["error"])) return fail(data, sink);
    constexpr std::string_view kPrefix = "response.";
    if (!type.starts_with(kPrefix)) return;
    read(std::string_view(type).substr(kPrefix.size()), data, sink);
  }

  void at_end(StreamSink& sink) override {
    if (over_) return;
    over_ = true;
    sink.error({.kind = llm::ProviderError::Kind::truncated,
                .message = "the provider's stream ended before its answer was complete"});
  }

 private:
  void read(std::string_view type, json::View data, StreamSink& sink) {
    if (type.ends_with(".delta")) return delta(type, data, sink);
    if (type == "created" || type == "in_progress" || type == "queued") return start(data["response"], sink);
    if (type == "output_item.added") return added(data, sink);
    if (type == "output_item.done") return done(index_of(data), data["item"], sink);
    if (type == "output_text.done" || type == "refusal.done")
      return tail(item_of(data, Item::Kind::message), data, data[type == "refusal.done" ? "refusal" : "text"],
                  type == "refusal.done" ? BlockKind::refusal : BlockKind::text, sink);
    if (type == "function_call_arguments.done" || type == "custom_tool_call_input.done") {
      Item& item = item_of(data, Item::Kind::call);
      if (item.parts.contains(0)) rest(item.parts[0], data[type.starts_with('f') ? "arguments" : "input"], sink);
      return;
    }
    if (type == "output_text.annotation.added") {
      Item& item = item_of(data, Item::Kind::message);
      const auto part = item.parts.find(data["content_index"].integer().value_or(0));
      if (part != item.parts.end() && part->second.open && data["annotation"]["type"].string() == "url_citation") {
        sink.cite(part->second.key, decode_annotation(data["annotation"]));
        cited_ = true;
      }
      return;
    }
    if (type == "completed" || type == "incomplete") return complete(data["response"], sink);
    if (type == "failed" || type == "cancelled") return fail(data, sink);
    // What is left are liveness and the inner life of server tools: their items come with output_item.done.
  }

  void start(json::View response, StreamSink& sink) {
    if (started_) return;
    started_ = true;
    sink.start(response["id"].string().value_or(""), response["model"].string().value_or(""),
               static_cast<std::int64_t>(response["created_at"].number().value_or(0)));
  }

  static std::int64_t index_of(json::View data) { return data["output_index"].integer().value_or(0); }
  Item& item_at(std::int64_t index, Item::Kind kind) {
    const auto [at, is_new] = items_.try_emplace(index);
    if (is_new) at->second.kind = kind;
    return at->second;
  }
  Item& item_of(json::View data, Item::Kind kind) { return item_at(index_of(data), kind); }

  void added(json::View data, StreamSink& sink) {
    start({}, sink);
    const json::View view = data["item"];
    const std::string type = view["type"].string().value_or("");
    const bool is_call = type == "function_call" || type == "custom_tool_call";
    Item& item = item_of(data, type == "message"     ? Item::Kind::message
                               : type == "reasoning" ? Item::Kind::reasoning
                               : is_call             ? Item::Kind::call
                                                     : Item::Kind::other);
    if (is_call) open_call(item, view, sink);
  }

  void open_call(Item& item, json::View view, StreamSink& sink) {
    const std::string name = view["name"].string().value_or("");
    if (name.empty() || item.parts.contains(0)) return;
    const bool custom = view["type"].string() == "custom_tool_call";
    Item::Part& part = item.parts[0];
    part = {.key = next_key_++, .open = true};
    sink.open(part.key, {.kind = custom ? BlockKind::custom_call : BlockKind::tool_call,
                         .id = view["call_id"].string().value_or(""),
                         .name = name});
    rest(part, view[custom ? "input" : "arguments"], sink);
  }

  void delta(std::string_view type, json::View data, StreamSink& sink) {
    start({}, sink);
    const auto [delta, output_index, content_index, summary_index, odds] = data.members(
        std::array<std::string_view, 5>{"delta", "output_index", "content_index", "summary_index", "logprobs"});
    const auto number = [](json::View view) { return view.integer().value_or(0); };
    const std::string piece = delta.string().value_or("");
    if (type == "output_text.delta" || type == "refusal.delta") {
      Item& item = item_at(number(output_index), Item::Kind::message);
      const BlockKind kind = type == "refusal.delta" ? BlockKind::refusal : BlockKind::text;
      send(open_part(item, number(content_index), kind, sink), piece, sink);
      logprobs(odds, sink);
    } else if (type == "reasoning_summary_text.delta" || type == "reasoning_text.delta") {
      Item& item = item_at(number(output_index), Item::Kind::reasoning);
      const bool raw = type == "reasoning_text.delta";
      if (item.parts.empty()) item.is_raw_reasoning = raw;
      if (item.is_raw_reasoning != raw) return;
      Item::Part& part = open_part(item, 0, BlockKind::thinking, sink);
      const std::int64_t index = number(raw ? content_index : summary_index);
      if (part.bytes_sent > 0 && index != item.summary_index) send(part, "\n\n", sink);
      item.summary_index = index;
      send(part, piece, sink);
    } else if (type == "function_call_arguments.delta" || type == "custom_tool_call_input.delta") {
      Item& item = item_at(number(output_index), Item::Kind::call);
      if (item.parts.contains(0)) send(item.parts[0], piece, sink);
    }
  }

  void logprobs(json::View list, StreamSink& sink) {
    if (list.type() != json::Type::array) return;
    list.each([&](json::View one) { sink.logprobs(0, one.raw()); });
  }

  Item::Part& open_part(Item& item, std::int64_t index, BlockKind kind, StreamSink& sink) {
    Item::Part& part = item.parts[index];
    if (part.open || part.done) return part;
    part = {.key = next_key_++, .open = true};
    sink.open(part.key, {.kind = kind});
    return part;
  }
  void send(Item::Part& part, std::string_view piece, StreamSink& sink) {
    if (!part.open || piece.empty()) return;
    part.bytes_sent += piece.size();
    sink.delta(part.key, piece);
  }
  /// What the deltas left out: some hosts send none.
  void rest(Item::Part& part, json::View full, StreamSink& sink) {
    const std::string text = full.string().value_or("");
    if (text.size() > part.bytes_sent) send(part, std::string_view(text).substr(part.bytes_sent), sink);
  }
  void tail(Item& item, json::View data, json::View full, BlockKind kind, StreamSink& sink) {
    start({}, sink);
    if (full.string().value_or("").empty()) return;
    rest(open_part(item, data["content_index"].integer().value_or(0), kind, sink), full, sink);
  }
  void close(Item::Part& part, StreamSink& sink) {
    if (part.open) sink.close(part.key);
    part.open = false;
    part.done = true;
  }

  void done(std::int64_t index, json::View view, StreamSink& sink) {
    start({}, sink);
    Item& item = items_[index];
    if (item.done) return;
    item.done = true;
    const std::string type = view["type"].string().value_or("");
    if (type == "message")
      done_message(item, view, sink);
    else if (type == "reasoning")
      done_reasoning(item, view, sink);
    else if (type == "function_call" || type == "custom_tool_call") {
      open_call(item, view, sink);
      if (item.parts.contains(0)) rest(item.parts[0], view[type == "function_call" ? "arguments" : "input"], sink);
    } else if (!type.empty())
      sink.whole(0, {.value = llm::Opaque{llm::Dialect::openai_responses, type, std::string(view.raw())}});
    for (auto& [at, part] : item.parts) close(part, sink);
  }

  void done_message(Item& item, json::View view, StreamSink& sink) {
    std::int64_t index = 0;
    view["content"].each([&](json::View part) {
      const bool refusal = part["type"].string() == "refusal";
      const json::View text = part[refusal ? "refusal" : "text"];
      const std::int64_t at = index++;
      if (!item.parts.contains(at) && text.string().value_or("").empty()) return;
      Item::Part& open = open_part(item, at, refusal ? BlockKind::refusal : BlockKind::text, sink);
      rest(open, text, sink);
      if (cited_) return;
      part["annotations"].each([&](json::View annotation) {
        if (open.open && annotation["type"].string() == "url_citation")
          sink.cite(open.key, decode_annotation(annotation));
      });
    });
    cited_ = false;
  }

  void done_reasoning(Item& item, json::View view, StreamSink& sink) {
    std::vector<llm::Block> blocks;
    std::string none;
    decode_item(view, blocks, none);
    if (blocks.empty()) return;
    const auto& thinking = *blocks.front().as<llm::Thinking>();
    if (item.parts.empty() && thinking.redacted) return sink.whole(0, blocks.front());
    Item::Part& part = open_part(item, 0, BlockKind::thinking, sink);
    if (part.bytes_sent == 0) send(part, thinking.text, sink);
    if (thinking.seal && part.open) sink.seal(part.key, *thinking.seal);
  }

  void complete(json::View response, StreamSink& sink) {
    start(response, sink);
    if (const std::string status = response["status"].string().value_or(""); status == "failed")
      return fail(response, sink);
    // Items that no event spoke of.
    std::int64_t index = 0;
    response["output"].each([&](json::View item) {
      if (!items_.contains(index)) done(index, item, sink);
      ++index;
    });
    for (auto& [at, item] : items_)
      for (auto& [place, part] : item.parts) close(part, sink);
    if (const auto usage = read_usage(response["usage"])) sink.usage(*usage);
    sink.finish(0, decode_finish(response["status"].string().value_or(""), response["incomplete_details"]));
    over_ = true;
    sink.end();
  }

  void fail(json::View data, StreamSink& sink) {
    over_ = true;
    sink.error(read_stream_error(data.raw()));
  }

  std::map<std::int64_t, Item> items_;  ///< by output_index
  BlockKey next_key_ = 0;
  bool started_ = false;
  bool cited_ = false;  ///< the open message's annotations came as events
  bool over_ = false;
};

}  // namespace

std::unique_ptr<llm::StreamDecoder> make_stream_decoder() { return std::make_unique<ResponsesStreamDecoder>(); }

}  // namespace aigw::adapters::openai_responses
