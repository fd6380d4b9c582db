#include "adapters/gemini_generate/tool_writer.hpp"

#include "adapters/gemini_generate/parts.hpp"
#include "adapters/translation.hpp"
#include "llm/schema.hpp"

#include <algorithm>
#include <unordered_set>

namespace aigw::adapters::gemini_generate {
namespace {

using Mode = llm::ToolChoice::Mode;

/// A free-text tool as a function with one text; how the text has to look stands in its description.
void write_custom_schema(json::Writer& out, const llm::Tool& tool) {
  out.key("parametersJsonSchema").begin_object().member("type", "object").key("properties").begin_object();
  out.key("input").begin_object().member("type", "string");
  if (!tool.schema.empty()) out.member("description", "The text, in this format: " + std::string(tool.schema));
  out.end_object().end_object().key("required").begin_array().string("input").end_array().end_object();
}

Status write_declaration(json::Writer& out, const llm::Tool& tool, llm::Losses& losses) {
  if (tool.kind == llm::Tool::Kind::function)
    if (const auto why = llm::unusable_root(tool.schema))
      return cannot_express(tool.path, "tool '" + tool.name + "': " + std::string(*why), kDialect);
  out.begin_object().member("name", tool.name).member("description", tool.description);
  if (tool.kind == llm::Tool::Kind::custom) {
    losses.add(tool.path, "custom tool as function");
    write_custom_schema(out, tool);
  } else if (const std::string schema =
                 llm::schema_for(llm::SchemaTarget::gemini, tool.schema, at(tool.path, "parameters"), losses);
             !schema.empty()) {
    out.key("parametersJsonSchema").raw(schema);
  }
  if (tool.strict.value_or(false)) losses.add(at(tool.path, "strict"), "not enforced");
  if (tool.cache_marker) losses.note(tool.path, "no breakpoints");
  out.end_object();
  return {};
}

void write_names(json::Writer& out, const std::vector<std::string>& names) {
  out.key("allowedFunctionNames").begin_array();
  for (const std::string& name : names) out.string(name);
  out.end_array();
}

void write_choice(json::Writer& body, const llm::ToolChoice& choice, llm::Losses& losses) {
  if (choice.parallel.has_value() && !*choice.parallel)
    losses.add(choice.parallel_path, "parallel calls cannot be stopped");
  if (choice.mode == Mode::unset && choice.allowed.empty()) return;
  body.key("toolConfig").begin_object().key("functionCallingConfig").begin_object();
  switch (choice.mode) {
    case Mode::none:
      body.member("mode", "NONE");
      break;
    case Mode::named:
      body.member("mode", "ANY");
      write_names(body, {choice.name});
      break;
    case Mode::required:
      body.member("mode", "ANY");
      if (!choice.allowed.empty()) write_names(body, choice.allowed);
      break;
    case Mode::unset:
    case Mode::automatic:
      body.member("mode", choice.allowed.empty() ? "AUTO" : "VALIDATED");
      if (!choice.allowed.empty()) write_names(body, choice.allowed);
      break;
  }
  body.end_object().end_object();
}

}  // namespace

Status write_tools(json::Writer& body, const llm::ChatRequest& request, llm::Losses& losses) {
  if (std::ranges::all_of(request.tools, asks_for_nothing)) {
    for (const llm::Tool& tool : request.tools) losses.add(tool.path, "web search");
    return {};
  }
  std::unordered_set<std::string_view> names;
  body.key("tools").begin_array().begin_object().key("functionDeclarations").begin_array();
  for (const llm::Tool& tool : request.tools) {
    if (tool.kind == llm::Tool::Kind::hosted) return hosted_elsewhere(tool, kDialect);
    if (names.insert(tool.name).second)
      AIGW_TRY(write_declaration(body, tool, losses));
    else
      losses.add(tool.path, "name used twice");
  }
  body.end_array().end_object().end_array();
  write_choice(body, request.tool_choice, losses);
  return {};
}

}  // namespace aigw::adapters::gemini_generate
