#pragma once
// The built-in provider's two dialects: each reads a request, asks mock_answer and writes the reply. Any thread.

#include "net/simple_server.hpp"

namespace aigw::server::mock {

// openai-chat
net::SimpleResponse chat_completions(const net::SimpleRequest& request);
net::SimpleResponse text_completions(const net::SimpleRequest& request);
net::SimpleResponse embeddings(const net::SimpleRequest& request);
net::SimpleResponse moderations(const net::SimpleRequest& request);
net::SimpleResponse openai_error(const Error& error);

// anthropic-messages
net::SimpleResponse messages(const net::SimpleRequest& request);
net::SimpleResponse count_tokens(const net::SimpleRequest& request);
net::SimpleResponse anthropic_error(const Error& error);

}  // namespace aigw::server::mock
