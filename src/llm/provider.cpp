#include "llm/provider.hpp"

#include <algorithm>
#include <utility>

namespace aigw::llm {

std::string_view Hosting::path(Operation operation, bool stream) const {
  switch (operation) {
    case Operation::chat:
      return stream ? streamed : whole;
    case Operation::count_tokens:
      return count;
    default:
      return {};
  }
}

const ProviderSpec* Registry::provider(std::string_view name) const {
  const auto at = std::ranges::lower_bound(providers, name, {}, &ProviderSpec::name);
  return at != providers.end() && at->name == name ? &*at : nullptr;
}

const ModelFact* Registry::model(std::string_view provider, std::string_view id) const {
  const auto before = [&](const ModelFact& fact) {
    const int order = fact.provider.compare(provider);
    return order < 0 || (order == 0 && fact.id < id);
  };
  const auto at = std::ranges::partition_point(models, before);
  return at != models.end() && at->id == id && at->provider == provider ? &*at : nullptr;
}

Auth Registry::default_auth(Dialect dialect) {
  switch (dialect) {
    case Dialect::anthropic_messages:
      return Auth::x_api_key;
    case Dialect::gemini_generate:
      return Auth::x_goog_api_key;
    default:
      return Auth::bearer;
  }
}

}  // namespace aigw::llm
