#include "adapters/openai_chat/parts.hpp"
#include "adapters/translation.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::Writer;
using llm::Block;
using llm::ChatRequest;
using llm::EncodeTarget;
using llm::Losses;
using llm::Role;
using llm::ToolCall;
using llm::ToolResult;
using llm::Turn;

constexpr std::string_view kJsonLine = "Respond with a single JSON object and nothing else.";
constexpr std::string_view kSeeAttached = "(see attached file)";

/// A call of the history that waits for its result.
struct OpenCall {
  const ToolCall* call;
  std::string id;  ///< as it goes out
  bool answered = false;
};

/// What an assistant's message says, gathered from its blocks.
struct Said {
  std::string text;
  std::vector<const llm::Refusal*> refusals;
  std::vector<const Block*> calls;
  std::string reasoning;
  std::string_view reasoning_member;
  std::string details;  ///< elements of `reasoning_details`
  bool after_text = false;
};

class Conversation {
 public:
  Conversation(Writer& out, const ChatRequest& request, const EncodeTarget& target, Losses& losses)
      : out_(out), request_(request), target_(target), losses_(losses) {}

  Status write() {
    out_.key("messages").begin_array();
    write_system();
    const std::span<const Turn> turns = request_.turns;
    for (std::size_t begin = 0; begin < turns.size();) {
      std::size_t end = begin + 1;
      if (turns[begin].role == Role::assistant) {
        while (end < turns.size() && turns[end].role == Role::assistant && has_call(turns[end - 1])) ++end;
        AIGW_TRY(write_assistant(turns.subspan(begin, end - begin)));
      } else {
        while (end < turns.size() && turns[end].role != Role::assistant) ++end;
        AIGW_TRY(write_step(turns.subspan(begin, end - begin)));
      }
      begin = end;
    }
    out_.end_array();
    if (!turns.empty() && turns.back().role == Role::assistant)
      losses_.add(turns.back().path, "prefill may not be continued");
    if (!first_marker_.empty()) losses_.note(first_marker_, "no breakpoints");
    return {};
  }

 private:
  void mark(const Block& block) {
    if (block.cache_marker && first_marker_.empty()) first_marker_ = block.path;
  }

  static bool has_call(const Turn& turn) {
    return std::ranges::any_of(turn.blocks, [](const Block& block) { return block.as<ToolCall>(); });
  }

  void begin_message(std::string_view role) { out_.begin_object().member("role", role); }

  void write_system() {
    std::string text;
    for (const Block& block : request_.system) append_paragraph(text, block);
    if (request_.output.kind == llm::OutputFormat::Kind::json && !speaks_of_json(text)) {
      text.append(text.empty() ? "" : "\n\n").append(kJsonLine);
      losses_.note(request_.output.path, "told in words");
    }
    if (text.empty()) return;
    // Only OpenAI's reasoning models know the developer; they take the system for one.
    begin_message(is_openai_model(target_.model) ? request_.system_role : "system");
    out_.member("content", text).end_object();
  }

  void append_paragraph(std::string& text, const Block& block) {
    const auto* part = block.as<llm::Text>();
    if (!part) return losses_.add(block.path, "text only");
    mark(block);
    if (!text.empty()) text += "\n\n";
    text += part->text;
  }

  /// OpenAI refuses JSON mode where the word stands nowhere, which no other dialect demands.
  bool speaks_of_json(std::string_view system) const {
    const auto says = [](std::string_view text) { return text::contains(text::to_lower(text), "json"); };
    return says(system) || std::ranges::any_of(request_.turns, [&](const Turn& turn) {
             return std::ranges::any_of(turn.blocks, [&](const Block& block) {
               const auto* text = block.as<llm::Text>();
               return text && says(text->text);
             });
           });
  }

