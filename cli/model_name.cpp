#include "cli/model_name.hpp"

#include "cli/format.hpp"

namespace aigw::cli {

Result<std::string> model_target(std::string_view provider_and_model) {
  const std::size_t slash = provider_and_model.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == provider_and_model.size())
    return make_error(ErrorKind::config, "\"" + std::string(provider_and_model.substr(0, 100)) + "\" names no provider",
                      "Say it as PROVIDER/MODEL, as in openai/gpt-4o.");
  return "/api/v1/models/" + encoded(provider_and_model.substr(0, slash)) + "/" +
         encoded(provider_and_model.substr(slash + 1));
}

}  // namespace aigw::cli
