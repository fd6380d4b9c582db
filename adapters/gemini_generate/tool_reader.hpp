#pragma once
// `tools` and `toolConfig` of a client's request. Only for this folder.

#include "json/view.hpp"
#include "llm/loss.hpp"
#include "llm/request.hpp"

namespace aigw::adapters::gemini_generate {

/// @errors bad_request naming the path
Status read_tools(json::View tools, std::vector<llm::Tool>& into, llm::Losses& losses);
Status read_tool_config(json::View config, llm::ToolChoice& choice, llm::Losses& losses);

}  // namespace aigw::adapters::gemini_generate
