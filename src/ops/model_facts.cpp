#include "ops/model_facts.hpp"

#include "ops/collect.hpp"
#include "ops/model_lists.hpp"
#include "ops/write.hpp"

#include <algorithm>
#include <tuple>

namespace aigw::ops {
namespace {

using Layer = store::ModelFactRow::Layer;

constexpr std::int64_t kTokensMax = 1'000'000'000;
constexpr std::int64_t kPicoUsdMax = 1'000'000'000'000;  // a dollar a token
constexpr std::size_t kModelBytesMax = 256;
constexpr std::size_t kCapabilitiesBytesMax = 200;

auto key_of(const llm::ModelFact& fact) { return std::tie(fact.provider, fact.id); }

llm::ModelFact fact_of(const store::ModelFactRow& row) {
  return {.provider = row.provider,
          .id = row.model,
          .context_tokens_max = row.context_tokens_max.value_or(0),
          .output_tokens_max = row.output_tokens_max.value_or(0),
          .input_pico_usd = row.input_pico_usd.value_or(-1),
          .cache_read_pico_usd = row.cache_read_pico_usd.value_or(-1),
          .cache_write_pico_usd = row.cache_write_pico_usd.value_or(-1),
          .output_pico_usd = row.output_pico_usd.value_or(-1),
          .capabilities = row.capabilities ? std::string_view(*row.capabilities) : std::string_view()};
}

void lay_over(llm::ModelFact& below, const llm::ModelFact& said) {
  const auto take = [](std::int64_t& into, std::int64_t value, std::int64_t unsaid) {
    if (value != unsaid) into = value;
  };
  take(below.context_tokens_max, said.context_tokens_max, 0);
  take(below.output_tokens_max, said.output_tokens_max, 0);
  take(below.input_pico_usd, said.input_pico_usd, -1);
  take(below.cache_read_pico_usd, said.cache_read_pico_usd, -1);
  take(below.cache_write_pico_usd, said.cache_write_pico_usd, -1);
  take(below.output_pico_usd, said.output_pico_usd, -1);
  if (!said.capabilities.empty()) below.capabilities = said.capabilities;
}

Error bad(std::string_view field, std::string message) {
  Error error = make_error(ErrorKind::bad_request, std::string(field) + " " + std::move(message));
  error.param = field;
  return error;
}

Status check_text(std::string_view field, std::string_view text, std::size_t bytes_max) {
  const bool plain = std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (text.empty() || text.size() > bytes_max || !plain)
    return bad(field, "must be 1 to " + std::to_string(bytes_max) + " bytes of plain text");
  return {};
}

Status check_row(const store::ModelFactRow& row) {
  AIGW_TRY(check_text("model", row.model, kModelBytesMax));
  if (row.capabilities) AIGW_TRY(check_text("capabilities", *row.capabilities, kCapabilitiesBytesMax));
  const auto within = [](std::string_view field, std::optional<std::int64_t> value, std::int64_t min,
                         std::int64_t max) -> Status {
    if (!value || (*value >= min && *value <= max)) return {};
    return bad(field, "must be between " + std::to_string(min) + " and " + std::to_string(max));
  };
  AIGW_TRY(within("context_tokens_max", row.context_tokens_max, 1, kTokensMax));
  AIGW_TRY(within("output_tokens_max", row.output_tokens_max, 1, kTokensMax));
  AIGW_TRY(within("input_pico_usd", row.input_pico_usd, 0, kPicoUsdMax));
  AIGW_TRY(within("cache_read_pico_usd", row.cache_read_pico_usd, 0, kPicoUsdMax));
  AIGW_TRY(within("cache_write_pico_usd", row.cache_write_pico_usd, 0, kPicoUsdMax));
  return within("output_pico_usd", row.output_pico_usd, 0, kPicoUsdMax);
}

/// Those that somebody can have: well-known ones, and the user's own.
Result<std::vector<std::string>> provider_names(const Context& context, store::Database& db) {
  AIGW_TRY_ASSIGN(const auto known, collect_providers(context, db));
  std::vector<std::string> names;
  for (const auto& one : known) names.push_back(one.provider.name);
  for (const auto& spec : context.registry->providers) names.emplace_back(spec.name);
  std::ranges::sort(names);
  const auto same = std::ranges::unique(names);
  names.erase(same.begin(), same.end());
  return names;
}

}  // namespace

std::vector<llm::ModelFact> merged_facts(const llm::Registry& registry, std::span<const store::ModelFactRow> rows) {
  std::vector<llm::ModelFact> all(registry.models.begin(), registry.models.end());
  for (const auto& row : rows) all.push_back(fact_of(row));
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
  std::vector<llm::ModelFact> merged;
  for (const llm::ModelFact& fact : all) {
    if (!merged.empty() && key_of(merged.back()) == key_of(fact))
      lay_over(merged.back(), fact);
    else
      merged.push_back(fact);
  }
  // A cached token costs what an uncached one does where nothing else is known.
  for (llm::ModelFact& fact : merged) {
    if (fact.cache_read_pico_usd < 0) fact.cache_read_pico_usd = fact.input_pico_usd;
    if (fact.cache_write_pico_usd < 0) fact.cache_write_pico_usd = fact.input_pico_usd;
  }
  return merged;
}

Result<ModelImport> import_models(const Context& context, std::string_view file) {
  AIGW_TRY_ASSIGN(const ModelList list, read_model_list(file));
  return write(context, "models.import", list.source, [&](store::Database& db) -> Result<ModelImport> {
    AIGW_TRY_ASSIGN(const auto names, provider_names(context, db));
    auto rows = rows_for(list, names, *context.registry);
    std::erase_if(rows, [](const auto& row) { return !check_row(row).ok(); });
    for (auto& row : rows) row.since = context.clock();
    if (rows.empty())
      return make_error(ErrorKind::bad_request, "no model of this file can be used",
                        "Their providers are unknown here: aigw providers list shows the known ones.");
    AIGW_TRY(store::ModelFactRepository(db).replace_imported(list.source, rows));
    const auto stored = static_cast<std::int64_t>(rows.size());
    return ModelImport{list.source, stored, list.models_read - stored};
  });
}

Status set_model(const Context& context, store::ModelFactRow row) {
  AIGW_TRY(check_row(row));
  if (!row.context_tokens_max && !row.output_tokens_max && !row.input_pico_usd && !row.cache_read_pico_usd &&
      !row.cache_write_pico_usd && !row.output_pico_usd && !row.capabilities)
    return make_error(ErrorKind::bad_request, "nothing is said of the model",
                      "Say what to correct, as --context or --input; aigw help models set lists it all.");
  row.layer = Layer::own;
  row.source = "own";
  row.since = context.clock();
  return write(context, "models.set", row.provider + "/" + row.model, [&](store::Database& db) -> Status {
    AIGW_TRY_ASSIGN(const auto names, provider_names(context, db));
    if (!std::ranges::binary_search(names, row.provider)) {
      AIGW_TRY_ASSIGN(const auto known, collect_providers(context, db));
      return no_such_provider(row.provider, known);
    }
    return store::ModelFactRepository(db).correct(row);
  });
}

Status remove_model(const Context& context, std::string_view provider, std::string_view model) {
  const std::string object = std::string(provider) + "/" + std::string(model);
  return write(context, "models.remove", object,
               [&](store::Database& db) -> Status { return store::ModelFactRepository(db).remove(provider, model); });
}

Result<std::int64_t> remove_imported_models(const Context& context) {
  return write(context, "models.remove", "imported", [&](store::Database& db) -> Result<std::int64_t> {
    return store::ModelFactRepository(db).remove_imported();
  });
}

}  // namespace aigw::ops
