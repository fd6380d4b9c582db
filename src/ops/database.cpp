#include "ops/database.hpp"

#include "store/setting_repository.hpp"

namespace aigw::ops {

Status flush_journal(const Context& context) { return context.ingester->flush(); }

Result<store::Compaction> compact_database(const Context& context) {
  AIGW_TRY_ASSIGN(const store::Compaction sizes, context.ingester->compact());
  AIGW_TRY(context.ingester->write([&](store::Database& db) {
    return store::AuditRepository(db).add({context.clock(), context.actor, "db.vacuum", db.file().filename().string()});
  }));
  return sizes;
}

}  // namespace aigw::ops
