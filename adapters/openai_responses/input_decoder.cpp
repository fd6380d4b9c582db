#include "adapters/openai_responses/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"

#include <algorithm>

namespace aigw::adapters::openai_responses {
namespace {

using llm::Block;
using llm::Media;
using llm::Role;
using llm::Turn;

struct Item {
  json::View type, role, content, call_id, name, space, arguments, input, output, summary, encrypted_content, tools;
};
constexpr std::array kItemFields = {
    Field<Item>{"type", &Item::type},
    Field<Item>{"role", &Item::role},
    Field<Item>{"content", &Item::content},
    Field<Item>{"call_id", &Item::call_id},
    Field<Item>{"name", &Item::name},
    Field<Item>{"namespace", &Item::space},
    Field<Item>{"arguments", &Item::arguments},
    Field<Item>{"input", &Item::input},
    Field<Item>{"output", &Item::output},
    Field<Item>{"summary", &Item::summary},
    Field<Item>{"encrypted_content", &Item::encrypted_content},
    Field<Item>{"tools", &Item::tools},
    Field<Item>{"id"},
    Field<Item>{"status"},
    Field<Item>{"phase"},
};

struct Part {
  json::View type, text, refusal, image_url, file_id, detail, filename, file_data, file_url, input_audio, breakpoint;
};
constexpr std::array kPartFields = {
    Field<Part>{"type", &Part::type},
    Field<Part>{"text", &Part::text},
    Field<Part>{"refusal", &Part::refusal},
    Field<Part>{"image_url", &Part::image_url},
    Field<Part>{"file_id", &Part::file_id},
    Field<Part>{"detail", &Part::detail},
    Field<Part>{"filename", &Part::filename},
    Field<Part>{"file_data", &Part::file_data},
    Field<Part>{"file_url", &Part::file_url},
    Field<Part>{"input_audio", &Part::input_audio},
    Field<Part>{"prompt_cache_breakpoint", &Part::breakpoint},
    Field<Part>{"annotations"},
    Field<Part>{"logprobs"},
};

Media image_of(const Part& part) {
  Media out{.kind = Media::Kind::image, .detail = part.detail.string().value_or("")};
  if (auto id = part.file_id.string()) {
    out.form = Media::Form::file;
    out.data = *std::move(id);
    return out;
  }
  const json::View holder = part.image_url["url"];
  std::string url = (holder ? holder : part.image_url).string().value_or("");
  if (auto inline_data = parse_data_url(url)) {
    out.mime = std::move(inline_data->mime);
    out.data = std::move(inline_data->base64);
    return out;
  }
  out.form = Media::Form::url;
  out.mime = mime_of_url(url);
  out.data = std::move(url);
  return out;
}

Media file_of(const Part& part) {
  Media out{.kind = Media::Kind::document,
            .name = part.filename.string().value_or(""),
            .detail = part.detail.string().value_or("")};
  if (auto id = part.file_id.string()) {
    out.form = Media::Form::file;
    out.data = *std::move(id);
  } else if (auto url = part.file_url.string()) {
    out.form = Media::Form::url;
    out.mime = mime_of_url(*url);
    out.data = *std::move(url);
  } else {
    std::string data = part.file_data.string().value_or("");
    if (auto inline_data = parse_data_url(data)) {
      out.mime = std::move(inline_data->mime);
      out.data = std::move(inline_data->base64);
    } else {
      out.data = standard_base64(data);
      out.mime = sniff_mime(out.data);
      if (out.mime.empty()) out.mime = mime_of_url(out.name);
    }
  }
  return out;
}

Media audio_of(const Part& part) {
  const std::string format = part.input_audio["format"].string().value_or("wav");
  return {.kind = Media::Kind::audio,
          .data = standard_base64(part.input_audio["data"].string().value_or("")),
          .mime = format == "mp3" ? "audio/mpeg" : "audio/" + format};
}

class InputDecoder {
 public:
  InputDecoder(llm::ChatRequest& out, llm::Losses& losses)
      : out_(out), losses_(losses), namespaces_(out.body ? (*out.body)["tools"] : json::View()) {}

