#pragma once
// Whether an address is free to listen on, and who has it when it is not. Linux.

#include "config/config.hpp"

#include <string>

namespace aigw::cli {

enum class Port { free, taken, unusable };

/// Tries it; `reason` is the system's, when it cannot be used.
Port try_port(const config::ListenAddress& address, std::string& reason);

/// "nginx (process 4711)"; empty when the system does not tell us.
std::string holder_of_port(std::uint16_t port);

}  // namespace aigw::cli
