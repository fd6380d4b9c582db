#pragma once
// Everything a request's decisions are made from: keys, providers, credentials, models, prices. Built by
// ops/load_snapshot, then immutable; a new one is swapped in, requests keep the one they began with. Any thread.

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "llm/provider.hpp"
#include "policy/price.hpp"
#include "policy/token_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace aigw::policy {

/// A key that we issued, by the hash of its text. Revoked and expired keys are not in a snapshot.
struct IssuedKey {
  KeyId id;
  std::string name;
};

/// A parsed base URL: what the network needs, checked once.
struct BaseUrl {
  bool tls = false;
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
  std::string path;       ///< "" or "/v1", no trailing slash
  std::string authority;  ///< for the Host header, port left out when it is the scheme's own
};

struct ProviderEndpoint {
  llm::Dialect dialect = llm::Dialect::none;
  llm::Auth auth = llm::Auth::none;
  BaseUrl url;
  llm::Quirks quirks = llm::Quirks::none;
  const llm::Hosting* hosting = nullptr;  ///< llm::Endpoint has what these two say
  std::string_view family = {};
};

/// How a provider's traffic is priced.
struct Pricing {
  enum class Kind : std::uint8_t { unpriced, as_listed, free } kind = Kind::unpriced;
  std::string listed_as;  ///< the catalogue's provider whose list prices hold, for as_listed
};

struct Provider {
  ProviderId id;  ///< 0 when it stands in the configuration file or is only well-known
  std::string name;
  bool well_known = false;     ///< its models are the catalogue's
  bool allow_private = false;  ///< may be reached at loopback and private addresses
  Pricing pricing;
  std::vector<ProviderEndpoint> endpoints;
  CredentialId credential;                                ///< 0 when none is stored
  Secret key;                                             ///< empty when none
  std::shared_ptr<TokenSource> tokens;                    ///< none: the key goes as it is
  std::optional<std::unordered_set<std::string>> models;  ///< its own list, when it was learnt
  std::unordered_map<std::string, ModelPrice> prices;     ///< the user's own, over the list's

  const ProviderEndpoint* speaks(llm::Dialect dialect) const {
    for (const auto& endpoint : endpoints)
      if (endpoint.dialect == dialect) return &endpoint;
    return nullptr;
  }
  /// Where a provider's dialects share its models out: whether this one has that model.
  bool serves(const ProviderEndpoint& endpoint, std::string_view model) const;
  const ProviderEndpoint* speaks(llm::Dialect dialect, std::string_view model) const;
  /// Whether its stored key may be a service account.
  bool takes_service_account() const;
  const ProviderEndpoint* first_for(std::string_view model) const;
};

struct ShaHash {
  std::size_t operator()(const crypto::Sha256& digest) const noexcept {
    std::size_t out;
    __builtin_memcpy(&out, digest.data(), sizeof out);
    return out;
  }
};

struct Snapshot {
  const std::uint64_t serial = next_serial();  ///< no other snapshot of this process has it
  std::unordered_map<crypto::Sha256, IssuedKey, ShaHash> keys;
  std::vector<Provider> providers;  ///< sorted by name; those that can be called: configured, or well-known with a key
  const llm::Registry* registry = nullptr;

  static std::uint64_t next_serial();
  const Provider* provider(std::string_view name) const;
  /// The price of a model there, or none: "unpriced". Free providers price at 0.
  std::optional<ModelPrice> price(const Provider& provider, std::string_view model) const;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace aigw::policy
