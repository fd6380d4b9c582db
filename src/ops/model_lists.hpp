#pragma once
// The price lists that others keep, read. Values.

#include "base/error.hpp"
#include "llm/provider.hpp"
#include "store/model_fact_repository.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::ops {

inline constexpr std::size_t kModelListBytesMax = 16U << 20U;
inline constexpr std::size_t kModelListModelsMax = 20'000;

struct ModelList {
  std::string source;                     ///< "litellm" or "models.dev"
  std::int64_t models_read = 0;           ///< entries of the file, whatever they are
  std::vector<store::ModelFactRow> rows;  ///< `provider` is the list's own word
  /// The variables that a list says hold a provider's key.
  std::vector<std::pair<std::string, std::string>> key_envs;
};

/// @errors bad_request: not JSON, or neither list; body_too_large
Result<ModelList> read_model_list(std::string_view file);

/// The rows whose provider is one of `names` (sorted), under that name, each model once: by its name, by a longer form
/// of it ("together_ai"), or, where nothing else is called so, by the variable that its key stands in and its
/// beginning.
std::vector<store::ModelFactRow> rows_for(const ModelList& list, std::span<const std::string> names,
                                          const llm::Registry& registry);

}  // namespace aigw::ops
