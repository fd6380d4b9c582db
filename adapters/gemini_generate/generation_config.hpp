#pragma once
// `generationConfig` of a client's request. Only for this folder.

#include "json/view.hpp"
#include "llm/loss.hpp"
#include "llm/request.hpp"

namespace aigw::adapters::gemini_generate {

/// @errors bad_request naming the path
Status read_generation_config(json::View config, llm::ChatRequest& request, llm::Losses& losses);

}  // namespace aigw::adapters::gemini_generate
