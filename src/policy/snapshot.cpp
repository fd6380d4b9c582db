#include "policy/snapshot.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <atomic>

namespace aigw::policy {

std::uint64_t Snapshot::next_serial() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

bool Provider::serves(const ProviderEndpoint& endpoint, std::string_view model) const {
  const auto is_of = [&](const ProviderEndpoint& one) {
    return !one.family.empty() && text::contains(model, one.family);
  };
  return endpoint.family.empty() ? std::ranges::none_of(endpoints, is_of) : is_of(endpoint);
}

const ProviderEndpoint* Provider::speaks(llm::Dialect dialect, std::string_view model) const {
  for (const ProviderEndpoint& endpoint : endpoints)
    if (endpoint.dialect == dialect && serves(endpoint, model)) return &endpoint;
  return nullptr;
}

bool Provider::takes_service_account() const {
  return std::ranges::find(endpoints, llm::Auth::service_account, &ProviderEndpoint::auth) != endpoints.end();
}

const ProviderEndpoint* Provider::first_for(std::string_view model) const {
  for (const ProviderEndpoint& endpoint : endpoints)
    if (serves(endpoint, model)) return &endpoint;
  return nullptr;
}

const Provider* Snapshot::provider(std::string_view name) const {
  const auto at =
      std::ranges::lower_bound(providers, name, {}, [](const Provider& p) { return std::string_view(p.name); });
  return at != providers.end() && at->name == name ? &*at : nullptr;
}

std::optional<ModelPrice> Snapshot::price(const Provider& provider, std::string_view model) const {
  if (!provider.prices.empty())
    if (const auto own = provider.prices.find(std::string(model)); own != provider.prices.end()) return own->second;
  switch (provider.pricing.kind) {
    case Pricing::Kind::unpriced:
      return std::nullopt;
    case Pricing::Kind::free:
      return ModelPrice{};
    case Pricing::Kind::as_listed:
      break;
  }
  const llm::ModelFact* fact = registry ? registry->model(provider.pricing.listed_as, model) : nullptr;
  if (!fact || fact->input_pico_usd < 0 || fact->output_pico_usd < 0) return std::nullopt;
  return ModelPrice{
      {fact->input_pico_usd}, {fact->cache_read_pico_usd}, {fact->cache_write_pico_usd}, {fact->output_pico_usd}};
}

}  // namespace aigw::policy
