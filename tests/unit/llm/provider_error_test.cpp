#include "llm/provider_error.hpp"

#include <doctest/doctest.h>

using namespace aigw::llm;
using Kind = ProviderError::Kind;

SCENARIO("an error's kind is told by its status, and by words where providers give several meanings one status") {
  CHECK(classify(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided") == Kind::auth);
  CHECK(classify(400, "INVALID_ARGUMENT", "API_KEY_INVALID", "API key not valid.") == Kind::auth);
  CHECK(classify(402, "", "", "Insufficient credits") == Kind::quota);
  CHECK(classify(403, "PERMISSION_DENIED", "", "no") == Kind::permission);
  CHECK(classify(400, "FAILED_PRECONDITION", "", "User location is not supported for the API use.") ==
        Kind::permission);
  CHECK(classify(404, "not_found_error", "", "model: claude-x") == Kind::model_not_found);
  CHECK(classify(404, "", "DeploymentNotFound", "The API deployment does not exist") == Kind::model_not_found);
  CHECK(classify(404, "", "", "no such page") == Kind::not_found);
  CHECK(classify(400, "", "400", "x is not a valid model ID") == Kind::model_not_found);
  CHECK(classify(409, "conflict_error", "", "busy") == Kind::invalid);
  CHECK(classify(422, "", "", "wrong") == Kind::invalid);
  CHECK(classify(413, "request_too_large", "", "large") == Kind::too_large);
  CHECK(classify(400, "INVALID_ARGUMENT", "", "Request payload size exceeds the limit: 20971520 bytes.") ==
        Kind::too_large);
  CHECK(classify(400, "", "content_filter", "filtered") == Kind::filter);
  CHECK(classify(400, "", "tool_use_failed", "model did not call a tool") == Kind::malformed_tool);
  CHECK(classify(500, "api_error", "", "Internal server error") == Kind::server);
  CHECK(classify(503, "UNAVAILABLE", "", "The model is overloaded.") == Kind::overloaded);
  CHECK(classify(529, "overloaded_error", "", "Overloaded") == Kind::overloaded);
  CHECK(classify(504, "DEADLINE_EXCEEDED", "", "late") == Kind::timeout);
}

SCENARIO("too many requests are a limit of the moment, unless it is the money or the day that ran out") {
  CHECK(classify(429, "rate_limit_error", "", "Please reduce the prompt length or try again later") == Kind::rate);
  CHECK(classify(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota") == Kind::quota);
  CHECK(classify(429, "RESOURCE_EXHAUSTED", "GenerateRequestsPerDayPerProjectPerModel", "You exceeded") == Kind::quota);
  CHECK(classify(429, "RESOURCE_EXHAUSTED", "GenerateRequestsPerMinutePerProject-FreeTier",
                 "You exceeded your current quota, please check your plan.") == Kind::rate);
  CHECK(classify(400, "invalid_request_error", "", "Your credit balance is too low") == Kind::quota);
}

SCENARIO("a full context is known by the words of each provider") {
  for (const char* message :
       {"This model's maximum context length is 8192 tokens.", "prompt is too long: 9 tokens > 8 maximum",
        "input length and `max_tokens` exceed context limit: 5 + 9 > 10",
        "The input token count (9) exceeds the maximum number of tokens allowed (8).",
        "Your input exceeds the context window of this model."})
    CHECK(classify(400, "invalid_request_error", "", message) == Kind::context);
  CHECK(classify(400, "too_many_prompt_tokens", "400", "The total length of all messages is too long.") ==
        Kind::context);
}

SCENARIO("inside a stream only words tell") {
  CHECK(classify(0, "overloaded_error", "", "Overloaded") == Kind::overloaded);
  CHECK(classify(0, "server_error", "server_error", "try again") == Kind::server);
  CHECK(classify(0, "", "rate_limit_exceeded", "slow") == Kind::rate);
  CHECK(classify(0, "", "context_length_exceeded", "full") == Kind::context);
  CHECK(classify(0, "", "invalid_prompt", "no") == Kind::filter);
  CHECK(classify(0, "invalid_request_error", "", "no") == Kind::invalid);
  CHECK(classify(0, "", "", "?") == Kind::server);
}

SCENARIO("what was asked and what is allowed is read out of a message") {
  using Numbers = std::pair<std::int64_t, std::int64_t>;
  CHECK(context_numbers("This endpoint's maximum context length is 200000 tokens. However, you requested about "
                        "2500021 tokens (2500021 of text input).") == Numbers{2'500'021, 200'000});
  CHECK(context_numbers("maximum context length is 8192 tokens. However, you requested 8700 tokens (8500 in the "
                        "messages, 200 in the completion).") == Numbers{8'700, 8'192});
  CHECK(context_numbers("The input token count (1250025) exceeds the maximum number of tokens allowed (1048575).") ==
        Numbers{1'250'025, 1'048'575});
  CHECK(context_numbers("prompt is too long: 200,001 tokens > 200,000 maximum") == Numbers{200'001, 200'000});
  CHECK_FALSE(context_numbers("gpt-4 is full"));
  CHECK_FALSE(context_numbers("at most 4096 tokens"));
}

SCENARIO("a prompt that fits but for the answer's room is told from one that does not") {
  const auto parts = context_parts(
      "This model's maximum context length is 8192 tokens. However, you requested 9000 "
      "tokens (5000 in the messages, 4000 in the completion).");
  REQUIRE(parts);
  CHECK(parts->prompt == 5'000);
  CHECK(parts->completion == 4'000);
  CHECK(parts->allowed == 8'192);
  const auto host = context_parts(
      "'max_tokens' or 'max_completion_tokens' is too large: 32768. This model's maximum "
      "context length is 32768 tokens and your request has 100 input tokens");
  REQUIRE(host);
  CHECK(host->prompt == 100);
  CHECK_FALSE(
      context_parts("maximum context length is 8192 tokens. However, you requested 9000 tokens (9000 in the "
                    "messages, 0 in the completion)."));
  CHECK_FALSE(context_parts("prompt is too long"));
}

SCENARIO("Amazon's exceptions say more than their status and their words") {
  CHECK(classify(429, "ThrottlingException", "", "Too many tokens, please wait before trying again.") == Kind::rate);
  CHECK(classify(0, "throttlingException", "", "Too many tokens, please wait before trying again.") == Kind::rate);
  CHECK(classify(429, "ModelNotReadyException", "", "") == Kind::overloaded);
  CHECK(classify(424, "ModelErrorException", "", "") == Kind::server);
  CHECK(classify(408, "ModelTimeoutException", "", "") == Kind::timeout);
  CHECK(classify(403, "UnrecognizedClientException", "", "The security token is invalid.") == Kind::auth);
  CHECK(classify(403, "AccessDeniedException", "", "Please make sure your API Key is valid.") == Kind::auth);
  CHECK(classify(403, "AccessDeniedException", "", "You don't have access to the model.") == Kind::permission);
  CHECK(classify(400, "ValidationException", "", "Input is too long for requested model.") == Kind::context);
  CHECK(classify(400, "ValidationException", "", "The provided model identifier is invalid.") == Kind::model_not_found);
  CHECK(classify(0, "validationException", "", "no") == Kind::invalid);
}
