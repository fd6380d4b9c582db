#pragma once
// The database as a file: what a running gateway does for `aigw db`.

#include "ops/context.hpp"
#include "store/ingester.hpp"

namespace aigw::ops {

/// Everything that was answered by now is in the tables, so that a copy has it.
Status flush_journal(const Context& context);

/// Gives free pages back. @errors those of Ingester::compact
Result<store::Compaction> compact_database(const Context& context);

}  // namespace aigw::ops
