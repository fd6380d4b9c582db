#include "ops/model_lists.hpp"

#include "base/text.hpp"
#include "json/dom.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace aigw::ops {
namespace {

using json::Dom;
using store::ModelFactRow;

constexpr int kDepthMax = 32;
constexpr std::array<std::string_view, 6> kLongerForms = {"_ai", "-ai", "ai", "_nim", "_chat", "-models"};

const Dom& member(const Dom& object, const char* name) {
  static const Dom none;
  if (!object.is_object()) return none;
  const auto at = object.find(name);
  return at == object.end() ? none : *at;
}

std::string text_of(const Dom& object, const char* name) {
  const Dom& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool flag_of(const Dom& object, const char* name) {
  const Dom& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

/// `scale` units a one of the list's; none where it is no number that makes sense.
std::optional<std::int64_t> number_of(const Dom& object, const char* name, double scale = 1) {
  const Dom& value = member(object, name);
  if (!value.is_number()) return std::nullopt;
  const double scaled = value.get<double>() * scale;
  if (!(scaled >= 0 && scaled <= 1e15)) return std::nullopt;
  return std::llround(scaled);
}

std::optional<std::int64_t> tokens_of(const Dom& object, const char* name) {
  const auto tokens = number_of(object, name);
  return tokens && *tokens > 0 ? tokens : std::nullopt;
}

/// What LiteLLM's "mode" is called here; "" for what is no matter of tokens.
std::string_view operation_of(std::string_view mode) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kModes = {{
      {"chat", "chat"},
      {"completion", "completions"},
      {"embedding", "embeddings"},
      {"moderation", "moderations"},
      {"responses", "responses"},
  }};
  const auto* const at = std::ranges::find(kModes, mode, [](const auto& pair) { return pair.first; });
  return at == kModes.end() ? std::string_view() : at->second;
}

std::string capabilities_of(std::string_view operation, bool tools, bool vision, bool reasoning) {
  std::string text(operation);
  if (tools) text += " tools";
  if (vision) text += " vision";
  if (reasoning) text += " reasoning";
  return text;
}

/// One member of LiteLLM's file: "groq/llama-3.3-70b": {"litellm_provider": "groq", prices in dollars a token}.
std::optional<ModelFactRow> litellm_row(const std::string& key, const Dom& entry) {
  constexpr double kPicoPerUsd = 1e12;
  const std::string_view operation = operation_of(text_of(entry, "mode"));
  ModelFactRow row;
  row.provider = text_of(entry, "litellm_provider");
  if (operation.empty() || row.provider.empty()) return std::nullopt;
  row.model = key.starts_with(row.provider + "/") ? key.substr(row.provider.size() + 1) : key;
  row.context_tokens_max = tokens_of(entry, "max_input_tokens");
  if (!row.context_tokens_max) row.context_tokens_max = tokens_of(entry, "max_tokens");
  row.output_tokens_max = tokens_of(entry, "max_output_tokens");
  row.input_pico_usd = number_of(entry, "input_cost_per_token", kPicoPerUsd);
  row.cache_read_pico_usd = number_of(entry, "cache_read_input_token_cost", kPicoPerUsd);
  row.cache_write_pico_usd = number_of(entry, "cache_creation_input_token_cost", kPicoPerUsd);
  row.output_pico_usd = number_of(entry, "output_cost_per_token", kPicoPerUsd);
  row.capabilities = capabilities_of(operation, flag_of(entry, "supports_function_calling"),
                                     flag_of(entry, "supports_vision"), flag_of(entry, "supports_reasoning"));
  return row;
}

/// One model of models.dev's file: prices in dollars a million tokens.
ModelFactRow models_dev_row(const std::string& provider, const std::string& id, const Dom& entry) {
  constexpr double kPicoPerUsdOfAMillion = 1e6;
  const Dom& cost = member(entry, "cost");
  const Dom& limit = member(entry, "limit");
  ModelFactRow row;
  row.provider = provider;
  row.model = id;
  row.context_tokens_max = tokens_of(limit, "context");
  row.output_tokens_max = tokens_of(limit, "output");
  row.input_pico_usd = number_of(cost, "input", kPicoPerUsdOfAMillion);
  row.cache_read_pico_usd = number_of(cost, "cache_read", kPicoPerUsdOfAMillion);
  row.cache_write_pico_usd = number_of(cost, "cache_write", kPicoPerUsdOfAMillion);
  row.output_pico_usd = number_of(cost, "output", kPicoPerUsdOfAMillion);
  const Dom& input = member(member(entry, "modalities"), "input");
  const bool vision = input.is_array() && std::ranges::find(input, Dom("image")) != input.end();
  const bool embeds = id.find("embed") != std::string::npos;
  row.capabilities =
      embeds ? "embeddings" : capabilities_of("chat", flag_of(entry, "tool_call"), vision, flag_of(entry, "reasoning"));
  return row;
}

void read_litellm(const Dom& file, ModelList& list) {
  list.source = "litellm";
  for (const auto& [key, entry] : file.items()) {
    if (!entry.is_object()) continue;
    ++list.models_read;
    if (auto row = litellm_row(key, entry)) list.rows.push_back(*std::move(row));
  }
}

void read_models_dev(const Dom& file, ModelList& list) {
  list.source = "models.dev";
  for (const auto& [provider, entry] : file.items()) {
    const Dom& models = member(entry, "models");
    if (!models.is_object()) continue;
    const Dom& envs = member(entry, "env");
    if (envs.is_array())
      for (const Dom& env : envs)
        if (env.is_string()) list.key_envs.emplace_back(env.get<std::string>(), provider);
    for (const auto& [id, model] : models.items()) {
      ++list.models_read;
      if (model.is_object()) list.rows.push_back(models_dev_row(provider, id, model));
    }
  }
}

bool is_longer_form(std::string_view name, std::string_view longer) {
  return longer.starts_with(name) && std::ranges::find(kLongerForms, longer.substr(name.size())) != kLongerForms.end();
}

/// The list's words for the provider `name`, the best first.
std::vector<std::string> words_for(const std::string& name, const ModelList& list, const std::set<std::string>& words,
                                   const llm::Registry& registry) {
  std::vector<std::string> found;
  if (words.contains(name)) found.push_back(name);
  for (const std::string& word : words)
    if (is_longer_form(name, word)) found.push_back(word);
  const llm::ProviderSpec* spec = registry.provider(name);
  if (!found.empty() || !spec || spec->key_env.empty()) return found;
  const auto by_env = std::ranges::find(list.key_envs, spec->key_env, [](const auto& pair) { return pair.first; });
  if (by_env != list.key_envs.end()) found.push_back(by_env->second);
  // LiteLLM names no variables, but calls some providers as theirs begin: "dashscope" for DASHSCOPE_API_KEY.
  const std::string word = text::to_lower(spec->key_env.substr(0, spec->key_env.find("_API_KEY")));
  if (found.empty() && words.contains(word)) found.push_back(word);
  return found;
}

}  // namespace

Result<ModelList> read_model_list(std::string_view file) {
  AIGW_TRY_ASSIGN(const Dom dom, json::parse_dom(file, {.bytes_max = kModelListBytesMax, .depth_max = kDepthMax}));
  const auto has = [&](const char* name, auto is_right) {
    return dom.is_object() && std::ranges::any_of(dom, [&](const Dom& entry) { return is_right(member(entry, name)); });
  };
  ModelList list;
  if (has("litellm_provider", [](const Dom& value) { return value.is_string(); }))
    read_litellm(dom, list);
  else if (has("models", [](const Dom& value) { return value.is_object(); }))
    read_models_dev(dom, list);
  else
    return make_error(ErrorKind::bad_request, "this is no list of models that aigw can read",
                      "Give LiteLLM's model_prices_and_context_window.json or models.dev's api.json.");
  if (list.rows.size() > kModelListModelsMax)
    return make_error(ErrorKind::bad_request,
                      "the file has more than " + std::to_string(kModelListModelsMax) + " models",
                      "Take out the providers that you do not use.");
  return list;
}

std::vector<ModelFactRow> rows_for(const ModelList& list, std::span<const std::string> names,
                                   const llm::Registry& registry) {
  std::set<std::string> words;
  for (const ModelFactRow& row : list.rows) words.insert(row.provider);
  std::map<std::pair<std::string, std::string>, ModelFactRow> chosen;
  for (const std::string& name : names) {
    for (const std::string& word : words_for(name, list, words, registry)) {
      for (const ModelFactRow& row : list.rows) {
        if (row.provider != word) continue;
        const auto [at, fresh] = chosen.try_emplace({name, row.model}, row);
        at->second.provider = name;
        at->second.source = list.source;
      }
    }
  }
  std::vector<ModelFactRow> rows;
  for (auto& [key, row] : chosen) rows.push_back(std::move(row));
  return rows;
}

}  // namespace aigw::ops
