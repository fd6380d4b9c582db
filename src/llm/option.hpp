#pragma once
// Options of a request that an answer does without: recognised in a provider's refusal, and left out. Values.

#include "llm/loss.hpp"
#include "llm/provider_error.hpp"
#include "llm/request.hpp"

#include <cstdint>
#include <optional>

namespace aigw::llm {

enum class Option : std::uint8_t {
  top_p,
  temperature,
  top_k,
  penalties,
  seed,
  stop,
  logprobs,
  verbosity,
  reasoning,
  parallel_calls,
  service_tier,
  end_user,
  cache_key,
  output_format,
  output_with_tools,  ///< a wanted form, beside tools
  max_tokens_name,    ///< the limit is wanted as `max_completion_tokens`
  sealed_reasoning,   ///< what an earlier answer was sealed with: of this history, not of the model
};

/// A set of options, one bit each.
class OptionSet {
 public:
  void add(Option option) { bits_ |= 1U << static_cast<unsigned>(option); }
  bool has(Option option) const { return (bits_ & (1U << static_cast<unsigned>(option))) != 0; }
  bool empty() const { return bits_ == 0; }
  static constexpr unsigned kOptions = static_cast<unsigned>(Option::sealed_reasoning) + 1;

 private:
  std::uint32_t bits_ = 0;
};

/// The option that a 400 is about, when it says that the model or host does not take it.
std::optional<Option> refused_option(const ProviderError& error);
/// False: the request does not have it, so that leaving it out changes nothing.
bool leave_out(Option option, ChatRequest& request, Losses& losses);

}  // namespace aigw::llm
