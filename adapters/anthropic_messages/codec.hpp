#pragma once
// The anthropic-messages dialect: /v1/messages and /v1/messages/count_tokens.

#include "llm/codec.hpp"

namespace aigw::adapters {

/// Static, stateless; any thread.
const llm::Codec& anthropic_messages_codec();

namespace anthropic_messages {

/// Members of `usage` that are present replace those of `known`: message_delta repeats only some of message_start's.
/// input_tokens leaves out what a cache read or took (Anthropic API reference, recorded traffic, 2026-11-23).
TokenUsage merge_usage(TokenUsage known, json::View usage);

std::unique_ptr<llm::StreamTap> make_stream_tap();

/// HTTP status of an `error.type`, as in Anthropic's errors page.
int status_of_type(std::string_view type);

}  // namespace anthropic_messages
}  // namespace aigw::adapters
