#pragma once
// What every use case is given: the store, the knowledge of providers, a clock, and ports to what ops/ must not do
// itself. The objects behind the pointers outlive the Context. Any thread: writes queue at the ingester, reads open
// read-only connections.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "config/held.hpp"
#include "llm/provider.hpp"
#include "policy/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace aigw::store {
class Ingester;
class Vault;
}  // namespace aigw::store

namespace aigw::ops {

/// Where to ask for a provider's list of models, and as whom. `auth` none: send no credential.
struct ProbeTarget {
  std::string provider;
  llm::Dialect dialect = llm::Dialect::none;
  llm::Auth auth = llm::Auth::none;
  policy::BaseUrl url;
  std::string_view path = {};  ///< what a cloud is asked instead of the dialect's list; static storage
  bool allow_private = false;
  Secret key;
  std::chrono::milliseconds timeout{10'000};
};

/// The answer to `GET .../models`, whatever its status.
struct ProbeResult {
  std::int32_t status = 0;
  std::int64_t latency_us = 0;
  std::vector<std::string> models;  ///< ids, when the answer was a list of models
  std::string detail;               ///< the provider's own error message, shortened; empty when it went well
  bool key_taken = false;           ///< whatever the status: it knows whose key this is, who may not list models
};

/// @errors upstream_unreachable, upstream_timeout, upstream_invalid. Called from several threads at once.
using Prober = std::function<Result<ProbeResult>(const ProbeTarget&)>;

struct Context {
  store::Ingester* ingester = nullptr;
  store::Vault* vault = nullptr;
  const llm::Registry* registry = nullptr;
  std::shared_ptr<config::Held> config = std::make_shared<config::Held>(config::Config{});
  Prober probe;
  /// Trades a provider's service account for tokens; none: requests are not served from here.
  std::function<std::shared_ptr<policy::TokenSource>(const policy::Provider&)> tokens;
  std::function<void()> changed = [] {};  ///< after a committed write, never twice at once: publish a new snapshot
  std::function<UnixMillis()> clock = wall_now;
  std::string actor = "owner";  ///< who writes, for the audit log
  std::string version;          ///< of the program, for /api/v1/status
  UnixMillis started;           ///< 0 when nothing serves
};

}  // namespace aigw::ops