  Status read(json::View input) {
    if (auto text = input.string()) {
      turn(Role::user, "input").blocks.push_back({.value = llm::Text{.text = *std::move(text)}, .path = "input"});
      return {};
    }
    if (input.type() != json::Type::array) return bad_field("input", "must be text or an array of items");
    AIGW_TRY(each_ok(input, [this](json::View view, std::size_t index) { return item(view, at("input", index)); }));
    std::erase_if(out_.turns, [](const Turn& t) { return t.role == Role::assistant && t.blocks.empty(); });
    return {};
  }

 private:
  Status item(json::View view, const std::string& path) {
    if (view.type() != json::Type::object) return bad_field(path, "must be an object");
    const Item fields = read_fields(view, kItemFields, path, unread_);
    const std::string type = fields.type.string().value_or("message");
    Status status;
    if (type == "message")
      status = message(fields, path);
    else if (type == "function_call" || type == "custom_tool_call")
      status = call(fields, path, type == "custom_tool_call");
    else if (type == "function_call_output" || type == "custom_tool_call_output")
      status = result(fields, path, type == "custom_tool_call_output");
    else if (type == "reasoning")
      reasoning(fields, path);
    else if (type == "item_reference")
      return lives_elsewhere(path, "an item_reference");
    else if (type.starts_with("compaction"))
      return lives_elsewhere(path, "a compaction");
    else
      return other(view, fields, type, path);
    for (const llm::Loss& loss : unread_.losses()) losses_.add(loss.path, loss.reason);
    unread_ = {};
    return status;
  }

  Status lives_elsewhere(const std::string& path, std::string_view what) {
    Error error = make_error(ErrorKind::bad_request,
                             path + ": " + std::string(what) +
                                 " refers to state at the provider that made it; no other dialect can express it",
                             "Send the items themselves, or name a provider that speaks openai-responses");
    error.param = path;
    return error;
  }

  Status other(json::View view, const Item& fields, const std::string& type, const std::string& path) {
    unread_ = {};
    if (type == "additional_tools") {
      losses_.add(path, "tools from the start");
      return fields.tools ? decode_tools(fields.tools, out_, losses_) : Status();
    }
    if (ran_at_provider(type)) {
      losses_.add(path, type + " of OpenAI");
      return {};
    }
    assistant(path).blocks.push_back(
        {.value = llm::Opaque{llm::Dialect::openai_responses, type, std::string(view.raw())}, .path = path});
    return {};
  }

  /// Calls of tools that ran at OpenAI: the answer that came of them stands in the text behind, and a session that
  /// changes its provider goes on without them.
  static bool ran_at_provider(std::string_view type) {
    constexpr std::array<std::string_view, 8> kTypes = {
        "web_search_call",    "file_search_call",      "code_interpreter_call", "tool_search_call",
        "tool_search_output", "image_generation_call", "mcp_list_tools",        "mcp_call"};
    return std::ranges::find(kTypes, type) != kTypes.end();
  }

  Turn& turn(Role role, std::string path) {
    out_.turns.push_back({.role = role, .path = std::move(path)});
    return out_.turns.back();
  }
  /// What the assistant did between two user turns is one turn.
  Turn& assistant(const std::string& path) {
    if (!out_.turns.empty() && out_.turns.back().role == Role::assistant) return out_.turns.back();
    return turn(Role::assistant, path);
  }

