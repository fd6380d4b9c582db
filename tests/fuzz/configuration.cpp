// A configuration file is read or refused with a line to look at, never worse.

#include "config/config.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace aigw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = config::parse_toml({reinterpret_cast<const char*>(data), size}, "aigw.toml");
  if (!config) fuzz::require(!config.error().message.empty() && config.error().kind == ErrorKind::config);
  return 0;
}