  Status write_assistant(std::span<const Turn> turns) {
    open_.clear();
    Said said;
    for (const Turn& turn : turns)
      for (const Block& block : turn.blocks) AIGW_TRY(hear(block, said));
    if (said.text.empty() && said.refusals.empty() && said.calls.empty()) return {};
    begin_message("assistant");
    write_content(said);
    if (!said.reasoning.empty()) out_.key(said.reasoning_member).string(said.reasoning);
    if (!said.details.empty()) out_.key("reasoning_details").array_of(said.details);
    if (!said.calls.empty()) write_calls(said);
    out_.end_object();
    return {};
  }

  Status hear(const Block& block, Said& said) {
    mark(block);
    const bool joins = std::exchange(said.after_text, false);
    if (const auto* text = block.as<llm::Text>()) {
      if (text->seal) losses_.note(block.path, "signature of another provider");
      if (!joins && !said.text.empty() && !text->text.empty()) said.text += "\n\n";
      said.text += text->text;
      said.after_text = true;
    } else if (const auto* refusal = block.as<llm::Refusal>()) {
      said.refusals.push_back(refusal);
    } else if (block.as<ToolCall>()) {
      said.calls.push_back(&block);
    } else if (const auto* thinking = block.as<llm::Thinking>()) {
      hear_thinking(*thinking, block.path, said);
    } else if (const auto* opaque = block.as<llm::Opaque>()) {
      return cannot_express(block.path, opaque->kind + " block of a server tool", kDialect);
    } else {
      losses_.add(block.path, "media of the assistant");
    }
    return {};
  }

  bool is_own(const std::optional<llm::Seal>& seal) const {
    if (!seal || seal->dialect != kDialect) return false;
    return seal->provider == target_.provider || (seal->provider.empty() && request_.dialect == kDialect);
  }

  /// Back under the name that its host gave it.
  void hear_thinking(const llm::Thinking& thinking, const std::string& path, Said& said) {
    if (!is_own(thinking.seal)) return losses_.add(path, "reasoning of another provider");
    const std::string_view bytes = thinking.seal->bytes;
    said.reasoning += thinking.text;
    said.reasoning_member = bytes == kReasoningContent ? kReasoningContent : kReasoning;
    json::View::of(bytes).each(
        [&](json::View detail) { said.details.append(said.details.empty() ? "" : ",").append(detail.raw()); });
  }

  void write_content(const Said& said) {
    if (said.refusals.empty()) {
      if (said.text.empty())
        out_.key("content").null();
      else
        out_.member("content", said.text);
      return;
    }
    out_.key("content").begin_array();
    if (!said.text.empty()) out_.begin_object().member("type", "text").member("text", said.text).end_object();
    for (const llm::Refusal* refusal : said.refusals)
      out_.begin_object().member("type", "refusal").member("refusal", refusal->text).end_object();
    out_.end_array();
  }

  void write_calls(const Said& said) {
    out_.key("tool_calls").begin_array();
    for (const Block* block : said.calls) {
      const ToolCall& call = *block->as<ToolCall>();
      // A call without an id gets one from its place, which is the same each time this history comes.
      const std::string& source = call.id.empty() ? block->path : call.id;
      open_.push_back({&call, llm::call_id_for(source, llm::kChatCallIdCharsMax)});
      out_.begin_object().member("id", open_.back().id);
      out_.member("type", call.custom ? "custom" : "function").key(call.custom ? "custom" : "function").begin_object();
      out_.member("name", call.name);
      out_.key(call.custom ? "input" : "arguments").string(call.arguments);
      out_.end_object();
      if (is_own(call.seal)) {
        out_.key("extra_content").begin_object().key("google").begin_object();
        out_.member("thought_signature", call.seal->bytes).end_object().end_object();
      } else if (call.seal) {
        losses_.add(block->path, "reasoning of another provider");
      }
      out_.end_object();
    }
    out_.end_array();
  }