  Status message(const Item& fields, const std::string& path) {
    const std::string role = fields.role.string().value_or("");
    if (role == "system" || role == "developer") {
      const bool leads = out_.turns.empty();
      if (leads && role == "developer" && out_.system.empty()) out_.system_role = "developer";
      std::vector<Block> blocks;
      AIGW_TRY(content(fields.content, at(path, "content"), blocks));
      std::erase_if(blocks, [this](const Block& block) {
        const auto* text = block.as<llm::Text>();
        if (!text) losses_.add(block.path, "only text in a system message");
        return !text || text->text.empty();
      });
      auto& to = leads ? out_.system : turn(Role::system, path).blocks;
      std::ranges::move(blocks, std::back_inserter(to));
      return {};
    }
    if (role != "user" && role != "assistant")
      return bad_field(at(path, "role"), "must be user, assistant, system or developer");
    Turn& where = role == "assistant" ? assistant(path) : turn(Role::user, path);
    const std::size_t before = where.blocks.size();
    AIGW_TRY(content(fields.content, at(path, "content"), where.blocks));
    if (role == "assistant") take_seal(kTextOwner, where, before);
    return {};
  }

  Status content(json::View view, std::string path, std::vector<Block>& blocks) {
    if (!view) return {};
    if (auto text = view.string()) {
      blocks.push_back({.value = llm::Text{.text = *std::move(text)}, .path = std::move(path)});
      return {};
    }
    if (view.type() != json::Type::array) return bad_field(path, "must be text or an array of parts");
    return each_ok(view, [&](json::View element, std::size_t index) { return part(element, at(path, index), blocks); });
  }

  Status part(json::View view, const std::string& path, std::vector<Block>& blocks) {
    if (view.type() != json::Type::object) return bad_field(path, "must be an object");
    const Part fields = read_fields(view, kPartFields, path, losses_);
    const std::string type = fields.type.string().value_or("");
    Block block{.path = path, .cache_marker = static_cast<bool>(fields.breakpoint)};
    if (type == "input_text" || type == "output_text" || type == "text" || type == "summary_text") {
      auto text = fields.text.string();
      if (!text) return bad_field(at(path, "text"), "must be text");
      block.value = llm::Text{.text = *std::move(text)};
    } else if (type == "refusal") {
      block.value = llm::Refusal{fields.refusal.string().value_or("")};
    } else if (type == "input_image") {
      block.value = image_of(fields);
    } else if (type == "input_file") {
      block.value = file_of(fields);
    } else if (type == "input_audio") {
      block.value = audio_of(fields);
    } else {
      block.value = llm::Opaque{llm::Dialect::openai_responses, type, std::string(view.raw())};
    }
    blocks.push_back(std::move(block));
    return {};
  }

  Status call(const Item& fields, const std::string& path, bool custom) {
    const auto name = fields.name.string();
    if (!name) return bad_field(at(path, "name"), "must be text");
    const json::View body = custom ? fields.input : fields.arguments;
    llm::ToolCall call{
        .id = fields.call_id.string().value_or(""),
        .name = namespaces_.flat(fields.space.string().value_or(""), *name),
        .arguments = body.type() == json::Type::object ? std::string(body.raw()) : body.string().value_or(""),
        .custom = custom};
    if (call.id.empty()) return bad_field(at(path, "call_id"), "must be text");
    Turn& where = assistant(path);
    const std::string id = call.id;
    where.blocks.push_back({.value = std::move(call), .path = path});
    take_seal(id, where, where.blocks.size() - 1);
    calls_at_ = out_.turns.size() - 1;
    return {};
  }

  Status result(const Item& fields, const std::string& path, bool custom) {
    llm::ToolResult result{.call_id = fields.call_id.string().value_or(""), .custom = custom};
    if (result.call_id.empty()) return bad_field(at(path, "call_id"), "must be text");
    const std::string output = at(path, "output");
    if (fields.output.type() == json::Type::object) {
      result.text = fields.output.raw();
    } else {
      std::vector<Block> blocks;
      AIGW_TRY(content(fields.output, output, blocks));
      for (Block& block : blocks) {
        if (auto* media = block.as<Media>())
          result.media.push_back(std::move(*media));
        else if (const auto* text = block.as<llm::Text>())
          result.text.append(result.text.empty() ? "" : "\n").append(text->text);
        else
          losses_.add(block.path, "no such part in a result");
      }
    }
    put_result({.value = std::move(result), .path = path});
    return {};
  }

