#pragma once
// What lists of models say beyond their dialect, the same in each of them.

#include "json/writer.hpp"
#include "llm/codec.hpp"

namespace aigw::adapters {

/// "pricing":{"prompt":"0.00000015",..} in dollars a token, as decimal text; nothing for an unpriced model.
void write_pricing(json::Writer& out, const llm::ModelView& model);
/// NAME:["chat","tools"]; nothing when they are not known.
void write_capabilities(json::Writer& out, std::string_view name, const llm::ModelView& model);

/// A page's size in a query. @errors bad_request: no number from 1 to `max`
Result<std::size_t> read_page_size(std::string_view query, std::string_view name, std::size_t max);

}  // namespace aigw::adapters
