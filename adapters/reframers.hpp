#pragma once
// The framings of streams that are not their dialect's own.

#include "llm/reframer.hpp"

#include <memory>
#include <string_view>

namespace aigw::adapters {

/// For an answer of this media type; null for all that need none.
std::unique_ptr<llm::Reframer> reframer_of(std::string_view media_type);

}  // namespace aigw::adapters
