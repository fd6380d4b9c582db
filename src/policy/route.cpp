#include "policy/route.hpp"

#include <algorithm>

namespace aigw::policy {
namespace {

Error not_found(std::string_view model, std::string why, std::string next) {
  Error error =
      make_error(ErrorKind::model_not_found,
                 "no provider for the model '" + std::string(model) + "': " + std::move(why), std::move(next));
  error.param = "model";
  return error;
}

bool has_model(const Snapshot& snapshot, const Provider& provider, std::string_view model) {
  if (provider.models) return provider.models->contains(std::string(model));
  return provider.well_known && snapshot.registry && snapshot.registry->model(provider.name, model);
}

/// Providers' own lists leave out aliases ("claude-sonnet-4-5" for a dated name); the catalogue has those that people
/// use.
bool may_leave_out(const Snapshot& snapshot, const Provider& provider, std::string_view model) {
  return provider.pricing.kind == Pricing::Kind::as_listed && snapshot.registry &&
         snapshot.registry->model(provider.pricing.listed_as, model);
}

/// Somebody's model, by the catalogue: no typing error.
bool is_real(const Snapshot& snapshot, std::string_view model) {
  return snapshot.registry &&
         std::ranges::find(snapshot.registry->models, model, &llm::ModelFact::id) != snapshot.registry->models.end();
}

bool could_serve(const Snapshot& snapshot, const Provider& provider, std::string_view model) {
  return has_model(snapshot, provider, model) || (!provider.well_known && !provider.models);
}

const ProviderEndpoint* endpoint_for(const Provider& provider, Wanted wanted, std::string_view model) {
  if (const ProviderEndpoint* same = provider.speaks(wanted.dialect, model)) return same;
  if (wanted.others == Wanted::Others::refused) return nullptr;
  return wanted.into != llm::Dialect::none ? provider.speaks(wanted.into, model) : provider.first_for(model);
}

/// Providers that a search found: mostly none or one, and only a refusal asks for more.
struct Found {
  const Provider* first = nullptr;
  std::size_t count = 0;
  const Provider* first_of_dialect = nullptr;
  std::size_t of_dialect = 0;

  void add(const Provider& provider, llm::Dialect dialect, std::string_view model) {
    if (count++ == 0) first = &provider;
    if (provider.speaks(dialect, model) && of_dialect++ == 0) first_of_dialect = &provider;
  }
  /// The only one, or the only one of the client's dialect.
  const Provider* only() const {
    if (count == 1) return first;
    return of_dialect == 1 ? first_of_dialect : nullptr;
  }
};

Error ambiguous(const Snapshot& snapshot, Wanted wanted, std::string_view model, const Provider& first) {
  std::string names;
  for (const Provider& provider : snapshot.providers)
    if (could_serve(snapshot, provider, model) && endpoint_for(provider, wanted, model))
      names.append(names.empty() ? "" : ", ").append(provider.name);
  return not_found(model, "several providers could serve it (" + names + ")",
                   "Name one: \"" + first.name + "/" + std::string(model.substr(0, 80)) + "\"");
}

}  // namespace

Result<Target> route_to(const Provider& provider, Wanted wanted, std::string_view model) {
  const ProviderEndpoint* endpoint = endpoint_for(provider, wanted, model);
  if (!endpoint)
    return not_found(model,
                     "the provider '" + provider.name + "' does not speak " + std::string(llm::name_of(wanted.dialect)),
                     "Ask in a dialect that it speaks: see `aigw providers list`");
  if (endpoint->auth != llm::Auth::none && provider.key.empty())
    return make_error(ErrorKind::no_credential, "no key is stored for the provider '" + provider.name + "'",
                      "Store it with `aigw keys add " + provider.name + "`");
  return Target{&provider, endpoint, std::string(model)};
}

Result<Target> sole_speaker(const Snapshot& snapshot, llm::Dialect dialect) {
  const Provider* found = nullptr;
  for (const Provider& provider : snapshot.providers) {
    if (!provider.speaks(dialect)) continue;
    if (found)
      return make_error(ErrorKind::not_found, "several providers speak " + std::string(llm::name_of(dialect)),
                        "Name one in the path: /" + found->name + "/...");
    found = &provider;
  }
  if (!found)
    return make_error(ErrorKind::not_found, "no provider speaks " + std::string(llm::name_of(dialect)),
                      "What is stored at a provider is kept in its own dialect only");
  return route_to(*found, {dialect}, "");
}

Result<Target> route(const Snapshot& snapshot, Wanted wanted, std::string_view model) {
  if (const auto slash = model.find('/'); slash != std::string_view::npos)
    if (const Provider* named = snapshot.provider(model.substr(0, slash)))
      return route_to(*named, wanted, model.substr(slash + 1));

  Found listed, possible, unlisted;
  const Provider* other_dialect = nullptr;
  for (const Provider& provider : snapshot.providers) {
    const bool speaks = endpoint_for(provider, wanted, model) != nullptr;
    if (!could_serve(snapshot, provider, model)) {
      if (speaks && may_leave_out(snapshot, provider, model)) unlisted.add(provider, wanted.dialect, model);
      continue;
    }
    if (!speaks) {
      other_dialect = &provider;
      continue;
    }
    possible.add(provider, wanted.dialect, model);
    if (provider.well_known && has_model(snapshot, provider, model)) listed.add(provider, wanted.dialect, model);
  }
  if (const Provider* provider = listed.only()) return route_to(*provider, wanted, model);
  if (const Provider* provider = possible.only()) return route_to(*provider, wanted, model);
  if (possible.count == 0)
    if (const Provider* provider = unlisted.only()) return route_to(*provider, wanted, model);
  // Nobody else could, and lists leave out names that their provider takes.
  if (possible.count == 0 && snapshot.providers.size() == 1 && !other_dialect && is_real(snapshot, model))
    if (const Provider& sole = snapshot.providers.front(); endpoint_for(sole, wanted, model))
      return route_to(sole, wanted, model);
  if (possible.count > 1) return ambiguous(snapshot, wanted, model, *possible.first);
  if (snapshot.providers.empty())
    return not_found(model, "no provider is configured",
                     "Store a key with `aigw keys add openai`, or add a server with `aigw providers add`");
  if (other_dialect)
    return not_found(
        model,
        "'" + other_dialect->name + "' serves it, but does not speak " + std::string(llm::name_of(wanted.dialect)),
        "Ask in a dialect that it speaks: see `aigw providers list`");
  return not_found(model, "no configured provider lists it",
                   "See `aigw models`, or name a provider: \"provider/model\"");
}

}  // namespace aigw::policy
