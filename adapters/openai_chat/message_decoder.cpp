#include "adapters/openai_chat/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"

#include <array>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::Type;
using json::View;
using llm::Block;
using llm::ChatRequest;
using llm::Losses;
using llm::Media;
using llm::Role;

/// The members of one message.
struct Message {
  std::string path;
  View role, content, name, tool_calls, tool_call_id, function_call, refusal;
  ReasoningMembers reasoning;
};

Message read_message(View view, std::string path, Losses& losses) {
  Message message;
  message.path = std::move(path);
  view.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "role")
      message.role = value;
    else if (name == "content")
      message.content = value;
    else if (name == "name")
      message.name = value;
    else if (name == "tool_calls")
      message.tool_calls = value;
    else if (name == "tool_call_id")
      message.tool_call_id = value;
    else if (name == "function_call")
      message.function_call = value;
    else if (name == "refusal")
      message.refusal = value;
    else if (message.reasoning.take(name, value))
      return;
    else if (name == "annotations" || name == "prefix" || name == "cache_control" || name == "extra_content")
      losses.note(at(message.path, name), "no effect");
    else
      losses.add(at(message.path, name), "unknown member");
  });
  return message;
}

Media::Kind kind_of_file(const Media& media) {
  return media.mime.empty() ? Media::Kind::document : media_kind_of(media.mime);
}

/// A URL, or the data itself.
Media media_of(std::string url) {
  Media media;
  if (auto data = parse_data_url(url)) {
    media.mime = std::move(data->mime);
    media.data = std::move(data->base64);
    return media;
  }
  media.form = Media::Form::url;
  media.mime = mime_of_url(url);
  media.data = std::move(url);
  return media;
}

Result<Media> read_image(View image, const std::string& path) {
  const View url = image.type() == Type::object ? image["url"] : image;
  auto text = url.string();
  if (!text) return bad_field(at(path, "image_url.url"), "must be text");
  Media media = media_of(*std::move(text));
  media.kind = Media::Kind::image;
  media.detail = image["detail"].string().value_or("");
  return media;
}

Result<Media> read_video(View video, const std::string& path) {
  auto text = (video.type() == Type::object ? video["url"] : video).string();
  if (!text) return bad_field(at(path, "video_url.url"), "must be text");
  Media media = media_of(*std::move(text));
  media.kind = Media::Kind::video;
  return media;
}

Result<Media> read_audio(View audio, const std::string& path) {
  const auto [data, format] = audio.members(std::array<std::string_view, 2>{"data", "format"});
  const auto text = data.string();
  if (!text) return bad_field(at(path, "input_audio.data"), "must be text");
  const std::string kind = format.string().value_or("wav");
  return Media{.kind = Media::Kind::audio,
               .data = standard_base64(*text),
               .mime = kind == "mp3" ? "audio/mpeg" : "audio/" + kind};
}

Result<Media> read_file(View file, const std::string& path) {
  const auto [name, data, id] = file.members(std::array<std::string_view, 3>{"filename", "file_data", "file_id"});
  Media media;
  if (auto text = id.string()) {
    media.form = Media::Form::file;
    media.kind = Media::Kind::document;
    media.data = *std::move(text);
  } else if (auto bytes = data.string()) {
    if (bytes->starts_with("data:") || bytes->starts_with("http")) {
      media = media_of(*std::move(bytes));
    } else {
      media.data = standard_base64(*bytes);
      media.mime = sniff_mime(media.data);
    }
    if (media.mime.empty()) media.mime = mime_of_url(name.string().value_or(""));
    media.kind = kind_of_file(media);
  } else {
    return bad_field(at(path, "file.file_data"), "must be text");
  }
  media.name = name.string().value_or("");
  return media;
}

/// The members of one content part.
struct Part {
  std::string type;
  View body;  ///< the member that is called as the type is
  bool cache_marker = false;
};

