#pragma once
// Facts of models over the catalogue's: read from price lists that others keep, or said by the user. Any thread.

#include "ops/context.hpp"
#include "store/model_fact_repository.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::ops {

/// The catalogue with `rows` over it, sorted by (provider, id), prices -1 where they are unknown. Its texts are those
/// of `registry` and `rows`, which outlive it.
std::vector<llm::ModelFact> merged_facts(const llm::Registry& registry, std::span<const store::ModelFactRow> rows);

struct ModelImport {
  std::string source;         ///< "litellm" or "models.dev"
  std::int64_t models = 0;    ///< stored
  std::int64_t left_out = 0;  ///< of unknown providers, of other kinds (images, audio), or malformed
};

/// Reads LiteLLM's model_prices_and_context_window.json or models.dev's api.json, whichever it is, in the place of what
/// was imported from there before. @errors bad_request; body_too_large; database
Result<ModelImport> import_models(const Context& context, std::string_view file);

/// Corrects what `row` says of one model; the rest stays. @errors bad_request; not_found: the provider; database
Status set_model(const Context& context, store::ModelFactRow row);

/// What was imported and corrected of one model. @errors not_found; database
Status remove_model(const Context& context, std::string_view provider, std::string_view model);
/// All that was imported; corrections stay. How many models. @errors database
Result<std::int64_t> remove_imported_models(const Context& context);

}  // namespace aigw::ops