  /// What stands between two assistant turns: the results first, in the order of their calls.
  Status write_step(std::span<const Turn> turns) {
    std::vector<std::pair<std::size_t, const Block*>> results;
    for (const Turn& turn : turns)
      for (const Block& block : turn.blocks)
        if (const auto* result = block.as<ToolResult>()) results.emplace_back(find_call(*result), &block);
    std::ranges::stable_sort(results, {}, &std::pair<std::size_t, const Block*>::first);
    for (const auto& [index, block] : results) write_result(*block, index);
    AIGW_TRY(write_moved_media(results));
    for (const Turn& turn : turns) AIGW_TRY(write_turn(turn));
    return {};
  }

  /// By its id, by its name, or the next one; the number of calls when there is none.
  std::size_t find_call(const ToolResult& result) {
    const auto take = [&](auto&& fits) {
      const auto found =
          std::ranges::find_if(open_, [&](const OpenCall& open) { return !open.answered && fits(*open.call); });
      if (found != open_.end()) found->answered = true;
      return static_cast<std::size_t>(found - open_.begin());
    };
    if (!result.call_id.empty()) return take([&](const ToolCall& call) { return call.id == result.call_id; });
    const std::size_t index = take([&](const ToolCall& call) { return call.name == result.name; });
    return index < open_.size() ? index : take([](const ToolCall&) { return true; });
  }

  void write_result(const Block& block, std::size_t index) {
    const ToolResult& result = *block.as<ToolResult>();
    const std::string& source = result.call_id.empty() ? block.path : result.call_id;
    const PlainResult plain = plain_result(result);
    begin_message("tool");
    out_.member("tool_call_id",
                index < open_.size() ? open_[index].id : llm::call_id_for(source, llm::kChatCallIdCharsMax));
    out_.member("content", plain.text.empty() && !result.media.empty() ? kSeeAttached : plain.text);
    out_.end_object();
    if (plain.is_error) losses_.add(block.path, "no error flag");
    mark(block);
  }

  /// A result is text: its files follow in a user's message.
  Status write_moved_media(const std::vector<std::pair<std::size_t, const Block*>>& results) {
    if (std::ranges::all_of(results,
                            [](const auto& entry) { return entry.second->template as<ToolResult>()->media.empty(); }))
      return {};
    begin_message("user");
    out_.key("content").begin_array();
    for (const auto& [index, block] : results) {
      for (const llm::Media& media : block->as<ToolResult>()->media)
        AIGW_TRY(write_part(out_, {.value = media, .path = block->path}, losses_));
      if (!block->as<ToolResult>()->media.empty()) losses_.add(block->path, "result media moved");
    }
    out_.end_array().end_object();
    return {};
  }

  /// A user's or a late system's message without the results in it.
  Status write_turn(const Turn& turn) {
    std::vector<const Block*> blocks;
    for (const Block& block : turn.blocks)
      if (!block.as<ToolResult>()) blocks.push_back(&block);
    if (blocks.empty()) return {};
    for (const Block* block : blocks) mark(*block);
    begin_message(turn.role == Role::system ? "system" : "user");
    const auto* text = blocks.front()->as<llm::Text>();
    if (blocks.size() == 1 && text) {
      out_.member("content", text->text);
    } else {
      out_.key("content").begin_array();
      for (const Block* block : blocks) AIGW_TRY(write_part(out_, *block, losses_));
      out_.end_array();
    }
    out_.end_object();
    return {};
  }

  Writer& out_;
  const ChatRequest& request_;
  const EncodeTarget& target_;
  Losses& losses_;
  std::vector<OpenCall> open_;          ///< of the last assistant turn
  std::string_view first_marker_ = {};  ///< where the client asked to cache: told once
};

}  // namespace

Status write_messages(Writer& out, const ChatRequest& request, const EncodeTarget& target, Losses& losses) {
  return Conversation(out, request, target, losses).write();
}

}  // namespace aigw::adapters::openai_chat
