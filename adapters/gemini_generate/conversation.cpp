#include "adapters/gemini_generate/conversation.hpp"

#include "adapters/gemini_generate/parts.hpp"
#include "adapters/translation.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"
#include "json/scan.hpp"
#include "json/splice.hpp"

#include <algorithm>

namespace aigw::adapters::gemini_generate {
namespace {

using llm::Media;
using llm::Role;

/// "context_engineering_is_the_way_to_go" in base64: Gemini 3 takes it for the signature of a call that it did not make
/// (recorded traffic, 2026-11-23).
constexpr std::string_view kForeignCallSignature = "Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv";

/// The result of a tool that gave nothing but files.
constexpr std::string_view kAttached = R"_({"output":"(see attached file)"})_";

/// Arguments as an object, whatever the history holds.
std::string arguments_object(const llm::ToolCall& call, std::string_view path, llm::Losses& losses) {
  if (auto object = call_arguments(call)) return *std::move(object);
  const std::string_view text = text::trim(call.arguments);
  const bool is_json = json::check_value(text).ok();
  losses.add(path, is_json ? "arguments are no object" : "arguments are no JSON");
  return "{\"input\":" + (is_json ? std::string(text) : json::quote(text)) + "}";
}

/// A result as an object: what is none stands in one as the text that it is.
std::string result_object(const llm::ToolResult& result) {
  const auto wrapped = [](std::string_view key, std::string_view text) {
    return "{\"" + std::string(key) + "\":" + json::quote(text) + "}";
  };
  if (result.is_error && !result.is_object) return wrapped("error", result.text);
  if (result.is_object) return result.text;
  if (result.text.empty()) return "{}";
  if (result.text.front() == '{' && json::scan_answer(result.text)) return result.text;
  return wrapped("output", result.text);
}

}  // namespace

bool Conversation::is_own(const llm::Seal& seal) const {
  return seal.dialect == kDialect && !seal.bytes.empty() &&
         (seal.provider == target_.provider || (seal.provider.empty() && request_.dialect == kDialect));
}

Status Conversation::plan() {
  for (const llm::Block& block : request_.system)
    if (const auto* text = block.as<llm::Text>(); text && !text->text.empty()) system_.push_back(&block);
  for (const llm::Turn& turn : request_.turns) AIGW_TRY(add(turn));
  if (std::ranges::any_of(open_, [](const OpenCall& call) { return call.answer != nullptr; })) AIGW_TRY(close_step());
  std::erase_if(contents_, [](const Content& content) { return content.parts.empty(); });
  if (!contents_.empty() && contents_.back().role == Role::assistant && open_.empty())
    losses_.add(contents_.back().path, "prefill may not be continued");
  return {};
}

Status Conversation::add(const llm::Turn& turn) {
  switch (turn.role) {
    case Role::system:
      add_system(turn);
      return {};
    case Role::assistant:
      return add_assistant(turn);
    case Role::user:
      break;
  }
  return add_user(turn);
}

void Conversation::add_system(const llm::Turn& turn) {
  for (const llm::Block& block : turn.blocks) {
    if (const auto* text = block.as<llm::Text>(); !text)
      losses_.add(block.path, "no such block in system");
    else if (!text->text.empty())
      system_.push_back(&block);
  }
  losses_.note(turn.path, "system moved to the front");
}

/// The last turn where it has that role. Parts are joined, never their texts.
Conversation::Content& Conversation::content_of(Role role, std::string_view path) {
  if (!contents_.empty() && contents_.back().parts.empty()) contents_.pop_back();
  if (contents_.empty() || contents_.back().role != role || contents_.back().is_results)
    contents_.push_back({.role = role, .path = path});
  return contents_.back();
}

Status Conversation::add_assistant(const llm::Turn& turn) {
  if (std::ranges::any_of(open_, [](const OpenCall& call) { return call.answer != nullptr; })) AIGW_TRY(close_step());
  Content& content = content_of(Role::assistant, turn.path);
  std::string_view sealed;  // of a thought, waiting for the part that it led to
  for (const llm::Block& block : turn.blocks) {
    if (const auto* thinking = block.as<llm::Thinking>()) {
      if (!thinking->seal || thinking->seal->bytes.empty())
        losses_.note(block.path, "reasoning without signature");
      else if (is_own(*thinking->seal))
        sealed = thinking->seal->bytes;
      else
        losses_.add(block.path, "reasoning of another provider");
    } else if (const auto* call = block.as<llm::ToolCall>()) {
      AIGW_TRY(add_call(content, block, *call, std::exchange(sealed, {})));
    } else if (const auto* text = block.as<llm::Text>()) {
      if (text->seal && is_own(*text->seal)) sealed = text->seal->bytes;
      if (text->text.empty()) continue;
      content.parts.push_back({.block = &block, .signature = std::exchange(sealed, {})});
    } else if (const auto* refusal = block.as<llm::Refusal>()) {
      if (!refusal->text.empty()) content.parts.push_back({.block = &block});
    } else if (const auto* media = block.as<Media>()) {
      AIGW_TRY(check_media(*media, block.path));
      content.parts.push_back({.block = &block});
    } else if (const auto* opaque = block.as<llm::Opaque>()) {
      // The rest of the history leans on what a compaction holds.
      if (text::contains(opaque->kind, "compaction"))
        return cannot_express(block.path, opaque->kind + " item", kDialect);
      losses_.add(block.path, opaque->kind + " item");
    }
  }
  if (!sealed.empty()) seal_last_text(content, sealed);
  return {};
}

/// A signature that nothing follows belongs to the text before it.
void Conversation::seal_last_text(Content& content, std::string_view signature) {
  if (content.parts.empty() || !content.parts.back().block->as<llm::Text>()) return;
  content.parts.back().signature = signature;
}

Status Conversation::add_call(Content& content, const llm::Block& block, const llm::ToolCall& call,
                              std::string_view sealed) {
  Part part{.block = &block, .text = arguments_object(call, block.path, losses_)};
  if (call.seal && is_own(*call.seal))
    part.signature = call.seal->bytes;
  else if (!sealed.empty())
    part.signature = sealed;
  else if (call.seal)
    losses_.add(block.path, "reasoning of another provider");
  const bool is_first = std::ranges::none_of(
      content.parts, [](const Part& other) { return other.block->as<llm::ToolCall>() != nullptr; });
  if (part.signature.empty() && is_first && target_.traits.needs_seals) {
    part.signature = kForeignCallSignature;
    losses_.note(block.path, "signature of a foreign call");
  }
  content.parts.push_back(std::move(part));
  open_.push_back({.id = call.id, .name = call.name, .path = block.path});
  return {};
}

Status Conversation::add_user(const llm::Turn& turn) {
  for (const llm::Block& block : turn.blocks)
    if (const auto* result = block.as<llm::ToolResult>()) AIGW_TRY(take_result(block, *result));
  const auto is_rest = [](const llm::Block& block) {
    if (const auto* text = block.as<llm::Text>()) return !text->text.empty();
    return !block.as<llm::ToolResult>();
  };
  if (std::ranges::none_of(turn.blocks, is_rest)) return {};
  AIGW_TRY(close_step());
  Content& content = content_of(Role::user, turn.path);
  for (const llm::Block& block : turn.blocks) {
    if (!is_rest(block)) continue;
    if (const auto* media = block.as<Media>()) AIGW_TRY(check_media(*media, block.path));
    if (const auto* opaque = block.as<llm::Opaque>()) {
      losses_.add(block.path, opaque->kind + " item");
      continue;
    }
    if (block.as<llm::Text>() || block.as<Media>() || block.as<llm::Refusal>())
      content.parts.push_back({.block = &block});
  }
  return {};
}

Status Conversation::take_result(const llm::Block& block, const llm::ToolResult& result) {
  const auto find = [&](auto matches) {
    return std::ranges::find_if(open_, [&](const OpenCall& call) { return !call.answer && matches(call); });
  };
  auto call = open_.end();
  if (!result.call_id.empty()) call = find([&](const OpenCall& open) { return open.id == result.call_id; });
  if (call == open_.end() && !result.name.empty())
    call = find(
        [&](const OpenCall& open) { return open.name == result.name && (open.id.empty() || result.call_id.empty()); });
  if (call == open_.end()) {  // answered twice: the last one holds
    call = std::ranges::find_if(
        open_, [&](const OpenCall& open) { return !result.call_id.empty() && open.id == result.call_id; });
    if (call != open_.end()) losses_.add(call->answer->path, "answered twice");
  }
  if (call == open_.end()) {
    const auto unanswered = std::ranges::count_if(open_, [](const OpenCall& open) { return !open.answer; });
    if (unanswered != 1) return cannot_express(block.path, "tool result without call", kDialect);
    call = find([](const OpenCall&) { return true; });
    losses_.add(block.path, "tool result id repaired");
  }
  call->answer = &block;
  return {};
}

Status Conversation::close_step() {
  if (open_.empty()) return {};
  Content results{.role = Role::user, .path = open_.front().path, .is_results = true};
  Content moved{.role = Role::user, .path = open_.front().path};
  for (const OpenCall& call : open_) AIGW_TRY(add_result(results, moved, call));
  open_.clear();
  contents_.push_back(std::move(results));
  if (!moved.parts.empty()) contents_.push_back(std::move(moved));
  return {};
}

Status Conversation::add_result(Content& results, Content& moved, const OpenCall& call) {
  if (!call.answer)
    return cannot_express(call.path, "a tool call without its result; every call of a turn needs one", kDialect);
  const auto& result = *call.answer->as<llm::ToolResult>();
  results.parts.push_back({.block = call.answer, .text = result_object(result), .id = call.id, .name = call.name});
  for (const Media& media : result.media) {
    AIGW_TRY(check_media(media, call.answer->path));
    if (target_.traits.needs_seals && media.form == Media::Form::base64) continue;  // Gemini 3 takes it inside
    moved.parts.push_back({.block = call.answer, .media = &media});
    losses_.add(call.answer->path, "result media moved");
    if (result.text.empty()) results.parts.back().text = kAttached;
  }
  return {};
}

Status Conversation::check_media(const Media& media, std::string_view path) {
  if (media.form == Media::Form::file) return cannot_express(path, "an uploaded file of another provider", kDialect);
  if (media.form == Media::Form::base64 && media.mime.empty())
    return cannot_express(path, "a file whose media type is not said", kDialect);
  if (media.detail == "low" && !target_.traits.needs_seals) losses_.add(path, "image detail");
  if (media.form == Media::Form::text) losses_.add(path, "document as text");
  if (!media.name.empty()) losses_.note(path, "no file names");
  return {};
}

void Conversation::write_system(json::Writer& out) const {
  if (system_.empty()) return;
  out.key("systemInstruction").begin_object().member("role", "user").key("parts").begin_array();
  for (const llm::Block* block : system_) out.begin_object().member("text", block->as<llm::Text>()->text).end_object();
  out.end_array().end_object();
}

void Conversation::write(json::Writer& out) const {
  out.begin_array();
  for (const Content& content : contents_) {
    out.begin_object().member("role", content.role == Role::assistant ? "model" : "user").key("parts").begin_array();
    for (const Part& part : content.parts) write_part(out, part);
    out.end_array().end_object();
  }
  if (contents_.empty()) out.raw(R"({"role":"user","parts":[{"text":""}]})");
  out.end_array();
}

void Conversation::write_part(json::Writer& out, const Part& part) const {
  out.begin_object();
  const llm::Block& block = *part.block;
  if (part.media) {
    write_media(out, *part.media);
  } else if (const auto* text = block.as<llm::Text>()) {
    out.member("text", text->text);
  } else if (const auto* refusal = block.as<llm::Refusal>()) {
    out.member("text", refusal->text);
  } else if (const auto* media = block.as<Media>()) {
    write_media(out, *media);
  } else if (const auto* call = block.as<llm::ToolCall>()) {
    out.key("functionCall").begin_object().member("name", call->name).key("args").raw(part.text);
    if (!call->id.empty()) out.member("id", call->id);
    out.end_object();
  } else if (const auto* result = block.as<llm::ToolResult>()) {
    write_result(out, part, *result);
  }
  if (!part.signature.empty()) out.member("thoughtSignature", part.signature);
  out.end_object();
}

void Conversation::write_result(json::Writer& out, const Part& part, const llm::ToolResult& result) const {
  out.key("functionResponse").begin_object().member("name", part.name).key("response").raw(part.text);
  if (!part.id.empty()) out.member("id", part.id);
  const auto stays = [&](const Media& media) {
    return target_.traits.needs_seals && media.form == Media::Form::base64;
  };
  if (std::ranges::any_of(result.media, stays)) {
    out.key("parts").begin_array();
    for (const Media& media : result.media) {
      if (!stays(media)) continue;
      out.begin_object().key("inlineData").begin_object();
      out.member("mimeType", media.mime).member("data", media.data).end_object().end_object();
    }
    out.end_array();
  }
  out.end_object();
}

void Conversation::write_media(json::Writer& out, const Media& media) const {
  switch (media.form) {
    case Media::Form::text:
      out.member("text", media.name.empty() ? media.data : media.name + "\n" + media.data);
      return;
    case Media::Form::url:
    case Media::Form::file:
      out.key("fileData").begin_object().member("fileUri", media.data);
      if (!media.mime.empty()) out.member("mimeType", media.mime);
      out.end_object();
      break;
    case Media::Form::base64:
      out.key("inlineData").begin_object().member("mimeType", media.mime).member("data", media.data).end_object();
      break;
  }
  if (media.detail == "low" && target_.traits.needs_seals)
    out.key("mediaResolution").begin_object().member("level", "MEDIA_RESOLUTION_LOW").end_object();
}

}  // namespace aigw::adapters::gemini_generate
