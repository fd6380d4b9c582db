#include "llm/provider_error.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace aigw::llm {
namespace {

using Kind = ProviderError::Kind;

struct Words {
  std::string_view text;  ///< lower case, somewhere in the type, the code or the message
  Kind kind;
};

constexpr std::size_t kNumbersMax = 16;
constexpr std::int64_t kTokensMin = 100;  // smaller numbers in a message are versions and positions

// Seen in recorded traffic, SDK sources and vendors' error pages, 2026-11-23; the first that matches holds.
constexpr std::array kContextWords = {
    Words{"context_length_exceeded", Kind::context}, Words{"maximum context length", Kind::context},
    Words{"prompt is too long", Kind::context},      Words{"exceed context limit", Kind::context},
    Words{"too_many_prompt_tokens", Kind::context},  Words{"exceeds the maximum number of tokens", Kind::context},
    Words{"context window", Kind::context},          Words{"too many tokens", Kind::context},
    Words{"reduce the length", Kind::context},       Words{"input is too long", Kind::context},
};
constexpr std::array kBadRequestWords = {
    Words{"api key not valid", Kind::auth},
    Words{"api_key_invalid", Kind::auth},
    Words{"content_filter", Kind::filter},
    Words{"content_policy_violation", Kind::filter},
    Words{"invalid_prompt", Kind::filter},
    Words{"cyber_policy", Kind::filter},
    Words{"bio_policy", Kind::filter},
    Words{"content filtering policy", Kind::filter},
    Words{"tool_use_failed", Kind::malformed_tool},
    Words{"credit balance is too low", Kind::quota},
    Words{"request payload size exceeds", Kind::too_large},
    Words{"not a valid model id", Kind::model_not_found},
    Words{"model_not_found", Kind::model_not_found},
    Words{"model identifier is invalid", Kind::model_not_found},
    Words{"user location is not supported", Kind::permission},
};
constexpr std::array kTooManyWords = {
    Words{"perminute", Kind::rate},  // Google says "exceeded your current quota" of these too
    Words{"insufficient_quota", Kind::quota},
    Words{"exceeded your current quota", Kind::quota},
    Words{"billing", Kind::quota},
    Words{"spend_limit", Kind::quota},
    Words{"perday", Kind::quota},
};

/// An error inside a stream has no status, only a word.
constexpr std::array kTypeWords = {
    Words{"overloaded", Kind::overloaded},
    Words{"server_is_overloaded", Kind::overloaded},
    Words{"unavailable", Kind::overloaded},
    Words{"slow_down", Kind::overloaded},
    Words{"insufficient_quota", Kind::quota},
    Words{"billing_error", Kind::quota},
    Words{"rate_limit", Kind::rate},
    Words{"resource_exhausted", Kind::rate},
    Words{"tool_use_failed", Kind::malformed_tool},
    Words{"context_length_exceeded", Kind::context},
    Words{"authentication", Kind::auth},
    Words{"permission", Kind::permission},
    Words{"not_found", Kind::not_found},
    Words{"request_too_large", Kind::too_large},
    Words{"invalid", Kind::invalid},
    Words{"timeout", Kind::timeout},
    Words{"deadline_exceeded", Kind::timeout},
    Words{"validationexception", Kind::invalid},
    Words{"resourcenotfoundexception", Kind::not_found},
};

/// Amazon's, of which one says more than the status and the message beside it: 424 for a model that failed, "too many
/// tokens" for a rate.
constexpr std::array kExceptions = {
    Words{"make sure your api key is valid", Kind::auth},  // said as AccessDeniedException
    Words{"throttlingexception", Kind::rate},
    Words{"servicequotaexceededexception", Kind::quota},
    Words{"modelnotreadyexception", Kind::overloaded},
    Words{"serviceunavailableexception", Kind::overloaded},
    Words{"modeltimeoutexception", Kind::timeout},
    Words{"modelerrorexception", Kind::server},
    Words{"modelstreamerrorexception", Kind::server},
    Words{"internalserverexception", Kind::server},
    Words{"accessdeniedexception", Kind::permission},
    Words{"unrecognizedclientexception", Kind::auth},
    Words{"invalidsignatureexception", Kind::auth},
    Words{"expiredtokenexception", Kind::auth},
};

/// The number that `text` begins with, thousands apart by commas or not.
std::optional<std::int64_t> leading_number(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (c != ',' || digits.empty())
      break;
  }
  std::int64_t number = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc{}) return std::nullopt;
  return number;
}

