#pragma once
// What /readyz answers. Pure.

#include "gateway/gateway.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aigw::gateway {

enum class ServerState : std::uint8_t { ready, draining, ledger_full };

/// {"status":"ok"}; with the query `verbose` also each thing that was looked at, and what is wrong with it. A
/// configuration that does not hold is told and leaves the gateway ready: the one before it does.
std::string ready_body(const Gateway& gateway, ServerState state, std::string_view query);

}  // namespace aigw::gateway
