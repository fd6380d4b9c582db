#include "adapters/openai_chat/parts.hpp"
#include "adapters/translation.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters::openai_chat {
namespace {

using json::Writer;
using llm::ChatRequest;
using llm::Losses;
using llm::Tool;
using Mode = llm::ToolChoice::Mode;

void write_function(Writer& out, const Tool& tool, Losses& losses) {
  const std::string path = at(tool.path, "parameters");
  const bool strict = tool.strict == true && llm::is_strict(tool.schema);
  if (tool.strict == true && !strict) losses.add(at(tool.path, "strict"), "not strict");
  out.begin_object().member("type", "function").key("function").begin_object();
  out.member("name", tool.name);
  if (!tool.description.empty()) out.member("description", tool.description);
  const auto form = strict ? llm::SchemaTarget::openai_strict : llm::SchemaTarget::openai;
  if (const std::string schema = llm::schema_for(form, tool.schema, path, losses); !schema.empty())
    out.key("parameters").raw(schema);
  if (tool.strict) out.member("strict", strict);
  out.end_object().end_object();
}

/// A grammar stands one level deeper here than in the flat form.
void write_custom_format(Writer& out, std::string_view flat) {
  const auto [type, syntax, definition] =
      json::View::of(flat).members(std::array<std::string_view, 3>{"type", "syntax", "definition"});
  out.key("format");
  if (!syntax) {
    out.raw(flat);
    return;
  }
  out.begin_object().member("type", "grammar").key("grammar").begin_object();
  out.key("syntax").raw(syntax.raw());
  if (definition) out.key("definition").raw(definition.raw());
  out.end_object().end_object();
}

void write_custom(Writer& out, const Tool& tool) {
  out.begin_object().member("type", "custom").key("custom").begin_object();
  out.member("name", tool.name);
  if (!tool.description.empty()) out.member("description", tool.description);
  if (!tool.schema.empty()) write_custom_format(out, tool.schema);
  out.end_object().end_object();
}

void write_reference(Writer& out, const ChatRequest& request, std::string_view name) {
  const Tool* tool = llm::find_tool(request, name);
  const std::string_view kind = tool && tool->kind == Tool::Kind::custom ? "custom" : "function";
  out.begin_object().member("type", kind).key(kind).begin_object();
  out.member("name", name);
  out.end_object().end_object();
}

std::string_view word_of(Mode mode) {
  switch (mode) {
    case Mode::none:
      return "none";
    case Mode::required:
      return "required";
    default:
      return "auto";
  }
}

void write_choice(Writer& out, const ChatRequest& request) {
  const llm::ToolChoice& choice = request.tool_choice;
  if (choice.mode == Mode::named) {
    out.key("tool_choice");
    write_reference(out, request, choice.name);
  } else if (choice.allowed.size() == 1 && choice.mode == Mode::required) {
    out.key("tool_choice");
    write_reference(out, request, choice.allowed.front());
  } else if (!choice.allowed.empty()) {
    out.key("tool_choice").begin_object().member("type", "allowed_tools").key("allowed_tools").begin_object();
    out.member("mode", word_of(choice.mode)).key("tools").begin_array();
    for (const std::string& name : choice.allowed) write_reference(out, request, name);
    out.end_array().end_object().end_object();
  } else if (choice.mode != Mode::unset) {
    out.member("tool_choice", word_of(choice.mode));
  }
  if (choice.parallel == false) out.member("parallel_tool_calls", false);
}

}  // namespace

Status write_tools(Writer& out, const ChatRequest& request, Losses& losses) {
  const auto hosted = std::ranges::find(request.tools, Tool::Kind::hosted, &Tool::kind);
  if (hosted != request.tools.end()) return hosted_elsewhere(*hosted, kDialect);
  if (request.tools.empty()) return {};
  out.key("tools").begin_array();
  for (const Tool& tool : request.tools)
    tool.kind == Tool::Kind::custom ? write_custom(out, tool) : write_function(out, tool, losses);
  out.end_array();
  write_choice(out, request);
  if (std::ranges::any_of(request.tools, &Tool::cache_marker)) losses.note("tools", "no breakpoints");
  return {};
}

}  // namespace aigw::adapters::openai_chat
