#include "adapters/gemini_generate/content_reader.hpp"

#include "adapters/gemini_generate/members.hpp"
#include "adapters/gemini_generate/parts.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace aigw::adapters::gemini_generate {
namespace {

using json::Type;
using json::View;
using llm::Media;

std::optional<llm::Role> role_named(std::string_view word) {
  const std::string role = text::to_lower(word);
  if (role == "model") return llm::Role::assistant;
  if (role == "system") return llm::Role::system;
  if (role.empty() || role == "user" || role == "function" || role == "tool") return llm::Role::user;
  return std::nullopt;
}

bool is_video_site(std::string_view url) {
  return text::contains(url, "youtube.com/") || text::contains(url, "youtu.be/");
}

Media read_file_data(View file) {
  Media media;
  file.each_member([&](std::string_view name, View value) {
    if (is_named(name, "fileUri")) media.data = value.string().value_or("");
    if (is_named(name, "mimeType")) media.mime = value.string().value_or("");
    if (is_named(name, "displayName")) media.name = value.string().value_or("");
  });
  const bool is_public = media.data.starts_with("https://") || media.data.starts_with("http://");
  media.form = is_public && !text::contains(media.data, "googleapis.com") ? Media::Form::url : Media::Form::file;
  if (media.mime.empty()) media.mime = mime_of_url(media.data);
  if (is_video_site(media.data))
    media.kind = Media::Kind::video;
  else if (!media.mime.empty())
    media.kind = media_kind_of(media.mime);
  return media;
}

/// OpenAI's word for a resolution.
std::string_view detail_of(View resolution) {
  const std::string level = resolution.string().value_or(resolution["level"].string().value_or(""));
  if (level.ends_with("_LOW")) return "low";
  if (level.ends_with("_MEDIUM")) return "auto";
  return level.ends_with("_HIGH") ? "high" : "";
}

}  // namespace

/// The members of one part; what rides along stands beside the one that holds data.
struct ContentReader::Part {
  std::string path;
  View text = {}, call = {}, response = {}, blob = {}, file = {}, resolution = {};
  View other = {};  ///< what only Gemini knows
  std::string_view other_name = {};
  bool is_thought = false;
  std::optional<llm::Seal> seal = {};

  void push(std::vector<llm::Block>& blocks, decltype(llm::Block::value) value) {
    blocks.push_back({.value = std::move(value), .path = std::move(path)});
  }
};

Status ContentReader::read_contents(View contents, std::vector<llm::Turn>& turns) {
  if (contents.type() != Type::array && contents.type() != Type::object)
    return bad_field("contents", "must be an array");
  const bool is_list = contents.type() == Type::array;
  std::size_t index = 0;
  Status status;
  each_or_only(contents, [&](View content) {
    if (status) status = read_turn(content, is_list ? at("contents", index++) : "contents", turns);
  });
  return status;
}

Status ContentReader::read_turn(View content, std::string path, std::vector<llm::Turn>& turns) {
  if (content.type() != Type::object) return bad_field(path, "must be an object");
  llm::Turn turn{.path = std::move(path)};
  View parts;
  std::string role;
  content.each_member([&](std::string_view name, View value) {
    if (is_named(name, "parts"))
      parts = value;
    else if (is_named(name, "role"))
      role = value.string().value_or("");
    else
      losses_.add(at(turn.path, name), "unknown member");
  });
  const auto known = role_named(role);
  if (!known) return bad_field(at(turn.path, "role"), "must be user or model");
  turn.role = *known;
  AIGW_TRY(read_parts(parts, turn.path, turn.blocks));
  turns.push_back(std::move(turn));
  return {};
}

Status ContentReader::read_parts(View parts, std::string_view owner, std::vector<llm::Block>& blocks) {
  constexpr std::string_view kList = "parts";
  if (!parts || parts.is_null()) return {};
  if (parts.type() != Type::array && parts.type() != Type::object)
    return bad_field(at(owner, kList), "must be an array");
  const bool is_list = parts.type() == Type::array;
  std::size_t index = 0;
  Status status;
  each_or_only(parts, [&](View part) {
    if (status) status = read_part(part, is_list ? at(owner, kList, index++) : at(owner, kList), blocks);
  });
  return status;
}

Status ContentReader::read_system(View instruction, std::string_view path, std::vector<llm::Block>& blocks) {
  if (auto text = instruction.string()) {
    blocks.push_back({.value = llm::Text{*std::move(text)}, .path = std::string(path)});
    return {};
  }
  View parts = instruction;
  if (const View inner = either(instruction, "parts")) parts = inner;
  const auto before = static_cast<std::ptrdiff_t>(blocks.size());
  AIGW_TRY(read_parts(parts, path, blocks));
  const auto others = std::remove_if(blocks.begin() + before, blocks.end(), [this](const llm::Block& block) {
    const bool is_text = block.as<llm::Text>() != nullptr;
    if (!is_text) losses_.add(block.path, "text only");
    return !is_text;
  });
  blocks.erase(others, blocks.end());
  return {};
}

