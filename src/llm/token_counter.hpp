#pragma once
// Asking a provider how many tokens a prompt takes, between dialects. One stateless object, implemented in adapters/.
// Any thread.

#include "llm/provider.hpp"
#include "llm/translator.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::llm {

class TokenCounter {
 public:
  virtual ~TokenCounter() = default;
  /// The count request of a dialect out of its encoded chat request; nothing where the dialect has no such thing.
  /// `hosting`: null, or the cloud's that is asked.
  virtual std::optional<EncodedRequest> request(Dialect provider, const Hosting* hosting, std::string_view model,
                                                const EncodedRequest& chat) const = 0;
  virtual std::optional<std::int64_t> read(Dialect provider, std::string_view body) const = 0;
  virtual std::string write(Dialect client, std::int64_t tokens) const = 0;
  /// The chat request inside a client's count request, a part of `body`: Gemini may wrap it.
  virtual std::string_view chat_request(Dialect client, const json::Object& body) const = 0;
};

}  // namespace aigw::llm
