#pragma once
// Copies into a mapped file and lives when the file cannot take it: the disk fails beneath the mapping, or somebody cut
// the file. The kernel says so by SIGBUS, which would end the process with all its requests.

#include <string_view>

namespace aigw::ledger {

/// From now on SIGBUS is ours: within `copy_mapped` the copy fails; elsewhere the process says on stderr what happened
/// and dies of it. Any thread, again is harmless.
void take_bus_errors();

/// @pre take_bus_errors() was called. False: the file did not take all of it, and a page of the mapping is no longer
/// the file's: unmap it. Any thread.
bool copy_mapped(char* to, std::string_view bytes);

}  // namespace aigw::ledger
