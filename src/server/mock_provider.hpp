#pragma once
// The built-in provider of `aigw mock` and `serve --demo`: speaks all four dialects, needs no key, no model and no
// network, and answers the same request with the same text. Tokens are ceil(characters / 4).

#include "net/simple_server.hpp"

namespace aigw::server {

/// Without state; any thread.
net::SimpleHandler mock_provider();

}  // namespace aigw::server
