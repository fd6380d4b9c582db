#include "adapters/anthropic_messages/conversation.hpp"

#include "adapters/anthropic_messages/parts.hpp"
#include "adapters/translation.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"
#include "json/splice.hpp"
#include "llm/call_id.hpp"

#include <algorithm>

namespace aigw::adapters::anthropic_messages {
namespace {

using llm::Role;

constexpr std::size_t kIdCharsMax = 128;

bool is_blank(std::string_view text) { return text::trim(text).find_first_not_of("\f\v") == std::string_view::npos; }

/// Arguments as the object that the API wants.
std::string arguments_object(const llm::ToolCall& call, std::string_view path, llm::Losses& losses) {
  const std::string_view text = text::trim(call.arguments);
  const auto wrapped = [](std::string_view json) { return "{\"input\":" + std::string(json) + "}"; };
  if (call.custom) return wrapped(json::quote(call.arguments));
  if (text.empty() || text == "null") return "{}";
  if (!json::check_value(text)) {
    losses.add(path, "arguments are no JSON");
    return wrapped(json::quote(text));
  }
  if (json::type_of(text) == json::Type::object) return std::string(text);
  losses.add(path, "arguments are no object");
  return wrapped(text);
}

bool is_image_mime(std::string_view mime) {
  return mime == "image/jpeg" || mime == "image/png" || mime == "image/gif" || mime == "image/webp";
}

bool is_text_mime(std::string_view mime) {
  return mime.starts_with("text/") || mime == "application/json" || mime == "application/xml" ||
         mime == "application/yaml";
}

void write_source(json::Writer& out, const llm::Media& media) {
  using Form = llm::Media::Form;
  out.key("source").begin_object();
  if (media.form == Form::url) {
    out.member("type", "url").member("url", media.data);
  } else if (media.form == Form::text || is_text_mime(media.mime)) {
    out.member("type", "text").member("media_type", "text/plain");
    out.member("data", media.form == Form::text ? media.data : base64::decode(media.data).value_or(""));
  } else {
    out.member("type", "base64").member("media_type", media.mime).member("data", media.data);
  }
  out.end_object();
}

void write_media(json::Writer& out, const llm::Media& media) {
  const bool is_image = media.kind == llm::Media::Kind::image;
  out.member("type", is_image ? "image" : "document");
  write_source(out, media);
  if (!is_image && !media.name.empty()) out.member("title", media.name);
}

}  // namespace

Status Conversation::plan() {
  for (const llm::Block& block : request_.system)
    if (const auto* text = block.as<llm::Text>(); text && !is_blank(text->text)) system_.push_back(&block);
  for (const llm::Turn& turn : request_.turns) AIGW_TRY(add(turn));
  std::erase_if(turns_, [](const Turn& turn) { return turn.pieces.empty(); });
  for (Turn& turn : turns_) sort_results(turn);
  trim_prefill();
  if (is_prefill()) {
    if (target_.traits.refuses_prefill)
      return cannot_express(turns_.back().path, "an assistant message last is a prefill, which this model refuses",
                            kDialect);
    losses_.add(turns_.back().path, "prefill is continued");
  }
  for (const llm::Block* block : system_) cache_markers_ += block->cache_marker ? 1 : 0;
  for (const Turn& turn : turns_)
    for (const Piece& piece : turn.pieces)
      cache_markers_ += piece.block->cache_marker && !piece.block->as<llm::Thinking>() ? 1 : 0;
  if (turns_.empty()) losses_.add("messages", "filler turn added");
  return {};
}

Status Conversation::add(const llm::Turn& turn) {
  if (turn.role == Role::system && !(target_.traits.takes_system_turns && !turns_.empty() &&
                                     (turns_.back().role == Role::user || turns_.back().role == Role::system))) {
    for (const llm::Block& block : turn.blocks) {
      const auto* text = block.as<llm::Text>();
      if (!text)
        losses_.add(block.path, "no such block in system");
      else if (!is_blank(text->text))
        system_.push_back(&block);
    }
    losses_.note(turn.path, "system moved to the front");
    return {};
  }
  Turn& into = turn_of(turn.role, turn.path);
  for (const llm::Block& block : turn.blocks) AIGW_TRY(add_block(into, block));
  return {};
}

/// The last turn where it has that role: the API wants them to alternate. Blocks are joined, never their texts.
Conversation::Turn& Conversation::turn_of(Role role, std::string_view path) {
  if (!turns_.empty() && turns_.back().pieces.empty()) turns_.pop_back();
  if (turns_.empty() || turns_.back().role != role) {
    turns_.push_back({.role = role, .path = path});
    if (role == Role::assistant) open_.clear();
  }
  return turns_.back();
}

Status Conversation::add_block(Turn& turn, const llm::Block& block) {
  if (const auto* text = block.as<llm::Text>()) {
    if (text->seal) losses_.note(block.path, "signature of another provider");
    if (!is_blank(text->text)) turn.pieces.push_back({.block = &block, .text = {}});
    return {};
  }
  if (const auto* refusal = block.as<llm::Refusal>()) {
    if (!is_blank(refusal->text)) turn.pieces.push_back({.block = &block, .text = {}});
    return {};
  }
  if (const auto* media = block.as<llm::Media>()) return add_media(turn, block, *media);
  if (const auto* result = block.as<llm::ToolResult>()) return add_result(turn, block, *result);
  if (const auto* call = block.as<llm::ToolCall>())
    add_call(turn, block, *call);
  else if (const auto* thinking = block.as<llm::Thinking>())
    add_thinking(turn, block, *thinking);
  else if (const auto* opaque = block.as<llm::Opaque>()) {
    // The rest of the history leans on what a compaction holds.
    if (opaque->kind.find("compaction") != std::string::npos)
      return cannot_express(block.path, opaque->kind + " item", kDialect);
    losses_.add(block.path, opaque->kind + " item");
  }
  return {};
}

void Conversation::add_thinking(Turn& turn, const llm::Block& block, const llm::Thinking& thinking) {
  const auto& seal = thinking.seal;
  const bool ours = seal && seal->dialect == kDialect && !seal->bytes.empty() &&
                    (seal->provider == target_.provider || (seal->provider.empty() && request_.dialect == kDialect));
  if (ours && turn.role == Role::assistant)
    turn.pieces.push_back({.block = &block, .text = seal->bytes});
  else if (seal)
    losses_.add(block.path, "reasoning of another provider");
  else
    losses_.note(block.path, "reasoning without signature");
}

void Conversation::add_call(Turn& turn, const llm::Block& block, const llm::ToolCall& call) {
  if (call.seal) losses_.add(block.path, "reasoning of another provider");
  std::string id = call.id.empty() ? llm::call_id_for(" " + std::to_string(calls_) + call.name, kIdCharsMax)
                                   : llm::call_id_for(call.id, kIdCharsMax);
  ++calls_;
  // Clients that count their calls in each turn anew use an id twice; the API wants them unique.
  while (!ids_.insert(id).second) id = llm::call_id_for(id + " " + std::to_string(calls_), kIdCharsMax);
  open_.push_back({.asked_id = call.id, .name = call.name, .id = id});
  turn.pieces.push_back({.block = &block, .id = std::move(id), .text = arguments_object(call, block.path, losses_)});
}

Status Conversation::add_result(Turn& turn, const llm::Block& block, const llm::ToolResult& result) {
  const auto is_for = [&](const OpenCall& call) {
    if (call.answered) return false;
    return result.call_id.empty() ? call.name == result.name : call.asked_id == result.call_id;
  };
  auto call = std::ranges::find_if(open_, is_for);
  // A Gemini client may leave out the id that its call had, or give one to a call that had none.
  if (call == open_.end() && !result.name.empty())
    call = std::ranges::find_if(open_, [&](const OpenCall& other) {
      return !other.answered && other.name == result.name && (other.asked_id.empty() || result.call_id.empty());
    });
  if (call == open_.end() && result.call_id.empty())
    return cannot_express(block.path, "tool result without call", kDialect);
  std::string id = call == open_.end() ? llm::call_id_for(result.call_id, kIdCharsMax) : call->id;
  if (call != open_.end()) {
    call->answered = true;
  } else {
    const auto same = std::ranges::find_if(
        turn.pieces, [&](const Piece& piece) { return piece.block->as<llm::ToolResult>() && piece.id == id; });
    if (same != turn.pieces.end()) {
      losses_.add(same->block->path, "answered twice");
      turn.pieces.erase(same);
    }
  }
  for (const llm::Media& media : result.media) AIGW_TRY(check_media(media, block.path));
  PlainResult plain = plain_result(result);
  turn.pieces.push_back(
      {.block = &block, .id = std::move(id), .text = std::move(plain.text), .is_error = plain.is_error});
  return {};
}

Status Conversation::add_media(Turn& turn, const llm::Block& block, const llm::Media& media) {
  if (turn.role == Role::assistant) {
    losses_.add(block.path, "media of the assistant");
    return {};
  }
  AIGW_TRY(check_media(media, block.path));
  turn.pieces.push_back({.block = &block, .text = {}});
  return {};
}

Status Conversation::check_media(const llm::Media& media, std::string_view path) {
  using Kind = llm::Media::Kind;
  using Form = llm::Media::Form;
  if (media.form == Form::file) return cannot_express(path, "an uploaded file of another provider", kDialect);
  if (media.kind == Kind::audio) return cannot_express(path, "audio", kDialect);
  if (media.kind == Kind::video) return cannot_express(path, "video", kDialect);
  if (!media.detail.empty() && media.detail != "auto") losses_.add(path, "image detail");
  if (media.form != Form::base64) return {};
  if (media.kind == Kind::image ? !is_image_mime(media.mime)
                                : media.mime != "application/pdf" && !is_text_mime(media.mime))
    return cannot_express(path, (media.kind == Kind::image ? "image of type " : "document file of type ") + media.mime,
                          kDialect);
  return {};
}

/// Results come first in their turn, in the order of the calls.
void Conversation::sort_results(Turn& turn) const {
  const auto is_result = [](const Piece& piece) { return piece.block->as<llm::ToolResult>() != nullptr; };
  const auto behind = std::ranges::stable_partition(turn.pieces, is_result);
  turn.results = static_cast<std::size_t>(behind.begin() - turn.pieces.begin());
  if (turn.results < 2 || &turn == turns_.data()) return;
  std::vector<std::string_view> order;
  for (const Piece& piece : (&turn - 1)->pieces)
    if (piece.block->as<llm::ToolCall>()) order.push_back(piece.id);
  std::ranges::stable_sort(turn.pieces.begin(), behind.begin(), {},
                           [&](const Piece& piece) { return std::ranges::find(order, piece.id) - order.begin(); });
}

bool Conversation::is_prefill() const { return !turns_.empty() && turns_.back().role == Role::assistant; }

/// An answer that is to be continued may not end in space.
void Conversation::trim_prefill() {
  if (!is_prefill()) return;
  Piece& last = turns_.back().pieces.back();
  if (const auto* text = last.block->as<llm::Text>()) {
    const std::size_t end = text->text.find_last_not_of(" \t\r\n");
    last.text = text->text.substr(0, end + 1);
  }
}

bool Conversation::last_call_lacks_thinking() const {
  if (turns_.size() < 2 || turns_.back().results == 0) return false;
  return !turns_[turns_.size() - 2].pieces.front().block->as<llm::Thinking>();
}

void Conversation::write(json::Writer& out, CacheMarkers& markers) const {
  out.begin_array();
  for (const Turn& turn : turns_) {
    out.begin_object();
    out.member("role", turn.role == Role::user ? "user" : turn.role == Role::assistant ? "assistant" : "system");
    out.key("content").begin_array();
    for (const Piece& piece : turn.pieces) write_piece(out, piece, markers);
    out.end_array().end_object();
  }
  if (turns_.empty()) out.raw(R"({"role":"user","content":[{"type":"text","text":"Continue."}]})");
  out.end_array();
}

void Conversation::write_piece(json::Writer& out, const Piece& piece, CacheMarkers& markers) const {
  const llm::Block& block = *piece.block;
  out.begin_object();
  if (const auto* text = block.as<llm::Text>()) {
    out.member("type", "text").member("text", piece.text.empty() ? text->text : piece.text);
  } else if (const auto* refusal = block.as<llm::Refusal>()) {
    out.member("type", "text").member("text", refusal->text);
  } else if (const auto* media = block.as<llm::Media>()) {
    write_media(out, *media);
  } else if (const auto* call = block.as<llm::ToolCall>()) {
    out.member("type", "tool_use").member("id", piece.id).member("name", call->name).key("input").raw(piece.text);
  } else if (const auto* result = block.as<llm::ToolResult>()) {
    out.member("type", "tool_result").member("tool_use_id", piece.id).key("content");
    if (result->media.empty()) {
      out.string(piece.text);
    } else {
      out.begin_array();
      if (!is_blank(piece.text)) out.begin_object().member("type", "text").member("text", piece.text).end_object();
      for (const llm::Media& file : result->media) {
        out.begin_object();
        write_media(out, file);
        out.end_object();
      }
      out.end_array();
    }
    if (piece.is_error) out.member("is_error", true);
  } else if (const auto* thinking = block.as<llm::Thinking>()) {
    if (thinking->redacted)
      out.member("type", "redacted_thinking").member("data", piece.text);
    else
      out.member("type", "thinking").member("thinking", thinking->text).member("signature", piece.text);
  }
  if (!block.as<llm::Thinking>()) markers.write(out, block.cache_marker);
  out.end_object();
}

}  // namespace aigw::adapters::anthropic_messages
