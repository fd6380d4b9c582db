#pragma once
// The models that can be asked for, as clients are told. Any thread.

#include "gateway/gateway.hpp"

#include <string>
#include <string_view>

namespace aigw::gateway {

/// The body of a list. A thread keeps the last one of each dialect, so that asking again costs a copy.
/// @errors bad_request: the query
Result<std::string> list_models(const Gateway& gateway, const policy::Snapshot& snapshot, const llm::Codec& codec,
                                std::string_view query);

/// The body that tells of one model, by its id or as "provider/model". @errors model_not_found
Result<std::string> show_model(const Gateway& gateway, const policy::Snapshot& snapshot, const llm::Codec& codec,
                               std::string_view id);

}  // namespace aigw::gateway
