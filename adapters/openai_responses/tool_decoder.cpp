#include "adapters/openai_responses/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <set>

namespace aigw::adapters::openai_responses {
namespace {

using llm::Tool;

struct ToolFields {
  json::View type, name, description, parameters, strict, format, tools, defer_loading;
};
constexpr std::array kToolFields = {
    Field<ToolFields>{"type", &ToolFields::type},
    Field<ToolFields>{"name", &ToolFields::name},
    Field<ToolFields>{"description", &ToolFields::description},
    Field<ToolFields>{"parameters", &ToolFields::parameters},
    Field<ToolFields>{"strict", &ToolFields::strict},
    Field<ToolFields>{"format", &ToolFields::format},
    Field<ToolFields>{"tools", &ToolFields::tools},
    Field<ToolFields>{"defer_loading", &ToolFields::defer_loading},
};

/// Tools that the client itself runs, in a form that only OpenAI's models are told of: nothing can stand for them.
bool runs_at_client(std::string_view type) {
  return type == "local_shell" || type == "shell" || type == "apply_patch" || type.starts_with("computer");
}

class ToolDecoder {
 public:
  ToolDecoder(llm::ChatRequest& out, llm::Losses& losses) : out_(out), losses_(losses) {}

  Status read(json::View tools) {
    const Namespaces namespaces(tools);
    AIGW_TRY(each_ok(tools, [&](json::View tool, std::size_t index) { return one(tool, at("tools", index)); }));
    for (const Namespaces::Entry& entry : namespaces.entries()) {
      losses_.note(entry.path, "flat, without its namespace");
      AIGW_TRY(function(entry.tool, entry.path, entry.flat));
    }
    settle_hosted();
    return {};
  }

 private:
  Status one(json::View tool, std::string path) {
    const std::string type = tool["type"].string().value_or("");
    if (type == "function" || type == "custom") return function(tool, std::move(path), {});
    if (type == "namespace") return {};
    if (type.empty()) return bad_field(path, "must be an object with a type");
    if (type == "tool_search") {
      losses_.add(path, "all tools sent at once");
      return {};
    }
    Tool hosted{.kind = Tool::Kind::hosted, .name = type, .schema = tool.raw(), .path = std::move(path)};
    (runs_at_client(type) ? out_.tools : hosted_).push_back(std::move(hosted));
    return {};
  }

  Status function(json::View view, std::string path, std::string_view flat) {
    const auto fields = read_fields(view, kToolFields, path, losses_);
    Tool tool;
    if (fields.type.string() == "custom") tool.kind = Tool::Kind::custom;
    const auto name = fields.name.string();
    if (!name || name->empty()) return bad_field(at(path, "name"), "must be text");
    tool.name = flat.empty() ? *name : std::string(flat);
    tool.description = fields.description.string().value_or("");
    const json::View schema = tool.kind == Tool::Kind::custom ? fields.format : fields.parameters;
    if (schema && schema.type() != json::Type::object)
      return bad_field(at(path, tool.kind == Tool::Kind::custom ? "format" : "parameters"), "must be an object");
    tool.schema = schema.raw();
    tool.strict = fields.strict.boolean();
    if (fields.defer_loading.boolean().value_or(false)) losses_.add(at(path, "defer_loading"), "sent at once");
    tool.path = std::move(path);
    out_.tools.push_back(std::move(tool));
    return {};
  }

  /// A tool that runs at OpenAI is an offer that an agent with tools of its own does without (Codex always has
  /// web_search among them); where there is nothing else the request is about it, and encoders refuse it.
  void settle_hosted() {
    const bool has_own = std::ranges::any_of(out_.tools, [](const Tool& t) { return t.kind != Tool::Kind::hosted; });
    for (Tool& tool : hosted_) {
      if (has_own)
        losses_.add(tool.path, tool.name + " runs at OpenAI");
      else
        out_.tools.push_back(std::move(tool));
    }
  }

  llm::ChatRequest& out_;
  llm::Losses& losses_;
  std::vector<Tool> hosted_;
};

void decode_allowed(json::View choice, const Namespaces& namespaces, llm::ToolChoice& out, llm::Losses& losses) {
  using Mode = llm::ToolChoice::Mode;
  out.mode = choice["mode"].string() == "required" ? Mode::required : Mode::automatic;
  std::size_t index = 0;
  choice["tools"].each([&](json::View tool) {
    if (const auto name = tool["name"].string())
      out.allowed.push_back(namespaces.flat(tool["namespace"].string().value_or(""), *name));
    else
      losses.add(at("tool_choice.tools", index), "runs at OpenAI");
    ++index;
  });
}

}  // namespace

Namespaces::Namespaces(json::View tools) {
  if (!text::contains(tools.raw(), R"("namespace")")) return;
  std::set<std::string, std::less<>> taken;
  tools.each([&](json::View tool) {
    if (tool["type"].string() == "namespace") return;
    if (auto name = tool["name"].string()) taken.insert(*std::move(name));
  });
  std::size_t index = 0;
  tools.each([&](json::View tool) {
    const std::string path = at(at("tools", index++), "tools");
    if (tool["type"].string() != "namespace") return;
    const std::string space = tool["name"].string().value_or("");
    std::size_t inner = 0;
    tool["tools"].each([&](json::View function) {
      Entry entry{function, at(path, inner++), {space, function["name"].string().value_or("")}, {}};
      entry.flat = taken.contains(entry.known_as.name) ? space + "__" + entry.known_as.name : entry.known_as.name;
      taken.insert(entry.flat);
      entries_.push_back(std::move(entry));
    });
  });
}

const ToolName* Namespaces::find_flat(std::string_view flat) const {
  const auto found = std::ranges::find(entries_, flat, &Entry::flat);
  return found == entries_.end() ? nullptr : &found->known_as;
}

std::string Namespaces::flat(std::string_view space, std::string_view name) const {
  if (!space.empty())
    for (const Entry& entry : entries_)
      if (entry.known_as.space == space && entry.known_as.name == name) return entry.flat;
  return std::string(name);
}

Status decode_tools(json::View tools, llm::ChatRequest& out, llm::Losses& losses) {
  if (tools.type() != json::Type::array) return bad_field("tools", "must be an array");
  return ToolDecoder(out, losses).read(tools);
}

Status decode_tool_choice(json::View choice, llm::ChatRequest& out, llm::Losses& losses) {
  using Mode = llm::ToolChoice::Mode;
  if (const auto word = choice.string()) {
    out.tool_choice.mode = *word == "none"       ? Mode::none
                           : *word == "required" ? Mode::required
                           : *word == "auto"     ? Mode::automatic
                                                 : Mode::unset;
    if (out.tool_choice.mode == Mode::unset) return bad_field("tool_choice", "must be none, auto, required or a tool");
    return {};
  }
  const std::string type = choice["type"].string().value_or("");
  const Namespaces namespaces(out.body ? (*out.body)["tools"] : json::View());
  if (type == "allowed_tools") {
    decode_allowed(choice, namespaces, out.tool_choice, losses);
    return {};
  }
  if (type != "function" && type != "custom") {
    losses.add("tool_choice", type + " runs at OpenAI");
    return {};
  }
  const auto name = choice["name"].string();
  if (!name) return bad_field("tool_choice.name", "must be text");
  out.tool_choice.mode = Mode::named;
  out.tool_choice.name = namespaces.flat(choice["namespace"].string().value_or(""), *name);
  return {};
}

}  // namespace aigw::adapters::openai_responses
