#pragma once
// What the user has read in, or corrected, of models: it lies over the catalogue. On the connection's thread.

#include "base/time.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

/// What is not said here is as the layer below has it: own corrections, then imports, then the catalogue.
struct ModelFactRow {
  std::string provider;
  std::string model;
  enum class Layer : std::uint8_t { imported, own } layer = Layer::imported;
  std::optional<std::int64_t> context_tokens_max;
  std::optional<std::int64_t> output_tokens_max;
  std::optional<std::int64_t> input_pico_usd;
  std::optional<std::int64_t> cache_read_pico_usd;
  std::optional<std::int64_t> cache_write_pico_usd;
  std::optional<std::int64_t> output_pico_usd;
  std::optional<std::string> capabilities;  ///< space separated
  std::string source;                       ///< "litellm"
  UnixMillis since;
};

class ModelFactRepository {
 public:
  explicit ModelFactRepository(Database& db) : db_(db) {}

  /// Replaces all imported rows of that source.
  Status replace_imported(std::string_view source, std::span<const ModelFactRow> rows);
  Status correct(const ModelFactRow& row);                           ///< the own row; what `row` does not say stays
  Status remove(std::string_view provider, std::string_view model);  ///< both layers; @errors not_found
  Result<std::int64_t> remove_imported();                            ///< how many
  Result<std::vector<ModelFactRow>> list() const;                    ///< by provider, model, layer

 private:
  Database& db_;
};

}  // namespace aigw::store