  /// Results directly follow the calls that they answer, whatever the client put between them.
  void put_result(Block block) {
    const bool has_calls = calls_at_ < out_.turns.size();
    const std::size_t next = calls_at_ + 1;
    if (has_calls && next < out_.turns.size() && out_.turns[next].role == Role::user) {
      auto& blocks = out_.turns[next].blocks;
      const auto behind = std::ranges::find_if(blocks, [](const Block& b) { return !b.as<llm::ToolResult>(); });
      blocks.insert(behind, std::move(block));
      return;
    }
    const auto where = has_calls ? out_.turns.begin() + static_cast<std::ptrdiff_t>(next) : out_.turns.end();
    Turn fresh{.role = Role::user, .path = block.path};
    fresh.blocks.push_back(std::move(block));
    out_.turns.insert(where, std::move(fresh));
  }

  void reasoning(const Item& fields, const std::string& path) {
    llm::Thinking thinking;
    for (const json::View list : {fields.summary, fields.content}) {
      if (!thinking.text.empty()) break;
      list.each([&](json::View element) {
        thinking.text.append(thinking.text.empty() ? "" : "\n\n").append(element["text"].string().value_or(""));
      });
    }
    if (const auto sealed = fields.encrypted_content.string(); sealed && !sealed->empty()) {
      Carried cargo = carried(*sealed);
      if (!cargo.owner.empty()) return give_seal(std::move(cargo), path);
      thinking.seal = std::move(cargo.seal);
    }
    thinking.redacted = thinking.text.empty();
    if (thinking.redacted && !thinking.seal) return;
    assistant(path).blocks.push_back({.value = std::move(thinking), .path = path});
  }

  static std::optional<llm::Seal>* seal_of(Block& block, std::string_view owner) {
    if (auto* call = block.as<llm::ToolCall>()) return call->id == owner ? &call->seal : nullptr;
    if (auto* text = block.as<llm::Text>()) return owner == kTextOwner ? &text->seal : nullptr;
    return nullptr;
  }

  /// A seal whose owner stands just before it, else one that is still to come.
  void give_seal(Carried cargo, const std::string& path) {
    auto& blocks = assistant(path).blocks;
    const auto nearby = std::min<std::size_t>(blocks.size(), kSealsMax);
    for (std::size_t i = blocks.size(); i-- > blocks.size() - nearby;)
      if (auto* seal = seal_of(blocks[i], cargo.owner); seal && !*seal) {
        *seal = std::move(cargo.seal);
        return;
      }
    if (waiting_.size() < kSealsMax) waiting_.push_back(std::move(cargo));
  }
  void take_seal(std::string_view owner, Turn& turn, std::size_t from) {
    const auto found = std::ranges::find(waiting_, owner, &Carried::owner);
    if (found == waiting_.end()) return;
    for (std::size_t i = from; i < turn.blocks.size(); ++i)
      if (auto* seal = seal_of(turn.blocks[i], owner)) {
        *seal = std::move(found->seal);
        waiting_.erase(found);
        return;
      }
  }

  static constexpr std::size_t kSealsMax = 64;  // of the calls of one step

  llm::ChatRequest& out_;
  llm::Losses& losses_;
  llm::Losses unread_;  ///< of one item: they count only where the item itself is read
  Namespaces namespaces_;
  std::vector<Carried> waiting_;
  std::size_t calls_at_ = SIZE_MAX;  ///< the last turn with calls
};

}  // namespace

Status decode_input(json::View input, llm::ChatRequest& out, llm::Losses& losses) {
  return InputDecoder(out, losses).read(input);
}

}  // namespace aigw::adapters::openai_responses
