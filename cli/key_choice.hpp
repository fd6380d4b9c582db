#pragma once
// Which key is meant: the commands of `keys` work on issued keys and on providers' credentials alike.

#include "base/error.hpp"
#include "cli/session.hpp"
#include "json/dom.hpp"

#include <string>
#include <string_view>

namespace aigw::cli {

struct ChosenKey {
  enum class Kind { issued, credential } kind = Kind::issued;
  std::string id;    ///< "key_3", "cred_1"
  std::string name;  ///< for people: "laptop", "openai/default"
  json::Dom row;

  std::string target() const;  ///< "/api/v1/keys/key_3", "/api/v1/credentials/cred_1"
};

/// By id, an issued key's name or prefix, a credential's PROVIDER (its default one) or PROVIDER/NAME.
/// @errors not_found with a "did you mean"; config when it means two, or is a key itself
Result<ChosenKey> choose_key(Session& session, std::string_view text);

/// Prints one key or credential: the JSON as it came, or "name  value" lines.
void print_key(Session& session, const json::Dom& row, bool as_json);

}  // namespace aigw::cli
