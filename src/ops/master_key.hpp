#pragma once
// Another master key for the same secrets, while requests run or with no gateway at all.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "ops/context.hpp"

#include <filesystem>

namespace aigw::ops {

struct MasterKeyChange {
  std::filesystem::path file;      ///< where the new key is; empty: it is the caller's to put in place
  std::filesystem::path previous;  ///< where the old one is, for backups made before
};

/// The data key is sealed under another master key; what it seals stays. `given` empty: a key is made and takes its
/// place in aigw's own file. A process that dies on the way leaves a key that opens the database in place, or beside it
/// where the next start finds it.
/// @errors bad_request: a key has to be given, since the present one is not aigw's own; database
Result<MasterKeyChange> rotate_master_key(const Context& context, const Secret& given);

}  // namespace aigw::ops
