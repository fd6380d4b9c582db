#include "adapters/openai_chat/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"

#include <array>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::Type;
using json::View;
using llm::ChatRequest;
using llm::Losses;
using llm::Tool;

std::string_view raw_or_nothing(View value) { return value.is_null() ? std::string_view{} : value.raw(); }

/// `function` of a tool, or the tool itself where a client writes it flat.
Status read_function(View view, Tool& tool, const ChatRequest& request, Losses& losses) {
  view.each_member([&](std::string_view name, View value) {
    if (value.is_null() || name == "type") return;
    if (name == "name")
      tool.name = value.string().value_or("");
    else if (name == "description")
      tool.description = value.string().value_or("");
    else if (name == "parameters")
      tool.schema = value.raw();
    else if (name == "strict")
      tool.strict = value.boolean();
    else if (name == "cache_control")
      tool.cache_marker = true;
    else
      losses.add(at(tool.path, name), "unknown member");
  });
  if (tool.name.empty()) return bad_field(at(tool.path, "name"), "is missing");
  if (const auto why = llm::unusable_root(tool.schema))
    return bad_field(at(tool.path, "parameters"), "cannot be used: " + std::string(*why));
  if (llm::find_tool(request, tool.name)) losses.add(tool.path, "defined before");
  return {};
}

/// A grammar stands one level deeper here than in the flat form.
std::string_view flat_format(View format, ChatRequest& request) {
  const View grammar = format["grammar"];
  if (!grammar) return raw_or_nothing(format);
  const auto [syntax, definition] = grammar.members(std::array<std::string_view, 2>{"syntax", "definition"});
  std::string text;
  json::Writer out(text);
  out.begin_object().member("type", "grammar");
  if (syntax) out.key("syntax").raw(syntax.raw());
  if (definition) out.key("definition").raw(definition.raw());
  out.end_object();
  return request.kept.emplace_back(std::move(text));
}

Status read_custom(View view, Tool& tool, ChatRequest& request) {
  const auto [name, description, format] =
      view.members(std::array<std::string_view, 3>{"name", "description", "format"});
  tool.kind = Tool::Kind::custom;
  tool.name = name.string().value_or("");
  tool.description = description.string().value_or("");
  tool.schema = flat_format(format, request);
  if (tool.name.empty()) return bad_field(at(tool.path, "custom.name"), "is missing");
  return {};
}

Status read_tool(View view, std::string path, ChatRequest& request, Losses& losses) {
  if (view.type() != Type::object) return bad_field(path, "must be an object");
  Tool tool{.path = std::move(path)};
  const auto [type, function, custom, cache] =
      view.members(std::array<std::string_view, 4>{"type", "function", "custom", "cache_control"});
  tool.cache_marker = cache && !cache.is_null();
  const std::string kind = type.string().value_or("function");
  if (kind == "function") {
    if (function) tool.path = at(tool.path, "function");
    AIGW_TRY(read_function(function ? function : view, tool, request, losses));
    if (llm::find_tool(request, tool.name)) return {};
  } else if (kind == "custom") {
    AIGW_TRY(read_custom(custom ? custom : view, tool, request));
  } else {
    tool.kind = Tool::Kind::hosted;
    tool.name = kind;
    tool.schema = view.raw();
  }
  request.tools.push_back(std::move(tool));
  return {};
}

Status read_each(View list, std::string_view path, auto&& read) {
  if (list.type() != Type::array) return bad_field(path, "must be an array");
  Status status;
  std::size_t index = 0;
  list.each([&](View element) {
    if (status) status = read(element, at(path, index++));
  });
  return status;
}

/// The name in {"type":"function","function":{"name":..}}, its custom twin, and the legacy {"name":..}.
std::string chosen_name(View choice) {
  for (const View named : {choice["function"], choice["custom"], choice})
    if (auto name = named["name"].string()) return *std::move(name);
  return {};
}

}  // namespace

Status decode_tools(View tools, ChatRequest& request, Losses& losses) {
  return read_each(tools, "tools",
                   [&](View tool, std::string path) { return read_tool(tool, std::move(path), request, losses); });
}

Status decode_functions(View functions, ChatRequest& request, Losses& losses) {
  request.legacy_functions = true;
  return read_each(functions, "functions", [&](View function, std::string path) -> Status {
    Tool tool{.path = std::move(path)};
    AIGW_TRY(read_function(function, tool, request, losses));
    request.tools.push_back(std::move(tool));
    return {};
  });
}

Status decode_tool_choice(View choice, std::string_view path, ChatRequest& request) {
  using Mode = llm::ToolChoice::Mode;
  llm::ToolChoice& out = request.tool_choice;
  out.path = path;
  std::string word = choice.string().value_or("");
  if (choice["type"].raw() == R"("allowed_tools")") {
    const auto [mode, tools] = choice["allowed_tools"].members(std::array<std::string_view, 2>{"mode", "tools"});
    word = mode.string().value_or("auto");
    tools.each([&](View tool) { out.allowed.push_back(chosen_name(tool)); });
  } else if (choice.type() == Type::object) {
    out.mode = Mode::named;
    out.name = chosen_name(choice);
    if (out.name.empty()) return bad_field(path, "names no tool");
    return {};
  }
  if (word == "auto")
    out.mode = Mode::automatic;
  else if (word == "none")
    out.mode = Mode::none;
  else if (word == "required" || word == "any")
    out.mode = Mode::required;
  else
    return bad_field(path, "must be none, auto, required or a tool");
  return {};
}

Status decode_response_format(View format, ChatRequest& request, Losses& losses) {
  llm::OutputFormat& out = request.output;
  out.path = "response_format";
  const std::string type = format["type"].string().value_or("");
  if (type == "json_object") {
    out.kind = llm::OutputFormat::Kind::json;
  } else if (type == "json_schema") {
    out.kind = llm::OutputFormat::Kind::schema;
    const auto [name, description, schema, strict] =
        format["json_schema"].members(std::array<std::string_view, 4>{"name", "description", "schema", "strict"});
    out.name = name.string().value_or("");
    out.description = description.string().value_or("");
    out.schema = raw_or_nothing(schema);
    out.strict = strict.boolean();
    if (out.schema.empty()) out.kind = llm::OutputFormat::Kind::json;
  } else if (type != "text") {
    losses.add(out.path, "unknown format");
  }
  return {};
}

}  // namespace aigw::adapters::openai_chat