/// The number that stands directly before `words`, or behind them.
std::optional<std::int64_t> number_before(std::string_view message, std::string_view words) {
  const auto at = message.find(words);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const auto before = message.find_last_not_of("0123456789,", at - 1);
  return leading_number(message.substr(before == std::string_view::npos ? 0 : before + 1));
}
std::optional<std::int64_t> number_behind(std::string_view message, std::string_view words) {
  const auto at = message.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  return leading_number(message.substr(at + words.size()));
}

/// What goes before the size of a context.
constexpr std::array<std::string_view, 5> kLimitWords = {"context length is ", "context length of ", "tokens allowed (",
                                                         "context window of ", "tokens > "};

template <std::size_t N>
std::optional<Kind> find_words(const std::array<Words, N>& table, std::string_view text) {
  const auto found = std::ranges::find_if(table, [&](const Words& words) { return text::contains(text, words.text); });
  if (found == table.end()) return std::nullopt;
  return found->kind;
}

}  // namespace

Kind classify(int status, std::string_view type, std::string_view code, std::string_view message) {
  std::string words = text::to_lower(type);
  words.append(" ").append(text::to_lower(code)).append(" ");
  const std::string type_words = words;
  words.append(text::to_lower(message.substr(0, 4096)));
  if (const auto kind = find_words(kExceptions, words)) return *kind;
  switch (status) {
    case 401:
      return Kind::auth;
    case 402:
      return Kind::quota;
    case 403:
      return Kind::permission;
    case 404:
      return text::contains(words, "model") || text::contains(words, "deployment") ? Kind::model_not_found
                                                                                   : Kind::not_found;
    case 408:
    case 499:
    case 504:
      return Kind::timeout;
    case 413:
      return Kind::too_large;
    case 429:
      return find_words(kTooManyWords, words).value_or(Kind::rate);
    case 502:
    case 503:
    case 529:
      return Kind::overloaded;
    default:
      break;
  }
  if (status >= 520 && status <= 524) return Kind::overloaded;
  if (status >= 400 && status < 500) {
    if (const auto kind = find_words(kContextWords, words)) return *kind;
    return find_words(kBadRequestWords, words).value_or(Kind::invalid);
  }
  if (status >= 500) return Kind::server;
  if (const auto kind = find_words(kContextWords, words)) return *kind;
  if (const auto kind = find_words(kBadRequestWords, type_words)) return *kind;
  return find_words(kTypeWords, type_words).value_or(Kind::server);
}

std::optional<ContextParts> context_parts(std::string_view message) {
  const auto allowed = number_behind(message, "maximum context length is ");
  auto prompt = number_before(message, " in the messages");
  auto completion = number_before(message, " in the completion");
  if (!prompt) {  // vLLM
    prompt = number_before(message, " input tokens");
    completion = number_behind(message, "is too large: ");
  }
  if (!allowed || !prompt || !completion || *prompt >= *allowed || *prompt + *completion <= *allowed)
    return std::nullopt;
  return ContextParts{*prompt, *completion, *allowed};
}

std::optional<std::pair<std::int64_t, std::int64_t>> context_numbers(std::string_view message) {
  std::vector<std::int64_t> numbers;
  for (std::size_t at = 0; at < message.size() && numbers.size() < kNumbersMax;) {
    const std::size_t begin = message.find_first_of("0123456789", at);
    if (begin == std::string_view::npos) break;
    at = std::min(message.find_first_not_of("0123456789,", begin), message.size());
    const auto number = leading_number(message.substr(begin, at - begin));
    if (number && *number >= kTokensMin) numbers.push_back(*number);
  }
  std::ranges::sort(numbers, std::ranges::greater{});
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (numbers.size() < 2) return std::nullopt;
  for (const std::string_view words : kLimitWords)
    if (const auto allowed = number_behind(message, words); allowed && *allowed < numbers[0])
      return std::pair{numbers[0], *allowed};
  return std::pair{numbers[0], numbers[1]};  // what was asked is more than what is allowed
}

}  // namespace aigw::llm
