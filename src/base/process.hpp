#pragma once
// What the whole process promises: no core dumps, no debugger of other processes, private files, no death by signals of
// I/O. Call once, first thing in a program that holds secrets.

namespace aigw::process {

/// For a child, right before it becomes a program that is not ours: umask, core limit and signals as we got them.
void restore_inherited();
/// umask 077, no core dumps, not dumpable where the system knows that, SIGPIPE and SIGXFSZ ignored.
void harden();
/// Raises the limit of open files to what the system allows.
void raise_file_limit();
/// Gives back the memory that only the start needed: free heap, and the pages of code that ran once. What runs again is
/// mapped again from the system's cache, once and without a read. Any thread, at any time.
void forget_start();

}  // namespace aigw::process
