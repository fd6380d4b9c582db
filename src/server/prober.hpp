#pragma once
// The port through which ops/ asks a provider for its list of models, over the network.

#include "ops/context.hpp"

namespace aigw::server {

ops::Prober network_prober();

}  // namespace aigw::server
