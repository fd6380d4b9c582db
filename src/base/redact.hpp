#pragma once
// The second net against secrets in texts that people read: log lines and error messages of others. The first is
// the type Secret.

#include <string>
#include <string_view>

namespace aigw {

/// The text with everything that looks like a key replaced by "[redacted]": sk-..., sk-ant-..., AIza..., aigw_...,
/// what follows "Bearer " or "Basic ", and the value of ?key= and &key=. A key's kind stays readable: "sk-[redacted]".
std::string redact(std::string_view text);

/// Whether the whole text has the shape of a key, so that commands can refuse one given as an argument.
bool looks_like_key(std::string_view text);

}  // namespace aigw
