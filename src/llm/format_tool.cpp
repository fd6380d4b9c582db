#include "llm/format_tool.hpp"

#include <algorithm>

namespace aigw::llm {
namespace {

using Mode = ToolChoice::Mode;

constexpr std::string_view kName = "respond";
constexpr std::string_view kDescription = "Give the answer by calling this.";

}  // namespace

std::optional<FormatTool> FormatTool::of(const ChatRequest& request, const ModelTraits& traits) {
  if (traits.takes_output_format || request.output.kind != OutputFormat::Kind::schema) return std::nullopt;
  if (request.tool_choice.mode == Mode::named) return std::nullopt;
  FormatTool tool;
  tool.name_ = kName;
  while (find_tool(request, tool.name_)) tool.name_ += '_';
  return tool;
}

void FormatTool::apply(ChatRequest& request, Losses& losses) const {
  OutputFormat output = std::exchange(request.output, {});
  losses.note(output.path, "as a forced tool");
  // Others may be called instead, but no free text may come.
  const bool alone = request.tools.empty() || request.tool_choice.mode == Mode::none;
  request.tool_choice.mode = alone ? Mode::named : Mode::required;
  request.tool_choice.name = alone ? name_ : std::string();
  if (request.tool_choice.path.empty()) request.tool_choice.path = output.path;
  if (!request.tool_choice.allowed.empty()) request.tool_choice.allowed.push_back(name_);
  request.tools.push_back({.name = name_,
                           .description = output.description.empty() ? std::string(kDescription) : output.description,
                           .schema = output.schema,
                           .path = std::string(output.path)});
}

void FormatTool::unwrap(Answer& answer) const {
  for (Candidate& candidate : answer.candidates)
    for (Block& block : candidate.blocks)
      if (auto* call = block.as<ToolCall>(); call && is_called(call->name))
        block.value = Text{.text = std::move(call->arguments), .citations = {}, .seal = std::move(call->seal)};
}

}  // namespace aigw::llm
