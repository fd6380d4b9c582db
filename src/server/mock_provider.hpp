#pragma once
// The built-in provider of `aigw mock` and `serve --demo`: speaks openai-chat and anthropic-messages, needs no key, no
// model and no network, and answers the same request with the same text. Tokens are ceil(characters / 4).

#include "net/simple_server.hpp"

namespace aigw::server {

/// Without state; any thread. A user's "use the tool NAME" calls an offered tool of that name.
net::SimpleHandler mock_provider();

}  // namespace aigw::server
