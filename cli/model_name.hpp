#pragma once
// "provider/model" as an argument. Pure.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace aigw::cli {

/// The admin API's target of that model. @errors config: no slash in it
Result<std::string> model_target(std::string_view provider_and_model);

}  // namespace aigw::cli
