#include "adapters/anthropic_messages/block_reader.hpp"

#include "adapters/anthropic_messages/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"
#include "llm/seal.hpp"

namespace aigw::adapters::anthropic_messages {
namespace {

using json::Type;
using json::View;

/// What a carrier field holds: a seal that we wrapped, or Anthropic's own.
std::optional<llm::Seal> seal_in(std::string carrier) {
  if (carrier.empty()) return std::nullopt;
  if (auto ours = llm::unwrap(carrier)) return ours;
  return native_seal(std::move(carrier));
}

/// Gemini signs calls, not thoughts: such a seal came in a block of its own directly before the call that it is for.
bool gives_seal_to_call(std::vector<llm::Block>& blocks, llm::ToolCall& call) {
  if (blocks.empty()) return false;
  auto* before = blocks.back().as<llm::Thinking>();
  if (!before || !before->redacted || !before->seal || before->seal->dialect != llm::Dialect::gemini_generate)
    return false;
  call.seal = std::move(before->seal);
  blocks.pop_back();
  return true;
}

}  // namespace

Error only_here(std::string_view path, std::string_view what) {
  Error error =
      make_error(ErrorKind::bad_request, std::string(path) + ": " + std::string(what) + "; no other dialect has it",
                 "Leave it out, or choose a model whose provider speaks anthropic-messages");
  error.param = path;
  return error;
}

Status BlockReader::read_content(View content, std::string_view path, std::vector<llm::Block>& into) {
  if (content.type() == Type::string) {
    into.push_back({.value = llm::Text{content.string().value_or("")}, .path = std::string(path)});
    return {};
  }
  if (content.type() != Type::array) return bad_field(path, "must be text or an array of blocks");
  return read_list(content, path, into);
}

Status BlockReader::read_list(View list, std::string_view path, std::vector<llm::Block>& into) {
  std::size_t index = 0;
  Status status;
  list.each([&](View element) {
    if (status) status = read_block(element, at(path, index++), into);
  });
  return status;
}

Status BlockReader::read_block(View value, std::string path, std::vector<llm::Block>& into) {
  if (value.type() != Type::object) return bad_field(path, "must be an object");
  const auto [type_view, marker] = value.members(std::array<std::string_view, 2>{"type", "cache_control"});
  std::string type = type_view.string().value_or("");
  llm::Block block{.path = std::move(path), .cache_marker = marker && !marker.is_null()};
  if (type == "text") {
    AIGW_TRY_ASSIGN(block.value, text(value, block.path));
  } else if (type == "image" || type == "document") {
    const auto kind = type == "image" ? llm::Media::Kind::image : llm::Media::Kind::document;
    AIGW_TRY_ASSIGN(block.value, media(value, kind, block.path));
  } else if (type == "tool_use") {
    AIGW_TRY_ASSIGN(llm::ToolCall call, tool_call(value, block.path));
    gives_seal_to_call(into, call);
    block.value = std::move(call);
  } else if (type == "tool_result") {
    AIGW_TRY_ASSIGN(block.value, tool_result(value, block.path));
  } else if (type == "thinking") {
    const auto [thought, signature] = value.members(std::array<std::string_view, 2>{"thinking", "signature"});
    block.value =
        llm::Thinking{.text = thought.string().value_or(""), .seal = seal_in(signature.string().value_or(""))};
  } else if (type == "redacted_thinking") {
    block.value = llm::Thinking{.redacted = true, .seal = seal_in(value["data"].string().value_or(""))};
  } else if (type == "search_result") {
    block.value = llm::Text{search_result(value, block.path)};
  } else if (type == "container_upload") {
    return only_here(block.path, "container_upload names a file in a container at Anthropic");
  } else {
    block.value = llm::Opaque{kDialect, std::move(type), std::string(value.raw())};
  }
  into.push_back(std::move(block));
  return {};
}

Result<llm::Text> BlockReader::text(View value, std::string_view path) {
  llm::Text out;
  bool is_text = false;
  value.each_member([&](std::string_view name, View member) {
    if (json::says(name, "text")) {
      is_text = member.type() == Type::string;
      out.text = member.string().value_or("");
    } else if (json::says(name, "citations")) {
      if (!member.is_null() && member.raw() != "[]") losses_.add(at(path, name), "citations");
    } else if (!json::says(name, "type") && !json::says(name, "cache_control")) {
      losses_.add(at(path, name), "unknown member");
    }
  });
  if (!is_text) return bad_field(at(path, "text"), "must be text");
  return out;
}

Result<llm::Media> BlockReader::media(View value, llm::Media::Kind kind, std::string_view path) {
  using Form = llm::Media::Form;
  llm::Media out{.kind = kind};
  View source;
  value.each_member([&](std::string_view name, View member) {
    if (member.is_null() || json::says(name, "type") || json::says(name, "cache_control")) return;
    if (json::says(name, "source"))
      source = member;
    else if (json::says(name, "title"))
      out.name = member.string().value_or("");
    else if (json::says(name, "citations"))
      (member["enabled"].boolean().value_or(false) ? losses_.add(at(path, name), "citations")
                                                   : losses_.note(at(path, name), "citations"));
    else
      losses_.add(at(path, name), name == "context" ? "no document context" : "unknown member");
  });
  const std::string type = source["type"].string().value_or("");
  const auto take = [&](Form form, std::string_view member) {
    out.form = form;
    auto data = source[member].string();
    if (data) out.data = *std::move(data);
    return !out.data.empty();
  };
  bool complete = false;
  if (type == "base64") {
    complete = take(Form::base64, "data");
    out.mime = source["media_type"].string().value_or("");
    if (const std::string_view told = sniff_mime(out.data); !told.empty()) out.mime = told;
  } else if (type == "url") {
    complete = take(Form::url, "url");
    if (kind == llm::Media::Kind::document) out.mime = "application/pdf";
  } else if (type == "file") {
    complete = take(Form::file, "file_id");
  } else if (type == "text") {
    complete = take(Form::text, "data");
    out.mime = source["media_type"].string().value_or("text/plain");
  } else if (type == "content") {
    std::vector<llm::Block> inner;
    AIGW_TRY(read_content(source["content"], at(path, "source.content"), inner));
    for (const llm::Block& block : inner)
      if (const auto* words = block.as<llm::Text>())
        out.data.append(out.data.empty() ? "" : "\n").append(words->text);
      else
        losses_.add(block.path, "no media in documents");
    out.form = Form::text;
    out.mime = "text/plain";
    complete = true;
  }
  if (!complete) return bad_field(at(path, "source"), "must be a source of type base64, url, file or text");
  return out;
}

Result<llm::ToolCall> BlockReader::tool_call(View value, std::string_view path) {
  const auto [id, name, input] = value.members(std::array<std::string_view, 3>{"id", "name", "input"});
  llm::ToolCall call{.id = id.string().value_or(""), .name = name.string().value_or("")};
  if (call.id.empty()) return bad_field(at(path, "id"), "must be text and not empty");
  if (call.name.empty()) return bad_field(at(path, "name"), "must be text and not empty");
  if (input && !input.is_null() && input.type() != Type::object)
    return bad_field(at(path, "input"), "must be an object");
  call.arguments = input.type() == Type::object ? input.raw() : "{}";
  return call;
}

Result<llm::ToolResult> BlockReader::tool_result(View value, std::string_view path) {
  llm::ToolResult result;
  View content;
  value.each_member([&](std::string_view name, View member) {
    if (member.is_null() || json::says(name, "type") || json::says(name, "cache_control")) return;
    if (json::says(name, "tool_use_id"))
      result.call_id = member.string().value_or("");
    else if (json::says(name, "content"))
      content = member;
    else if (json::says(name, "is_error"))
      result.is_error = member.boolean().value_or(false);
    else
      losses_.add(at(path, name), "unknown member");
  });
  if (result.call_id.empty()) return bad_field(at(path, "tool_use_id"), "must be text and not empty");
  const std::string content_path = at(path, "content");
  if (content.type() == Type::string) {
    result.text = content.string().value_or("");
  } else if (content.type() == Type::array) {
    std::size_t index = 0;
    Status status;
    content.each([&](View part) {
      if (status) status = result_part(part, at(content_path, index++), result);
    });
    AIGW_TRY(std::move(status));
  } else if (content) {
    return bad_field(content_path, "must be text or an array of blocks");
  }
  return result;
}

Status BlockReader::result_part(View value, std::string_view path, llm::ToolResult& into) {
  const std::string type = value["type"].string().value_or("");
  const auto append = [&](std::string_view words) {
    if (!into.text.empty() && !words.empty()) into.text += '\n';
    into.text.append(words);
  };
  if (type == "text") {
    AIGW_TRY_ASSIGN(const llm::Text words, text(value, path));
    append(words.text);
  } else if (type == "image" || type == "document") {
    const auto kind = type == "image" ? llm::Media::Kind::image : llm::Media::Kind::document;
    AIGW_TRY_ASSIGN(llm::Media file, media(value, kind, path));
    into.media.push_back(std::move(file));
  } else if (type == "search_result") {
    append(search_result(value, path));
  } else {
    losses_.add(path, type.empty() ? "unknown block" : type + " block");
  }
  return {};
}

/// Its title and text, for models that know no such block.
std::string BlockReader::search_result(View value, std::string_view path) {
  losses_.add(path, "search_result as text");
  std::string out = value["title"].string().value_or("");
  if (const auto source = value["source"].string(); source && !source->empty()) out.append(" (" + *source + ")");
  value["content"].each([&](View part) { out.append("\n").append(part["text"].string().value_or("")); });
  return out;
}

}  // namespace aigw::adapters::anthropic_messages
