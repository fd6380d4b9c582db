#pragma once
// A provider's key comes in by stdin, by a terminal without echo, or from a named variable; never as an argument, where
// the shell's history and every user's `ps` would keep it.

#include "base/error.hpp"
#include "base/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aigw::cli {

/// @errors config when one of the words looks like a key or stands where none should; never repeats it
Status refuse_key_arguments(std::string_view command, const std::vector<std::string>& words,
                            const std::vector<std::string>& leftovers);

/// `from_env` empty: stdin, with a prompt for `what` when it is a terminal. Surrounding white space goes.
/// @errors config: nothing there, too much, or more than one line
Result<Secret> read_secret(std::string_view what, const std::string& from_env);

}  // namespace aigw::cli
