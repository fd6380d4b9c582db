#pragma once
// `tools` and `toolConfig` of a request to Gemini. Only for this folder.

#include "json/writer.hpp"
#include "llm/loss.hpp"
#include "llm/request.hpp"

namespace aigw::adapters::gemini_generate {

/// Writes both members, when there are tools.
/// @errors bad_request for a tool that only another provider can run
Status write_tools(json::Writer& body, const llm::ChatRequest& request, llm::Losses& losses);

}  // namespace aigw::adapters::gemini_generate