Status ContentReader::collect(View part, Part& out) {
  Status status;
  std::size_t data_members = 0;
  part.each_member([&](std::string_view name, View value) {
    if (value.is_null() || !status) return;
    const auto keep = [&](View& slot) {
      ++data_members;
      slot = value;
    };
    if (name == "text")
      keep(out.text);
    else if (is_named(name, "functionCall"))
      keep(out.call);
    else if (is_named(name, "functionResponse"))
      keep(out.response);
    else if (is_named(name, "inlineData"))
      keep(out.blob);
    else if (is_named(name, "fileData"))
      keep(out.file);
    else if (name == "thought")
      out.is_thought = value.boolean().value_or(false);
    else if (is_named(name, "thoughtSignature"))
      out.seal = read_signature(value.string().value_or(""));
    else if (is_named(name, "mediaResolution"))
      out.resolution = value;
    else if (is_named(name, "videoMetadata") || is_named(name, "mediaProcessing"))
      losses_.add(at(out.path, name), "video options");
    else if (is_named(name, "partMetadata"))
      losses_.note(at(out.path, name), "no such option");
    else {
      keep(out.other);
      out.other_name = name;
    }
  });
  if (data_members > 1) return bad_field(out.path, "holds more than one kind of data");
  return status;
}

Status ContentReader::read_part(View view, std::string path, std::vector<llm::Block>& blocks) {
  if (auto text = view.string()) {  // the SDKs' short form
    blocks.push_back({.value = llm::Text{*std::move(text)}, .path = std::move(path)});
    return {};
  }
  if (view.type() != Type::object) return bad_field(path, "must be an object");
  Part part{.path = std::move(path)};
  AIGW_TRY(collect(view, part));
  // What another provider sealed came along on whatever part was at hand; it is a thought of its own.
  if (part.seal && part.seal->dialect != kDialect && !part.is_thought)
    blocks.push_back({.value = llm::Thinking{.text = {}, .redacted = true, .seal = std::exchange(part.seal, {})},
                      .path = at(part.path, "thoughtSignature")});
  if (part.call) return add_call(part, blocks);
  if (part.response) return add_result(part, blocks);
  if (part.blob || part.file) return add_media(part, blocks);
  if (part.other) {
    std::string kind(part.other_name);
    part.push(blocks, llm::Opaque{kDialect, std::move(kind), std::string(view.raw())});
    return {};
  }
  if (part.text && part.text.type() != Type::string) return bad_field(at(part.path, "text"), "must be text");
  add_text(part, blocks);
  return {};
}

void ContentReader::add_text(Part& part, std::vector<llm::Block>& blocks) {
  std::string text = part.text.string().value_or("");
  if (part.is_thought) {
    part.push(blocks, llm::Thinking{.text = std::move(text), .redacted = false, .seal = std::move(part.seal)});
  } else if (!text.empty() || part.seal) {
    llm::Text block{.text = std::move(text)};
    block.seal = std::move(part.seal);
    part.push(blocks, std::move(block));
  }
}

Status ContentReader::add_call(Part& part, std::vector<llm::Block>& blocks) {
  llm::ToolCall call{.seal = std::move(part.seal)};
  View arguments;
  part.call.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "name")
      call.name = value.string().value_or("");
    else if (name == "id")
      call.id = value.string().value_or("");
    else if (name == "args")
      arguments = value;
    else
      losses_.add(at(at(part.path, "functionCall"), name), "unknown member");
  });
  if (call.name.empty()) return bad_field(at(part.path, "functionCall.name"), "must be text and not empty");
  if (arguments && arguments.type() != Type::object)
    return bad_field(at(part.path, "functionCall.args"), "must be an object");
  call.arguments = arguments ? arguments.raw() : "{}";
  part.push(blocks, std::move(call));
  return {};
}

Status ContentReader::add_result(Part& part, std::vector<llm::Block>& blocks) {
  llm::ToolResult result{.text = "{}", .is_object = true};
  const std::string path = at(part.path, "functionResponse");
  View media;
  Status status;
  part.response.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "name")
      result.name = value.string().value_or("");
    else if (name == "id")
      result.call_id = value.string().value_or("");
    else if (name == "parts")
      media = value;
    else if (name != "response")
      losses_.add(at(path, name), "no such option");
    else if (value.type() == Type::object)
      result.text = value.raw();
    else
      status = bad_field(at(path, "response"), "must be an object");
  });
  if (!status) return status;
  if (result.name.empty()) return bad_field(at(path, "name"), "must be text and not empty");
  media.each([&](View element) {
    if (const View blob = either(element, "inlineData"))
      result.media.push_back(read_inline_data(blob));
    else if (const View file = either(element, "fileData"))
      result.media.push_back(read_file_data(file));
  });
  part.push(blocks, std::move(result));
  return {};
}

Status ContentReader::add_media(Part& part, std::vector<llm::Block>& blocks) {
  const View data = part.blob ? part.blob : part.file;
  if (data.type() != Type::object)
    return bad_field(at(part.path, part.blob ? "inlineData" : "fileData"), "must be an object");
  Media media = part.blob ? read_inline_data(data) : read_file_data(data);
  if (part.blob && media.mime.empty()) return bad_field(at(part.path, "inlineData.mimeType"), "is missing");
  media.detail = detail_of(part.resolution);
  part.push(blocks, std::move(media));
  return {};
}

}  // namespace aigw::adapters::gemini_generate
