#include "server/backend.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "server/prober.hpp"

namespace aigw::server {

Result<std::unique_ptr<Backend>> Backend::open(const config::Config& config, const config::Paths& paths,
                                               const llm::Registry& registry, std::string_view version,
                                               std::string_view note) {
  AIGW_TRY(files::make_private_dir(paths.db.parent_path()));
  if (files::is_network_filesystem(paths.db.parent_path()))
    log::warn("network_filesystem",
              {{"path", paths.db.string()}, {"risk", "locks do not hold there; move the data folder to a local disk"}});
  AIGW_TRY_ASSIGN(files::FileLock lock, files::FileLock::acquire(paths.lock, note));

  std::unique_ptr<Backend> backend(new Backend);
  store::IngesterOptions options;
  options.db = paths.db;
  options.ledger = paths.ledger;
  options.durability =
      config.ledger.durability == config::Durability::full ? ledger::Durability::full : ledger::Durability::normal;
  AIGW_TRY_ASSIGN(backend->ingester_, store::Ingester::open(std::move(options), std::move(lock)));
  AIGW_TRY_ASSIGN(backend->recovery_, backend->ingester_->recover());

  const store::MasterKeySource source{config.master_key.value, config.master_key.file, config.master_key.file_named};
  auto vault = backend->ingester_->write([&](store::Database& db) { return store::Vault::unlock(db, source); });
  if (!vault) return std::move(vault).error();
  backend->vault_ = std::make_unique<store::Vault>(*std::move(vault));

  ops::Context& context = backend->context_;
  context.ingester = backend->ingester_.get();
  context.vault = backend->vault_.get();
  context.registry = &registry;
  context.config->replace(config);
  context.probe = network_prober();
  context.version = version;
  return backend;
}

}  // namespace aigw::server
