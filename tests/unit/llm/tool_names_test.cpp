#include "llm/tool_names.hpp"

#include <doctest/doctest.h>

using namespace aigw::llm;

namespace {

ChatRequest with_tools(std::initializer_list<std::string> names) {
  ChatRequest request;
  for (const std::string& name : names) request.tools.push_back({.name = name});
  return request;
}

}  // namespace

TEST_CASE("legal names stay as they are") {
  CHECK(ToolNames::of(with_tools({"get_weather", "a-b"}), Dialect::openai_chat).empty());
  CHECK(ToolNames::of(with_tools({"mcp.server:tool"}), Dialect::gemini_generate).empty());
}

TEST_CASE("a name that the target does not take is renamed everywhere, and back") {
  ChatRequest request = with_tools({"mcp.server:tool", "plain"});
  request.tool_choice.name = "mcp.server:tool";
  request.turns.push_back({.role = Role::assistant, .blocks = {Block{.value = ToolCall{.name = "mcp.server:tool"}}}});
  request.turns.push_back({.role = Role::user, .blocks = {Block{.value = ToolResult{.name = "mcp.server:tool"}}}});
  const ToolNames names = ToolNames::of(request, Dialect::openai_responses);
  names.apply(request);
  const std::string renamed = request.tools[0].name;
  CHECK(is_legal_tool_name(renamed, Dialect::openai_responses));
  CHECK(renamed.starts_with("mcp_server_tool_"));
  CHECK(request.tools[1].name == "plain");
  CHECK(request.tool_choice.name == renamed);
  CHECK(request.turns[0].blocks[0].as<ToolCall>()->name == renamed);
  CHECK(request.turns[1].blocks[0].as<ToolResult>()->name == renamed);
  CHECK(names.original(renamed) == "mcp.server:tool");
  CHECK(names.original("plain") == "plain");
}

TEST_CASE("long names that begin alike stay apart, and fit every dialect") {
  const std::string stem(80, 'x');
  ChatRequest request = with_tools({stem + "1", stem + "2", "1st", "\xC3\xA9"});
  ToolNames::of(request, Dialect::openai_chat).apply(request);
  CHECK(request.tools[0].name != request.tools[1].name);
  for (const Tool& tool : request.tools) CHECK(is_legal_tool_name(tool.name, Dialect::openai_chat));
  request = with_tools({"1st"});
  ToolNames::of(request, Dialect::gemini_generate).apply(request);
  CHECK(is_legal_tool_name(request.tools[0].name, Dialect::gemini_generate));
}
