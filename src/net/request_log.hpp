#pragma once
// The access log: a line a request, when it is asked for ([log] requests).

#include "gateway/exchange.hpp"
#include "http/message.hpp"
#include "net/asio.hpp"

namespace aigw::net {

/// The path without its query, which may carry a key; never a header or a body.
void log_request(const http::RequestHead& head, const Socket& client, std::string_view id,
                 const gateway::Exchange::Ending& ending);

}  // namespace aigw::net