Part read_part(View view, const std::string& path, Losses& losses) {
  Part part;
  part.type = view["type"].string().value_or("");
  view.each_member([&](std::string_view name, View value) {
    if (name == "type" || value.is_null()) return;
    if (name == part.type)
      part.body = value;
    else if (name == "cache_control" || name == "prompt_cache_breakpoint")
      part.cache_marker = true;
    else if (name == "annotations")
      losses.note(at(path, name), "no effect");
    else
      losses.add(at(path, name), "unknown member");
  });
  return part;
}

Status decode_part(View view, std::string path, std::vector<Block>& blocks, Losses& losses) {
  if (view.type() != Type::object) return bad_field(path, "must be an object");
  Part part = read_part(view, path, losses);
  Block block{.path = std::move(path), .cache_marker = part.cache_marker};
  if (part.type == "text") {
    auto text = part.body.string();
    if (!text) return bad_field(at(block.path, "text"), "must be text");
    block.value = llm::Text{.text = *std::move(text)};
  } else if (part.type == "image_url") {
    AIGW_TRY_ASSIGN(block.value, read_image(part.body, block.path));
  } else if (part.type == "input_audio") {
    AIGW_TRY_ASSIGN(block.value, read_audio(part.body, block.path));
  } else if (part.type == "video_url") {
    AIGW_TRY_ASSIGN(block.value, read_video(part.body, block.path));
  } else if (part.type == "file") {
    AIGW_TRY_ASSIGN(block.value, read_file(part.body, block.path));
  } else if (part.type == "refusal") {
    block.value = llm::Refusal{part.body.string().value_or("")};
  } else if (part.type == "thinking") {
    std::string text;
    content_text(View::of("[" + std::string(view.raw()) + "]"), text);
    block.value = llm::Thinking{.text = std::move(text)};
  } else {
    block.value = llm::Opaque{kDialect, part.type, std::string(view.raw())};
  }
  blocks.push_back(std::move(block));
  return {};
}

std::optional<llm::Seal> call_seal(View call) {
  auto bytes = call["extra_content"]["google"]["thought_signature"].string();
  if (!bytes) return std::nullopt;
  if (auto ours = llm::unwrap(*bytes)) return ours;
  return llm::Seal{kDialect, "", *std::move(bytes)};
}

Result<llm::ToolCall> read_call(View view, const std::string& path) {
  const auto [id, function, custom] = view.members(std::array<std::string_view, 3>{"id", "function", "custom"});
  llm::ToolCall call{.id = id.string().value_or(""), .custom = bool(custom), .seal = call_seal(view)};
  const View body = call.custom ? custom : function;
  const auto [name, arguments, input] = body.members(std::array<std::string_view, 3>{"name", "arguments", "input"});
  call.name = name.string().value_or("");
  if (call.name.empty()) return bad_field(at(path, call.custom ? "custom.name" : "function.name"), "is missing");
  call.arguments = call.custom ? input.string().value_or("") : call_arguments(arguments);
  return call;
}

/// Reads the messages one by one.
class Conversation {
 public:
  Conversation(ChatRequest& request, Losses& losses) : request_(request), losses_(losses) {}

  Status add(View view, std::size_t index) {
    std::string path = at("messages", index);
    if (view.type() != Type::object) return bad_field(path, "must be an object");
    const Message message = read_message(view, std::move(path), losses_);
    const auto role = message.role.string();
    if (!role) return bad_field(at(message.path, "role"), "is missing");
    if (*role == "system" || *role == "developer") return add_system(message, *role);
    if (*role == "user") return add_user(message);
    if (*role == "assistant") return add_assistant(message);
    if (*role == "tool" || *role == "function") return add_result(message);
    return bad_field(at(message.path, "role"), "must be system, developer, user, assistant or tool");
  }

 private:
  llm::Turn& turn(Role role, const Message& message) {
    return request_.turns.emplace_back(llm::Turn{.role = role, .path = message.path});
  }

