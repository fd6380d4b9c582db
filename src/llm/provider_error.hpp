#pragma once
// A provider's error in no dialect's form: its kind, and its own words, which clients match on. Values.

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::llm {

struct ProviderError {
  enum class Kind : std::uint8_t {
    auth,  ///< of the gateway's own credential: never shown to the client as its own
    permission,
    model_not_found,
    not_found,
    invalid,
    context,  ///< the prompt does not fit
    too_large,
    filter,
    rate,
    quota,
    overloaded,
    timeout,
    server,
    malformed_tool,  ///< the model's tool call was no valid one
    malformed,       ///< what came is no answer of the dialect
    truncated,       ///< the stream ended before its end
  };
  Kind kind = Kind::server;
  int status = 0;            ///< HTTP, as the provider answered; 0: inside a stream
  std::string message = {};  ///< the provider's words, never empty
  std::string type = {};     ///< its own word for it
  std::string code = {};
  std::string param = {};
  std::optional<std::int64_t> retry_after_ms = {};

  /// 403 is said of what the client asked for, as a rule, and by some of the gateway's own credential.
  bool refuses_key() const { return kind == Kind::auth && status == 403; }
};

/// By status and the words that providers are known to use (dialects-answers 6.2).
ProviderError::Kind classify(int status, std::string_view type, std::string_view code, std::string_view message);

/// What a request asked of a context that would hold its prompt alone.
struct ContextParts {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
  std::int64_t allowed = 0;
};
/// Of a message that says all three ("... (A in the messages, B in the completion)"), where the prompt alone would fit.
std::optional<ContextParts> context_parts(std::string_view message);

/// "A tokens > B" and the like out of a message about a full context: (asked, allowed).
std::optional<std::pair<std::int64_t, std::int64_t>> context_numbers(std::string_view message);

}  // namespace aigw::llm
