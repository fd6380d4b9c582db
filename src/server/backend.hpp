#pragma once
// The store opened for writing with everything the use cases need: what `serve` runs on, and what a command uses when
// no `serve` runs. Holds the database's lock while it lives.

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/paths.hpp"
#include "llm/provider.hpp"
#include "ops/context.hpp"
#include "store/ingester.hpp"
#include "store/vault.hpp"

#include <memory>
#include <string_view>

namespace aigw::server {

class Backend {
 public:
  /// Makes folders and files that are missing, ingests what an older process left, opens the vault.
  /// `note` tells others who holds the lock: "serve 127.0.0.1:2449".
  /// @errors conflict: another process holds it; what the store, the vault or the configuration say
  static Result<std::unique_ptr<Backend>> open(const config::Config& config, const config::Paths& paths,
                                               const llm::Registry& registry, std::string_view version,
                                               std::string_view note);

  store::Ingester& ingester() { return *ingester_; }
  const store::Recovery& recovery() const { return recovery_; }
  ops::Context& context() { return context_; }

 private:
  Backend() = default;
  std::unique_ptr<store::Ingester> ingester_;
  store::Recovery recovery_;
  std::unique_ptr<store::Vault> vault_;
  ops::Context context_;
};

}  // namespace aigw::server