  Status add_system(const Message& message, std::string_view role) {
    drop_name(message);
    if (!request_.turns.empty())
      return decode_content(message.content, message.path, turn(Role::system, message).blocks, losses_);
    if (request_.system.empty() && role == "developer") request_.system_role = "developer";
    return decode_content(message.content, message.path, request_.system, losses_);
  }

  Status add_user(const Message& message) {
    drop_name(message);
    return decode_content(message.content, message.path, turn(Role::user, message).blocks, losses_);
  }

  Status add_assistant(const Message& message) {
    drop_name(message);
    std::vector<Block>& blocks = turn(Role::assistant, message).blocks;
    decode_reasoning(message.reasoning, message.path, blocks);
    AIGW_TRY(decode_content(message.content, message.path, blocks, losses_));
    if (auto refusal = message.refusal.string())
      blocks.push_back({.value = llm::Refusal{*std::move(refusal)}, .path = at(message.path, "refusal")});
    Status status;
    std::size_t index = 0;
    message.tool_calls.each([&](View view) {
      if (!status) return;
      std::string path = at(at(message.path, "tool_calls"), index++);
      auto call = read_call(view, path);
      if (!call)
        status = std::move(call).error();
      else
        blocks.push_back({.value = *std::move(call), .path = std::move(path)});
    });
    AIGW_TRY(std::move(status));
    if (const View view = message.function_call) {
      const auto [name, arguments] = view.members(std::array<std::string_view, 2>{"name", "arguments"});
      blocks.push_back(
          {.value = llm::ToolCall{.name = name.string().value_or(""), .arguments = call_arguments(arguments)},
           .path = at(message.path, "function_call")});
    }
    return {};
  }

  /// Results that follow each other are one turn.
  Status add_result(const Message& message) {
    std::vector<Block> parts;
    AIGW_TRY(decode_content(message.content, message.path, parts, losses_));
    llm::ToolResult result{.call_id = message.tool_call_id.string().value_or(""),
                           .name = message.name.string().value_or("")};
    for (Block& part : parts) {
      if (const auto* text = part.as<llm::Text>())
        result.text += text->text;
      else if (auto* media = part.as<Media>())
        result.media.push_back(std::move(*media));
      else
        losses_.add(part.path, "no twin");
    }
    const bool continues = !request_.turns.empty() && request_.turns.back().role == Role::user &&
                           !request_.turns.back().blocks.empty() &&
                           request_.turns.back().blocks.back().as<llm::ToolResult>();
    llm::Turn& where = continues ? request_.turns.back() : turn(Role::user, message);
    where.blocks.push_back({.value = std::move(result), .path = message.path});
    return {};
  }

  void drop_name(const Message& message) {
    if (message.name) losses_.add(at(message.path, "name"), "no names");
  }

  ChatRequest& request_;
  Losses& losses_;
};

}  // namespace

Status decode_content(View content, const std::string& path, std::vector<Block>& blocks, Losses& losses) {
  if (!content) return {};
  if (auto text = content.string()) {
    if (!text->empty()) blocks.push_back({.value = llm::Text{.text = *std::move(text)}, .path = at(path, "content")});
    return {};
  }
  if (content.type() != Type::array) return bad_field(at(path, "content"), "must be text or an array of parts");
  Status status;
  std::size_t index = 0;
  content.each([&](View part) {
    if (status) status = decode_part(part, at(at(path, "content"), index++), blocks, losses);
  });
  return status;
}

Status decode_messages(View messages, ChatRequest& request, Losses& losses) {
  if (messages.type() != Type::array) return bad_field("messages", "must be an array");
  Conversation conversation(request, losses);
  Status status;
  std::size_t index = 0;
  messages.each([&](View message) {
    if (status) status = conversation.add(message, index++);
  });
  return status;
}

}  // namespace aigw::adapters::openai_chat
