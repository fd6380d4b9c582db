#pragma once
// The openai-responses dialect: /v1/responses and its neighbours input_tokens and compact.

#include "llm/codec.hpp"

namespace aigw::adapters {

/// Static, stateless; any thread.
const llm::Codec& openai_responses_codec();

namespace openai_responses {

/// The usage object of an answer in disjoint buckets: input_tokens includes what was read from or written to a cache,
/// output_tokens includes reasoning, at all 69 recorded answers of five hosts (2026-11-23).
std::optional<TokenUsage> read_usage(json::View usage);

std::unique_ptr<llm::StreamTap> make_stream_tap();

/// The two events that end a stream with an error. OpenAI sends both: most SDKs raise on the first, Codex reads the
/// second. `error` is the JSON of the four members type, code, message, param.
struct StreamFailure {
  std::int64_t sequence = 0;  ///< of the first of them
  std::string_view response_id = {};
  std::string_view model = {};
  std::int64_t created_s = 0;
  std::string_view output = {};  ///< elements of the items that were done
  std::string_view error = {};
};
std::string failure_events(const StreamFailure& failure);

}  // namespace openai_responses
}  // namespace aigw::adapters
