#pragma once
// All providers that are known from anywhere, merged by name. What is wrong with one stays with it, so that lists can
// show it and the snapshot can refuse it. On the database connection's thread.

#include "ops/context.hpp"
#include "store/database.hpp"
#include "store/provider_repository.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aigw::ops {

enum class Origin : std::uint8_t { well_known, file, database };
std::string_view name_of(Origin origin);  ///< "well-known" "file" "database"

struct Collected {
  policy::Provider provider;  ///< without the text of a stored key; with that of the file's
  Origin origin = Origin::well_known;
  int line = 0;                  ///< in the configuration file
  std::optional<Error> problem;  ///< then `provider` has its name only
  bool has_key() const { return provider.credential || !provider.key.empty(); }
  /// Configured, or well-known with a key.
  bool callable() const { return !problem && (origin != Origin::well_known || has_key()); }
};

/// Sorted by name, each once. A name in file and database is the file's, with the conflict as its problem.
/// @errors database
Result<std::vector<Collected>> collect_providers(const Context& context, store::Database& db);

/// The form in which a provider's definition stands in its row, and back.
store::ProviderRow row_of(const config::Provider& said);
Result<config::Provider> said_by(const store::ProviderRow& row);

/// The entry of the configuration file with that name, or null.
std::shared_ptr<const config::Provider> file_entry(const Context& context, std::string_view name);
/// `aigw.toml:12` is not known here, the line is: "it stands in the configuration file, line 12".
std::string where_in_file(const config::Provider& entry);

/// not_found with what was probably meant.
Error no_such_provider(std::string_view name, const std::vector<Collected>& known);

}  // namespace aigw::ops
