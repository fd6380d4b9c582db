#pragma once
// From rows, configuration file and registry to the snapshot that requests are decided by.

#include "base/error.hpp"
#include "ops/context.hpp"
#include "policy/snapshot.hpp"

namespace aigw::ops {

/// A provider is in it when it is configured (file or database), or well-known and has a credential. A provider of the
/// database whose row no longer passes the rules is left out and logged, so that one bad row does not stop the rest.
/// @errors conflict: a name in file and database; config: a broken entry of the file; crypto: a credential that does
///         not open (it names the row); database
Result<policy::SnapshotPtr> load_snapshot(const Context& context);

}  // namespace aigw::ops
