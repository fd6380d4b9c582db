#pragma once
// The built-in provider's dialects: each reads a request, asks mock_answer and writes the reply. Any thread.

#include "net/simple_server.hpp"

#include <string_view>

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

// openai-responses
net::SimpleResponse responses(const net::SimpleRequest& request);

// gemini-generate
/// `path`: "/v1beta/models..." without its query.
net::SimpleResponse gemini(const net::SimpleRequest& request, std::string_view path);
net::SimpleResponse google_error(const Error& error);

}  // namespace aigw::server::mock
